"""What a return would send, before it is sent: ready reasons to choose from, and the whole mail to look at.

Nothing is written here.
"""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy

from listserv.core.publication.turned import RIGHT_TO_LEFT
from listserv.core.site import Site
from listserv.steps import give_back, require
from listserv.store import dialogues, people
from listserv.store.session import Session


def reasons(session: Session, site: Site, contribution_id: int, reader: str = "en") -> list[tuple[str, str]]:
    """Ready reasons (templates/mail/_reasons.txt), each in the reader's language and in that of its author."""
    with session.read() as connection:
        row = require.held(connection, contribution_id)
        dialogue = dialogues.by_id(connection, row["dialogue_id"])
    language = site.language(row["person_language"] or "", dialogue.language)
    values = {"dialogue": dialogue, "module": dialogue.module(row["module"])}
    mine, theirs = (_paragraphs(site.wording.text("_reasons", one, **values)) for one in (reader, language))
    return list(zip(mine, theirs, strict=True))


def _paragraphs(text: str) -> list[str]:
    """Each on one line, without the marks that lines begin with where a text runs from right to left."""
    return [" ".join(one.split()) for one in text.replace(RIGHT_TO_LEFT, "").strip().split("\n\n")]


def of_return(session: Session, now: datetime, site: Site, contribution_id: int, reason: str) -> tuple[str, str, str]:
    """To whom, the subject and the text of the mail that brings it back, as they stand in the mail itself.

    Raises Refused when it is not held any more. All are "" where nobody can be written to.
    """
    with session.read() as connection:
        row = require.held(connection, contribution_id)
        dialogue = dialogues.by_id(connection, row["dialogue_id"])
        part = people.part_of(connection, dialogue.id, row["from_address"]) if row["from_address"] else None
    if not row["from_address"]:
        return "", "", ""
    made = give_back.returned(site, dialogue, now, row, part, reason)
    mail = message_from_bytes(made.renderings[made.default].message(), policy=policy.default)
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return str(mail["To"]), str(mail["Subject"]), body.get_content().replace("\r\n", "\n") if body else ""
