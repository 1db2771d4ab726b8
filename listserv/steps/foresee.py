"""Who would get one mail of the calendar if it went now, by name, and why the others would not.

Asks the same questions as the clock does when it sends it (prompt, checkin, announce, the fan-out). Changes nothing.
Raises Refused for what goes as it happens: of that nobody can be named yet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Dialogue, Participation
from listserv.core.dialogue.occurrence import Due, OccurrenceKind
from listserv.core.dialogue.quiet import spared
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import announce, checkin, compose, prompt
from listserv.steps.schedule import Entry, State
from listserv.store import people, readers
from listserv.store.session import Connection, Session

DRAFTS = (OccurrenceKind.DRAFT, OccurrenceKind.MIDWEEK_DRAFT)


@dataclass(frozen=True, slots=True)
class Reader:
    """`why`: they would not get it; "" if they would."""

    address: str
    name: str
    language: str
    why: str


def foresee(session: Session, now: datetime, site: Site, dialogue: Dialogue, entry: Entry) -> list[Reader]:
    """Everybody it is meant for, in order of their coming."""
    kind = entry.key[0]
    if entry.due is None:
        raise Refused(f"{entry.id} goes as it happens: nobody can be named yet")
    if entry.state not in (State.PLANNED, State.SKIPPED):
        raise Refused(f"{entry.id} is past; who got what: listserv trace ADDRESS, listserv outbox list")
    with session.read() as connection:
        rows = _meant(connection, dialogue, kind)
    if entry.state is State.SKIPPED:
        why = {row["id"]: "skipped: it goes to nobody" for row in rows}
    else:
        why = _why(session, now, site, dialogue, entry, entry.due, rows)
    return [Reader(row["address"], row["name"], row["language"], why[row["id"]]) for row in rows]


def _why(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, entry: Entry, due: Due, rows: Sequence[Any]
) -> dict[int, str]:
    """By participation."""
    if due.kind is OccurrenceKind.CHECKIN:
        asked = {row["id"] for row in checkin.due(session, now, site, dialogue)}
        return {row["id"]: "" if row["id"] in asked else _paused(row) or "has been heard of, or asked" for row in rows}
    with session.read() as connection:
        match due.kind:
            case kind if kind in DRAFTS:
                return {row["id"]: "" for row in rows}
            case OccurrenceKind.INVITATION:
                invited = {row["id"] for row in prompt.invited(connection, site, dialogue)}
                no = "was asked again, or is not written to again"
                return {row["id"]: "" if row["id"] in invited else no for row in rows}
            case OccurrenceKind.NUDGE:
                known = readers.readers(connection, dialogue.id, entry.module or 0)
                return {one.id: reason.value if (reason := spared(one, now)) else "" for one in known}
            case _:
                but = announce.spared(connection, dialogue, now, due)
                modes = compose.ROUNDUPS if due.kind is OccurrenceKind.ROUNDUP else announce.modes(due.kind)
                return {row["id"]: _paused(row) or _unless(row, modes, but) for row in rows}


def _meant(connection: Connection, dialogue: Dialogue, kind: str) -> Sequence[Any]:
    if kind in DRAFTS:
        return people.moderators(connection, dialogue.id)
    if kind == OccurrenceKind.INVITATION:
        return people.rows(connection, dialogue.id, Participation.INVITED)
    return [row for row in people.rows(connection, dialogue.id) if row["status"] in TAKING_PART]


def _paused(row: Any) -> str:
    return "has paused" if row["status"] == Participation.PAUSED else ""


def _unless(row: Any, modes: Sequence[DeliveryMode], but: Collection[int]) -> str:
    if row["delivery"] not in modes:
        return "gets nothing" if row["delivery"] == DeliveryMode.NONE else "gets round-ups only"
    return "had a private reminder in the last day" if row["id"] in but else ""
