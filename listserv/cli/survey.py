"""`listserv survey`: what participants answered to the survey, and one reminder to who has not."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import output, sheet
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure

if TYPE_CHECKING:
    from listserv.core.publication.evaluation import Results, Tabulated

BAR = 24  # columns
LABEL = 28


@click.group()
def survey() -> None:
    """The survey after the end: its results, a reminder."""


@survey.command()
@dialogue_option
@json_option
@sheet.csv_option
@pass_app
def show(app: App, slug: str | None, as_json: bool, csv_file: Path | None) -> None:
    """How many answered, and what: figures, and what was written.

    Where the survey is anonymous, answers stand without names, in an order that tells nothing, and not before three
    people have answered.
    """
    from listserv.core.dialogue.survey import Kind
    from listserv.errors import Refused
    from listserv.steps import poll

    dialogue = app.dialogue(slug)
    if not dialogue.survey:
        raise Refused(f"{dialogue.slug} has no survey; write [[dialogue.survey]] into listserv.toml")
    with app.session.read() as connection:
        found = poll.results(connection, dialogue)
    if as_json:
        output.json({"dialogue": dialogue.slug, **_as_dict(found)})
        return
    if csv_file:
        sheet.write(csv_file, _rows(found))
        return
    say = lambda text: click.echo(output.printable(text))  # noqa: E731
    say(f"{dialogue.title}: {found.answered} of {found.asked} answered ({found.rate:.0%})")
    say("anonymous, as promised" if found.anonymous else "not anonymous: who answered what is known to moderators")
    if caution := _caution(found):
        say(caution)
    for number, one in enumerate(found.questions, 1):
        click.echo()
        for line in textwrap.wrap(f"{number}. {one.question.text}", 78, subsequent_indent="   "):
            say(line)
        if found.withheld:
            continue
        ends = f"   1 = {one.question.low}, 5 = {one.question.high}" if one.question.low and one.question.high else ""
        if ends:
            say(output.pad(ends, 78).rstrip())
        if one.question.kind is not Kind.TEXT:
            _bars(one)
        _words(one.words)
    if found.beside:
        click.echo("\nBeside the questions")
        _words(found.beside)


def _caution(found: Results) -> str:
    from listserv.core.publication.evaluation import FEW, FEWEST

    if found.withheld:
        return f"fewer than {FEWEST} have answered, so their answers are not shown: they could be told apart"
    if 0 < found.answered < FEW:
        return f"few have answered: figures of {found.answered} say little of all, and one may know the other's words"
    return ""


def _bars(one: Tabulated) -> None:
    most = max((count for _, count in one.counts), default=0)
    for answer, count in one.counts:
        bar = output.bar(count, most, BAR)
        click.echo(f"   {output.pad(output.printable(answer), LABEL)} {count:>4}  {bar}".rstrip())
    told = output.plural(one.replies, "answer")
    if one.mean is not None and one.median is not None:
        told += f"; mean {one.mean:.1f}, median {one.median:g}"
    click.echo(f"   {told}")


def _words(words: tuple[tuple[str, str], ...]) -> None:
    for text, name in words:
        said = f"{name}: {text}" if name else text
        lines = [part for line in said.split("\n") for part in textwrap.wrap(line, 73) or [""]]
        for lead, line in zip(["   - ", *["     "] * (len(lines) - 1)], lines, strict=True):
            click.echo(output.printable(lead + line).rstrip())


def _as_dict(found: Results) -> dict[str, Any]:
    def texts(words: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
        return [{"text": text, "name": name or None} for text, name in words]

    return {
        "anonymous": found.anonymous,
        "asked": found.asked,
        "answered": found.answered,
        "rate": found.rate,
        "withheld": found.withheld,
        "questions": [
            {
                "key": one.question.key,
                "text": one.question.text,
                "kind": one.question.kind.value,
                "answers": one.replies,
                "counts": [{"answer": answer, "count": count} for answer, count in one.counts],
                "mean": one.mean,
                "median": one.median,
                "texts": texts(one.words),
            }
            for one in found.questions
        ],
        "remarks": texts(found.beside),
    }


def _rows(found: Results) -> list[list[object]]:
    """One line for each figure and each text."""
    rows: list[list[object]] = [["question", "text", "answer", "count", "words", "name"]]
    rows += [["", "asked", "", found.asked, "", ""], ["", "answered", "", found.answered, "", ""]]
    for one in found.questions:
        rows += [[one.question.key, one.question.text, answer, count, "", ""] for answer, count in one.counts]
        rows += [[one.question.key, one.question.text, "", "", text, name] for text, name in one.words]
    return rows + [["", "beside the questions", "", "", text, name] for text, name in found.beside]


@survey.command()
@dialogue_option
@dry_run_option
@changes
@pass_app
def remind(app: App, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Remind those who were asked and have not answered, once."""
    from listserv.steps import poll

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        count = len(poll.silent(connection, dialogue))
    people = output.plural(count, "person", "people")
    if dry_run:
        click.echo(f"would remind {people} who have not answered")
        return
    sure(f"Remind {people} who have not answered? It is done once.", yes)
    done = poll.remind(app.session, app.now(), app.site, dialogue, app.actor)
    click.echo(f"{output.plural(done, 'reminder')} on the way")
