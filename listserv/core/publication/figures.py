"""Counts who took part: the figures of a dialogue, as facilitators report them.

Inputs: released contributions, participations and modules, as values. Never reads a table and never names anybody.
People are counted by id, so several addresses of one person count once. Who wrote and has left since still counts as a
contributor; `registered` counts those given as participants. What somebody did not tell stands under "".

Raises ValueError for a time without a zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import Module, aware
from listserv.core.publication.activity import Activity, activity

#: How people get their mail, from all of it to none; whoever is paused gets none for now.
READS = ("each", "daily", "roundup", "none", "paused")


@dataclass(frozen=True, slots=True)
class Contributed:
    """One released contribution: by whom, when it was released and received (aware), to what.

    `question` counts from 1; None: not assigned. `further`: others of the module that it answers too.
    """

    person: int
    module: int
    question: int | None
    at: datetime
    words: int = 0
    received: datetime | None = None
    further: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One person who takes part, or wrote and has left (`registered=False`)."""

    person: int
    country: str = ""
    sector: str = ""
    gender: str = ""
    registered: bool = True
    own: Mapping[str, str] = field(default_factory=dict)  # answers to the dialogue's own fields, by key
    reads: str = ""  # each | daily | roundup | none, or paused; "" where it is not known
    unreachable: bool = False  # paused because mail to them came back


@dataclass(frozen=True, slots=True)
class Row:
    """One line of figures. `registered` is None where nobody is registered for it (a module, a day, a question).

    `heard`: contributors who are registered; others wrote and have left, or are on no list.
    """

    group: str  # module | day | question | country | region | sector | gender, or the key of a field of its own
    key: str
    contributions: int
    contributors: int
    registered: int | None = None
    heard: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """`share`: what part of those registered has written, 0 to 1; 0 when nobody is registered."""

    registered: int
    contributors: int
    contributions: int
    countries: int
    share: float
    modules: tuple[Row, ...]
    days: tuple[Row, ...]
    questions: tuple[Row, ...]
    country: tuple[Row, ...]
    region: tuple[Row, ...]
    sector: tuple[Row, ...]
    gender: tuple[Row, ...]
    own: tuple[Row, ...] = ()  # by the dialogue's own fields, one after the other
    reads: tuple[tuple[str, int], ...] = ()  # how those registered want their mail, and how many
    unreachable: int = 0  # of those registered
    activity: Activity | None = None

    def rows(self) -> tuple[Row, ...]:
        """All lines, in the order in which they are shown."""
        return (
            *self.modules,
            *self.days,
            *self.questions,
            *self.country,
            *self.region,
            *self.sector,
            *self.gender,
            *self.own,
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON: the totals, and under `rows` an object per line."""
        totals = {name: getattr(self, name) for name in ("registered", "contributors", "contributions", "countries")}
        more = self.activity.as_dict() if self.activity else {}
        reads = {"delivery": dict(self.reads), "unreachable": self.unreachable}
        return {**totals, "share": self.share, **more, **reads, "rows": [asdict(row) for row in self.rows()]}


def figures(
    contributions: Sequence[Contributed],
    participants: Sequence[Enrolled],
    modules: Sequence[Module],
    zone: ZoneInfo,
    regions: Mapping[str, str] | None = None,
    fields: Sequence[str] = (),
) -> Figures:
    """The figures of one dialogue. Days are local to `zone`; `regions` names the region of a country, if known.

    `fields`: the keys of the dialogue's own profile questions, counted like sector and gender.
    """
    enrolled = {p.person for p in participants if p.registered}
    wrote = {c.person for c in contributions}
    people = {p.person: p for p in participants}
    where = regions or {}

    def by(group: str, value: Callable[[Enrolled], str]) -> tuple[Row, ...]:
        return _people(group, contributions, people, value)

    return Figures(
        registered=len(enrolled),
        contributors=len(wrote),
        contributions=len(contributions),
        countries=len({p.country.strip().casefold() for p in people.values() if p.registered and p.country.strip()}),
        share=len(wrote & enrolled) / len(enrolled) if enrolled else 0.0,
        modules=_said(
            "module", [(str(c.module), c) for c in contributions], [str(module.number) for module in modules]
        ),
        days=_said("day", [(aware(c.at).astimezone(zone).date().isoformat(), c) for c in contributions], []),
        questions=_said(
            "question",
            [
                (f"{c.module}.{n}", c)
                for c in contributions
                if c.question
                for n in dict.fromkeys((c.question, *c.further))
            ],
            [f"{module.number}.{n}" for module in modules for n in range(1, len(module.questions) + 1)],
        ),
        country=by("country", lambda p: p.country),
        region=by("region", lambda p: where.get(p.country.strip(), "")) if where else (),
        sector=by("sector", lambda p: p.sector),
        gender=by("gender", lambda p: p.gender),
        reads=_reads([one for one in people.values() if one.registered]),
        unreachable=sum(one.registered and one.unreachable for one in people.values()),
        activity=activity(contributions, [module.number for module in modules], zone),
        own=tuple(row for key in fields for row in by(key, partial(_answer, key))),
    )


def _answer(key: str, person: Enrolled) -> str:
    return person.own.get(key, "")


def _reads(registered: Sequence[Enrolled]) -> tuple[tuple[str, int], ...]:
    counted = Counter(one.reads for one in registered)
    return tuple((key, counted[key]) for key in READS if any(counted[one] for one in READS))


def _said(group: str, keyed: Iterable[tuple[str, Contributed]], known: Sequence[str]) -> tuple[Row, ...]:
    """Lines by what was said: first the known keys in their order, also those with nothing, then others, sorted."""
    members: dict[str, list[Contributed]] = {key: [] for key in known}
    others: dict[str, list[Contributed]] = {}
    for key, contribution in keyed:
        (members if key in members else others).setdefault(key, []).append(contribution)
    ordered = [*members.items(), *sorted(others.items())]
    return tuple(Row(group, key, len(said), len({c.person for c in said})) for key, said in ordered)


def _people(
    group: str,
    contributions: Sequence[Contributed],
    people: Mapping[int, Enrolled],
    value: Callable[[Enrolled], str],
) -> tuple[Row, ...]:
    """Lines by what people told of themselves: most contributions first, then most registered, then by name."""
    spelling: dict[str, str] = {}  # "senegal" and "Senegal " are one: the spelling met first is shown
    of: dict[int, str] = {}
    for person, enrolled in people.items():
        shown = " ".join(value(enrolled).split())
        of[person] = spelling.setdefault(shown.casefold(), shown)
    said = Counter(of.get(c.person, "") for c in contributions)
    wrote = Counter(of.get(person, "") for person in {c.person for c in contributions})
    registered = Counter(of[person] for person, enrolled in people.items() if enrolled.registered)
    authors = {c.person for c in contributions}
    heard = Counter(of[person] for person, one in people.items() if one.registered and person in authors)
    keys = sorted({*said, *registered}, key=lambda key: (-said[key], -registered[key], key))
    return tuple(Row(group, key, said[key], wrote[key], registered[key], heard[key]) for key in keys)
