"""`listserv plan who`: whom one mail of the calendar would reach now, by name."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, pass_app


@click.command()
@click.argument("named", metavar="ID")
@dialogue_option
@json_option
@pass_app
def who(app: App, named: str, slug: str | None, as_json: bool) -> None:
    """Whom one mail would reach if it went now, and why not the others."""
    from listserv.steps import foresee, schedule

    dialogue = app.dialogue(slug)
    entry = schedule.find(app.session, dialogue, named)
    found = foresee.foresee(app.session, app.now(), app.site, dialogue, entry)
    rows = [
        {"address": one.address, "name": one.name, "language": one.language, "gets": not one.why, "why": one.why}
        for one in found
    ]
    if as_json:
        output.json(rows)
        return
    get = sum(row["gets"] is True for row in rows)
    click.echo(f"{entry.id}, if it went now: to {get} of {output.plural(len(rows), 'person', 'people')}")
    shown = [{**row, "gets": "yes" if row["gets"] else "no"} for row in rows]
    output.listing(shown, False, ["address", "name", "language", "gets", "why"], "nobody is meant", ["language"])
