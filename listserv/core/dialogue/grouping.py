"""What stands in one line of a bundle: many held mails of one sender who may be nobody here do, all others stand alone.

A sender who takes part is read mail by mail, however many there are. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listserv.core.dialogue.reasons import FORGED, STRANGER, UNAUTHENTICATED

#: From so many mails of one sender on they stand together.
MANY = 3

#: Letters that the numbers of one group take at most, and how many there are: an answer that repeats them is read
#: whole, and none of its ranges is too wide for it (core/dialogue/decision).
LETTERS, MOST = 200, 100


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender`: core/mail/identity.key of its address, "" if it has none; `rules`: those that held it."""

    id: int
    sender: str
    rules: frozenset[str]


def grouped(mails: Iterable[Mail]) -> list[tuple[int, ...]]:
    """The ids, in order of each group's first: of one mail, or of many by one sender who is unknown or unproven."""
    groups: dict[object, list[int]] = {}
    for mail in mails:
        doubtful = mail.sender and mail.rules & {STRANGER, FORGED, UNAUTHENTICATED}
        groups.setdefault(mail.sender if doubtful else mail.id, []).append(mail.id)
    found: list[tuple[int, ...]] = []
    for ids in groups.values():
        found += _portions(ids) if len(ids) >= MANY else [(one,) for one in ids]
    return sorted(found)


def _portions(ids: Sequence[int]) -> list[tuple[int, ...]]:
    portions: list[list[int]] = [[]]
    for one in ids:
        more = [*portions[-1], one]
        if len(more) > MOST or len(spelt(more)) > LETTERS:
            portions.append([one])
        else:
            portions[-1] = more
    return [tuple(one) for one in portions]


def spelt(ids: Iterable[int]) -> str:
    """As a moderator writes them: "12-14, 19". `ids` in order."""
    runs: list[list[int]] = []
    for one in ids:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
