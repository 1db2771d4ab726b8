"""The responses in full, by official number, and the late ones in a chapter of their own.

Each stands as it was released, with its byline; whoever is not to be quoted is there with number and byline only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.core.publication import links
from listserv.core.publication.material import Contribution
from listserv.core.publication.paragraphs import paragraphs
from listserv.core.publication.report.document import (
    Block,
    Heading,
    Items,
    Paragraph,
    Quoted,
    Section,
    Span,
    plain,
)
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.sayings import anchor, language_in, who
from listserv.core.publication.report.voice import Voice
from listserv.core.sentence import Sentence

_ITEM = re.compile(r"\s*[-*•–]\s+")


def responses(material: Material, voice: Voice) -> Section:
    said = [one for one in material.said if not one.late]
    blocks = _all(said, material, voice)
    return Section("responses", voice(Sentence("Responses in full")), 1, tuple(blocks), fixed=True)


def late(material: Material, voice: Voice) -> Section:
    said = [one for one in material.said if one.late]
    more = Sentence("Additions and corrections are welcome: please write to %(address)s.", address=material.contact)
    blocks: list[Block] = [plain(voice(more))]
    if said:
        intro = Sentence("These came after their module had closed. They are counted and summed up with the others.")
        blocks += [plain(voice(intro)), *_all(said, material, voice)]
    return Section("late", voice(Sentence("Late input")), 1, tuple(blocks), fixed=True)


def _all(said: Sequence[Contribution], material: Material, voice: Voice) -> list[Block]:
    return [block for one in said for block in _one(one, material, voice)]


def _one(one: Contribution, material: Material, voice: Voice) -> list[Block]:
    language = voice.other(one.text)
    title = f"{one.number}. {' '.join(one.subject.split()) if one.quotable else ''}".strip()
    told = who(one.byline, voice) or voice(Sentence("A participant who prefers not to be named"))
    place = voice(Sentence("Module %(number)s", number=str(one.module)))
    if one.questions:
        asked = ", ".join(str(number) for number in one.questions)
        place = voice(Sentence("Module %(number)s, question %(question)s", number=str(one.module), question=asked))
    line = f"{told} · {voice.day(one.received_at)} · {place}"
    head = Heading(Paragraph((Span(title),), language if one.quotable else ""), anchor(one.number))
    if one.edited and one.quotable:
        line += f" · {voice(Sentence('edited by a moderator'))}"
    about = Paragraph((Span(line, emphasis=True),))
    if not one.quotable:
        return [head, about, plain(voice(Sentence("Its author does not wish to be quoted.")))]
    files: list[Block] = []
    if one.files:
        names = voice.beside(file.name for file in one.files)
        files.append(Paragraph((Span(voice(Sentence("Attached: %(names)s", names=names)), emphasis=True),)))
    return [head, about, *_words(one.text, language, language_in(one)), *files]


def _words(text: str, language: str, known: str) -> list[Block]:
    """A contribution's text as blocks: paragraphs, lists, and what it quotes of others."""
    found: list[Block] = []
    for lines in paragraphs(text):
        items: list[Paragraph] = []
        for line in lines:
            if line.startswith(">"):
                found.append(Quoted(Paragraph(tuple(_linked(line.lstrip("> "))), language)))
            elif match := _ITEM.match(line):
                items.append(Paragraph(tuple(_linked(line[match.end() :].strip())), language))
                continue
            elif line.strip():
                found += [Items(tuple(items))] if items else []
                items = []
                found.append(Paragraph(tuple(_linked(line.strip())), language))
        if items:
            found.append(Items(tuple(items)))
    return found


def _linked(text: str) -> list[Span]:
    """The text, with its web addresses as links."""
    spans, at = [], 0
    for start, end in links.standing(text):
        spans += [Span(text[at:start])] if start > at else []
        written = text[start:end]
        spans.append(Span(written, url=written if "://" in written else f"https://{written}"))
        at = end
    return [*spans, Span(text[at:])] if at < len(text) or not spans else spans


def disclaimer(material: Material, voice: Voice) -> Section:
    hosts = voice.listed(material.hosts) or material.title
    words = Sentence(
        "The views in this report are those of the contributors, who wrote in the language of their choice and in their"
        " personal capacity unless they say otherwise; they are not necessarily those of %(hosts)s. Names of countries"
        " and places imply no opinion on the legal status of any country, territory or area. Extracts were taken word"
        " for word from the contributions and are to be read with the responses in full.",
        hosts=hosts,
    )
    return Section("disclaimer", voice(Sentence("Disclaimer")), 1, (plain(voice(words)),))
