"""Who took part, as figures and plots.

Figures count everybody, also those who are not named or not quoted; they name nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from listserv.core.dialogue import regions
from listserv.core.dialogue.profile_words import GENDERS_SAID
from listserv.core.dialogue.sectors import SECTORS_SAID
from listserv.core.publication.activity import Activity
from listserv.core.publication.evaluation import FEWEST
from listserv.core.publication.figures import Row
from listserv.core.publication.plots import Bar, Plot
from listserv.core.publication.report.document import Block, Heading, Paragraph, Section, Table, plain
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.voice import Voice
from listserv.core.sentence import Sentence

_LONGEST = 62  # days in one plot


def participation(material: Material, voice: Voice) -> Section:
    figures = material.figures
    totals: list[tuple[Sentence, str]] = [
        (Sentence("Registered participants"), voice.number(figures.registered)),
        (Sentence("Contributors"), voice.number(figures.contributors)),
        (Sentence("Contributors among those registered"), f"{figures.share:.0%}"),
        (Sentence("Contributions"), voice.number(figures.contributions)),
        (Sentence("Countries of those registered"), voice.number(figures.countries)),
    ]
    if figures.activity and figures.activity.words:
        words = (
            (Sentence("Words"), figures.activity.words),
            (Sentence("Words in a contribution (median)"), figures.activity.length),
        )
        totals += [(label, voice.number(count)) for label, count in words]
    blocks: list[Block] = [
        Table((), tuple((plain(voice(label)), plain(value)) for label, value in totals), figures=True)
    ]
    titles = {str(module.number): module.title for module in material.modules}
    blocks += _said(voice, Sentence("Contributions by module"), Sentence("Module"), figures.modules, titles)
    if figures.activity:
        blocks += _voices(figures.activity, titles, voice)
    blocks += _days(material, voice)
    questions = {
        f"{module.number}.{number}": f"{module.number}.{number} {question}"
        for module in material.modules
        for number, question in enumerate(module.questions, 1)
    }
    title = Sentence("Contributions by guiding question")
    blocks += _said(voice, title, Sentence("Guiding question"), figures.questions, questions)
    where = {row.key: regions.named(row.key, voice.language) for row in figures.region}
    countries = {row.key: voice.country(row.key) for row in figures.country}
    told = {key: voice(said) for key, said in (GENDERS_SAID | SECTORS_SAID).items()}
    blocks += _people(voice, Sentence("By region"), figures.region, where, plot=True)
    blocks += _people(voice, Sentence("By country"), figures.country, countries)
    blocks += _people(voice, Sentence("By sector"), figures.sector, told, plot=True)
    blocks += _people(voice, Sentence("By gender"), figures.gender, told, plot=True)
    for key, label in material.fields:
        blocks += _people(voice, label, [row for row in figures.own if row.group == key], {}, plot=True)
    return Section("participation", voice(Sentence("Participation")), 1, tuple(blocks))


def _said(voice: Voice, title: str, of: str, rows: Sequence[Row], labels: dict[str, str]) -> list[Block]:
    if not rows:
        return []
    head = (voice(of), voice(Sentence("Contributions")), voice(Sentence("Contributors")))
    cells = tuple(_row(labels.get(row.key, row.key), voice, row.contributions, row.contributors) for row in rows)
    return [Heading(plain(voice(title))), Table(head, cells, figures=True)]


def _voices(activity: Activity, titles: dict[str, str], voice: Voice) -> list[Block]:
    """Who wrote for the first time, and how evenly contributions are spread. Nobody's figure stands alone."""
    if sum(one.contributors > 0 for one in activity.by_module) < 2:
        return []
    head = tuple(
        voice(one) for one in (Sentence("Module"), Sentence("Contributors"), Sentence("Writing for the first time"))
    )
    cells = tuple(_row(titles.get(one.key, one.key), voice, one.contributors, one.first) for one in activity.by_module)
    blocks: list[Block] = [Heading(plain(voice(Sentence("New voices")))), Table(head, cells, figures=True)]
    if (even := activity.equality) and even.top >= FEWEST:
        said = Sentence(
            "The tenth of the contributors that wrote most, %(top)s people, gave %(share)s of all contributions.",
            top=voice.number(even.top),
            share=f"{even.share:.0%}",
        )
        blocks.append(plain(voice(said)))
    return blocks


def _days(material: Material, voice: Voice) -> list[Block]:
    """A column a day from the first to the last, also those on which nothing came."""
    counted = {date.fromisoformat(row.key): row.contributions for row in material.figures.days}
    if not counted or (max(counted) - min(counted)).days > _LONGEST:
        return []
    days = [min(counted) + timedelta(days=one) for one in range((max(counted) - min(counted)).days + 1)]
    bars = tuple(Bar(voice.short_day(day), counted.get(day, 0)) for day in days)
    title = voice(Sentence("Contributions by day"))
    return [Heading(plain(title)), Plot(title, bars, "columns", voice.right_to_left)]


def _people(
    voice: Voice, title: str, rows: Sequence[Row], labels: dict[str, str], *, plot: bool = False
) -> list[Block]:
    """How many registered, how many wrote, and what; nothing where nobody has told it, or all groups are small.

    Small groups stand in one line: one of a single person would tell of them what others need not know, even where
    they wrote without a name.
    """
    some, few = _folded(rows)
    if not any(row.key for row in some):
        return []
    unsaid = voice(Sentence("not said"))
    named = [(labels.get(row.key, row.key) or unsaid, row) for row in some]
    if few:
        named.append((voice(Sentence("others, fewer than three each")), few))
    head = (
        voice(title),
        voice(Sentence("Registered")),
        voice(Sentence("Contributors")),
        voice(Sentence("Contributions")),
    )
    cells = tuple(_row(label, voice, row.registered or 0, row.contributors, row.contributions) for label, row in named)
    blocks: list[Block] = [Heading(plain(voice(title)))]
    if plot:
        told = voice(Sentence("Contributors of those registered"))
        bars = tuple(Bar(label, row.heard or 0, row.registered or 0) for label, row in named)
        blocks.append(Plot(f"{voice(title)}: {told}", bars, "bars", voice.right_to_left))
    return [*blocks, Table(head, cells, figures=True)]


def _folded(rows: Sequence[Row]) -> tuple[list[Row], Row | None]:
    """Groups that are large enough, or of whom nothing is told, and the others as one."""
    small = [row for row in rows if row.key and 0 < max(row.registered or 0, row.contributors) < FEWEST]
    if not small:
        return list(rows), None
    together = Row(
        small[0].group,
        "",
        sum(one.contributions for one in small),
        sum(one.contributors for one in small),
        sum(one.registered or 0 for one in small),
        sum(one.heard or 0 for one in small),
    )
    return [row for row in rows if row not in small], together


def _row(label: str, voice: Voice, *figures: int) -> tuple[Paragraph, ...]:
    return (plain(label, voice.other(label)), *(plain(voice.number(one)) for one in figures))
