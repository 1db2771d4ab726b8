"""A template environment that speaks a language: its catalogue, its figures and days, and values that keep their way.

What `{% trans %}` counts (`{% pluralize %}`) is written as the language writes figures; other numbers name something,
"module 3", and stay as they are: the filter `number` writes one that does not. In a language that runs from right to
left, a value that runs the other way and begins or ends in a mark is isolated (U+2068 … U+2069, UAX 9 §2.4): without
that "Getting started?" puts its question mark at its other end. Addresses are not: programs would make the invisible
signs part of the link, and an address begins and ends in letters or a slash.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from listserv.core import speech
from listserv.core.dialogue import countries

_ISOLATE, _END = "\u2068", "\u2069"
_LETTERS = ("L", "R", "AL")


def speak(environment: Environment, language: str, catalogue: NullTranslations) -> None:
    """`environment` has jinja2.ext.i18n. Filters when, day, size, number, listed, country; globals comma, colon, gap.

    A value `home`, the country of a letter's only reader, has `when` tell their time too.
    """

    @pass_context
    def gettext(context: Context, message: str, /, **values: object) -> str:
        return said(context, catalogue.gettext(message), values)

    @pass_context
    def ngettext(context: Context, single: str, plural: str, n: int, /, **values: object) -> str:
        figures = {name: speech.number(one, language) if type(one) is int else one for name, one in values.items()}
        return said(context, catalogue.ngettext(single, plural, n), figures)

    @pass_context
    def when(context: Context, at: datetime, zone: ZoneInfo) -> str:
        return speech.when(at, zone, language, context.get("home", ""))

    def said(context: Context, message: str, values: Mapping[str, object]) -> str:
        if speech.right_to_left(language):
            values = {name: isolated(one) if isinstance(one, str) else one for name, one in values.items()}
        return (Markup(message) if context.eval_ctx.autoescape else message) % values  # noqa: S704  words of ours

    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals |= {"gettext": gettext, "_": gettext, "ngettext": ngettext}
    environment.globals |= {one.__name__: one(language) for one in (speech.comma, speech.colon, speech.gap)}
    filters: dict[str, Any] = {
        "when": when,
        "day": lambda at, zone: speech.day(at, zone, language),
        "size": lambda octets: speech.size(octets, language),
        "number": lambda count: speech.number(count, language),
        "listed": lambda items: speech.listed([str(one) for one in items], language),
        "country": lambda country: countries.named(country, language),
    }
    environment.filters |= filters


def isolated(value: str) -> str:
    """The value, marked so that what stands around it does not change its order, if it runs from left to right."""
    if isinstance(value, Markup) or "@" in value or "://" in value:
        return value
    ways = [unicodedata.bidirectional(one) for one in value]
    first = next((way for way in ways if way in _LETTERS), "")
    if first != "L" or (ways[0] == "L" and ways[-1] in ("L", "EN")):
        return value
    return f"{_ISOLATE}{value}{_END}"
