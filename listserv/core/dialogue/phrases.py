"""Phrases as people write them, and patterns that find them however they are spelt.

`plain` is the spelling in which texts and phrases are compared. Phrases are written a line each, word by word: `a/b`
either, `a_b` both, `a?` or nothing, `a*` and its endings, `<slot>` a pattern given by name, and a full stop where the
text has to end. Patterns match plain text with a space after every word. KeyError for a slot that is not given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+")
_TATWEEL = "\u0640"  # stretches an Arabic word and says nothing


def plain(text: str) -> str:
    """Words in small letters without accents or points, one space between: "S’inscrire !" -> "s inscrire"."""
    if not text.isascii():  # most are, and need none of it
        apart = unicodedata.normalize("NFKD", text.replace(_TATWEEL, ""))
        text = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(_WORD.findall(text.casefold()))


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
