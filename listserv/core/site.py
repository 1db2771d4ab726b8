"""What every step needs to know of the installation, as one value (listserv.toml's [site])."""

from __future__ import annotations

from dataclasses import dataclass

from listserv.core.mail.addresses import Addresses
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

    @property
    def domain(self) -> str:
        return self.addresses.domain

    def language(self, *wanted: str) -> str:
        """The first of the wanted languages that we have words for; a region is ignored (fr-CA is fr)."""
        for tag in wanted:
            language = tag.lower().replace("_", "-").partition("-")[0]
            if language in self.languages:
                return language
        return self.languages[0]
