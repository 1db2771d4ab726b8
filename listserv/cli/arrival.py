"""`listserv participant import` and `checkin`: many people come in, and whom our mail reaches."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from listserv.cli import newcomers, output, roster
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure
from listserv.core.dialogue.model import DeliveryMode


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--invite", is_flag=True, help="Ask them first.")
@click.option("--welcome/--no-welcome", default=True, help="Whether they get the welcome mail.")
@click.option(
    "--delivery", type=click.Choice([one.value for one in DeliveryMode]), help="Of those of whom the file says none."
)
@click.option("--again", is_flag=True, help="Bring back who had left or was declined.")
@dialogue_option
@dry_run_option
@json_option
@changes
@pass_app
def import_(
    app: App,
    file: str,
    invite: bool,
    welcome: bool,
    delivery: str | None,
    again: bool,
    slug: str | None,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Add people from a CSV file with a header line; its columns are the keys of `participant list`.

    Or from a roster of Mailman's: what list_members -f or mailman members print, a CSV export, the REST API's JSON.
    With --dry-run: what would become of each line. A file with a line that cannot be imported is not imported at all.
    Who has left or was declined is not added again, but with --again.
    """
    dialogue = app.dialogue(slug)
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    own = newcomers.own_fields(app, dialogue)
    if dry_run:
        lines = roster.read(content, file, own, newcomers.flaw(app), delivery or "")
        newcomers.verdicts(app, dialogue, file, lines, as_json, invite=invite, again=again)
        return
    if as_json:
        raise click.UsageError("--json goes with --dry-run")
    people = roster.from_file(content, file, own, newcomers.flaw(app), delivery or "")
    newcomers.enrol_all(app, dialogue, people, invite=invite, welcome=welcome, again=again)


@click.command()
@dialogue_option
@dry_run_option
@changes
@pass_app
def checkin(app: App, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Ask each participant who never wrote whether our mail reaches them; any reply will do.

    Who stays silent: listserv participant list --unanswered
    """
    from listserv.steps import checkin as asking

    dialogue = app.dialogue(slug)
    rows = asking.due(app.session, app.now(), app.site, dialogue)
    if dry_run or not rows:
        for row in rows:
            click.echo(output.printable(f"would ask {row['address']} {row['name']}".rstrip()))
        click.echo(f"{output.plural(len(rows), 'person', 'people')} to ask; nothing was sent" if rows else NOBODY)
        return
    sure(f"Ask {output.plural(len(rows), 'person', 'people')}?", yes)
    done = asking.checkin(app.session, app.now(), app.site, dialogue, app.actor)
    click.echo(f"asked: {len(done)}; who stays silent: listserv participant list --unanswered")


NOBODY = "nobody to ask: everybody has answered, or was asked today"


def unanswered(app: App, slug: str | None) -> set[str]:
    from listserv.store import people

    with app.session.read() as connection:
        return {row["address"] for row in people.unanswered(connection, app.dialogue(slug).id)}
