"""Wall-clock times and instants: the one place that knows what a dialogue's time zone does to its programme.

Answers: which instant is 09:00 on that day in that place; what do clocks there show at an instant; when is it
Friday 16:00 between two instants. Instants that come out are aware, in UTC (DESIGN §3, "Time"):

- a local time that does not exist (clocks go forward) counts as the next that does: 02:30 becomes 03:00;
- a local time that exists twice (clocks go back) counts as the first.

Never reads a clock. Raises ValueError for a naive instant, or an aware time where a local one is asked for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import aware

_MICROSECOND = timedelta(microseconds=1)


def from_local(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which clocks in `zone` show `local`, a naive time; its `fold` is ignored."""
    if local.tzinfo is not None:
        raise ValueError(f"a local time must not name a zone: {local!r}")
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if to_local(first, zone) == local:
        return first
    # In a gap, PEP 495 reads fold=1 with the offset after it: an instant before the clocks were changed.
    return _change_between(local.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at the instant `at`, as a naive time (fold 0)."""
    return aware(at).astimezone(zone).replace(tzinfo=None, fold=0)


def weekly(weekday: int, at: time, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """Every instant (UTC, in order) in (since, until] that is `weekday` (0 = Monday) at local time `at`."""
    if not 0 <= weekday <= 6:
        raise ValueError(f"a weekday is 0 (Monday) to 6 (Sunday), not {weekday}")
    day = _day_before(since, zone)
    return _every(7, day + timedelta(days=(weekday - day.weekday()) % 7), at, zone, since, until)


def daily(at: time, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """Every instant (UTC, in order) in (since, until] at which clocks show local time `at`, one for each local day."""
    return _every(1, _day_before(since, zone), at, zone, since, until)


def _day_before(since: datetime, zone: ZoneInfo) -> date:
    """A day early: where a whole day was left out (Samoa, 30 December 2011) its times count as the next day's."""
    return to_local(since, zone).date() - timedelta(days=1)


def _every(days: int, day: date, at: time, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """The instants in (since, until] of `day` and of every so many days after it."""
    last = to_local(until, zone).date()
    found = []
    while day <= last:
        found.append(from_local(datetime.combine(day, at), zone))
        day += timedelta(days=days)
    return [instant for instant in found if since < instant <= until]


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (before, after] from which `before`'s offset no longer holds, by halving."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _MICROSECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
