"""Telling the moderators of a mail in the mailbox that could not be taken: too large, for nobody here, not readable.

Whoever wrote it hears nothing from us, since we have no more of it than its header, and their own host has long said
250: so a person has to know. Each at once, at most MOST a day; the log names the others.
"""

from __future__ import annotations

from datetime import datetime

from listserv.core.mail import inmail
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import dialogues, occurrences, people
from listserv.store.session import Connection, Session

MOST = 5


def tell(session: Session, now: datetime, site: Site, head: bytes, octets: int, why: str, folder: str) -> bool:
    """`head`: the mail's header as far as it is known; `why`: a sentence.Sentence without its full stop."""
    mail = inmail.read(head, html=False)
    targets = (site.addresses.parse(address) for address in (*mail.delivered_to, *mail.to))
    with session.read() as connection:
        named = [dialogues.read(connection, target.slug) for target in targets if target]
        newest = (dialogues.read(connection, slug) for slug in reversed(dialogues.slugs(connection)))
        dialogue = next(filter(None, named), None) or next(filter(None, newest), None)
        moderators = people.moderators(connection, dialogue.id) if dialogue else []
    if dialogue is None or not moderators:
        return False
    dialogue_id, first = dialogue.id, now.toordinal() * MOST
    notices = compose.notices_to(
        site,
        dialogue,
        now,
        "put_aside",
        moderators,
        name=mail.author.name if mail.author else "",
        address=mail.author.address if mail.author else mail.from_text,
        subject=mail.subject,
        size=octets,
        why=why,
        folder=folder,
    )

    def write(connection: Connection) -> bool:
        rounds = range(first, first + MOST)
        if not any(occurrences.once(connection, dialogue_id, "answer:aside", "", number, now) for number in rounds):
            return False
        compose.to_moderators(connection, now, moderators, notices)
        return True

    return session.write(write)
