"""Who has been heard, on what: guiding questions against regions, countries, sectors, genders or a field of one's own.

Inputs: released contributions and people as values. People are counted by id. A contribution that answers several
questions counts for each of them, and once in totals; what nobody has assigned counts apart, and what its words suggest
is counted beside, never among the assigned. What somebody did not tell stands under "".

A cell of one names a person: tables are for moderators. `unheard` gives what may be told to everybody: groups of
`ENOUGH` or more of whom nobody has written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from listserv.core.dialogue import regions
from listserv.core.dialogue.model import Module
from listserv.core.dialogue.suggestion import suggest
from listserv.core.publication.figures import Enrolled
from listserv.core.publication.material import Contribution
from listserv.core.publication.passages import own_words

#: What people are grouped by, besides the dialogue's own fields.
GROUPS = ("region", "country", "sector", "gender")

#: A group is named to everybody only if so many have registered for it: fewer would name people.
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """How many contributions, by how many people."""

    contributions: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One guiding question: what was assigned to it, and how much more its words suggest."""

    number: int
    text: str
    said: Cell
    suggested: int


@dataclass(frozen=True, slots=True)
class Row:
    """One group of people. `cells`: one for each question, in order; `unassigned`: on none; `all`: in the module."""

    key: str
    registered: int
    cells: tuple[Cell, ...]
    unassigned: Cell
    all: Cell


@dataclass(frozen=True, slots=True)
class Part:
    """One module."""

    module: Module
    questions: tuple[Question, ...]
    unassigned: Cell
    all: Cell
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """A group for which people have registered, none of whom has written."""

    group: str  # region | country | sector | gender, or a field's key
    key: str
    registered: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """`silent`: in all modules looked at together. Of (module, question) pairs that no contribution is assigned to,
    `unmarked` are those that the words of some suggest, `untouched` those that nobody took up."""

    by: str
    parts: tuple[Part, ...]
    silent: tuple[Silent, ...]
    unmarked: tuple[tuple[int, int], ...]
    untouched: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unheard:
    """Who everybody may be told is missing: codes of M49 regions, sectors as written."""

    regions: tuple[str, ...]
    sectors: tuple[str, ...]


def coverage(
    contributions: Sequence[Contribution],
    people: Sequence[Enrolled],
    modules: Sequence[Module],
    by: str = "region",
    choices: Mapping[str, Sequence[str]] | None = None,
) -> Coverage:
    """Of these modules. `choices`: of each field of the dialogue's own, its key and what may be chosen, if anything.

    ValueError for a `by` that is no group and no field.
    """
    own = choices or {}
    if by not in GROUPS and by not in own:
        raise ValueError(f"{by!r} is nothing that people are grouped by; there is: {', '.join([*GROUPS, *own])}")
    numbers = {module.number for module in modules}
    said = [one for one in contributions if one.module in numbers]
    keys = _Keys(people, said, by)
    known = tuple(own.get(by, ()))
    parts = [_part(module, [one for one in said if one.module == module.number], keys, known) for module in modules]
    unassigned = [(part, one) for part in parts for one in part.questions if not one.said.contributions]
    return Coverage(
        by,
        tuple(parts),
        tuple(one for group in (*GROUPS, *own) for one in _silent(group, people, said)),
        tuple((part.module.number, one.number) for part, one in unassigned if one.suggested),
        tuple((part.module.number, one.number) for part, one in unassigned if not one.suggested),
    )


def unheard(contributions: Sequence[Contribution], people: Sequence[Enrolled], module: Module) -> Unheard:
    """What a note to all may say of a module: nobody can be told from it, neither who wrote nor who did not."""
    said = [one for one in contributions if one.module == module.number]

    def missing(group: str) -> tuple[str, ...]:
        return tuple(one.key for one in _silent(group, people, said) if one.registered >= ENOUGH)

    return Unheard(missing("region"), missing("sector"))


def suggested(one: Contribution, module: Module) -> int | None:
    """The question that the words of an unassigned contribution suggest."""
    found = None if one.questions else suggest(f"{one.subject}\n{own_words(one.text)}", module.questions)
    return found.question if found else None


def answering(one: Contribution, module: Module) -> tuple[int, ...]:
    """The questions it answers: those assigned to it, else the one that its words suggest."""
    guess = suggested(one, module)
    return one.questions or ((guess,) if guess else ())


def not_taken_up(answers: Iterable[Iterable[int]], module: Module) -> tuple[int, ...]:
    """The module's questions, by number, of which readers may be told that nobody took them up.

    `answers`: of each contribution to it the questions that it answers, assigned or suggested. None where contributions
    are there and nothing is known of what any of them answers: their authors would read that they did not.
    """
    answers = [frozenset(one) for one in answers]
    numbers = range(1, len(module.questions) + 1)
    taken = frozenset[int]().union(*answers).intersection(numbers)
    return tuple(number for number in numbers if number not in taken) if taken or not answers else ()


def _value(group: str, one: Contribution | Enrolled) -> str:
    match group:
        case "region":
            return regions.of(one.country)
        case "country":
            return one.country.strip()
        case "sector":
            return one.sector
        case "gender":
            return one.gender
        case _:
            return str(one.own.get(group, ""))


class _Keys:
    """Who belongs to which group: "NGO" and "ngo " are one, in the spelling met first."""

    def __init__(self, people: Sequence[Enrolled], said: Sequence[Contribution], group: str) -> None:
        self._spelling: dict[str, str] = {}
        self.of: dict[int, str] = {}
        self.registered: dict[str, set[int]] = {}
        for one in people:
            self.of[one.person] = key = self._spelt(_value(group, one))
            if one.registered:
                self.registered.setdefault(key, set()).add(one.person)
        for other in said:
            self.of.setdefault(other.person, self._spelt(_value(group, other)))

    def _spelt(self, value: str) -> str:
        shown = " ".join(value.split())
        return self._spelling.setdefault(shown.casefold(), shown)


def _cell(said: Sequence[Contribution]) -> Cell:
    return Cell(len(said), len({one.person for one in said}))


def _part(module: Module, said: Sequence[Contribution], keys: _Keys, known: Sequence[str]) -> Part:
    numbers = range(1, len(module.questions) + 1)
    hints = [suggested(one, module) for one in said]

    def answering(some: Sequence[Contribution], number: int) -> Cell:
        return _cell([one for one in some if number in one.questions])

    def open_(some: Sequence[Contribution]) -> Cell:
        return _cell([one for one in some if not set(one.questions) & set(numbers)])

    def row(key: str) -> Row:
        theirs = [one for one in said if keys.of[one.person] == key]
        cells = tuple(answering(theirs, number) for number in numbers)
        return Row(key, len(keys.registered.get(key, ())), cells, open_(theirs), _cell(theirs))

    rows = [row(key) for key in {*keys.of.values(), *known}]
    rows = [one for one in rows if one.registered or one.all.contributions or one.key in known]
    rows.sort(key=lambda one: (one.key == "", -one.all.contributions, -one.registered, one.key))
    return Part(
        module,
        tuple(
            Question(number, text, answering(said, number), hints.count(number))
            for number, text in enumerate(module.questions, 1)
        ),
        open_(said),
        _cell(said),
        tuple(rows),
    )


def _silent(group: str, people: Sequence[Enrolled], said: Sequence[Contribution]) -> list[Silent]:
    keys = _Keys(people, said, group)
    heard = {keys.of[one.person] for one in said}
    found = [Silent(group, key, len(who)) for key, who in keys.registered.items() if key and key not in heard]
    return sorted(found, key=lambda one: (-one.registered, one.key))
