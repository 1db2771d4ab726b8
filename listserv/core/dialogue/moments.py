"""When a mail of the calendar goes, as organisers write it: "5 days before 10:00", "wednesday 12:00", "half way".

`read` takes such words, `written` gives them back; "off" is None. What a moment is counted from is core/dialogue/
facilitation's: the first opening, a module's opening or close, the end. `CalendarRule` is all that organisers have set
so ([dialogue.calendar]). Raises ValueError for words that are none: what is wrong; what to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OFF = "off"
_UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MOST = 366 * 86400
_APART = re.compile(r"([0-9]{1,4}) (minute|hour|day|week)s? (before|after)(?: ([0-9:]+))?")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class Side(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Apart:
    """So long before or after something; with `at`, at that local time of the day it comes to."""

    span: timedelta
    side: Side
    at: time | None = None


@dataclass(frozen=True, slots=True)
class OnDay:
    """On that weekday (0 = Monday) at that local time; of several within a module the one nearest to its middle."""

    weekday: int
    at: time


class Middle(StrEnum):
    HALF_WAY = "half way"


Moment: TypeAlias = Apart | OnDay | Middle

#: What may stand for a mail of a module; before the start or the end; after the end.
ANYWHERE, BEFORE, AFTER = (Side.BEFORE, Side.AFTER, OnDay, Middle), (Side.BEFORE,), (Side.AFTER,)
_EXAMPLES: dict[tuple[object, ...], str] = {
    ANYWHERE: '"wednesday 12:00", "half way", "2 days before" or "off"',
    BEFORE: '"5 days before", "5 days before 10:00" or "off"',
    AFTER: '"1 day after", "1 day after 10:00" or "off"',
}


@lru_cache(maxsize=256)
def read(said: str, allowed: tuple[object, ...] = ANYWHERE) -> Moment | None:
    """The moment that those words mean; None for "off"."""
    words = " ".join(said.lower().split())
    if words == OFF:
        return None
    moment = _read(words)
    if moment is None or not _allowed(moment, allowed):
        raise ValueError(f'"{said}" is not a moment for this; write {_EXAMPLES[allowed]}')
    return moment


def _allowed(moment: Moment, allowed: Collection[object]) -> bool:
    return (moment.side if isinstance(moment, Apart) else type(moment)) in allowed


def _read(words: str) -> Moment | None:
    if words in ("half way", "halfway"):
        return Middle.HALF_WAY
    day, _, hour = words.partition(" ")
    if day in WEEKDAYS and _TIME.fullmatch(hour):
        return OnDay(WEEKDAYS.index(day), time.fromisoformat(hour))
    if not (found := _APART.fullmatch(words)):
        return None
    seconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= _MOST:
        return None
    if found[4] is None:
        return Apart(timedelta(seconds=seconds), Side(found[3]))
    if found[2] not in ("day", "week") or not _TIME.fullmatch(found[4]):
        return None
    return Apart(timedelta(seconds=seconds), Side(found[3]), time.fromisoformat(found[4]))


def written(moment: Moment | None) -> str:
    """As `read` reads it."""
    match moment:
        case None:
            return OFF
        case Middle():
            return moment.value
        case OnDay(weekday, at):
            return f"{WEEKDAYS[weekday]} {at:%H:%M}"
        case Apart(span, side, at):
            seconds = int(span.total_seconds())
            unit = next(name for name in ("day", "hour", "minute") if seconds % _UNITS[name] == 0)
            count = seconds // _UNITS[unit]
            hour = f" {at:%H:%M}" if at else ""
            return f"{count} {unit}{'s' if count != 1 else ''} {side.value}{hour}"


#: What each setting may be: a moment counted from what.
MOMENTS: Mapping[str, tuple[object, ...]] = {
    "invitation_again": BEFORE,  # the first opening
    "checkin": BEFORE,
    "midweek": ANYWHERE,  # a module's opening or close
    "nudge": ANYWHERE,
    "reminder": BEFORE,  # a module's close
    "last_call": BEFORE,  # the end: that of the last module's grace
    "survey": AFTER,
    "thanks": AFTER,
}


A_DAY_BEFORE = Apart(timedelta(days=1), Side.BEFORE)


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """When each mail goes; None: never. Without a word of the organisers only the reminder, a day ahead."""

    invitation_again: Moment | None = None
    checkin: Moment | None = None
    midweek: Moment | None = None
    review: timedelta = timedelta(0)  # the mid-week note goes to the moderators that long before; 0 = unreviewed
    nudge: Moment | None = None
    frequent: int = 0  # contributions to one module beyond which somebody is asked to leave room; 0 = never
    reminder: Moment | None = A_DAY_BEFORE
    last_call: Moment | None = None
    survey: Moment | None = None
    thanks: Moment | None = None

    def stored(self) -> dict[str, str | int]:
        """As the store keeps it, and `of` reads it."""
        said: dict[str, str | int] = {key: written(getattr(self, key)) for key in MOMENTS}
        return {**said, "review": int(self.review.total_seconds()), "frequent": self.frequent}

    @classmethod
    def of(cls, stored: Mapping[str, str | int]) -> CalendarRule:
        """What is not stored is as without a word."""
        said = {key: read(str(stored[key]), allowed) for key, allowed in MOMENTS.items() if key in stored}
        rule = replace(cls(), **said)  # type: ignore[arg-type]
        review, frequent = stored.get("review", 0), stored.get("frequent", 0)
        return replace(rule, review=timedelta(seconds=int(review)), frequent=int(frequent))


NO_WORD = CalendarRule()
