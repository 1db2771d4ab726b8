"""Passages: words of a contribution that a moderator marks, to be quoted first and gathered by what they are.

A passage is the author's own words as they stand in the text. It is looked for regardless of line breaks and of how
quotation marks, apostrophes and dashes are drawn, and given as its author wrote it, on one line. What answers between
quotes ("> …") is somebody else's and none of it. A passage that the text no longer has is not found any more: it is
kept, and shown to nobody but moderators.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from listserv.core.dialogue.tags import Kind
from listserv.core.publication.sentences import spoken

#: Characters of a passage: a long paragraph.
LONGEST = 1200

_ALIKE = {
    one: f"[{re.escape(group)}]"
    for group in ("'‘’‚‛`´ʼ", '"“”„‟«»″', "-‐‑‒–—―−")
    for one in group
}  # fmt: skip
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True, slots=True)
class Marked:
    """A passage that readers may be shown. `kind`: None where it only matters, and is to be quoted first."""

    kind: Kind | None
    text: str


def own_words(text: str) -> str:
    """Without the lines that answer between quotes: those are somebody else's words."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(">"))


def find(text: str, words: str) -> str:
    """The passage of `text` that `words` mean, as its author wrote it; "" where it is not there.

    ValueError, saying why, for what can be no passage.
    """
    wanted = unicodedata.normalize("NFC", words).split()
    if not any(one.isalnum() for word in wanted for one in word):
        raise ValueError("a passage needs words: write some that stand in the text")
    if len(" ".join(wanted)) > LONGEST:
        raise ValueError(f"a passage has at most {LONGEST} characters; mark the sentences that matter")
    pattern = r"\s+".join("".join(_ALIKE.get(one) or re.escape(one) for one in word) for word in wanted)
    before = r"(?<!\w)" if _spaced(wanted[0][0]) else ""
    after = r"(?!\w)" if _spaced(wanted[-1][-1]) else ""
    found = re.search(f"{before}{pattern}{after}", _normal(text))
    return " ".join(found.group().split()) if found else ""


def stands(text: str, passage: str) -> bool:
    """Whether a passage that was marked is still in the text."""
    wanted = " ".join(unicodedata.normalize("NFC", passage).split())
    return bool(wanted) and wanted in " ".join(_normal(text).split())


def quoted_only(text: str, words: str) -> bool:
    """Whether these words stand in lines that quote somebody else, and nowhere else."""
    quoted = "\n".join(line.lstrip("> ") for line in text.splitlines() if line.startswith(">"))
    return not find(text, words) and bool(find(quoted, words))


def sentences(text: str) -> Sequence[str]:
    """The author's own sentences, in order, each on one line: what can be chosen as a passage."""
    return [one.text for one in spoken(own_words(text)) if len(one.text) <= LONGEST]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", own_words(text))


def _spaced(letter: str) -> bool:
    """Whether it is of a script with blanks between words: then a passage begins and ends where a word does."""
    return letter.isalnum() and not unicodedata.name(letter, "").startswith(_UNSPACED)
