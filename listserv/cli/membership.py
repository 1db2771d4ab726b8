"""`listserv participant approve`, `decline`, `pause`, `remove`: whether people take part, and get mail.

A dry run is the deed itself, undone at its end (store/session.rehearsal): it is refused what would be refused.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, pass_app, sure
from listserv.core.dialogue import dates
from listserv.core.dialogue.calendar import from_local, to_local
from listserv.core.dialogue.model import Participation
from listserv.errors import Refused


@click.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@dialogue_option
@dry_run_option
@changes
@pass_app
def approve(app: App, addresses: tuple[str, ...], slug: str | None, dry_run: bool, yes: bool) -> None:
    """Say yes to people who asked to take part."""
    from listserv.steps import enrol

    for address in addresses:
        with app.session.rehearsal(dry_run):
            enrol.approve(app.session, app.now(), app.site, app.dialogue(slug), address, app.actor)
        click.echo(f"{address}  {'would be ' if dry_run else ''}active")
    output.unchanged(dry_run)


@click.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@click.option("--reason", "-m", default="", help="Stands in the mail to them.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def decline(app: App, addresses: tuple[str, ...], reason: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Say no to people who asked, in a friendly mail."""
    from listserv.steps import enrol

    for address in addresses:
        with app.session.rehearsal(dry_run):
            enrol.decline(app.session, app.now(), app.site, app.dialogue(slug), address, app.actor, reason)
        click.echo(f"{address}  {'would be ' if dry_run else ''}declined")
    output.unchanged(dry_run)


@click.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="End the pause.")
@click.option("--until", metavar="DAY", help="Mail goes on by itself on that day: 2008-11-10, '10 Nov'.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def pause(
    app: App, addresses: tuple[str, ...], off: bool, until: str | None, slug: str | None, dry_run: bool, yes: bool
) -> None:
    """Stop mail to somebody for a while; they still take part."""
    from listserv.steps import enrol

    if off and until:
        raise click.UsageError("--off ends a pause, --until begins one; give one of the two")
    dialogue = app.dialogue(slug)
    part: dict[str, Any] = {"status": Participation.ACTIVE if off else Participation.PAUSED}
    said = part["status"].value
    if until is not None:
        day = _day(until, to_local(app.now(), dialogue.zone).date())
        part["resumes_at"] = from_local(datetime.combine(day, time()), dialogue.zone)
        said += f" until {day:%A %d %B %Y}"
    for address in addresses:
        with app.session.rehearsal(dry_run):
            enrol.change(app.session, app.now(), dialogue, address, app.actor, part=part)
        click.echo(f"{address}  {'would be ' if dry_run else ''}{said}")
    output.unchanged(dry_run)


def _day(text: str, today: date) -> date:
    found = dates.until(f"until {text}", today)
    if isinstance(found, date):
        return found
    why = "is not to come" if found is dates.Wrong.PAST else "is no day, or may be two"
    raise Refused(f"--until {text!r} {why}; write it like {today + timedelta(days=7)}")


@click.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@click.option("--reason", "-m", default="removed by a moderator", help="For the audit.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def remove(app: App, addresses: tuple[str, ...], reason: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Let somebody leave: no more mail after one that says so. What they wrote stays."""
    from listserv.steps import leave
    from listserv.store import people

    dialogue = app.dialogue(slug)
    parts = []
    with app.session.read() as connection:
        for address in addresses:
            part = people.part_of(connection, dialogue.id, address)
            if part is None:
                raise Refused(f"{address} does not take part in {dialogue.slug}; see: listserv participant list")
            parts.append(part)
    if not dry_run:
        sure(f"Remove {', '.join(addresses)}?", yes)
    for part in parts:
        with app.session.rehearsal(dry_run):
            gone = leave.leave(app.session, app.now(), app.site, dialogue, part["id"], app.actor, reason)
        left = "would leave" if dry_run else "left"
        click.echo(f"{part['address']}  {left if gone else 'had left already'}")
    output.unchanged(dry_run)


COMMANDS = (approve, decline, pause, remove)
