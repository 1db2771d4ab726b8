"""What an author may expect: how long reading has taken so far, and when a moderator is on duty next.

Input: the moderators' weekdays on duty with their zones, and how long what was released had waited. Output: an
`Expected`. It promises nothing: it tells what has been, by the median, and what the rota says. A day of duty ends at
eight in the evening, by the moderator's own clock: what comes later is read on their next day.
Raises ValueError for a naive `now`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from statistics import median
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import aware

EVENING = time(20, 0)
WEEK = "0123456"

#: Fewer releases tell nothing of what is usual.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Duty:
    """A moderator's weekdays, 0 = Monday, by their own clock."""

    days: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Expected:
    """`hours` or `days`: what is usual, one of them or neither. `next_on`: where nobody is on duty any more today.

    `daily`: somebody is on duty every day.
    """

    hours: int | None = None
    days: int | None = None
    next_on: date | None = None
    daily: bool = False


def expected(now: datetime, duties: Sequence[Duty], waits: Iterable[timedelta]) -> Expected:
    """`waits`: of the latest releases, from their arrival on."""
    aware(now)
    hours, days = _usual(sorted(waits))
    reading = [duty for duty in duties if duty.days]
    daily = set(WEEK) <= {day for duty in reading for day in duty.days}
    if not reading or daily:
        return Expected(hours, days, None, daily)
    first = min(_next(now, duty) for duty in reading)
    return Expected(hours, days, first[1] if first[0] > now else None, False)


def _usual(waits: Sequence[timedelta]) -> tuple[int | None, int | None]:
    if len(waits) < FEWEST:
        return None, None
    usual = median(one / timedelta(hours=1) for one in waits)
    hours = max(1, ceil(usual - 0.25))  # a little over an hour is about an hour
    return (hours, None) if hours < 20 else (None, max(1, ceil(usual / 24 - 0.1)))


def _next(now: datetime, duty: Duty) -> tuple[datetime, date]:
    """When that moderator is on duty next (now, if they are), and which day it is for them."""
    local = now.astimezone(duty.zone)
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        if str(day.weekday()) in duty.days and (ahead or local.time() < EVENING):
            return (now if not ahead else datetime.combine(day, time(0), duty.zone)), day
    return now + timedelta(days=8), local.date()  # no day is theirs
