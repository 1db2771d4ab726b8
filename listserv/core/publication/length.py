"""How long a text is, in words, in any of our scripts.

Chinese has no spaces between words: its characters are counted, and 1.6 of them stand for a word of the other
languages, as translators reckon. Pure, never raises.
"""

from __future__ import annotations

import math
import re

PER_WORD = 1.6  # Chinese characters

_CHARACTER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def words(text: str) -> int:
    """The number of words; marks that stand alone are none."""
    characters = len(_CHARACTER.findall(text))
    others = _CHARACTER.sub(" ", text) if characters else text
    spaced = sum(any(one.isalnum() for one in word) for word in others.split())
    return spaced + math.ceil(characters / PER_WORD)
