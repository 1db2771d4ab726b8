"""Days as people write them, in en fr es ar ru zh: "pause until 10 Nov", "jusqu'au 1er décembre", "до 10 ноября".

Input: one line, and the day it is where the dialogue is held. Output: the day it names, or what is wrong with it; None
when it names none. Without a year the day is the next of that name, but one that lay in the last months was meant as
past. What may be read in two ways (10/11/2008) is unclear. Never raises.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from enum import StrEnum

from listserv.core.dialogue.phrases import SPELT

_UNTIL = re.compile(
    r"(?:\b(?:until|untill|till|til|up to|jusqu.?\s?(?:au|a|en)?|hasta(?: el)?)(?![a-z])|\b(?:вплоть )?до\b"
    r"|\b(?:حتي|الي غايه|الي|لغايه|لحين)\b|直到|直至|截至|截止到|至|到)",
    re.IGNORECASE,
)
_MONTHS = (
    "january jan janvier janv enero ene يناير كانونالثاني جانفي январь января янв",
    "february feb fevrier fev fevr febrero فبراير شباط فيفري февраль февраля фев февр",
    "march mar mars marzo مارس اذار март марта мар",
    "april apr avril avr abril abr ابريل نيسان افريل апрель апреля апр",
    "may mai mayo مايو ايار ماي маи мая",
    "june jun juin junio يونيو يونيه حزيران جوان июнь июня июн",
    "july jul juillet juil julio يوليو يوليه تموز جويليه июль июля июл",
    "august aug aout agosto ago اغسطس اب اوت август августа авг",
    "september sep sept septembre septiembre setiembre set سبتمبر ايلول شتنبر сентябрь сентября сен сент",
    "october oct octobre octubre اكتوبر تشرينالاول октябрь октября окт",
    "november nov novembre noviembre نوفمبر تشرينالثاني نونبر ноябрь ноября ноя нояб",
    "december dec decembre diciembre dic ديسمبر كانونالاول دجنبر декабрь декабря дек",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_TWO_WORDS = re.compile(r"\b(كانون|تشرين)\s+(الاول|الثاني)\b")
_WEEKDAYS = (
    "monday mon lundi lunes الاثنين اثنين понедельник понедельника пн",
    "tuesday tue tues mardi martes الثلاثاء ثلاثاء вторник вторника вт",
    "wednesday wed mercredi miercoles الاربعاء اربعاء среда среды среду ср",
    "thursday thu thurs jeudi jueves الخميس خميس четверг четверга чт",
    "friday fri vendredi viernes الجمعه جمعه пятница пятницы пятницу пт",
    "saturday sat samedi sabado السبت سبت суббота субботы субботу сб",
    "sunday sun dimanche domingo الاحد احد воскресенье воскресенья вс",
)
_WEEKDAY = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
_TOMORROW = {"tomorrow", "demain", "manana", "غدا", "غد", "بكره", "завтра", "завтрашнего", "明天"}
_IGNORED = (
    "the of on le la l el de del du d au a and at next prochain proximo please pls merci svp gracias يوم في من شهر سنه"
    " عام القادم المقبل فضلك فضلكم رجاء شكرا года год г числа го е дня следующего следующеи ближаишего ближаишеи"
    " включительно в во с пожалуиста спасибо 为止 止 前 之前 那天 谢谢 為止 謝謝"
)
_NOISE = frozenset(_IGNORED.split())
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2}))?\.?(?!\d)")
_CHINESE = re.compile(r"(?:(\d{4}) *年)? *(\d{1,2}) *月 *(\d{1,2}) *[日号號]?")
_CHINESE_WEEKDAY = re.compile(r"(下个?|下個)?(?:周|星期|礼拜|週|禮拜)([一二三四五六日天])")
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
    if text.isascii():  # most are, and need none of it
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(each for each in apart if not unicodedata.combining(each)).replace("’", "'")
    return _TWO_WORDS.sub(r"\1\2", bare.translate(SPELT)).casefold()


def _read(said: str, today: date) -> date | Wrong:
    if found := _CHINESE.search(said):
        return _chinese(said, found, today)
    if found := _CHINESE_WEEKDAY.search(said):
        weekday = "一二三四五六日天".index(found[2]) % 7 if found[2] != "天" else 6
        if _rest(said, found):
            return Wrong.UNCLEAR
        ahead = weekday - today.weekday() + 7 if found[1] else (weekday - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead)
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


def _chinese(said: str, found: re.Match[str], today: date) -> date | Wrong:
    """Of "2008年11月10日": a month, a day, and perhaps a year, with a day of the week at most beside them."""
    beside = _CHINESE_WEEKDAY.sub(" ", said[: found.start()] + " " + said[found.end() :])
    if [word for word in re.findall(r"[^\W_]+", beside) if word not in _NOISE]:
        return Wrong.UNCLEAR
    month, day = int(found[2]), int(found[3])
    return _whole(int(found[1]), month, day) if found[1] else _next(month, day, today)


def _rest(said: str, found: re.Match[str]) -> list[str]:
    """Words beside a day in digits that say something else."""
    words = re.findall(r"[^\W_]+", said[: found.start()] + " " + said[found.end() :])
    return [word for word in words if word not in _NOISE and word not in _WEEKDAY]


def _worded(words: list[str], today: date) -> date | Wrong:
    """Of "10 nov 2008" and "november 10th": a day, a month, and perhaps a year."""
    months = list({_MONTH[word]: None for word in words if word in _MONTH})  # Arabic may say both its names
    more = sum(word in _MONTH for word in words) - len(months)
    years = [int(word) for word in words if re.fullmatch(r"\d{4}", word)]
    days = [int(found[1]) for word in words if (found := _ORDINAL.fullmatch(word))]
    if len(months) != 1 or len(days) != 1 or len(years) > 1 or len(words) != 2 + more + len(years):
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
