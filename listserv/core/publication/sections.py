"""What stands where in a round-up: by module and guiding question, who is quoted and who is named.

A contribution stands under its main question, and by its number under the others it answers. One that nobody has
assigned is placed by its words, and the round-up says which. What came, or was released, after its module had been told
of stands apart, as late. Who is quoted: first whose words a moderator has marked, then everybody once before anybody
twice, in the order of their numbers; each question has its first quotation before any has its second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from listserv.core.dialogue.model import Module
from listserv.core.dialogue.tags import Kind
from listserv.core.publication.byline import Byline
from listserv.core.publication.coverage import suggested
from listserv.core.publication.defused import defused
from listserv.core.publication.material import Contribution
from listserv.core.publication.passages import Marked
from listserv.core.publication.turned import turns

#: Kinds of a passage that are said with it; the others show by themselves.
_TOLD = (Kind.RECOMMENDATION, Kind.PRACTICE)

#: Kinds of a passage that are for looking up, not for reading.
_LISTED = (Kind.RESOURCE, Kind.CONTACT)

#: (module, question); question 0: on none of them. Module 0: late, and then the module stands for the question.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """A contribution, where it stands. `guessed`: by its words. `further`: other questions of its module it answers."""

    said: Contribution
    place: Place
    question: int
    guessed: bool = False
    further: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One quotation. `kind`: said with it."""

    said: Contribution
    extract: str
    kind: Kind | None = None

    @property
    def turned(self) -> bool:
        """Whether words in it run from right to left: then it would take its number with it."""
        return turns(self.extract)


@dataclass(frozen=True, slots=True)
class Group:
    """What stands under one heading.

    `named`: not quoted for want of room; `unquoted`: at their authors' wish, by number.
    `further`: numbers of what stands elsewhere and answers this too. `notes`: points of agreement on this question.
    """

    quoted: tuple[Item, ...] = ()
    named: tuple[Contribution, ...] = ()
    unquoted: tuple[int, ...] = ()
    further: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    number: int
    question: str
    group: Group


@dataclass(frozen=True, slots=True)
class Section:
    module: Module
    answered: tuple[Answer, ...]
    more: Group


def place(said: Sequence[Contribution], modules: Mapping[int, Module], over: Collection[int]) -> list[Placed]:
    """Each where it stands, by official number. `over`: modules of which the last round-up has told to the end."""
    found = []
    for one in sorted(said, key=lambda one: one.number):
        module = modules[one.module]
        known = [number for number in one.questions if number <= len(module.questions)]
        guess = None if one.questions else suggested(one, module)
        question = known[0] if known else guess or 0
        late = one.late or one.module in over
        where = (0, one.module) if late else (one.module, question)
        found.append(
            Placed(
                replace(one, byline=harmless_byline(one.byline)),
                where,
                question,
                guess is not None,
                () if late else tuple(known[1:]),
            )
        )
    return found


def ranked(placed: Sequence[Placed]) -> list[int]:
    """The numbers of those that may be quoted, the first to be quoted first."""
    seen: Counter[int] = Counter()
    groups: dict[Place, list[tuple[bool, int, int]]] = {}
    for one in sorted(placed, key=lambda one: (not marked(one.said), one.said.number)):
        if one.said.quotable:
            groups.setdefault(one.place, []).append((not marked(one.said), seen[one.said.person], one.said.number))
            seen[one.said.person] += 1
    turns = [
        (turn, unmarked, where[1], number)
        for where, members in groups.items()
        for turn, (unmarked, _, number) in enumerate(sorted(members))
    ]
    return [number for *_, number in sorted(turns)]


def group(placed: Sequence[Placed], where: Place, extracts: Mapping[int, str], notes: Sequence[str] = ()) -> Group:
    """What stands there. `extracts`: by number, of those that are quoted."""
    members = [one.said for one in placed if one.place == where]
    speaking = [one for one in members if one.quotable]
    quoted = [one for one in speaking if extracts.get(one.number)]
    quoted.sort(key=lambda one: (not marked(one), one.number))
    return Group(
        tuple(Item(one, harmless(extracts[one.number]), _kind(one)) for one in quoted),
        tuple(one for one in speaking if not extracts.get(one.number)),
        tuple(one.number for one in members if not one.quotable),
        tuple(one.said.number for one in placed if one.place[0] == where[0] and where[1] in one.further),
        tuple(harmless(one) for one in notes),
    )


def marked(one: Contribution) -> list[Marked]:
    """The passages to quote, the first one first: what only matters, then what it is, in the moderators' order."""
    return sorted((mark for mark in one.marked if mark.kind not in _LISTED), key=lambda mark: mark.kind is not None)


def harmless(text: str) -> str:
    """Without what Markdown would make a link or code of; quotation marks inside become single ones."""
    return defused(text, ("“", "‘"), ("”", "’"))


def _kind(one: Contribution) -> Kind | None:
    kind = next((mark.kind for mark in marked(one)), None)
    return kind if kind in _TOLD else None


def harmless_byline(byline: Byline) -> Byline:
    told = (byline.name, byline.organisation, byline.country, byline.via)
    return Byline(*(harmless(" ".join(part.split())) for part in told))
