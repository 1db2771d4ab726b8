"""`listserv figures`: who took part, by what was said and by who they are, and how it went."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.cli import output, sheet
from listserv.cli.context import App, dialogue_option, json_option, pass_app

if TYPE_CHECKING:
    from listserv.core.publication.activity import Activity
    from listserv.core.publication.figures import Figures

BAR = 24
LABEL = 28


@click.command()
@dialogue_option
@json_option
@sheet.csv_option
@click.option(
    "--plots",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Each group as a picture, SVG and PNG, into a new folder.",
)
@pass_app
def figures(app: App, slug: str | None, as_json: bool, csv_file: Path | None, folder: Path | None) -> None:
    """Participation by module, day, question, country, region, sector, gender and the dialogue's own fields.

    Also words, first-time voices, time to release, how evenly people were heard, how they get their mail. For
    moderators: a figure of 1 names a person.
    """
    from listserv.steps import measure
    from listserv.store import dialogues

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        found = measure.measure(connection, dialogue)
        titles = {one["key"]: one["label"] for one in dialogues.fields(connection, dialogue.id)}
    labels = _labels(found) | {("module", str(one.number)): f"{one.number} {one.title}" for one in dialogue.modules}
    if folder is not None:
        count = _draw(folder, found, labels, titles)
        aside = as_json or csv_file == sheet.STDOUT
        click.echo(f"{folder}  {output.plural(count, 'picture')}, each as SVG and PNG", err=aside)
    if csv_file is not None:
        sheet.write(csv_file, _sheet(found, labels))
    elif as_json:
        output.json(found.as_dict())
    elif folder is None:
        _tell(dialogue.title, found, labels, titles)


def _labels(found: Figures) -> dict[tuple[str, str], str]:
    """What a key is called where it is a code."""
    from listserv.core.dialogue import countries, regions

    named = {(row.group, row.key): countries.named(row.key) for row in found.country}
    return named | {(row.group, row.key): regions.named(row.key) for row in found.region if row.key}


def _tell(title: str, found: Figures, labels: Mapping[tuple[str, str], str], titles: Mapping[str, str]) -> None:
    said, wrote = (
        output.plural(found.contributions, "contribution"),
        output.plural(found.contributors, "person", "people"),
    )
    click.echo(output.printable(f"{title}: {said} by {wrote}"))
    for line in _course(found):
        click.echo("\n".join(textwrap.wrap(line, 79)))
    rows = found.rows()
    group, most = "", 0
    for row in rows:
        if row.group != group:
            group = row.group
            most = max(one.contributions for one in rows if one.group == group)
            click.echo(output.printable(f"\n{titles.get(group, group)}"))
        key = labels.get((row.group, row.key), row.key) or "not said"
        _line(key, row.contributions, most, _who(row.contributors, row.registered, row.heard))
    if found.activity:
        _voices(found.activity)
    if found.reads:
        click.echo("\nhow those registered get their mail")
        for key, count in found.reads:
            _line(key, count, max(count for _, count in found.reads))


def _who(contributors: int, registered: int | None, heard: int | None) -> str:
    """ "1 person", "1 of 3 people"; "1 of 3 people, 1 other" where somebody wrote who is not registered (now)."""
    if registered is None or heard is None:
        return output.plural(contributors, "person", "people")
    others = f", {output.plural(contributors - heard, 'other')}" if contributors > heard else ""
    return f"{heard:,} of {output.plural(registered, 'person', 'people')}{others}"


def _line(label: str, count: int, most: int, told: str = "") -> None:
    drawn = output.bar(count, most, BAR)
    click.echo(f"  {output.pad(output.printable(label), LABEL)} {count:>4}  {drawn:<{BAR}}  {told}".rstrip())


def _course(found: Figures) -> list[str]:
    """How it went, in sentences."""
    lines = [
        f"{output.plural(found.registered, 'person', 'people')} registered, from"
        f" {output.plural(found.countries, 'country', 'countries')}; {found.share:.0%} of them wrote."
    ]
    if found.activity and found.contributions:
        one = found.activity
        lines.append(f"{output.plural(one.words, 'word')}, {one.length} in a contribution (median).")
        if one.release:
            lines.append(
                f"Released within {_lasted(one.release.median)} of coming in (median), nine in ten within"
                f" {_lasted(one.release.most)}."
            )
        if even := one.equality:
            who = "The one who wrote most" if even.top == 1 else f"The tenth that wrote most ({even.top} people)"
            lines.append(
                f"{who} gave {even.share:.0%} of all contributions; Gini {even.gini:.2f}"
                " (0: all wrote as much, 1: one wrote all)."
            )
    if found.unreachable:
        lines.append(f"Mail does not reach {output.plural(found.unreachable, 'person', 'people')}.")
    return lines


def _lasted(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < 60:
        return output.plural(minutes, "minute")
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours < 48 else f"{hours / 24:.1f} days"


def _voices(activity: Activity) -> None:
    for title, some in (("module", activity.by_module), ("week", activity.by_week)):
        if any(one.contributors for one in some):
            click.echo(f"\nwriting for the first time, by {title}")
            most = max(one.contributors for one in some)
            for one in some:
                _line(one.key, one.first, most, f"of {one.contributors} who wrote")


def _sheet(found: Figures, labels: Mapping[tuple[str, str], str]) -> list[list[object]]:
    """A line for each figure: what it is of, its key and name, and the numbers."""
    rows: list[list[object]] = [["group", "key", "name", "contributions", "contributors", "registered", "heard"]]
    rows.append(
        [
            "total",
            "",
            "",
            found.contributions,
            found.contributors,
            found.registered,
            round(found.share * found.registered),
        ]
    )
    for row in found.rows():
        name = labels.get((row.group, row.key), row.key)
        registered = "" if row.registered is None else row.registered
        wrote = "" if row.heard is None else row.heard
        rows.append([row.group, row.key, name, row.contributions, row.contributors, registered, wrote])
    rows += [["delivery", key, key, "", "", count, ""] for key, count in found.reads]
    rows.append(["unreachable", "", "", "", "", found.unreachable, ""])
    if found.activity:
        voices = (
            ("first voices by module", found.activity.by_module),
            ("first voices by week", found.activity.by_week),
        )
        rows += [[group, one.key, one.key, "", one.first, "", ""] for group, some in voices for one in some]
    return rows


def _draw(folder: Path, found: Figures, labels: Mapping[tuple[str, str], str], titles: Mapping[str, str]) -> int:
    from listserv.core.publication.graphs import graphs
    from listserv.edge.report import drawing
    from listserv.errors import Refused

    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty; name a new folder")
    return drawing.write(folder, graphs(found, labels, titles))
