"""How a dialogue went, beyond who took part: new voices, words, waiting for release, and how evenly voices were heard.

Inputs: released contributions as values; times aware. Never reads a table and never names anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Protocol
from zoneinfo import ZoneInfo


class Said(Protocol):
    """One released contribution. `received`: None where it is not known."""

    @property
    def person(self) -> int: ...
    @property
    def module(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def words(self) -> int: ...
    @property
    def received(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Voices:
    """Of a module ("2") or a week ("2008-W45", ISO 8601, local): who wrote, and who of them for the first time."""

    key: str
    contributors: int
    first: int


@dataclass(frozen=True, slots=True)
class Release:
    """From receipt to release: half of the contributions waited no longer than `median`, nine in ten than `most`."""

    contributions: int
    median: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class Equality:
    """How evenly contributions are spread among those who wrote.

    `gini`: 0 where all wrote as much, towards 1 where one wrote nearly all (Gini, 1912). `top`: how many are the tenth
    that wrote most, at least one; `share`: what part of all contributions is theirs, 0 to 1.
    """

    contributors: int
    gini: float
    top: int
    share: float


@dataclass(frozen=True, slots=True)
class Activity:
    """`words`: of all contributions; `length`: the median of one. None where nothing has been released."""

    words: int
    length: int
    by_module: tuple[Voices, ...]
    by_week: tuple[Voices, ...]
    release: Release | None
    equality: Equality | None

    def as_dict(self) -> dict[str, object]:
        """For JSON: times in seconds."""
        release = self.release
        return {
            "words": {"all": self.words, "median": self.length},
            "first_voices": {
                "modules": [
                    {"module": int(one.key), "contributors": one.contributors, "first": one.first}
                    for one in self.by_module
                ],
                "weeks": [
                    {"week": one.key, "contributors": one.contributors, "first": one.first} for one in self.by_week
                ],
            },
            "time_to_release": release
            and {
                "contributions": release.contributions,
                "median": int(release.median.total_seconds()),
                "ninety_percent": int(release.most.total_seconds()),
            },
            "equality": self.equality
            and {
                "gini": round(self.equality.gini, 3),
                "top_tenth": self.equality.top,
                "top_tenth_share": round(self.equality.share, 3),
            },
        }


def activity(said: Sequence[Said], modules: Iterable[int], zone: ZoneInfo) -> Activity:
    """`modules`: the numbers of those to be told of also where nobody wrote."""
    words = [one.words for one in said]
    return Activity(
        words=sum(words),
        length=round(median(words)) if words else 0,
        by_module=_voices(said, lambda one: str(one.module), [str(one) for one in modules]),
        by_week=_voices(said, lambda one: _week(one.at.astimezone(zone)), []),
        release=_release(said),
        equality=equality(list(Counter(one.person for one in said).values())),
    )


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"


def _voices(said: Sequence[Said], of: Callable[[Said], str], known: Sequence[str]) -> tuple[Voices, ...]:
    """In order of the keys; a voice is new where its first contribution by time is."""
    who: dict[str, set[int]] = {key: set() for key in known}
    first: Counter[str] = Counter()
    heard: set[int] = set()
    for one in sorted(said, key=lambda each: each.at):
        key = of(one)
        who.setdefault(key, set()).add(one.person)
        first[key] += one.person not in heard
        heard.add(one.person)
    later = sorted(set(who) - set(known))
    return tuple(Voices(key, len(who[key]), first[key]) for key in (*known, *later))


def _release(said: Sequence[Said]) -> Release | None:
    waited = sorted(max((one.at - one.received).total_seconds(), 0) for one in said if one.received is not None)
    if not waited:
        return None
    nine = waited[max(0, -(-9 * len(waited) // 10) - 1)]  # the nearest rank: nine in ten waited no longer
    return Release(len(waited), timedelta(seconds=median(waited)), timedelta(seconds=nine))


def equality(counts: Sequence[int]) -> Equality | None:
    """Of how many contributions each has written; None where nobody has."""
    ordered, whole = sorted(counts), sum(counts)
    if not whole:
        return None
    many = len(ordered)
    weighted = sum(rank * count for rank, count in enumerate(ordered, 1))
    top = max(1, many // 10)
    return Equality(many, 2 * weighted / (many * whole) - (many + 1) / many, top, sum(ordered[-top:]) / whole)
