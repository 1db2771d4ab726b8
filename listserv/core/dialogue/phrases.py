"""Phrases as people write them, and patterns that find them however they are spelt.

`plain` is the spelling in which texts and phrases are compared. Chinese has no spaces: `seamed` and `bare` help to tell
its words apart. Phrases are written a line each, word by word: `a/b`
either, `a_b` both, `a?` or nothing, `a*` and its endings, `<slot>` a pattern given by name, and a full stop where the
text has to end. Patterns match plain text with a space after every word. KeyError for a slot that is not given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+")
_UP_TO_BLANK = re.compile(r"[^\W_]\S*")
#: In Arabic: a stretch that says nothing, two endings that many write in another way, and figures; Persian ones too.
SPELT = str.maketrans("ةى٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "هي01234567890123456789", "\u0640")
IDEOGRAPHS = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SEAM = re.compile(rf"(?<=[{IDEOGRAPHS}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{IDEOGRAPHS}])")
_CHINESE = re.compile(rf"[{IDEOGRAPHS}]")
_UNSPACED = re.compile(rf"[{IDEOGRAPHS}\u3040-\u30ff]")
_CHINESE_BEFORE = re.compile(
    "(?:请|請|麻烦|麻煩|烦请|劳驾|我(?:想要?|要|希望|愿意|願意|选择|選擇)|给我|給我|帮我|幫我|改为|改為|设为|設為)+(?=.)"
)
_CHINESE_BEHIND = re.compile("(?<=.)(?:谢谢(?:您|你)?|謝謝(?:您|你)?|多谢|感谢|吧|了|一下)+$")


def plain(text: str) -> str:
    """Words in small letters without accents or points, one space between: "S’inscrire !" -> "s inscrire"."""
    if not text.isascii():  # most are, and need none of it
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(each for each in apart if not unicodedata.combining(each)).translate(SPELT)
    return " ".join(_WORD.findall(text.casefold()))


def seamed(text: str) -> str:
    """The text with a blank between Chinese and Latin letters or figures, where Chinese has none: "发布 12"."""
    return text if text.isascii() else _SEAM.sub(" ", text)


def bare(words: str) -> str:
    """Plain words, those in Chinese without what is polite about them: "请退订谢谢" -> "退订"."""
    if words.isascii():
        return words
    return " ".join(_bare(word) if _CHINESE.match(word) else word for word in words.split())


def _bare(word: str) -> str:
    return _CHINESE_BEHIND.sub("", _CHINESE_BEFORE.sub("", word, count=1)) if len(word) > 1 else word


def length(text: str) -> int:
    """How many words; marks that stand alone are none.

    Chinese and Japanese have no spaces: five of their characters count as three words, as translators reckon.
    """
    characters = 0 if text.isascii() else len(_UNSPACED.findall(text))
    spaced = _UNSPACED.sub(" ", text) if characters else text
    return len(_UP_TO_BLANK.findall(spaced)) + -(-3 * characters // 5)


def either(words: str) -> str:
    """A pattern for one of the words, which blanks or slashes separate, with its space."""
    forms = set()
    for word in re.split(r"[\s/]+", words.strip()):
        ending = r"\w*" if word.endswith("*") else ""
        forms.add(plain(word.replace("_", " ")) + ending)
    return rf"(?:{'|'.join(sorted(forms - {''}, key=lambda form: (-len(form), form)))}) "


def any_of(phrases: str, slots: Mapping[str, str] | None = None) -> str:
    """A pattern for one of the phrases."""
    return rf"(?:{'|'.join(_phrase(line, slots or {}) for line in phrases.splitlines() if line.strip())})"


def _phrase(line: str, slots: Mapping[str, str]) -> str:
    pattern = ""
    for word in line.split():
        if word == ".":
            return pattern + "$"
        name = word.removesuffix("?")
        one = slots[name] if name.startswith("<") else either(name)
        pattern += one if word == name else f"(?:{one})?"
    return pattern
