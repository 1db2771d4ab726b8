"""`listserv audit`: who did what, when, why."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, limit_option, pass_app


@click.command()
@dialogue_option
@click.option("--subject", help='Only what was done with that, e.g. "contribution 7".')
@limit_option
@json_option
@pass_app
def audit(app: App, slug: str | None, subject: str | None, limit: int | None, as_json: bool) -> None:
    """Every decision and switchover; with --limit the latest."""
    from listserv.store import audit as table

    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        rows = [dict(row) for row in table.rows(connection, dialogue_id, subject, limit)]
    output.listing(rows, as_json, ["at", "actor", "action", "subject", "reason"], "nothing has been done yet")
