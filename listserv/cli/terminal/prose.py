"""People's texts as lines of a terminal: broken at blanks, safe, and at the side where their script begins.

Nothing is reordered: that is the terminal's own task (UAX #9). A paragraph whose first strong letter is written from
right to left stands at the right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len, chop_cells

from listserv.cli.output import printable

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"( +)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is shown. `kind` is how: text, label, warn, cut, rule."""

    text: str
    kind: str = "text"


def safe(text: str) -> str:
    """What a terminal may be given: no controls, no escape sequences, no bidi overrides; line ends are newlines."""
    return printable(_BREAKS.sub("\n", text).expandtabs(4))


def one_line(text: str) -> str:
    return " ".join(safe(text).split())


def from_right(text: str) -> bool:
    """Whether its first strong letter is written from right to left (UAX #9, P2 and P3)."""
    for letter in text:
        match unicodedata.bidirectional(letter):
            case "R" | "AL":
                return True
            case "L":
                return False
    return False


def laid_out(
    text: str, width: int, *, kind: str = "text", lead: str = "", rest: str | None = None, sided: bool = True
) -> Iterator[Line]:
    """The lines of a text of others within `width` columns.

    `lead` stands before the first line, `rest` before the others (None: as `lead`). Blank lines part paragraphs.
    `sided`: each stands at the side where its script begins.
    """
    before = lead
    after = lead if rest is None else rest
    for filled, lines in groupby(safe(text).split("\n"), lambda line: bool(line.strip())):
        paragraph = list(lines)
        right = sided and filled and from_right(" ".join(paragraph))
        for line in paragraph:
            room = max(1, width - cell_len(before))
            for piece in _broken(line.strip() if right else line.rstrip(), room):
                gap = " " * (room - cell_len(piece)) if right else ""
                yield Line(f"{before}{gap}{piece}".rstrip(), kind)
                before, room = after, max(1, width - cell_len(after))


def _broken(line: str, width: int) -> Iterator[str]:
    """Cut at blanks where that is possible; what is indented goes on indented."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    if len(indent) > width // 2:
        indent = ""
    taken, columns = "", 0
    for word in _BLANKS.split(line):
        wide = cell_len(word)
        if columns + wide <= width:
            taken, columns = taken + word, columns + wide
            continue
        if not word.strip():
            continue
        if taken.strip():
            yield taken.rstrip()
            taken, columns = indent, len(indent)
        if columns + wide > width:  # longer than a line: an address of a page, say
            *whole, last = chop_cells(word, max(1, width - columns))
            yield from (taken + piece for piece in whole)
            word, wide = last, cell_len(last)
        taken, columns = taken + word, columns + wide
    yield taken.rstrip()


def fitted(text: str, columns: int) -> str:
    """One line of exactly so many columns, with "…" where something is left out."""
    wide = cell_len(text)
    if wide > columns:
        kept = next(iter(chop_cells(text, max(1, columns - 1))), "") if columns > 1 else ""
        text = f"{kept}…"
        wide = cell_len(text)
    return text + " " * max(0, columns - wide)
