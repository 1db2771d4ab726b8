"""The lines of a mail as reply extraction sees them.

classify() gives one Line per line of the body: its text folded, whether it is quoted, and what an attribution or a
header block would hold (an address, a time of day, a date). Every look at a line is bounded: its first 1,000
characters, 5 lines back, 1 ahead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ADDRESS: Final = 1
CLOCK: Final = 2
DATE: Final = 4

CITES: Final = "\"'“”«„‘「『"
_CITED = "\"'”“»’」』"
_LOOK = 1000
_ADDRESS = re.compile(r"[^\s<>@\"()]{1,64}@[^\s<>@()]{2,}")
_CLOCK = re.compile(
    r"(?<!\d)(?:[01]?\d|2[0-4])(?:[:.h]|\s?ч\.?\s?|時|时|시\s)[0-5]\d(?!\d)|(?<!\d)(?:1[0-2]|[1-9])\s?[ap]\.?m\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?<!\d)(?:19|20|13|14|25)\d\d(?!\d)|(?<!\d)\d{1,4}([./-])\s?\d{1,2}\1\s?\d{1,4}(?!\d)|\d{1,2}[月월]\s?\d{1,2}[日일]"
)
ARROWS = re.compile(r"^>>> ?[^> ].*>>>$")  # GroupWise
_SUPERCITE = re.compile(r"^[A-Z]{1,3}>")
_TAIL_OF_ADDRESS = re.compile(r"^>[^>]{0,40}[:：]$")
_REST_OF_LINK = re.compile(r"^[<(]{0,2}https?://\S{1,900}(?: ?>)?$|^[^\s@]{0,300}[=&%?/][^\s@]{0,600}[)>]$")
_LEFT_OUT = re.compile(r"^(?:[\[(<{] ?(?:\.{2,4}|…|snip(?:ped)?|cut) ?[\])>}]|\.{3}|…)$", re.IGNORECASE)

# Bidi marks, zero-width and soft characters vanish; odd spaces become spaces; wide signs and the digits
# of other scripts (RTL mail programs write dates with them) become ASCII.
_FOLD = {
    **dict.fromkeys((0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0xAD)),
    **dict.fromkeys((0x09, 0x0D, 0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " "),
    0xFF1E: ">",
    **dict.fromkeys((0xFF1A, 0xFE55, 0x1366), ":"),  # wide, small, Ethiopic
    0xFF20: "@",
    **{base + n: str(n) for base in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for n in range(10)},
}


@dataclass(slots=True)
class Line:
    plain: str  # folded, without white space around; the first 1,000 characters
    quoted: bool = False
    known: bool = False  # quoted for sure by the parent's text, not by a mark
    bits: int = -1  # ADDRESS | CLOCK | DATE, once looked for

    def evidence(self) -> int:
        if self.bits < 0:
            self.bits = 0
            if "@" in self.plain and _ADDRESS.search(self.plain):
                self.bits |= ADDRESS
            if _CLOCK.search(self.plain):
                self.bits |= CLOCK
            if _DATE.search(self.plain):
                self.bits |= DATE
        return self.bits


def fold(text: str) -> str:
    """The text with bidi marks gone and foreign digits and wide signs in ASCII; the number of lines stays."""
    return text.translate(_FOLD)


def classify(body: str) -> list[Line]:
    """One Line per "\\n"-separated line."""
    blank = Line("")  # one for all: nothing is ever found out about it
    lines = [Line(plain) if (plain := text[:_LOOK].strip()) else blank for text in fold(body).split("\n")]
    patience = 500  # looks at lines like "> wrote:", the end of a wrapped attribution
    for at, line in enumerate(lines):
        if line.plain[:1] == ">":
            line.quoted = not (ARROWS.match(line.plain) and line.evidence() & ~ADDRESS)
            if patience and _TAIL_OF_ADDRESS.match(line.plain):
                patience -= 1
                line.quoted = not _open_angle(lines, at)
        elif line.plain[:1].isupper():
            line.quoted = _SUPERCITE.match(line.plain) is not None
    _mend_wrapped(lines)
    return lines


def _open_angle(lines: Sequence[Line], at: int) -> bool:
    above = "".join(line.plain for line in lines[max(0, at - 5) : at] if not line.quoted)
    return above.count("<") > above.count(">")


def _mend_wrapped(lines: Sequence[Line]) -> None:
    """A quoted line that a mail program broke has its end unquoted below it: long line, short rest, or the rest of a
    link; then quote again. What was left out of a quote, "[...]", belongs to it too."""
    for at in range(1, len(lines) - 1):
        before, line = lines[at - 1], lines[at]
        if before.quoted and lines[at + 1].quoted and not line.quoted and line.plain:
            short = len(before.plain) >= 68 and len(line.plain) < 40 and line.plain[0].islower()
            line.quoted = short or any(end.match(line.plain) for end in (_REST_OF_LINK, _LEFT_OUT))


def next_text(lines: Sequence[Line], at: int, reach: int = 4) -> int | None:
    """The first line that is not blank among `reach` lines from `at` on."""
    return next((n for n in range(at, min(at + reach, len(lines))) if lines[n].plain), None)


def cited(plain: str) -> bool:
    """Whether the line stands in marks of citation: an author's, for no program puts any."""
    return plain[0] in CITES and plain[-1] in _CITED
