"""What others may see of what somebody wrote: not the tokens of our addresses, nor, unless the dialogue shows them,
the mail addresses of other people (core/mail/discretion). It is done once, when a mail is taken in, so that copies,
bundles, round-ups, pages and exports all say the same; the mail as it came keeps what it said.
"""

from __future__ import annotations

from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail import discretion, identity
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.store import people
from listserv.store.session import Session


def discreet(
    session: Session, site: Site, dialogue: Dialogue, mail: InboundMail, part: Any | None, text: str, cut: str
) -> tuple[str, str, str]:
    """Text, cut and subject as others may read them; what is cut goes to moderators only and keeps its addresses."""
    said, subject = (_shown(session, site, dialogue, mail, part, one) for one in (text, mail.subject))
    return said, site.addresses.without_tokens(cut), subject


def _shown(session: Session, site: Site, dialogue: Dialogue, mail: InboundMail, part: Any | None, text: str) -> str:
    """`part`: its author's participation."""
    text = site.addresses.without_tokens(text)
    if dialogue.policy.privacy.addresses == "shown" or not (found := discretion.found(text)):
        return text
    author = identity.key(mail.author.address) if mail.author else ""
    theirs = part["person_id"] if part else None
    with session.read() as connection:
        owners = {one: people.person_of(connection, one) for one in found}

    def own(address: str) -> bool:
        ours = site.addresses.parse(address) is not None
        return ours or identity.key(address) == author or (theirs is not None and owners.get(address) == theirs)

    others = [one for one, owner in owners.items() if owner is not None and not own(one)]
    return discretion.without(text, others, own)
