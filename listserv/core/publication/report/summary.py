"""The summary: module by module and question by question, in the contributors' own words.

Each saying carries the number of the contribution it is taken from. What a moderator marked stands first, then an
extract of each other contribution, `MOST` of them for one question; the others are named by number. What nobody has
assigned to a question stands at its module's end; a question that only words may answer
has no heading. Whoever is not to be quoted is counted and named by number only.
"""

from __future__ import annotations

from collections.abc import Sequence

from listserv.core.dialogue.model import Module
from listserv.core.dialogue.tags import Kind
from listserv.core.publication.coverage import answering, not_taken_up
from listserv.core.publication.extract import Rarity
from listserv.core.publication.material import Contribution
from listserv.core.publication.report.document import Block, Items, Paragraph, Section, Span, plain
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.opening import module_title
from listserv.core.publication.report.sayings import counted, drawn, numbers, passages, said
from listserv.core.publication.report.voice import Voice
from listserv.core.sentence import Sentence

MOST = 12  # sayings for one question: more is read by nobody
_TELLING = (None, Kind.EXPERIENCE, Kind.PRACTICE, Kind.RECOMMENDATION)


def summary(material: Material, voice: Voice, rarity: Rarity) -> list[Section]:
    """`rarity`: how rare each word is among all that was said."""
    intro = voice(
        Sentence(
            "In the contributors' own words: what the moderators marked stands first, then extracts of what others"
            " wrote. The number in brackets is that of the response in full."
        )
    )
    sections = [Section("summary", voice(Sentence("Summary of responses")), 1, (plain(intro),))]
    for module in material.modules:
        said = [one for one in material.said if one.module == module.number]
        title = module_title(module.number, module.title, voice)
        sections.append(Section(f"summary.{module.number}", title, 2, (_counted(said, voice),)))
        answers = [answering(one, module) for one in said]
        left = not_taken_up(answers, module)
        nobody = Sentence("Nobody took this question up.")
        if not all(answers):  # one of which it is not known what it answers may have answered this
            nobody = Sentence("No contribution has been placed under this question.")
        for number, question in enumerate(module.questions, 1):
            if number in left:
                key = f"summary.{module.number}.{number}"
                sections.append(Section(key, question, 3, (plain(voice(nobody)),), language=voice.other(question)))
                continue
            here = [one for one in said if number in one.questions]
            sections.append(_answers(f"summary.{module.number}.{number}", question, here, voice, rarity))
        if others := [one for one in said if not _placed(one, module)]:
            heading = voice(Sentence("On the module as a whole") if module.questions else Sentence("What was said"))
            sections.append(_answers(f"summary.{module.number}.0", heading, others, voice, rarity))
    return sections


def conclusions(voice: Voice) -> Section:
    """Empty until a moderator writes it: nobody else can say what was agreed."""
    return Section("conclusions", voice(Sentence("Points of agreement and open questions")), 1, ())


def _placed(one: Contribution, module: Module) -> bool:
    return any(1 <= number <= len(module.questions) for number in one.questions)


def _answers(key: str, question: str, answers: Sequence[Contribution], voice: Voice, rarity: Rarity) -> Section:
    blocks: list[Block] = []
    shown, rest = _sayings(question, answers, voice, rarity)
    if shown:
        blocks.append(Items(tuple(shown)))
    if rest:
        lead = voice(Sentence("Also on this, to be read in full:"))
        blocks.append(Paragraph((Span(f"{lead} "), *numbers(rest))))
    if silent := [one.number for one in answers if not one.quotable]:
        lead = voice(Sentence("Read and counted, and at their authors' wish not quoted:"))
        blocks.append(Paragraph((Span(f"{lead} "), *numbers(silent))))
    return Section(key, question, 3, tuple(blocks), language=voice.other(question))


def _sayings(
    question: str, answers: Sequence[Contribution], voice: Voice, rarity: Rarity
) -> tuple[list[Paragraph], list[int]]:
    """What is quoted, marked passages first, and the numbers of what finds no room."""
    marked = [(one, words) for one in answers if one.quotable for words in passages(one, _TELLING)]
    having = {one.number for one, _ in marked}
    others = [one for one in answers if one.quotable and one.number not in having]
    room = max(0, MOST - len(marked))
    drawn_ = [(one, words) for one in others[:room] if (words := drawn(one, question, rarity))]
    quoted = {one.number for one, _ in drawn_}
    shown = [said(one, words, voice) for one, words in [*marked, *drawn_]]
    return shown, [one.number for one in others if one.number not in quoted]


def _counted(said: Sequence[Contribution], voice: Voice) -> Paragraph:
    return Paragraph((Span(counted(said, voice), emphasis=True),))
