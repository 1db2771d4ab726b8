"""`listserv tick`: one turn of the programme's clock, for cron and for tests with a time of their own."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, changes, pass_app
from listserv.cli.times import instant


@click.command()
@click.option("--at", metavar="T", help="As if it were that time (ISO 8601; UTC unless it has an offset).")
@changes
@pass_app
def tick(app: App, at: str | None, yes: bool) -> None:
    """Do once what the programme has due: open and close modules, remind, send round-ups."""
    from listserv.steps import programme

    now = instant(at) if at else app.now()
    count = programme.tick(app.session, now, app.site, remember=at is not None)
    click.echo(f"{output.plural(count, 'thing')} done" if count else "nothing is due")
