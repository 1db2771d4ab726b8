"""Somebody wants no private reminders to write any more, or wants them again: by a word in a mail, or by a link in one.

Whoever has the link may act for its owner, so a mail tells them, once a day at most, as of any choice (steps/choose).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import TAKING_PART, Dialogue
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import audit, occurrences, people
from listserv.store.session import Connection, Session

#: As the audit says it.
SAID = {True: "reminders", False: "no reminders"}


def opt_out(session: Session, now: datetime, site: Site, dialogue: Dialogue, part_id: int, reason: str) -> bool:
    """By the link. False, and nothing written, when it is so already or they do not take part (any more)."""
    with session.read() as connection:
        part = people.part(connection, part_id)
    if part is None:
        return False
    told = compose.notice(
        *(site, dialogue, now, "reminders", Mailbox(part["name"], part["address"])),
        site.language(part["language"], dialogue.language),
        name=part["name"],
        wanted=False,
        meant_for_all=False,
    )

    def write(connection: Connection) -> bool:
        current = people.part(connection, part_id)
        if current is None or current["status"] not in TAKING_PART or not current["nudges"]:
            return False
        noted(connection, now, dialogue, current, False, reason)
        if occurrences.once_a_day(connection, dialogue.id, "answer:choice", identity.key(current["address"]), now):
            told.to_one(connection, now, current["address"], current["id"])
        return True

    return session.write(write)


def noted(connection: Connection, now: datetime, dialogue: Dialogue, part: Any, wanted: bool, reason: str = "") -> None:
    """Note it in the caller's transaction."""
    people.change_part(connection, now, part["id"], {"nudges": int(wanted)})
    said = f"{SAID[wanted]}, {reason}" if reason else SAID[wanted]
    audit.record(connection, now, part["address"], "set", part["address"], said, dialogue.id)
