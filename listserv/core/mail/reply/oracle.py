"""Finding a quote that nothing marks, by the text it was taken from.

Some programs put the mail answered below the answer without any sign. We hold that mail, so the words of both are
compared by runs of four, across the ends of lines: wrapping, bullets and case do not matter, and a short answer is
not taken for the parent's because its words occur there too; nor is a line of the parent's that goes on where it
ended there: somebody answered on it. Scripts without spaces go by the character. Bounded:
the first 200,000 characters of the parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from listserv.core.mail.reply.lines import fold

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"  # Thai, kana, Chinese characters
_WORD = re.compile(f"[^\\W{_UNSPACED}]+|[{_UNSPACED}]")
_LINK = re.compile(r"<(?:https?|mailto|tel):[^<>\s]{1,900}>")  # what programs put behind a link's words
_RUN = 4
_ENOUGH = 12  # words a run of known lines needs before it counts as a quote


def foreign_lines(lines: Sequence[str], parent: str) -> list[int]:
    """The numbers of lines that stand in `parent` too: runs of 12 words or more, blank lines inside too."""
    told: list[str] = []
    ends = set[tuple[str, ...]]()
    for line in fold(parent[:200_000]).split("\n"):
        told += _words(line)
        ends.add(tuple(told[-_RUN:]))
    known = set(zip(*(told[n:] for n in range(_RUN)), strict=False))
    found: list[int] = []
    run: list[int] = []
    weight = 0
    for at, (size, hits, answered) in enumerate(_covered(lines, known, ends)):
        if answered or hits < 0.8 * size:
            if weight >= _ENOUGH:
                found += run
            run, weight = [], 0
        elif size or run:  # a blank line neither begins nor ends a run
            run.append(at)
            weight += size
    return found + run if weight >= _ENOUGH else found


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _covered(
    lines: Sequence[str], known: set[tuple[str, ...]], ended: set[tuple[str, ...]]
) -> Iterator[tuple[int, int, bool]]:
    """Of each line: how many words it has, how many of them lie in a known run, which may begin on a line above, and
    whether others follow where a known run `ended` a line."""
    words: list[str] = []
    ends: list[int] = []
    for line in lines:
        if line:
            words += _words(_LINK.sub("", line) if "<" in line else line)
        ends.append(len(words))
    hit, last = bytearray(len(words)), bytearray(len(words))
    for at, run in enumerate(zip(*(words[n:] for n in range(_RUN)), strict=False)):
        if run in known:
            hit[at : at + _RUN] = b"\x01" * _RUN
            last[at + _RUN - 1] = run in ended
    begin = 0
    for end in ends:
        at = hit.rfind(1, begin, end)
        yield end - begin, hit.count(1, begin, end), 0 <= at < end - 1 and last[at] == 1
        begin = end
