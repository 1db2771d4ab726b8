"""Drafts a round-up: what was said in a period, by whom, on which question, short enough for a phone.

Inputs: released contributions and the modules they belong to, as values; the words around them come from Wording. The
draft is Markdown and the truth: moderators edit it, HTML is made from it. Nothing is invented: a quotation is its
author's own sentences, word for word, and carries the number of its contribution; who does not fit is still named with
a number; what moderators add stands in their name.

The draft stays near `WORDS` words, a little more where very much was said: the more, the shorter the quotations, then
the fewer, and where even names are too many they give way to numbers. What is quoted is the same for readers of all
languages. Never releases or sends; ranks by number, marks and words only. Raises ValueError for a contribution to a
module that is not in the material.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import Module
from listserv.core.dialogue.phrases import length as words
from listserv.core.publication.coverage import not_taken_up
from listserv.core.publication.extract import Rarity, extract, saying
from listserv.core.publication.material import Contribution
from listserv.core.publication.notes import Note, NoteKind
from listserv.core.publication.passages import own_words
from listserv.core.publication.picture import bars
from listserv.core.publication.resources import Resource
from listserv.core.publication.sections import (
    Answer,
    Group,
    Placed,
    Section,
    group,
    harmless,
    harmless_byline,
    marked,
    place,
    ranked,
)
from listserv.core.publication.wording import Wording
from listserv.core.speech import right_to_left

__all__ = ["RoundupMaterial", "Selection", "draft", "extract", "select", "write"]

WORDS = 640  # what a draft of up to `MANY` contributions aims at, all in
MANY = 30
_MORE, _MOST = 6, 1000  # for each contribution more, up to that
_LENGTHS = (60, 45, 36)  # words of a quotation where all are quoted
_SHORTER = (30, 20)  # and where only some are
_RESOURCES = 10  # told one by one; of the others the contributions are
_QUESTIONS_AHEAD = 60  # words of the next module's questions that are told already now


@dataclass(frozen=True, slots=True)
class RoundupMaterial:
    """All that a draft is made from. `since` and `until` are aware; `registered` counts who takes part.

    `over`: numbers of modules that the last round-up has told of to the end: what is said to them now is late.
    `answered`: (module, question) pairs that earlier round-ups have shown answers to; question 0 where it is not known
    which. `still_open`: the module open at `until`; `next_module`: the one to come.
    """

    number: int
    title: str
    language: str
    zone: ZoneInfo
    since: datetime
    until: datetime
    modules: tuple[Module, ...]
    said: tuple[Contribution, ...]
    registered: int
    over: frozenset[int] = frozenset()
    answered: frozenset[tuple[int, int]] = frozenset()
    still_open: Module | None = None
    next_module: Module | None = None
    notes: tuple[Note, ...] = ()
    resources: tuple[Resource, ...] = ()  # what was shared first in this time


@dataclass(frozen=True, slots=True)
class Selection:
    """Where each stands, and the words that are quoted, by number. `names`: whether the others are named."""

    placed: tuple[Placed, ...]
    extracts: Mapping[int, str] = field(default_factory=dict)
    names: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the picture: how much was said in a module, or on a question of the one module; None: on none."""

    bar: str
    count: int
    module: int | None
    question: int | None


def draft(material: RoundupMaterial, wording: Wording) -> str:
    """The Markdown of a round-up in the material's language, lines of at most 72, about `WORDS` words."""
    return write(material, select(material, wording), wording)


def select(material: RoundupMaterial, wording: Wording) -> Selection:
    """What to quote, so that the round-up in the material's language stays near `WORDS` words."""
    placed = tuple(_placed(material))
    order, room = ranked(placed), min(WORDS + _MORE * max(len(placed) - MANY, 0), _MOST)
    quoting = _Quoting(material, placed)

    def fits(selection: Selection) -> bool:
        return words(write(material, selection, wording)) <= room

    for longest in _LENGTHS if len(order) <= MANY else ():
        if fits(selection := Selection(placed, quoting.of(order, longest))):
            return selection
    # Too long with all of them: as many as fit, the others named; if not even one of each question, by number only.
    wanted = len({one.place for one in placed if one.said.quotable})
    naming = (True, False) if fits(Selection(placed)) else (False,)
    for names, longest in product(naming, _SHORTER):
        fewest, too_many = 0, len(order) + 1
        while too_many - fewest > 1:
            half = (fewest + too_many) // 2
            if fits(Selection(placed, quoting.of(order[:half], longest), names)):
                fewest = half
            else:
                too_many = half
        selection = Selection(placed, quoting.of(order[:fewest], longest), names)
        if fewest >= wanted:
            break
    return selection


