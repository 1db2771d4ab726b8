"""How contributions and people are shown: options and commands that queue, contribution and participant share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from listserv.cli import ids as id_words
from listserv.cli.chosen import known, one
from listserv.cli.context import App, changes, dialogue_option, pass_app
from listserv.core.dialogue.model import Attribution


def shown_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--attribution and --quotable; both None where they are not given."""
    command = click.option("--quotable", type=click.Choice(["yes", "no"]), help="In round-ups and the report.")(command)
    return click.option(
        "--attribution", type=click.Choice([one.value for one in Attribution]), help="How readers see the author."
    )(command)


def choice(attribution: str | None, quotable: str | None) -> Any:
    """What the options say, as core/dialogue/choices has it; UsageError if nothing is said."""
    from listserv.core.dialogue.choices import Choice

    said = Choice(Attribution(attribution) if attribution else None, None if quotable is None else quotable == "yes")
    if not said:
        raise click.UsageError("give --attribution or --quotable")
    return said


def attribute_all(app: App, found: dict[int, int], attribution: str | None, quotable: str | None) -> None:
    """Show contributions otherwise. `found`: by what the moderator calls each, its id."""
    from listserv.steps import credit

    wanted = choice(attribution, quotable)
    for name, contribution_id in found.items():
        match credit.set_one(app.session, app.now(), contribution_id, app.actor, wanted):
            case credit.Shown.SAME:
                said = "nothing was changed: it is shown so already"
            case credit.Shown.CHANGED:
                said = wanted.words()
            case credit.Shown.HELD_AGAIN:
                anew = f"no copy had left, so it is held again: listserv queue release {contribution_id}"
                said = f"{wanted.words()}; {anew}"
        click.echo(f"{name}  {said}")


@click.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@shown_options
@dialogue_option
@changes
@pass_app
def attribute(
    app: App, words: tuple[str, ...], attribution: str | None, quotable: str | None, slug: str | None, yes: bool
) -> None:
    """Show the author otherwise: by name, by organisation, not at all; or not quoted."""
    choice(attribution, quotable)
    ids = id_words.expand(words)
    known(app, ids, slug)
    attribute_all(app, {number: one(app, number, slug)["id"] for number in ids}, attribution, quotable)
