"""Organisers change one mail of the calendar: skip it, move it, write it anew, or take all that back.

What has been sent, or is past, is changed no more: Refused, with one line. The clock looks at the change when it is
time; it is never undone by a change of listserv.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listserv.core.dialogue import facilitation
from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.occurrence import OccurrenceKind
from listserv.errors import Refused
from listserv.steps import schedule
from listserv.steps.schedule import Entry, State
from listserv.store import audit, calendar, occurrences
from listserv.store.session import Connection, Session

SWITCHES = (OccurrenceKind.OPEN, OccurrenceKind.CLOSE)


def skip(session: Session, now: datetime, dialogue: Dialogue, entry: Entry, actor: str) -> None:
    """Send none. A module opens and closes all the same; only its mail is left out."""
    _changeable(entry, dialogue)
    if entry.key[0] in (schedule.WELCOME, schedule.INVITATION):
        raise Refused(f"{entry.id} goes to each person as they come; it can be edited, not skipped")
    _change(session, now, dialogue, entry, actor, "skip", {"skipped": 1})


def edit(session: Session, now: datetime, dialogue: Dialogue, entry: Entry, actor: str, text: str) -> None:
    """Send this in place of our words."""
    _changeable(entry, dialogue)
    if not text.strip():
        raise Refused(f"an empty mail; to send none: listserv plan skip {entry.id}")
    values = {"text": text.replace("\r\n", "\n").strip("\n") + "\n"}
    _change(session, now, dialogue, entry, actor, "edit", values)


def move(session: Session, now: datetime, dialogue: Dialogue, entry: Entry, actor: str, to: datetime) -> None:
    """Send it at another time: to come, and one at which it still makes sense."""
    _changeable(entry, dialogue)
    if why := immovable(now, dialogue, entry, to):
        raise Refused(why)
    local = f"{to.astimezone(dialogue.zone):%Y-%m-%d %H:%M} ({dialogue.zone.key})"
    _change(session, now, dialogue, entry, actor, "move", {"moved_to": to}, f"to {local}")


def immovable(now: datetime, dialogue: Dialogue, entry: Entry, to: datetime) -> str:
    """Why it cannot go at that time; "" if it can."""
    module, shown = dialogue.module(entry.module), f"{to.astimezone(dialogue.zone):%Y-%m-%d %H:%M}"
    last = facilitation.last_close(dialogue)
    match entry.key[0]:
        case _ if entry.due is None:
            return f"{entry.id} goes as it happens, so it has no time to move"
        case OccurrenceKind.OPEN:
            return f"{entry.id} opens module {entry.module}: change opens in listserv.toml, then: listserv apply"
        case OccurrenceKind.CLOSE:
            return f"{entry.id} closes module {entry.module}: listserv module extend {entry.module} --until T"
        case _ if to <= now:
            return f"{shown} has passed; write a time to come"
        case kind if kind in facilitation.OF_THE_OPEN and module:
            opens, closes = module.opened_at or module.opens_at, module.closes_at
            if not opens <= to or (closes and to >= closes):
                ends = f"{closes.astimezone(dialogue.zone):%Y-%m-%d %H:%M}" if closes else "open end"
                span = f"{opens.astimezone(dialogue.zone):%Y-%m-%d %H:%M} to {ends}"
                return f"module {module.number} is open {span} ({dialogue.zone.key}); write a time within"
        case kind if kind in facilitation.BEFORE_THE_START and to >= facilitation.start(dialogue):
            return f"the dialogue begins before {shown}; write a time before that"
        case kind if kind in facilitation.AFTER_THE_CLOSE and last and to < last:
            over = f"{last.astimezone(dialogue.zone):%Y-%m-%d %H:%M}"
            return f"the last module closes {over}, and {entry.id} is for after that; write a time then"
        case OccurrenceKind.LAST_CALL if (end := facilitation.end(dialogue)) and to >= end:
            return f"nothing counts any more at {shown}; write a time before the end"
    return ""


def restore(session: Session, now: datetime, dialogue: Dialogue, entry: Entry, actor: str) -> None:
    """As it was planned, in our words. Refused when that time has passed."""
    _changeable(entry, dialogue)
    if entry.change is None:
        raise Refused(f"{entry.id} is as it was planned")
    without = dialogue.without(entry.change)
    planned = next((one for one in facilitation.entries(without) if one.key == entry.key), None)
    if entry.due is not None and entry.key[0] not in SWITCHES and (planned is None or planned.at <= now):
        at = f"{planned.at.astimezone(dialogue.zone):%Y-%m-%d %H:%M}" if planned else "no time"
        raise Refused(f"it was planned for {at}, which has passed; move it: listserv plan move {entry.id} --to T")

    def write(connection: Connection) -> None:
        _still_to_come(connection, dialogue, entry)
        calendar.restore(connection, dialogue.id, entry.key)
        audit.record(connection, now, actor, "restore", entry.id, "", dialogue.id)

    session.write(write)


def _changeable(entry: Entry, dialogue: Dialogue) -> None:
    if entry.key[0] not in schedule.BODIES:
        raise Refused(schedule.elsewhere(entry, dialogue))
    if entry.state is State.SENT:
        raise Refused(f"{entry.id} was sent already")
    if entry.state is State.LEFT_OUT:
        raise Refused(f"{entry.id} was left out: its time has passed")


def _change(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    entry: Entry,
    actor: str,
    action: str,
    values: Mapping[str, Any],
    reason: str = "",
) -> None:
    def write(connection: Connection) -> None:
        _still_to_come(connection, dialogue, entry)
        calendar.change(connection, now, dialogue.id, entry.key, actor, values)
        audit.record(connection, now, actor, action, entry.id, reason, dialogue.id)

    session.write(write)


def _still_to_come(connection: Connection, dialogue: Dialogue, entry: Entry) -> None:
    if occurrences.recorded(connection, dialogue.id, *entry.key):
        raise Refused(f"{entry.id} was sent already")
