"""How a dialogue's script is read: a text file of sentences, each with an indented block that belongs to it.

    # a remark
    at Mon 2008-11-03 09:00             what happens; stage.py has one method for each sentence
    expect announcement to all          what everybody sees of it
        says "Module 1 opens"           the block: clauses, a mail's text, or a command's output

In patterns `*` stands for anything, and any white space for any other; nothing else is special.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

INDENT = "    "


class Unlike(AssertionError):
    """What came is not what the script says; the text tells both."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence. `number` counts from 1."""

    number: int
    text: str
    block: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    address: str
    language: str = "en"


def read(path: Path) -> list[Line]:
    """The script's sentences. Remarks and blank lines between them are left out; a block keeps its own."""
    sentences: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if sentences and (line.startswith(INDENT) or not line):
            sentences[-1][2].append(line.removeprefix(INDENT))
        elif line and not line.startswith("#"):
            sentences.append((number, line.rstrip(), []))
    return [Line(number, text, _trimmed(block)) for number, text, block in sentences]


def _trimmed(block: list[str]) -> tuple[str, ...]:
    while block and not block[-1].strip():
        block.pop()
    return tuple(block)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole of `text` is like `pattern`."""
    parts = (re.escape(" ".join(part.split())) for part in _squeezed(pattern).split("*"))
    spaced = r"\s*.*?\s*".join(parts)
    return re.fullmatch(spaced, _squeezed(text), re.DOTALL) is not None


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def compare(expected: Sequence[str], came: Sequence[str]) -> None:
    """Line by line; a line that is only `*` stands for any number of lines. Raises Unlike."""
    came = [line for line in came if line.strip()]
    expected = [line for line in expected if line.strip()]
    if not _like(expected, came):
        raise Unlike(f"expected this answer:\n{indented(expected)}\nand got:\n{indented(came)}")


def _like(expected: Sequence[str], came: Sequence[str]) -> bool:
    if not expected:
        return not came
    if expected[0].strip() == "*":
        return any(_like(expected[1:], came[skipped:]) for skipped in range(len(came) + 1))
    return bool(came) and fits(expected[0], came[0]) and _like(expected[1:], came[1:])


def indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines) or "    (nothing)"
