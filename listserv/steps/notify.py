"""Moderators' notices of held mail that did not go out at once: what is over twenty an hour comes bundled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from listserv.core.dialogue.model import Dialogue
from listserv.core.site import Site
from listserv.steps import compose
from listserv.steps.admit import HOUR, NOTICES
from listserv.store import contributions, occurrences, outbox, people
from listserv.store.session import Session

BUNDLED = "answer:bundled"  # the occurrence that says a contribution's notice was in a bundle


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bundle."""

    id: int
    name: str
    address: str
    module: int | None
    subject: str
    reason: str


def bundle(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """Tell the moderators of what is held and was not told, once the hour has room again; of how many."""
    with session.read() as connection:
        rows = contributions.untold(connection, dialogue.id, BUNDLED)
        if not rows or outbox.made_since(connection, dialogue.id, "held_notice", now - HOUR) >= NOTICES:
            return 0
        moderators = people.moderators(connection, dialogue.id)
    items = [
        Item(
            row.id,
            row.from_name,
            row.from_address,
            row.module,
            row.subject,
            row.reasons[0][1] if row.reasons else "",
        )
        for row in rows
    ]
    notices = compose.notices_to(site, dialogue, now, "held_bundle", moderators, items=items)

    def write(connection: Connection) -> int:
        fresh = [occurrences.once(connection, dialogue.id, BUNDLED, str(row.id), 0, now) for row in rows]
        if not all(fresh):  # another process was faster; it told of these
            raise _ToldError
        compose.to_moderators(connection, now, moderators, notices)
        return len(rows)

    try:
        return session.write(write)
    except _ToldError:
        return 0


class _ToldError(Exception):
    """Undoes a bundle that another process has just sent."""
