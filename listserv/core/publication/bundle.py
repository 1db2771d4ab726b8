"""The order in which a daily bundle tells what was said: by module, and in it by guiding question.

Input: contributions as values, each with what its reader sees of it. What nobody has assigned to a question, or to one
its module does not have, stands at the end of its module. Never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from listserv.core.dialogue.model import Module


@dataclass(frozen=True, slots=True)
class Item:
    """One released contribution. `who`: its author, `organisation`: theirs, "" where not told; `via`: the network whose
    guest they are; `country`: its code; `address`: "" unless the dialogue shows addresses; `question` from 1.

    `reply_to`: where an answer to it goes. `files`: name, octets, link or ""; `withheld`: name, octets. `ask`: a file
    is to be had from the moderators.
    """

    number: int
    module: int | None
    question: int | None
    who: str
    subject: str
    text: str
    reply_to: str
    files: tuple[tuple[str, int, str], ...] = ()
    withheld: tuple[tuple[str, int], ...] = ()
    ask: bool = False
    edited: bool = False
    late: bool = False
    organisation: str = ""
    via: str = ""
    country: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said on one guiding question; `number` 0: on none of them."""

    number: int
    question: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What was said in one module; None for what belongs to none."""

    module: Module | None
    answers: tuple[Answers, ...]

    @property
    def sorted(self) -> bool:
        """Whether anything in it has been assigned to a question."""
        return any(one.number for one in self.answers)


def parts(items: Sequence[Item], modules: Sequence[Module]) -> list[Part]:
    """The bundle's parts in order of module, question and official number; none is empty."""
    known = {module.number: module for module in modules}
    placed: dict[tuple[int, int], list[Item]] = {}
    for item in sorted(items, key=lambda one: one.number):
        module = known.get(item.module or 0)
        asked = item.question or 0 if module and (item.question or 0) <= len(module.questions) else 0
        # The end of its module: after all questions.
        placed.setdefault((module.number if module else 0, asked or _LAST), []).append(item)
    found = []
    for number in sorted({number for number, _ in placed}):
        answers = []
        for asked in sorted(asked for of, asked in placed if of == number):
            question = "" if asked == _LAST else known[number].questions[asked - 1]
            answers.append(Answers(0 if asked == _LAST else asked, question, tuple(placed[number, asked])))
        found.append(Part(known.get(number), tuple(answers)))
    return found


_LAST = 10**6
