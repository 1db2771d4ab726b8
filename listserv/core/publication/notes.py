"""What moderators add to a round-up in their own name.

It waits for the next one to go out, however often that is drawn up.

`place` reads where a point of agreement belongs, "1.3": module 1, question 3. Raises ValueError, saying why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

#: Characters of a note: a paragraph.
LONGEST = 1000


class NoteKind(StrEnum):
    INTRO = "intro"
    AGREEMENT = "agreement"
    OPEN = "open"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Note:
    """`module` and `question`: under which question a point of agreement stands; None: it is of all that was said."""

    kind: NoteKind
    text: str
    module: int | None = None
    question: int | None = None


def place(said: str) -> tuple[int, int]:
    """(module, question) of "1.3"."""
    match = re.fullmatch(r"(\d{1,3})\.(\d{1,3})", said.strip())
    if not match:
        raise ValueError(f"{said!r} names no question; write module and question, as in 1.3")
    return int(match[1]), int(match[2])


def text(said: str) -> str:
    """A note's words, on one line: it becomes a paragraph or an item of a list, and nothing else."""
    words = " ".join(said.split())
    if not any(one.isalnum() for one in words):
        raise ValueError("an empty note; write what it should say")
    if len(words) > LONGEST:
        raise ValueError(f"a note has at most {LONGEST} characters, this one has {len(words)}")
    return words
