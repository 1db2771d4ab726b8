"""Finding a quote that nothing marks, by the text it was taken from.

Some programs put the mail answered below the answer without any sign. We hold that mail, so lines are compared
with it by runs of four words: wrapping, bullets and case do not matter. Bounded: the first 200,000 characters
of the parent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_RUN = 4
_ENOUGH = 12  # words a run of known lines needs before it counts as a quote


def foreign_lines(lines: Sequence[str], parent: str) -> list[int]:
    """The numbers of lines that stand in `parent` too: runs of 12 words or more, blank and short lines inside too."""
    words = _WORD.findall(parent[:200_000].lower())
    known = {tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)}
    vocabulary = " ".join(words)
    found: list[int] = []
    run: list[int] = []
    weight = 0
    for at, line in enumerate([*lines, None]):
        state, size = (False, 0) if line is None else _known(line, known, vocabulary)
        if state:
            run.append(at)
            weight += size
            continue
        if line is not None and not size:  # a blank line neither begins nor ends a run
            if run:
                run.append(at)
            continue
        if weight >= _ENOUGH:
            found.extend(run)
        run, weight = [], 0
    return found


def _known(line: str, known: set[tuple[str, ...]], vocabulary: str) -> tuple[bool, int]:
    words = _WORD.findall(line.lower())
    if len(words) >= _RUN:
        hits = sum(tuple(words[n : n + _RUN]) in known for n in range(len(words) - _RUN + 1))
        return hits >= 0.8 * (len(words) - _RUN + 1), len(words)
    return bool(words) and f" {' '.join(words)} " in f" {vocabulary} ", len(words)
