"""What every step needs to know of the installation, as one value (listserv.toml's [site])."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from listserv.core.dialogue import tongues
from listserv.core.mail.addresses import Addresses, Link
from listserv.core.publication.wording import Wording


@dataclass(frozen=True, slots=True)
class Site:
    name: str
    base_url: str
    contact: str
    languages: tuple[str, ...]
    addresses: Addresses
    wording: Wording
    pages: bool = False  # whether somebody serves base_url: only then do mails link to it
    keep_deliveries: timedelta = timedelta(0)  # so long after a dialogue's end; 0: for good

    @property
    def domain(self) -> str:
        return self.addresses.domain

    def one_click(self, link: Link, participation_id: int) -> str | None:
        """The URL that does it with one click (RFC 8058 §3.1); None where nobody serves https pages."""
        if not self.pages or not self.base_url.startswith("https://"):
            return None
        return f"{self.base_url}/u/{self.addresses.token(link, participation_id)}"

    def language(self, *wanted: str) -> str:
        """The first of the wanted languages that we have words for; a region is ignored (fr-CA is fr)."""
        return self.spoken(*wanted) or self.languages[0]

    def spoken(self, *wanted: str) -> str:
        """As `language`; "" where we have words for none of them."""
        return tongues.spoken(self.languages, *wanted)
