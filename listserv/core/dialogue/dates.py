"""Days as people write them, in en fr es: "pause until 10 Nov", "jusqu'au 1er décembre", "hasta el 10 de noviembre".

Input: one line, and the day it is where the dialogue is held. Output: the day it names, or what is wrong with it; None
when it names none. Without a year the day is the next of that name, but one that lay in the last months was meant as
past. What may be read in two ways (10/11/2008) is unclear. Never raises.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from enum import StrEnum

_UNTIL = re.compile(
    r"(?:\b(?:until|untill|till|til|up to|jusqu.?\s?(?:au|a|en)?|hasta(?: el)?)(?![a-z])|\bдо\b|حتى)", re.IGNORECASE
)
_MONTHS = (
    "january jan janvier janv enero ene",
    "february feb fevrier fev fevr febrero",
    "march mar mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juin junio",
    "july jul juillet juil julio",
    "august aug aout agosto ago",
    "september sep sept septembre septiembre setiembre set",
    "october oct octobre octubre",
    "november nov novembre noviembre",
    "december dec decembre diciembre dic",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_WEEKDAYS = (
    "monday mon lundi lunes",
    "tuesday tue tues mardi martes",
    "wednesday wed mercredi miercoles",
    "thursday thu thurs jeudi jueves",
    "friday fri vendredi viernes",
    "saturday sat samedi sabado",
    "sunday sun dimanche domingo",
)
_WEEKDAY = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
_TOMORROW = {"tomorrow", "demain", "manana"}
_IGNORED = "the of on le la l el de del d du au a and at next prochain proximo please pls merci svp gracias"
_NOISE = frozenset(_IGNORED.split())
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2}))?\.?(?!\d)")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|re|o|º|°)?")
_MEANT_PAST = timedelta(days=183)


class Wrong(StrEnum):
    """Why a line's day cannot be taken."""

    UNCLEAR = "unclear"
    PAST = "past"  # or today


def until(line: str, today: date) -> date | Wrong | None:
    """The day that a line asks for, after `today`; None when it asks for none."""
    folded = _folded(line)
    if split := _UNTIL.search(folded):
        said = folded[split.end() :]
    elif digit := re.search(r"\d", folded):
        said = folded[digit.start() :]
    else:
        return None
    found = _read(said, today)
    if isinstance(found, Wrong):
        return found
    return found if found > today else Wrong.PAST


def before_until(line: str) -> str:
    """The line up to its "until", or to the day that it names without one."""
    folded = _folded(line)
    split = _UNTIL.search(folded) or re.search(r"\d", folded)
    return folded[: split.start()] if split else line


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(each for each in apart if not unicodedata.combining(each)).replace("’", "'").casefold()


def _read(said: str, today: date) -> date | Wrong:
    if found := _ISO.search(said):
        return _whole(int(found[1]), int(found[2]), int(found[3])) if not _rest(said, found) else Wrong.UNCLEAR
    if found := _NUMERIC.search(said):
        return _numeric(found, today) if not _rest(said, found) else Wrong.UNCLEAR
    words = [word for word in re.findall(r"[^\W_]+[º°]?", said) if word not in _NOISE]
    if len(words) == 1 and words[0] in _TOMORROW:
        return today + timedelta(days=1)
    weekdays = [_WEEKDAY[word] for word in words if word in _WEEKDAY and word not in _MONTH]
    rest = [word for word in words if word not in _WEEKDAY or word in _MONTH]
    if not rest and len(weekdays) == 1:
        return today + timedelta(days=(weekdays[0] - today.weekday() - 1) % 7 + 1)
    return _worded(rest, today) if len(weekdays) <= 1 else Wrong.UNCLEAR


def _rest(said: str, found: re.Match[str]) -> list[str]:
    """Words beside a day in digits that say something else."""
    words = re.findall(r"[^\W_]+", said[: found.start()] + " " + said[found.end() :])
    return [word for word in words if word not in _NOISE and word not in _WEEKDAY]


def _worded(words: list[str], today: date) -> date | Wrong:
    """Of "10 nov 2008" and "november 10th": a day, a month, and perhaps a year."""
    months = [_MONTH[word] for word in words if word in _MONTH]
    years = [int(word) for word in words if re.fullmatch(r"\d{4}", word)]
    days = [int(found[1]) for word in words if (found := _ORDINAL.fullmatch(word))]
    if len(months) != 1 or len(days) != 1 or len(years) > 1 or len(words) != 2 + len(years):
        return Wrong.UNCLEAR
    return _whole(years[0], months[0], days[0]) if years else _next(months[0], days[0], today)


def _numeric(found: re.Match[str], today: date) -> date | Wrong:
    """With points the day stands first; else only what cannot be read in two ways counts."""
    first, second = int(found[1]), int(found[3])
    if found[2] != "." and first <= 12 and second <= 12 and first != second:
        return Wrong.UNCLEAR
    day, month = (second, first) if found[2] != "." and second > 12 else (first, second)
    if not found[4]:
        return _next(month, day, today)
    return _whole(int(found[4]) + (2000 if len(found[4]) == 2 else 0), month, day)


def _whole(year: int, month: int, day: int) -> date | Wrong:
    try:
        return date(year, month, day)
    except ValueError:
        return Wrong.UNCLEAR


def _next(month: int, day: int, today: date) -> date | Wrong:
    """This year's; next year's only if that is nearer than this year's is past. 29 February: in a year that has it."""
    this, after = (_whole(today.year + more, month, day) for more in (0, 1))
    if isinstance(this, Wrong):
        return after
    if this > today or isinstance(after, Wrong):
        return this
    return after if after - today < _MEANT_PAST else this
