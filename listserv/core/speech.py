"""How a reader's language writes days, figures, sizes and lists, and which way it runs. CLDR's rules, by Babel.

`language` is a tag (fr, pt-BR); one that CLDR lacks is written as English is. Digits are 0 to 9 in every language, as
in the commands and numbers of our mails. Babel is loaded at the first use: most commands never say a day.

Where we differ from CLDR, and why:

    en      "Friday 7 November 2008"; sizes in KB, as in listserv.toml
    es      no comma after the day of the week: a date stands within sentences
    fr      the first of a month is "1er"
    ru      the day of the week stands last, in brackets, and so fits after "до" and "с"; no "г." before a full stop
    ar      both names of a month, "تشرين الثاني/نوفمبر", as the United Nations write: each half of its readers knows
            one; units in full

Raises ValueError for a moment without a zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from listserv.core.dialogue import countries
from listserv.core.dialogue.model import aware

if TYPE_CHECKING:
    from babel import Locale

_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_PATTERNS = {"en": "EEEE d MMMM y", "es": "EEEE d 'de' MMMM 'de' y", "ru": "d MMMM y 'года' (EEEE)"}
_LEVANT = "ar_LB"  # where the other half of the months' Arabic names is said
_COMMAS = {"ar": "، ", "fa": "، ", "zh": "，"}
_UNITS = (  # below which they count, in English and for CLDR, of how many octets, with how many places
    (1_000, "bytes", "byte", 1, 0),
    (999_500, "KB", "kilobyte", 1_000, 0),
    (10**18, "MB", "megabyte", 1_000_000, 1),
)


def base(language: str) -> str:
    """The language of a tag: "fr" of "fr-CA"."""
    return language.replace("_", "-").partition("-")[0].lower()


def right_to_left(language: str) -> bool:
    return base(language) in _RIGHT_TO_LEFT


def when(at: datetime, zone: ZoneInfo, language: str = "en", home: str = "") -> str:
    """A moment for people: "Friday 7 November 2008, 18:00 (America/Santo_Domingo), 22:00 UTC".

    `home`: the country (alpha-2) of its only reader; where one time holds in all of it, ", 23:00 (Nigeria)" follows.
    """
    local, utc = aware(at).astimezone(zone), at.astimezone(UTC)
    chinese = base(language) == "zh"
    shown = f"{day(at, zone, language)}{' ' if chinese else comma(language)}{local:%H:%M}"
    if local.utcoffset() == utc.utcoffset() and zone.key in ("UTC", "Etc/UTC"):
        return f"{shown} UTC"
    other = f"{utc:%H:%M} UTC" if local.date() == utc.date() else f"{_date(utc.date(), language)} {utc:%H:%M} UTC"
    brackets = "（{}）" if chinese else " ({})"
    told = f"{shown}{brackets.format(zone.key)}{comma(language)}{other}"
    there = countries.local(home, at) if home else None
    if there is None or there.utcoffset() in (local.utcoffset(), utc.utcoffset()):
        return told
    hour = f"{there:%H:%M}" if there.date() == local.date() else f"{_date(there.date(), language)} {there:%H:%M}"
    return f"{told}{comma(language)}{hour}{brackets.format(countries.named(home, language))}"


def day(at: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """The local date of a moment: "Friday 7 November 2008"."""
    return _date(aware(at).astimezone(zone).date(), language)


def number(count: int, language: str = "en") -> str:
    """ "1,234"; "1 234" in French, with a space at which no line breaks."""
    if abs(count) < 1000:
        return str(count)
    if base(language) == "en":
        return f"{count:,}"
    from babel.numbers import format_decimal

    return format_decimal(count, locale=_locale(language)).replace(
        "\u202f", "\xa0"
    )  # some programs lack the narrow one


@lru_cache(maxsize=1000)
def size(octets: int, language: str = "en") -> str:
    """ "340 bytes", "12 KB", "1.4 MB"; "1,4 Mo" in French."""
    _, english, unit, divisor, places = next(one for one in _UNITS if octets < one[0])
    if base(language) == "en":
        return f"{octets / divisor:.{places}f} {english}"
    from babel.units import format_unit

    shown = format_unit(
        round(octets / divisor, places),
        f"digital-{unit}",
        "long" if unit == "byte" or base(language) == "ar" else "short",
        format="#,##0.0" if places else "#,##0",
        locale=_locale(language),
    )
    return shown.replace("\u202f", "\xa0")


def lasting(span: timedelta, language: str = "en") -> str:
    """Roughly how long, at least a minute: "5 minutes", "2 hours", "1 week"."""
    from babel.dates import format_timedelta

    return format_timedelta(max(span, timedelta(minutes=1)), granularity="minute", locale=_locale(language))


def listed(items: Sequence[str], language: str = "en") -> str:
    """ "a, b and c"."""
    if base(language) == "en":
        return ", ".join(items[:-1]) + " and " + items[-1] if len(items) > 1 else "".join(items)
    from babel.lists import format_list

    return format_list(list(items), locale=_locale(language))


def comma(language: str) -> str:
    """What stands between things that are only put side by side: a name, an organisation, a country."""
    return _COMMAS.get(base(language), ", ")


def colon(language: str) -> str:
    """What stands between who said something and what was said."""
    return {"zh": "：", "fr": "\xa0: "}.get(base(language), ": ")


def gap(language: str) -> str:
    """What stands between two sentences: nothing in Chinese, whose full stop has room of its own."""
    return "" if base(language) == "zh" else " "


@lru_cache(maxsize=1000)
def _date(local: date, language: str) -> str:
    from babel.dates import format_date

    locale = _locale(language)
    tag = locale.language
    shown = format_date(local, _PATTERNS.get(tag, "full"), locale=locale)
    if tag == "fr" and local.day == 1:
        return shown.replace(" 1 ", " 1er ", 1)
    if tag == "ar":
        month = locale.months["format"]["wide"][local.month]
        return shown.replace(month, f"{_locale(_LEVANT).months['format']['wide'][local.month]}/{month}", 1)
    return shown


@cache
def _locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language if language == _LEVANT else base(language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
