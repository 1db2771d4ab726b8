"""Words that somebody may have meant who wrote one that is nowhere. Pure; never raises."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from listserv.core.search.words import chinese

#: How alike two words have to be, 0 to 1, and letters that they begin with alike.
ALIKE, BEGINNING = 0.75, 2

#: Letters by which one may be longer than the other.
LONGER = 2


def beginning(word: str) -> str:
    """What the words begin with among which to look; "" where none can be taken for another."""
    return word[:BEGINNING] if len(word) > 3 and word.isalpha() and not chinese(word) else ""


def near(word: str, known: Sequence[str]) -> list[str]:
    """The most alike first, three at most."""
    as_long = [one for one in known if one != word and abs(len(one) - len(word)) <= LONGER]
    return difflib.get_close_matches(word, as_long, 3, ALIKE)
