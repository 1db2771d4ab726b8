"""Narrowing what was found by country, module, question, tag and author, and how many each choice would leave.

Input: entries, one per contribution found. `narrowed` gives those that every filter leaves; `choices` counts, for each
filter, what the others leave: so each count is what one gets by choosing it. Nothing is told of anonymous authors: they
have neither author nor country. Pure; never raises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from listserv.core.dialogue import countries
from listserv.core.dialogue.tags import read as read_tag
from listserv.core.search.words import words

NAMES = ("country", "module", "question", "tag", "author")

#: Choices that are shown of one filter.
MOST = 30


class Entry(NamedTuple):
    """A contribution, as far as it is filtered and ordered by. `rank`: how well it fits, the higher the better.

    `number`: the official one, which grows with time.
    """

    id: int
    number: int
    module: int | None
    questions: tuple[int, ...]
    tags: tuple[str, ...]
    author: str
    country: str
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Filters:
    """ "" and None: not filtered by it. `author`: as shown, or some words of it."""

    country: str = ""
    module: int | None = None
    question: int | None = None
    tag: str = ""
    author: str = ""

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(name for name in NAMES if getattr(self, name) not in ("", None))

    def without(self, name: str) -> Filters:
        return self._set(name, None if name in ("module", "question") else "")

    def with_(self, name: str, said: str) -> Filters:
        """As somebody wrote it; what cannot be one stays as it is and leaves nothing. Question 1.2: 2 of module 1."""
        said = said.strip()
        if name == "question" and said.partition(".")[2]:
            module, _, said = said.partition(".")
            return self._set("module", _number(module))._set(name, _number(said))
        return self._set(name, _number(said) if name in ("module", "question") else _kept(name, said))

    def _set(self, name: str, value: Any) -> Filters:
        return replace(self, **{name: value})


ALL = Filters()


def _number(said: str) -> int | None:
    if not said:
        return None
    return int(said) if said.isdecimal() and len(said) < 6 else -1


def _kept(name: str, said: str) -> str:
    if not said:
        return ""
    if name == "country":
        return countries.code(said) or said[:60]
    if name == "tag":
        try:
            return read_tag(said)
        except ValueError:
            return said[:60]
    return said[:100]


def narrowed(entries: Iterable[Entry], filters: Filters) -> list[Entry]:
    if not filters.given:
        return list(entries)
    asked = frozenset(words(filters.author))
    return [one for one in entries if _fits(one, filters, asked)]


def _fits(one: Entry, filters: Filters, asked: frozenset[str]) -> bool:
    return (
        (not filters.country or one.country == filters.country)
        and (filters.module is None or one.module == filters.module)
        and (filters.question is None or filters.question in one.questions)
        and (not filters.tag or filters.tag in one.tags)
        and (
            not filters.author
            or one.author == filters.author
            or (bool(asked) and bool(one.author) and asked <= frozenset(words(one.author)))
        )
    )


def choices(entries: Sequence[Entry], filters: Filters) -> dict[str, list[tuple[str, int]]]:
    """For each filter its values with how many they leave, the most first; modules and questions in order."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name in NAMES:
        left = narrowed(entries, filters.without(name))
        if name in ("tag", "question"):
            many: Counter[Any] = Counter(
                chain.from_iterable(one.tags if name == "tag" else one.questions for one in left)
            )
        else:
            many = Counter(map(attrgetter(name), left))
        counts = [(value, count) for value, count in many.items() if value]
        ordered = name in ("module", "question")
        ranked = sorted(counts, key=lambda pair: (pair[0],) if ordered else (-pair[1], pair[0]))
        found[name] = [(str(value), count) for value, count in ranked[:MOST]]
    return found


def by_date(entries: Iterable[Entry]) -> list[Entry]:
    """The newest first."""
    return sorted(entries, key=lambda one: one.number, reverse=True)


def by_rank(entries: Iterable[Entry]) -> list[Entry]:
    """What fits best first; of what fits alike the newest."""
    return sorted(entries, key=lambda one: (round(one.rank, 6), one.number), reverse=True)
