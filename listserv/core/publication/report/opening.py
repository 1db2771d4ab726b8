"""The first chapters: what was asked, and who answered.

Everybody whose wish allows it is thanked by name, with the numbers of what they wrote. Who shows their organisation
only is thanked as that, each contribution by itself unless the organisation's own line is the same; who shows nothing
is thanked together with the others who do not, so that nobody learns which numbers are one person's.
"""

from __future__ import annotations

from datetime import datetime

from listserv.core.dialogue.model import Attribution
from listserv.core.publication.material import Contribution
from listserv.core.publication.report.document import Block, Items, Paragraph, Section, Span, plain
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.sayings import numbers, who
from listserv.core.publication.report.voice import Voice
from listserv.core.sentence import Sentence


def foreword(voice: Voice) -> Section:
    """Empty until a moderator writes it."""
    return Section("foreword", voice(Sentence("From the moderators")), 1, ())


def query(material: Material, voice: Voice) -> list[Section]:
    intro = voice(
        Sentence(
            "The dialogue was held by e-mail. Each module had its aim and its guiding questions; contributions were"
            " read by a moderator before they went to all participants."
        )
    )
    sections = [Section("query", voice(Sentence("The query")), 1, (plain(intro),))]
    for module in material.modules:
        dates = period(module.opens_at, module.closes_at, voice)
        blocks: list[Block] = [Paragraph((Span(dates, emphasis=True),))]
        if module.aim.strip():
            blocks.append(plain(" ".join(module.aim.split()), voice.other(module.aim)))
        if module.questions:
            blocks.append(Items(tuple(plain(one, voice.other(one)) for one in module.questions), first=1))
        sections.append(
            Section(f"query.{module.number}", module_title(module.number, module.title, voice), 2, tuple(blocks))
        )
    return sections


def period(first: datetime, last: datetime | None, voice: Voice) -> str:
    """ "From Monday 3 November 2008 to Friday 7 November 2008"; without an end "Since …"."""
    if last is None:
        return voice(Sentence("Since %(first)s", first=voice.day(first)))
    return voice(Sentence("From %(first)s to %(last)s", first=voice.day(first), last=voice.day(last)))


def module_title(number: int, title: str, voice: Voice) -> str:
    return voice(Sentence("Module %(n)s: %(title)s", n=str(number), title=title))


def thanks(material: Material, voice: Voice) -> Section:
    intro = voice(Sentence("With thanks for the contributions received. Numbers are those of the responses in full."))
    named: dict[tuple[int, str], list[Contribution]] = {}
    hidden: list[int] = []
    for one in material.said:
        line = who(one.byline, voice)
        if not line:
            hidden.append(one.number)
        else:
            person = one.person if one.attribution == Attribution.NAME else 0
            named.setdefault((person, line), []).append(one)
    items = [
        Paragraph((Span(line), Span(" ("), *numbers(one.number for one in of), Span(")")))
        for (_, line), of in named.items()
    ]
    blocks: list[Block] = [plain(intro), Items(tuple(items), first=1)]
    if hidden:
        lead = voice(Sentence("And with thanks to those who prefer not to be named:"))
        blocks.append(Paragraph((Span(f"{lead} "), *numbers(hidden))))
    if not material.said:
        blocks = [plain(voice(Sentence("No contributions were received.")))]
    return Section("thanks", voice(Sentence("Responses received, with thanks")), 1, tuple(blocks))
