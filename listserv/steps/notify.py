"""Telling the moderators what is held: a notice per mail, at once; what is over twenty an hour comes bundled.

Found by what is missing: a held contribution of which nobody was told. So a crash between the two loses no notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue.model import ContributionState, Dialogue, Reason
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import attachments, contributions, dialogues, occurrences, outbox, people
from listserv.store.session import Connection, Session

#: Notices of single held mails to a moderator within an hour (DESIGN §3).
NOTICES = 20
HOUR = timedelta(hours=1)

TOLD = "answer:told"  # the occurrence that says the moderators were told of a contribution, alone or in a bundle


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bundle."""

    id: int
    name: str
    address: str
    module: int | None
    subject: str
    reason: str


def notify(session: Session, now: datetime, site: Site) -> int:
    """A notice for each held mail nobody was told of, while the hour has room; how many."""
    count = 0
    with session.read() as connection:
        running = dialogues.all_of(connection)
    for dialogue in running:
        with session.read() as connection:
            room = NOTICES - _made(connection, dialogue, now)
            rows = contributions.untold(connection, dialogue.id, TOLD, room) if room > 0 else []
        for row in rows:
            count += _tell(session, now, site, dialogue, row)
    return count


def _made(connection: Connection, dialogue: Dialogue, now: datetime) -> int:
    """Notices that a moderator has got within the hour, of either kind."""
    kinds = ("held_notice", "administrivia")
    return sum(outbox.made_since(connection, dialogue.id, kind, now - HOUR) for kind in kinds)


def _tell(session: Session, now: datetime, site: Site, dialogue: Dialogue, row: Any) -> bool:
    with session.read() as connection:
        moderators = people.moderators(connection, dialogue.id)
        files = attachments.of(connection, row.id)
        waiting = contributions.counts(connection, dialogue.id).get(ContributionState.HELD, 0)
    reasons = [Reason(rule, text) for rule, text in row.reasons]
    administrivia = any(reason.rule == "administrivia" for reason in reasons)
    notices = compose.notices_to(
        site,
        dialogue,
        now,
        "administrivia" if administrivia else "held_notice",
        moderators,
        contribution_id=row.id,
        id=row.id,
        name=row.from_name,
        address=row.from_address,
        module=dialogue.module(row.module),
        subject=row.subject,
        reasons=reasons,
        text=row.text,
        files=files,
        waiting=waiting,
    )

    def write(connection: Connection) -> bool:
        if not occurrences.once(connection, dialogue.id, TOLD, str(row.id), 0, now):
            return False
        compose.to_moderators(connection, now, moderators, notices)
        return True

    return session.write(write)


def bundle(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """Tell the moderators together of what is held and was not told, once the hour has room again; of how many."""
    with session.read() as connection:
        made = _made(connection, dialogue, now)
        if made < NOTICES or outbox.made_since(connection, dialogue.id, "held_bundle", now - HOUR):
            return 0
        rows = contributions.untold(connection, dialogue.id, TOLD)
        if not rows:
            return 0
        moderators = people.moderators(connection, dialogue.id)
    items = [
        Item(row.id, row.from_name, row.from_address, row.module, row.subject, row.reasons[0][1] if row.reasons else "")
        for row in rows
    ]
    notices = compose.notices_to(site, dialogue, now, "held_bundle", moderators, items=items)

    def write(connection: Connection) -> int:
        fresh = [occurrences.once(connection, dialogue.id, TOLD, str(row.id), 0, now) for row in rows]
        if not all(fresh):  # another process has just told of these
            raise _ToldError
        compose.to_moderators(connection, now, moderators, notices)
        return len(rows)

    try:
        return session.write(write)
    except _ToldError:
        return 0


class _ToldError(Exception):
    """Undoes a bundle that another process was faster with."""