def write(material: RoundupMaterial, selection: Selection, wording: Wording, language: str = "") -> str:
    """The Markdown, in `language` (the material's, if none is given): what people said stays in theirs."""
    modules = {module.number: module for module in material.modules}
    placed, extracts = selection.placed, selection.extracts
    sections, open_ = [], []
    for module in material.modules:
        answered, left = [], _left(material, placed, module)
        for number, question in enumerate(module.questions, 1):
            notes = [one.text for one in material.notes if (one.module, one.question) == (module.number, number)]
            found = group(placed, (module.number, number), extracts, notes)
            if found != Group():
                answered.append(Answer(number, question, found))
            elif number in left:
                open_.append((module, number, question))
        more = group(placed, (module.number, 0), extracts)
        if answered or more != Group():
            sections.append(Section(module, tuple(answered), more))
    late = [(module, group(placed, (0, module.number), extracts)) for module in material.modules]
    ahead = material.next_module.questions if material.next_module else ()
    return wording.text(
        "roundup_body",
        language or material.language,
        material=material,
        right_to_left=right_to_left(language or material.language),
        names=selection.names,
        sections=sections,
        picture=_picture(material, placed),
        late=[(module, found) for module, found in late if found != Group()],
        guessed=[one.said.number for one in placed if one.guessed and one.place[0]],
        open=open_,
        resources=[_harmless_resource(one) for one in material.resources[:_RESOURCES]],
        shared=[one.shared[0].contribution for one in material.resources[_RESOURCES:]],
        several=len({module.number for module, *_ in open_} | {one.module.number for one in sections}) > 1,
        ahead=ahead if words(" ".join(ahead)) <= _QUESTIONS_AHEAD else (),
        notes={kind.value: _notes(material.notes, kind, modules) for kind in NoteKind},
        contributors=len({one.person for one in material.said}),
        countries=len({one.country.casefold() for one in material.said if one.country}),
    )


class _Quoting:
    """The words to quote of each contribution, made once for each length."""

    def __init__(self, material: RoundupMaterial, placed: Iterable[Placed]) -> None:
        modules = {module.number: module for module in material.modules}
        self._rarity = Rarity.among(own_words(one.text) for one in material.said)
        self._placed = {one.said.number: one for one in placed}
        self._questions = {
            number: modules[one.said.module].questions[one.question - 1] if one.question else ""
            for number, one in self._placed.items()
        }
        self._made: dict[tuple[int, int], str] = {}

    def of(self, numbers: Iterable[int], longest: int) -> dict[int, str]:
        return {number: self._one(number, longest) for number in numbers}

    def _one(self, number: int, longest: int) -> str:
        if (number, longest) not in self._made:
            said = self._placed[number].said
            question = self._questions[number]
            self._made[number, longest] = saying(said.text, marked(said), question, longest, self._rarity)
        return self._made[number, longest]


def _placed(material: RoundupMaterial) -> list[Placed]:
    modules = {module.number: module for module in material.modules}
    if strange := [one.number for one in material.said if one.module not in modules]:
        raise ValueError(f"contributions to modules the material lacks: {strange}")
    return place(material.said, modules, material.over)


def _left(material: RoundupMaterial, placed: Iterable[Placed], module: Module) -> tuple[int, ...]:
    """The questions nobody took up, neither before nor in this one; none of a module that has been told of wholly."""
    if module.number in material.over:
        return ()
    before = [{question} for number, question in material.answered if number == module.number]
    now = [{one.question, *one.said.questions} for one in placed if one.said.module == module.number]
    return not_taken_up([*before, *now], module)


def _picture(material: RoundupMaterial, placed: Iterable[Placed]) -> list[Bar]:
    """By question where one module was spoken of, by module where several were; nothing where there is no comparing."""
    counts = Counter(one.place for one in placed if one.place[0])
    spoken_of = [module for module in material.modules if any(place[0] == module.number for place in counts)]
    found: list[tuple[int, int | None, int | None]] = []
    if len(spoken_of) == 1:
        number, asked = spoken_of[0].number, len(spoken_of[0].questions)
        found = [(counts[number, question], None, question) for question in range(1, asked + 1)]
        if any(count for count, *_ in found) and counts[number, 0]:
            found.append((counts[number, 0], None, None))
    elif spoken_of:
        found = [
            (sum(count for place, count in counts.items() if place[0] == module.number), module.number, None)
            for module in spoken_of
        ]
    if len(found) < 2 or not any(count for count, *_ in found):
        return []
    drawn = bars([count for count, *_ in found])
    return [Bar(bar, *one) for bar, one in zip(drawn, found, strict=True)]


def _notes(notes: Iterable[Note], kind: NoteKind, modules: Mapping[int, Module]) -> list[str]:
    """Those of that kind that stand by themselves: under no question, or under one that this round-up has not."""
    return [harmless(one.text) for one in notes if one.kind is kind and not _under_a_question(one, modules)]


def _harmless_resource(one: Resource) -> Resource:
    told = tuple(replace(by, byline=harmless_byline(by.byline)) for by in one.shared)
    return replace(one, title=harmless(" ".join(one.title.split())), shared=told)


def _under_a_question(one: Note, modules: Mapping[int, Module]) -> bool:
    module = modules.get(one.module or 0)
    return module is not None and 1 <= (one.question or 0) <= len(module.questions)
