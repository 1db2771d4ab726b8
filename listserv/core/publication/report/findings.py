"""What the dialogue found: experiences by country, good practices, recommendations, and related resources.

Made of what moderators have marked and tagged. As long as nothing is tagged as an experience, each country is told by
an extract of what was written from there; without a good practice or a recommendation marked, that chapter is left
out. A country is named only where the author's wish shows it; what is told without one stands at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from listserv.core.dialogue.tags import Kind
from listserv.core.publication.extract import Rarity
from listserv.core.publication.material import Contribution
from listserv.core.publication.report.document import Block, Heading, Items, Paragraph, Section, Span, linked, plain
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.opening import module_title
from listserv.core.publication.report.sayings import drawn, listed, numbers, of_kind
from listserv.core.publication.report.voice import Voice
from listserv.core.publication.resources import Resource
from listserv.core.sentence import Sentence

_LONG = 8  # items of one list; more are grouped by module


def findings(material: Material, voice: Voice, rarity: Rarity) -> list[Section]:
    """The four chapters, those that have something. `rarity`: how rare each word is among all that was said."""
    found = [
        _experiences(material, voice, rarity),
        _gathered(material, voice, rarity, Kind.PRACTICE, "practices", Sentence("Good practices")),
        _gathered(material, voice, rarity, Kind.RECOMMENDATION, "recommendations", Sentence("Recommendations")),
        _resources(material, voice),
    ]
    return [one for one in found if one is not None]


def _experiences(material: Material, voice: Voice, rarity: Rarity) -> Section | None:
    told = of_kind(material.said, Kind.EXPERIENCE, rarity)
    if not told:
        told = [(one, words) for one in material.said if one.quotable and (words := drawn(one, rarity=rarity))]
    if not told:
        return None
    by_country: dict[str, list[tuple[Contribution, str]]] = {}
    for one, words in told:
        by_country.setdefault(voice.country(one.byline.country), []).append((one, words))
    elsewhere = by_country.pop("", [])
    blocks: list[Block] = []
    for country in sorted(by_country, key=voice.by_name):
        blocks += [Heading(plain(country)), listed(by_country[country], voice, country=False)]
    if elsewhere:
        blocks += [Heading(plain(voice(Sentence("Country not named")))), listed(elsewhere, voice)]
    return Section("experiences", voice(Sentence("Comparative experiences by country")), 1, tuple(blocks))


def _gathered(
    material: Material, voice: Voice, rarity: Rarity, kind: Kind, key: str, title: Sentence
) -> Section | None:
    found = of_kind(material.said, kind, rarity)
    if not found:
        return None
    blocks: list[Block] = []
    if len(found) <= _LONG:
        blocks.append(listed(found, voice))
    else:
        titles = {module.number: module_title(module.number, module.title, voice) for module in material.modules}
        for module, group in groupby(sorted(found, key=lambda pair: pair[0].module), key=lambda pair: pair[0].module):
            blocks.append(Heading(plain(titles.get(module, ""))))
            blocks.append(listed(group, voice))
    return Section(key, voice(title), 1, tuple(blocks))


def _resources(material: Material, voice: Voice) -> Section | None:
    shown = [one for one in material.resources if not one.hidden]
    own = [one for one in shown if one.number is None]
    shared = [one for one in shown if one.number is not None]
    contacts = of_kind(material.said, Kind.CONTACT)
    blocks: list[Block] = []
    for title, sources in (
        (Sentence("Background papers of the organisers"), own),
        (Sentence("Shared by contributors"), shared),
    ):
        if sources:
            blocks += [Heading(plain(voice(title))), _sources(sources)]
    if contacts:
        blocks += [Heading(plain(voice(Sentence("Contacts offered")))), listed(contacts, voice)]
    return Section("resources", voice(Sentence("Related resources")), 1, tuple(blocks)) if blocks else None


def _sources(resources: Sequence[Resource]) -> Items:
    """Title, link, and the numbers of the contributions that shared it."""
    items = []
    for one in resources:
        spans = [Span(one.label, url=linked(one.url))]
        if one.url and one.title and one.title != one.url:
            spans += [Span(": "), Span(one.url, url=linked(one.url))]
        if one.shared:
            spans += [Span(" ("), *numbers(by.contribution for by in one.shared), Span(")")]
        items.append(Paragraph(tuple(spans)))
    return Items(tuple(items))
