"""The answers to the survey, tabulated: how many, how they are spread, and what was written.

Input: the questions and the answers as values; where they are anonymous, without names. Where fewer than FEWEST have
answered an anonymous survey, its answers are withheld: those who answered would know whose the others are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from listserv.core.dialogue.ratings import MOST
from listserv.core.dialogue.survey import Kind, Question

FEWEST = 3

#: So few answers say little of all: it is said with the figures.
FEW = 10


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, to the question of that key ("": to none). `name`: who gave it, "" where nobody may know."""

    question: str
    value: str
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tabulated:
    """One question. `counts`: of a scale 1 to 5, of a choice its choices, in that order, with how many gave each.

    `words`: what was written, and by whom ("": not said); of a scale and a choice, what was written beside.
    """

    question: Question
    replies: int
    counts: tuple[tuple[str, int], ...] = ()
    mean: float | None = None
    median: float | None = None
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """`asked`, `answered`: people. `beside`: words that answer no question. `withheld`: too few to be shown."""

    anonymous: bool
    asked: int
    answered: int
    questions: tuple[Tabulated, ...]
    beside: tuple[tuple[str, str], ...] = ()
    withheld: bool = False

    @property
    def rate(self) -> float:
        """0 to 1; 0 when nobody was asked."""
        return self.answered / self.asked if self.asked else 0.0


def tabulate(
    questions: Sequence[Question], given: Sequence[Given], asked: int, answered: int, anonymous: bool
) -> Results:
    """The results. Answers to questions that are no longer asked are left out."""
    if anonymous and answered < FEWEST:
        return Results(True, asked, answered, tuple(Tabulated(one, 0) for one in questions), withheld=answered > 0)
    of: dict[str, list[Given]] = {}
    for one in given:
        of.setdefault(one.question, []).append(one)
    return Results(
        anonymous,
        asked,
        answered,
        tuple(_question(one, of.get(one.key, [])) for one in questions),
        tuple((one.text, "" if anonymous else one.name) for one in of.get("", [])),
    )


def _question(question: Question, given: Sequence[Given]) -> Tabulated:
    words = tuple((one.text, one.name) for one in given if one.text)
    chosen = Counter(one.value for one in given if one.value)
    if question.kind is Kind.TEXT:
        return Tabulated(question, len(words), words=words)
    known = [str(one) for one in range(1, MOST + 1)] if question.kind is Kind.SCALE else list(question.choices)
    counts = tuple((one, chosen[one]) for one in known)
    numbers = [int(one) for one, count in counts for _ in range(count)] if question.kind is Kind.SCALE else []
    return Tabulated(
        question,
        sum(count for _, count in counts),
        counts,
        fmean(numbers) if numbers else None,
        float(median(numbers)) if numbers else None,
        words,
    )
