"""A thread as people read it: each beneath what it answers, the answers to one in order.

Input: ids in order, each with the id of what it answers. Output: ids with how deep they stand. What it answers but is
not among them counts for nothing, nor does one that answers itself or what comes after it. Linear; never raises.
"""

from __future__ import annotations

from collections.abc import Iterable


def nested(said: Iterable[tuple[int, int | None]]) -> list[tuple[int, int]]:
    """(id, depth); 0: it answers nothing that is here."""
    answers: dict[int, list[int]] = {}
    first: list[int] = []
    known: set[int | None] = set()
    for one, parent in said:
        if parent is not None and parent in known:
            answers.setdefault(parent, []).append(one)
        else:
            first.append(one)
        known.add(one)
    found = []
    for top in first:
        ahead = [(top, 0)]
        while ahead:
            one, depth = ahead.pop()
            found.append((one, depth))
            if one in answers:
                ahead += [(answer, depth + 1) for answer in reversed(answers[one])]
    return found
