"""`listserv participant reinstate`: mail again to whom it was stopped; and why it was."""

from __future__ import annotations

from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, pass_app, sure
from listserv.errors import Refused


@click.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="All whose mail came back; not who complained.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def reinstate(
    app: App, addresses: tuple[str, ...], everybody: bool, slug: str | None, dry_run: bool, yes: bool
) -> None:
    """Send mail again to people who could not be reached.

    Bounces until now no longer count. Who complained of our mail needs --yes: only if they ask for it.
    """
    from listserv.steps import reach
    from listserv.store import bounces

    if bool(addresses) == everybody:
        raise click.UsageError("name addresses, or --all")
    dialogue = app.dialogue(slug)
    if everybody:
        with app.session.read() as connection:
            addresses = tuple(one.address for one in bounces.unreachable(connection, dialogue.id))
        if not addresses:
            click.echo("nobody is paused because mail came back")
            return
        if not dry_run:
            sure(f"Send mail to {output.plural(len(addresses), 'participant')} again?", yes)
    failures = 0
    for address in addresses:
        try:
            with app.session.rehearsal(dry_run):
                reach.reinstate(app.session, app.now(), dialogue, address, app.actor, asked=yes)
            click.echo(output.printable(f"{address}  {'would be ' if dry_run else ''}active"))
        except Refused as error:
            if len(addresses) == 1:
                raise
            failures += 1
            click.echo(output.printable(str(error)), err=True)
    if failures:
        raise Refused(f"{failures} of {len(addresses)} could not be done, see above")
    if len(addresses) > 1:
        click.echo(f"{'would be ' if dry_run else ''}reinstated: {len(addresses)}")


def with_reasons(app: App, slug: str | None, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `participant list`, each with `reason`: why mail to them is paused, or until when; else ""."""
    from listserv.steps import reach
    from listserv.store import people

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        reasons = reach.reasons(connection, dialogue.id)
        until = {one["address"]: one["resumes_at"] for one in people.rows(connection, dialogue.id) if one["resumes_at"]}
    days = {address: f"until {at.astimezone(dialogue.zone):%a %d %b %Y}" for address, at in until.items()}
    told = lambda address: ", ".join(one for one in (reasons.get(address), days.get(address)) if one)  # noqa: E731
    return [row | {"reason": told(row["address"])} for row in rows]


def with_days(app: App, slug: str | None, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `participant list` with their status as a table shows it: "paused until 10 Nov"."""
    zone = app.dialogue(slug).zone

    def status(row: dict[str, Any]) -> str:
        day = row["resumes_at"] and row["resumes_at"].astimezone(zone)
        return f"{row['status']} until {day.day} {day:%b}" if day else row["status"]

    return [row | {"status": status(row)} for row in rows]
