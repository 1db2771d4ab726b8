"""Languages as people write them, and as they are kept: a tag (RFC 5646), like fr or pt-BR.

`tag` reads "French", "français", "Francés", "FR" or "fr-CA"; `named` says one in somebody's language; `spoken` and
`unspoken` tell whether there are letters in it. Never raises.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from listserv.core.dialogue.phrases import plain

_READ = ("en", "fr", "es", "ar", "ru", "zh", "pt")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
_PART = re.compile(r"\s*[,;/&+]\s*|\s+(?:and|or|et|ou|y|o|и|و)\s+")
_ALSO = {
    "farsi": "fa",
    "castellano": "es",
    "castilian": "es",
    "mandarin": "zh",
    "dari": "fa",
    "kiswahili": "sw",
    "русском": "ru",
    "английском": "en",
    "французском": "fr",
    "испанском": "es",
    "арабском": "ar",
    "китайском": "zh",
    "عربي": "ar",
    "انجليزي": "en",
    "فرنسي": "fr",
    "اسباني": "es",
    "روسي": "ru",
    "صيني": "zh",
    "英文": "en",
    "法文": "fr",
    "西文": "es",
    "西班牙文": "es",
    "阿拉伯文": "ar",
    "阿文": "ar",
    "阿语": "ar",
    "俄文": "ru",
    "汉语": "zh",
    "普通话": "zh",
    "简体中文": "zh",
    "繁體中文": "zh",
    "繁体中文": "zh",
}


def tag(said: str) -> str:
    """The tag of the (first) language that is named; "" where none is known."""
    said = " ".join(said.split())[:100]
    if _TAG.fullmatch(said):
        language, *rest = said.replace("_", "-").split("-")
        language = _shorter().get(language.lower(), language.lower())
        if language in _codes():
            return "-".join([language, *(one.upper() if len(one) == 2 else one for one in rest)])
    for part in _PART.split(_BRACKETS.split(said, maxsplit=1)[0].strip() or _BRACKETS.sub(" ", said)):
        words = _BEFORE.sub("", plain(part)).removesuffix(" язык").removesuffix(" языке")
        if words in _also() or words in _index():
            return _also().get(words) or _index()[words]
        if len(words) == 2 and words in _codes():
            return words
    return ""


def named(language: str, inside: str = "en") -> str:
    """The name of a language in another; an unknown tag as it stands."""
    return _languages(inside.partition("-")[0].lower()).get(language.partition("-")[0].lower(), language)


def nearest(said: str) -> str:
    """The language that a misspelling may have meant, in English; "" when nothing comes near, and for a tag."""
    close = [] if len(said) < 4 else difflib.get_close_matches(plain(said[:40]), list(_index()), 1, 0.75)
    return named(_index()[close[0]]) if close else ""


def spoken(languages: Sequence[str], *wanted: str) -> str:
    """The first of the wanted tags that is among the languages; a region is ignored (fr-CA is fr). "" for none."""
    for tag in wanted:
        language = tag.lower().replace("_", "-").partition("-")[0]
        if language in languages:
            return language
    return ""


def unspoken(language: str, languages: Sequence[str], otherwise: str) -> str:
    """What to say of a wish for a language that letters are not in; "" where they are, and for no wish.

    `languages`: those of [site]; `otherwise`: the dialogue's, which is written in instead.
    """
    if not language or spoken(languages, language):
        return ""
    instead = named(spoken(languages, otherwise) or languages[0])
    has = ", ".join(languages)
    return f"letters are not in {named(language)} ({language}) but in {instead}; [site] languages has: {has}"


_NONE = frozenset({"und", "mul", "mis", "zxx"})  # ISO 639-2: not known, several, not coded, none at all
_BEFORE = re.compile(r"^(?:на|باللغه|بال?(?=\w{3})|اللغه|in|en) ?(?=\w{3})")
_BRACKETS = re.compile(r"[()\[\]]")


@lru_cache(maxsize=32)
def _languages(inside: str) -> Mapping[str, str]:
    from babel import Locale, UnknownLocaleError  # at the first use: it takes a moment to load

    try:
        names = Locale.parse(inside).languages
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").languages
    return {one: name for one, name in names.items() if len(one) in (2, 3) and one.isalpha()}


@cache
def _also() -> Mapping[str, str]:
    return {plain(name): one for name, one in _ALSO.items()}


@cache
def _codes() -> frozenset[str]:
    return frozenset(_languages("en")) - _NONE


@cache
def _shorter() -> Mapping[str, str]:
    """The tag of two letters where somebody writes three, as libraries do: fra, fre (RFC 5646 §2.2.1)."""
    from babel.core import get_global

    return {one: tag for one, tag in get_global("language_aliases").items() if (len(one), len(tag)) == (3, 2)}


@cache
def _index() -> Mapping[str, str]:
    """Tag by plain name: in the languages that are read, and in its own."""
    found: dict[str, str] = {}
    for inside in _READ:
        for one, name in sorted(_languages(inside).items(), key=lambda pair: len(pair[0])):
            found.setdefault(plain(name), one)
            found.setdefault(_BEFORE.sub("", plain(name)).removesuffix(" язык"), one)
    return {name: one for name, one in found.items() if len(name) > 1}
