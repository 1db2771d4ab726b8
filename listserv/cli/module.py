"""`listserv module`: the programme by hand, early or late. Says first what will be sent to how many."""

from __future__ import annotations

from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure
from listserv.cli.times import local
from listserv.core.dialogue.model import Dialogue, Module, ModuleState
from listserv.errors import Refused


@click.group()
def module() -> None:
    """Modules and their switchover."""


def _rows(app: App, dialogue: Dialogue) -> list[dict[str, Any]]:
    from listserv.store import contributions

    with app.session.read() as connection:
        counts = contributions.per_module(connection, dialogue.id)
    return [
        {
            "number": one.number,
            "title": one.title,
            "state": one.state(app.now(), dialogue.policy.grace).value,
            "opens_at": one.opened_at or one.opens_at,
            "closes_at": one.ends_at,
            "contributions": counts.get(one.number, 0),
        }
        for one in dialogue.modules
    ]


@module.command("list")
@dialogue_option
@json_option
@pass_app
def list_(app: App, slug: str | None, as_json: bool) -> None:
    """All modules with their state."""
    rows = _rows(app, app.dialogue(slug))
    output.listing(rows, as_json, ["number", "title", "state", "opens_at", "closes_at", "contributions"], "no modules")


@module.command()
@click.argument("number", metavar="N", type=int)
@dialogue_option
@json_option
@pass_app
def show(app: App, number: int, slug: str | None, as_json: bool) -> None:
    """One module: aim, guiding questions, dates."""
    dialogue = app.dialogue(slug)
    one = _module(dialogue, number)
    row = _rows(app, dialogue)[dialogue.modules.index(one)] | {"aim": one.aim, "questions": list(one.questions)}
    if as_json:
        output.json(row)
        return
    click.echo(f"Module {one.number}: {one.title} ({row['state']})")
    for what, at in (("opens", row["opens_at"]), ("closes", row["closes_at"])):
        when = f"{at.astimezone(dialogue.zone):%A %d %B %Y, %H:%M} ({dialogue.zone.key})" if at else "open end"
        click.echo(f"{what:<8}{when}")
    click.echo(f"\n{one.aim}\n")
    for i, question in enumerate(one.questions, 1):
        click.echo(f"{i:>2}. {question}")
    click.echo(f"\n{output.plural(row['contributions'], 'contribution')} released")


def _module(dialogue: Dialogue, number: int) -> Module:
    found = dialogue.module(number)
    if found is None:
        known = ", ".join(str(one.number) for one in dialogue.modules)
        raise Refused(f"{dialogue.slug} has no module {number}; it has {known}")
    return found


def _switch(app: App, dialogue: Dialogue, moves: list[tuple[str, int]], dry_run: bool, yes: bool) -> None:
    """moves: ("open" | "close" | "reopen", module number), done together."""
    from listserv.steps import compose, insist, switchover
    from listserv.store import contributions, outbox

    insist.on_running(dialogue)
    with app.session.read() as connection:
        held = [row.module for row in contributions.waiting(connection, dialogue.id)]
        recipients = outbox.would_get(connection, dialogue.id, compose.PROGRAMME)
    for what, number in moves:
        mail = "the closing mail" if what == "close" else "the announcement with its guiding questions"
        one = _module(dialogue, number)
        kind, round_ = "close" if what == "close" else "open", one.reopenings + (what == "reopen")
        change = dialogue.change(kind, str(number), round_)
        to = output.plural(recipients, "participant")
        goes = "goes to nobody: it was skipped" if change and change.skipped else f"goes to {to}"
        click.echo(f"{what} module {number} ({one.title}): {mail} {goes}")
        if what == "close" and (left := held.count(number)):
            still = f"{output.plural(left, 'contribution')} for it still held, and can be released afterwards"
            click.echo(f"  {still}: listserv queue list --module {number}")
    if dry_run:
        click.echo("nothing was changed (--dry-run)")
        return
    sure("Do it now?", yes)
    switchover.by_hand(app.session, app.now(), app.site, dialogue, moves, app.actor)
    click.echo("done")


@module.command("open")
@click.argument("number", metavar="N", type=int)
@dialogue_option
@dry_run_option
@changes
@pass_app
def open_(app: App, number: int, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Open a module now."""
    dialogue = app.dialogue(slug)
    state = _module(dialogue, number).state(app.now(), dialogue.policy.grace)
    if state is ModuleState.OPEN:
        raise Refused(f"module {number} is open already")
    if state in (ModuleState.GRACE, ModuleState.CLOSED):
        raise Refused(f"module {number} has closed; to open it once more: listserv module reopen {number}")
    _switch(app, dialogue, [("open", number)], dry_run, yes)


@module.command()
@click.argument("number", metavar="N", type=int)
@dialogue_option
@dry_run_option
@changes
@pass_app
def close(app: App, number: int, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Close a module now."""
    dialogue = app.dialogue(slug)
    state = _module(dialogue, number).state(app.now(), dialogue.policy.grace)
    if state is not ModuleState.OPEN:
        raise Refused(f"module {number} is not open: {state.value}")
    _switch(app, dialogue, [("close", number)], dry_run, yes)


@module.command()
@click.argument("number", metavar="N", type=int)
@dialogue_option
@dry_run_option
@changes
@pass_app
def reopen(app: App, number: int, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Open a closed module once more; extend it to say until when."""
    dialogue = app.dialogue(slug)
    state = _module(dialogue, number).state(app.now(), dialogue.policy.grace)
    if state not in (ModuleState.GRACE, ModuleState.CLOSED):
        raise Refused(f"module {number} has not closed: {state.value}")
    _switch(app, dialogue, [("reopen", number)], dry_run, yes)


@module.command()
@dialogue_option
@dry_run_option
@changes
@pass_app
def advance(app: App, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Close the open module and open the next, in one go."""
    dialogue = app.dialogue(slug)
    current = dialogue.open_module()
    following = [one for one in dialogue.modules if one.opened_at is None and one.closed_at is None]
    moves = [("close", current.number)] if current else []
    moves += [("open", following[0].number)] if following else []
    if not moves:
        raise Refused("all modules have closed; to open one once more: listserv module reopen N")
    _switch(app, dialogue, moves, dry_run, yes)


@module.command()
@click.argument("number", metavar="N", type=int)
@click.option("--until", required=True, metavar="T", help="Local to the dialogue's zone, unless T has an offset.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def extend(app: App, number: int, until: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Move a module's close; from then on listserv.toml no longer moves it."""
    from listserv.steps import insist, switchover

    dialogue = app.dialogue(slug)
    insist.on_running(dialogue)
    at = local(until, dialogue)
    one = switchover.extendable(app.now(), dialogue, _module(dialogue, number).number, at)
    before, after = (
        f"{when.astimezone(dialogue.zone):%A %d %B %Y, %H:%M}" if when else "its open end"
        for when in (one.closes_at, at)
    )
    click.echo(f"module {number} closes {after} ({dialogue.zone.key}) instead of {before}")
    if dry_run:
        click.echo("nothing was changed (--dry-run)")
        return
    switchover.extend(app.session, app.now(), dialogue, number, at, app.actor)
    click.echo("done")
