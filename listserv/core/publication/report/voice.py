"""In which language a report speaks, and in which one somebody wrote.

`Voice` says the frame's sentences, days and countries in the report's language. `language_of` tells the language of
somebody's words by their letters, and for Latin letters by small words that one language has and the others have not;
"" where that says too little: then nothing is hyphenated and no wrong language is claimed. Never raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from listserv.core import speech
from listserv.core.dialogue import countries, short_names

_SCRIPTS = (  # how Unicode names its letters begin, and the language that is most likely here
    ("LATIN", ""), ("ARABIC", "ar"), ("CYRILLIC", "ru"), ("CJK", "zh"), ("HIRAGANA", "ja"), ("KATAKANA", "ja"),
    ("HANGUL", "ko"), ("HEBREW", "he"), ("GREEK", "el"), ("DEVANAGARI", "hi"), ("BENGALI", "bn"), ("THAI", "th"),
    ("ETHIOPIC", "am"), ("GEORGIAN", "ka"), ("ARMENIAN", "hy"), ("TAMIL", "ta"), ("KHMER", "km"), ("MYANMAR", "my"),
    ("SINHALA", "si"), ("LAO", "lo"), ("TELUGU", "te"), ("GUJARATI", "gu"), ("GURMUKHI", "pa"), ("TIBETAN", "bo"),
)  # fmt: skip
_SMALL = {
    "en": "the of and to is that we with for was not are by have this which they you it from",
    "fr": "le les des et une est que nous pour dans avec sur pas qui au du ce ont mais par",
    "es": "el los las y una es que nos para en con por del no se su al lo más pero",
    "pt": "o os as e uma é que não para em com por do da dos das ao mais mas são",
}
_WORD = re.compile(r"[^\W\d_]+")
_ISOLATE, _END = "\u2068", "\u2069"
_LETTER = re.compile(r"[^\W\d_]")
#: A language tag (RFC 5646 §4.1) for words of which nobody knows; they run from left to right.
UNKNOWN = "und"
_ENOUGH = 3  # small words that speak for one language alone


@dataclass(frozen=True, slots=True)
class Voice:
    language: str
    zone: ZoneInfo
    said: Callable[[str], str]  # a Sentence in the report's language

    def __call__(self, sentence: str) -> str:
        return self.said(sentence)

    @property
    def right_to_left(self) -> bool:
        return speech.right_to_left(self.language)

    def day(self, at: datetime) -> str:
        return speech.day(at, self.zone, self.language)

    def short_day(self, day: date) -> str:
        """ "Nov 3", for the labels of plots."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMd", day, locale=speech.base(self.language))

    def number(self, count: int) -> str:
        return speech.number(count, self.language)

    def listed(self, items: Sequence[str]) -> str:
        """ "a, b and c"."""
        return speech.listed(items, self.language)

    def beside(self, items: Iterable[str]) -> str:
        """Things that are only put side by side, those there are: "Ana Ruiz, Ministry, Peru"."""
        return speech.comma(self.language).join(one for one in items if one)

    def country(self, written: str) -> str:
        """ "Ghana" in the report's language, as the United Nations write it; what is no country known, as it stands."""
        code = countries.kept(written)
        return short_names.named(code, self.language) if code else ""

    def by_name(self, name: str) -> str:
        """What to sort names by: accents and case do not count."""
        return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()

    def apart(self, text: str, language: str = "") -> str:
        """The words, isolated (UAX 9 §2.4) where they run against a paragraph of that language ("" = the report's) and
        would pull others with them."""
        against = speech.right_to_left(language_of(text)) != speech.right_to_left(language or self.language)
        return f"{_ISOLATE}{text}{_END}" if against else text

    def other(self, text: str) -> str:
        return other(text, self.language)


def other(text: str, own: str) -> str:
    """The language of the words, where it is not `own`; UNKNOWN where only their way is against its."""
    found = language_of(text)
    if not found and speech.right_to_left(own) and _LETTER.search(text):
        return UNKNOWN
    return "" if found == own else found


@lru_cache(4096)
def language_of(text: str) -> str:
    """A language tag, or "" where it cannot be told."""
    text = text[:4000]
    scripts: Counter[str] = Counter(unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha())
    if not scripts:
        return ""
    script = "HIRAGANA" if scripts["HIRAGANA"] or scripts["KATAKANA"] else scripts.most_common(1)[0][0]
    language = dict(_SCRIPTS).get(script, "")
    return _latin(text) if script == "LATIN" else _near(language, text)


def _latin(text: str) -> str:
    words = Counter(_WORD.findall(text.casefold()))
    scores = {language: sum(words[one] for one in small.split()) for language, small in _SMALL.items()}
    (first, most), (_, second) = sorted(scores.items(), key=lambda pair: -pair[1])[:2]
    return first if most >= _ENOUGH and most > second else ""


def _near(language: str, text: str) -> str:
    """Letters that Persian, Urdu and Ukrainian have, and Arabic and Russian have not."""
    if language == "ar" and re.search("[ٹڈڑںےھ]", text):
        return "ur"
    if language == "ar" and re.search("[پچژگ]", text):
        return "fa"
    if language == "ru" and re.search("[їєґі]", text):
        return "uk"
    return language
