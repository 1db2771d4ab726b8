"""What participants answered when they were asked about the dialogue. Nobody is named, anonymous or not."""

from __future__ import annotations

from listserv.core.publication.plots import Bar, Plot
from listserv.core.publication.report.document import Block, Heading, Items, Section, plain
from listserv.core.publication.report.material import Asked, Material, Response
from listserv.core.publication.report.voice import Voice
from listserv.core.sentence import Sentence


def evaluation(material: Material, voice: Voice) -> Section:
    blocks: list[Block] = []
    if material.response is not None:
        blocks += _response(material.response, voice)
    elif not material.asked:
        blocks.append(plain(voice(Sentence("No survey was held."))))
    for one in material.asked:
        blocks += _question(one, voice)
    return Section("evaluation", voice(Sentence("Evaluation")), 1, tuple(blocks))


def _response(response: Response, voice: Voice) -> list[Block]:
    share = response.answered / response.asked if response.asked else 0.0
    said = Sentence(
        "After the end participants were asked about the dialogue: %(answered)s of %(asked)s answered (%(share)s).",
        answered=voice.number(response.answered),
        asked=voice.number(response.asked),
        share=f"{share:.0%}",
    )
    blocks: list[Block] = [plain(voice(said))]
    if response.withheld:
        few = Sentence("So few have answered that their answers could be told apart; they are not shown.")
        blocks.append(plain(voice(few)))
    elif response.anonymous:
        blocks.append(plain(voice(Sentence("The answers are anonymous."))))
    return blocks


def _question(one: Asked, voice: Voice) -> list[Block]:
    blocks: list[Block] = [Heading(plain(one.question, voice.other(one.question)))]
    line = voice(Sentence("Answers: %(count)s.", count=one.replies))
    if one.average is not None:
        line += " " + voice(Sentence("Average: %(average)s.", average=f"{one.average:.1f}"))
    if one.median is not None:
        line += " " + voice(Sentence("Median: %(median)s.", median=f"{one.median:g}"))
    blocks.append(plain(line))
    if one.counts:
        bars = tuple(Bar(label, count) for label, count in one.counts)
        blocks.append(Plot(one.question, bars, "bars", voice.right_to_left))
    if one.words:
        blocks.append(Items(tuple(plain(" ".join(words.split()), voice.other(words)) for words in one.words)))
    return blocks
