"""How long what is held has waited, and when its moderators hear of it again: reminder, escalation, the daily mail.

Inputs are values the store read; all instants are aware. Nothing here reads a clock. What waits for its module to
open waits for no moderator: its time counts from the opening.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listserv.core.dialogue.calendar import from_local, to_local
from listserv.core.dialogue.model import Dialogue

_DAYS_AHEAD = 8  # somebody's next day on duty is within a week


def since(dialogue: Dialogue, module: int | None, received_at: datetime) -> datetime | None:
    """Since when a moderator could have decided it; None while its module has yet to open."""
    its = dialogue.module(module)
    if its is None or its.opened_at is None:
        return None
    return max(received_at, its.opened_at)


def chases(waiting: Mapping[int, datetime], after: timedelta, done: Collection[int]) -> dict[int, datetime]:
    """When each of those held is to be told of again, by id; `after` 0 = never, each once (`done`)."""
    if not after:
        return {}
    return {id_: began + after for id_, began in waiting.items() if id_ not in done}


def daily_at(
    first: datetime, last_sent: int, at: time, zone: ZoneInfo, works: Callable[[datetime], bool]
) -> datetime | None:
    """When a moderator's daily mail is due, for what is held since `first`.

    `last_sent`: the day (date.toordinal, theirs) of the last one, 0 = none; `works(instant)`: whether they are on
    duty then. None if no day of the coming week is theirs.
    """
    day = max(to_local(first, zone).date(), date.fromordinal(max(1, last_sent)) + timedelta(days=1 if last_sent else 0))
    for _ in range(_DAYS_AHEAD):
        instant = from_local(datetime.combine(day, at), zone)
        if instant >= first and works(instant):
            return instant
        day += timedelta(days=1)
    return None
