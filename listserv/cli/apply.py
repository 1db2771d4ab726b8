"""`listserv apply`: the database as listserv.toml has it."""

from __future__ import annotations

from datetime import datetime

import click

from listserv.cli.context import App, changes, dry_run_option, pass_app
from listserv.cli.planned import planned


@click.command()
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="Move all dates so that module 1 opens on that day.")
@dry_run_option
@changes
@pass_app
def apply(app: App, start: datetime | None, dry_run: bool, yes: bool) -> None:
    """Show what listserv.toml changes, and make it so. What has happened is never undone."""
    from listserv.steps import apply as step
    from listserv.steps import programme
    from listserv.store import dialogues

    count = 0
    for dialogue in app.settings.dialogues:
        plan = planned(dialogue)
        if start is not None:
            plan = step.shift(plan, start.date())
        lines = step.difference(app.session, plan, app.now())
        for line in [*lines, *step.kept(app.session, plan)]:
            click.echo(line)
        count += len(lines)
        with app.session.read() as connection:
            new = dialogue.slug not in dialogues.slugs(connection)
        if not dry_run and step.apply(app.session, app.now(), plan, app.actor) and new:
            # A module that is open now is announced at once.
            programme.catch_up(app.session, app.now(), app.site, dialogue.slug)
    if not count:
        click.echo("nothing to change")
    elif dry_run:
        click.echo("nothing was changed (--dry-run)")
    else:
        click.echo("applied")
