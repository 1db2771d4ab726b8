"""Finding a quote that nothing marks, by the text it was taken from.

Some programs put the mail answered below the answer without any sign. We hold that mail, so the words of both are
compared by runs of four, across the ends of lines: wrapping, bullets and case do not matter, and a short answer is
not taken for the parent's because its words occur there too. Scripts without spaces go by the character. Bounded:
the first 200,000 characters of the parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from listserv.core.mail.reply.lines import fold

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"  # Thai, kana, Chinese characters
_WORD = re.compile(f"[^\\W{_UNSPACED}]+|[{_UNSPACED}]")
_RUN = 4
_ENOUGH = 12  # words a run of known lines needs before it counts as a quote


def foreign_lines(lines: Sequence[str], parent: str) -> list[int]:
    """The numbers of lines that stand in `parent` too: runs of 12 words or more, blank lines inside too."""
    told = _words(fold(parent[:200_000]))
    known = set(zip(*(told[n:] for n in range(_RUN)), strict=False))
    found: list[int] = []
    run: list[int] = []
    weight = 0
    for at, (size, hits) in enumerate(_covered(lines, known)):
        if size and hits < 0.8 * size:
            if weight >= _ENOUGH:
                found += run
            run, weight = [], 0
        elif size or run:  # a blank line neither begins nor ends a run
            run.append(at)
            weight += size
    return found + run if weight >= _ENOUGH else found


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _covered(lines: Sequence[str], known: set[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Of each line: how many words it has and how many of them lie in a known run, which may begin on a line above."""
    words: list[str] = []
    ends: list[int] = []
    for line in lines:
        if line:
            words += _words(line)
        ends.append(len(words))
    hit = bytearray(len(words))
    for at, run in enumerate(zip(*(words[n:] for n in range(_RUN)), strict=False)):
        if run in known:
            hit[at : at + _RUN] = b"\x01" * _RUN
    begin = 0
    for end in ends:
        yield end - begin, hit.count(1, begin, end)
        begin = end
