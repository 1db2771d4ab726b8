"""The words that texts are searched by, spelt alike however they were written: for the index and for what is asked.

`words` gives a text's in order, between blanks once joined: letters and digits only, so that no engine's own tokenizer
has anything to say. Small letters without accents (й stays: война is not воин), Arabic without points, stretching line,
the forms of its alef and its article, Chinese by overlapping pairs of characters and the last one of a run alone, so
that any one character is found too. Single letters of other scripts are no words. `family` is what the inflected forms
of one word share, in en fr es ar ru. An index made of them is made anew whenever this changes: a
migration then says `UPDATE searched SET asked = asked + 1`. Pure; never raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from listserv.core.dialogue.concepts import arabic
from listserv.core.dialogue.phrases import IDEOGRAPHS, SPELT
from listserv.core.dialogue.suggestion import RUSSIAN

#: Characters of a word that tell it from others.
LONGEST = 40

MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
#: A word as it is written, its combining marks with it.
WRITTEN = re.compile(rf"(?:[^\W_]|\u0640)(?:[^\W_]|[{MARKS}\u0640])*")
RUN = re.compile(rf"[{IDEOGRAPHS}]+")

_PIECE = re.compile(rf"[{IDEOGRAPHS}]+|[^\W_{IDEOGRAPHS}]+")
_ARABIC = re.compile("[\u0621-\u06ff]+")
_ARTICLE = re.compile("(?:[وفبك]?ال|[وف]?لل)(?=..)")
# ٱ, and the Persian letters that many keyboards have for ك and ي
_LETTERS = SPELT | str.maketrans("ٱکی", "اكي")
_SHORT_I = "и\u0306"


def words(text: str) -> Iterator[str]:
    """Each in order."""
    return chain.from_iterable(map(of_word, WRITTEN.findall(unicodedata.normalize("NFKC", text))))


@lru_cache(maxsize=50_000)
def of_word(written: str) -> tuple[str, ...]:
    """What one word as it is written is searched by: several for Chinese, none for a single letter."""
    found: list[str] = []
    for piece in _PIECE.findall(_plain(written)):
        if RUN.match(piece):
            found += (piece[at : at + 2] for at in range(len(piece)))
        elif len(piece) > 1 or piece.isdecimal():
            found.append(_bare(piece)[:LONGEST])
    return tuple(found)


@lru_cache(maxsize=50_000)
def family(word: str) -> str:
    """What the forms of a word share: "politique" and "politiques" are "politiqu"; the word itself where that is it."""
    first = word[0]
    if len(word) < 4 or RUN.match(word) or not word.isalpha():
        return word
    if "\u0400" <= first <= "\u04ff":
        root = RUSSIAN.sub("", word)
        return root if len(root) > 2 else word
    if _ARABIC.match(first):
        return arabic(word.removesuffix("ا") if len(word) > 4 else word)  # of an accusative: متواضعا
    return _latin(word) if first.isascii() else word


def chinese(word: str) -> bool:
    return RUN.match(word) is not None


def _plain(text: str) -> str:
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text.casefold()).replace(_SHORT_I, "й")
    return "".join(one for one in apart if not unicodedata.combining(one)).translate(_LETTERS)


def _bare(word: str) -> str:
    """An Arabic word without its article and what is joined to it; "والالتزامات" and "التزامات" meet."""
    if _ARABIC.fullmatch(word):
        while found := _ARTICLE.match(word):
            word = word[found.end() :]
    return word


_SIMPLE = (
    (re.compile("(?<=..)men$"), "man"),  # women, woman
    (re.compile("(?<=..)aux$"), "al"),  # nationaux, national
    (re.compile("(?<=..)iz(?=ation|e|ing)"), "is"),  # organization, organisation
    (re.compile("(?<=...)(?<![sui])s$"), ""),
    (re.compile("(?<=..)(?:ies?|y)$"), "i"),  # policies, policy
    (re.compile("(?<=....)(?:ing|ed)$"), ""),
    (re.compile("(?<=...)[aeo]$"), ""),
    (re.compile("(?<=...)([b-df-hj-km-np-rtv-z])\\1$"), "\\1"),  # planned, plan
)


def _latin(word: str) -> str:
    for pattern, instead in _SIMPLE:
        word = pattern.sub(instead, word)
    return word
