"""`listserv participant`: who takes part, and what they get."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import click

from listserv.cli import arrival, membership, newcomers, output, roster, written
from listserv.cli import merge as merging
from listserv.cli import reinstate as reinstating
from listserv.cli.context import (
    App,
    changes,
    dialogue_option,
    dry_run_option,
    json_option,
    limit_option,
    pass_app,
)
from listserv.cli.credit import choice, shown_options
from listserv.core.dialogue.model import DeliveryMode, Participation, Role
from listserv.errors import Refused


@click.group()
def participant() -> None:
    """People who take part."""


participant.add_command(reinstating.reinstate)
participant.add_command(merging.merge)
participant.add_command(arrival.import_)
participant.add_command(arrival.checkin)
for _command in membership.COMMANDS:
    participant.add_command(_command)


@participant.command("list")
@dialogue_option
@click.option("--status", type=click.Choice([one.value for one in Participation]))
@click.option("--role", type=click.Choice([one.value for one in Role]))
@click.option("--unanswered", is_flag=True, help="Active ones who never wrote to us, nor answered a check-in.")
@limit_option
@json_option
@pass_app
def list_(
    app: App,
    slug: str | None,
    status: str | None,
    role: str | None,
    unanswered: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Everybody, with their profile and figures."""
    rows = [row for row in _rows(app, slug, status) if role in (None, row["role"])]
    if unanswered:
        silent = arrival.unanswered(app, slug)
        rows = [row for row in rows if row["address"] in silent]
        if not rows and not as_json:
            click.echo("everybody has answered")
            return
    rows = rows[:limit]
    columns = ["address", "name", "country", "organisation", "role", "status", "delivery", "contributions", "bounces"]
    if not as_json:
        rows = reinstating.with_days(app, slug, rows)
    if status == Participation.PAUSED:
        rows, columns = reinstating.with_reasons(app, slug, rows), ["address", "name", "role", "bounces", "reason"]
    none, spare = "nobody takes part yet; see: listserv participant add, import", [*columns[2:4], *columns[7:]]
    output.listing(rows, as_json, columns, none, spare)


def _rows(app: App, slug: str | None, status: str | None) -> list[dict[str, Any]]:
    from listserv.store import people

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        found = people.rows(connection, dialogue.id, status)
    return [{key: row[key] for key in roster.COLUMNS} | dict(row["profile"]) for row in found]


@participant.command()
@click.argument("address")
@click.option("--name", default="")
@click.option("--country", default="")
@click.option("--organisation", default="")
@click.option("--sector", default="")
@click.option("--gender", default="")
@click.option("--language", default="")
@click.option("--role", type=click.Choice([one.value for one in Role]), default=Role.PARTICIPANT.value)
@click.option("--delivery", type=click.Choice([one.value for one in DeliveryMode]), default=DeliveryMode.EACH.value)
@newcomers.fields_option
@click.option("--invite", is_flag=True, help="Ask them first.")
@click.option("--again", is_flag=True, help="Bring back who had left or was declined.")
@click.option("--welcome/--no-welcome", default=True, help="Whether they get the welcome mail.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def add(
    app: App,
    address: str,
    name: str,
    role: str,
    delivery: str,
    fields: dict[str, str],
    invite: bool,
    again: bool,
    welcome: bool,
    slug: str | None,
    dry_run: bool,
    yes: bool,
    **profile: str,
) -> None:
    """Add one person; they are active at once, unless asked first (--invite)."""
    from listserv.steps import enrol

    dialogue = app.dialogue(slug)
    own = newcomers.own_fields(app, dialogue)
    roster.check({}, fields, own)
    row = {"address": address, "name": name, "role": role, "delivery": delivery, **profile, **fields}
    one = roster.newcomer({key: value.strip() for key, value in row.items()}, own)
    if dry_run:
        newcomers.foresee(app, dialogue, [one], invite=invite, again=again)
        return
    (found,) = enrol.foresee(app.session, app.site, dialogue, [one], invite=invite, again=again)
    if found.what == "never":
        own_mail = f"only their own mail to {app.site.addresses.join(dialogue.slug)} lifts that"
        raise Refused(f"{one.address} {newcomers.NEVER}; {own_mail}")
    if found.what in ("left", "declined"):
        said = "has left" if found.what == "left" else "was declined"
        raise Refused(f"{one.address} {said}; to bring them back: listserv participant add {one.address} --again")
    newcomers.enrol_all(app, dialogue, [one], invite=invite, welcome=welcome, again=again)


@participant.command()
@dialogue_option
@written.output_option
@json_option
@written.replace_option
@pass_app
def export(app: App, slug: str | None, path: Path | None, as_json: bool, yes: bool) -> None:
    """As CSV, in the form `import` reads."""
    written.may(app, path, yes)
    rows = _rows(app, slug, None)
    if as_json:
        written.hand_out(path, output.as_json(rows) + "\n")
        return
    text = io.StringIO()
    names = list(dict.fromkeys([*roster.COLUMNS, *(key for row in rows for key in row)]))
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {"resumes_at": output.instant(row["resumes_at"])} for row in rows)
    written.hand_out(path, text.getvalue())


@participant.command("set")
@click.argument("address")
@click.option("--name")
@click.option("--country")
@click.option("--organisation")
@click.option("--sector")
@click.option("--gender")
@click.option("--language")
@click.option("--role", type=click.Choice([one.value for one in Role]))
@click.option("--delivery", type=click.Choice([one.value for one in DeliveryMode]))
@click.option("--status", type=click.Choice([Participation.ACTIVE.value, Participation.PAUSED.value]))
@click.option("--reminders", type=click.Choice(["yes", "no"]), help="Private ones, to who has not written yet.")
@shown_options
@newcomers.fields_option
@dialogue_option
@changes
@pass_app
def set_(app: App, address: str, fields: dict[str, str], slug: str | None, yes: bool, **values: str | None) -> None:
    """Change somebody's profile, delivery or role."""
    from listserv.steps import credit, enrol

    shown = {key: values.pop(key) for key in ("attribution", "quotable")}
    given = {key: value.strip() for key, value in values.items() if value is not None}
    if not given and not fields and not any(shown.values()):
        raise click.UsageError("give at least one of the options")
    part: dict[str, Any] = {key: given[key] for key in ("role", "delivery", "status") if key in given}
    if "reminders" in given:
        part["nudges"] = int(given["reminders"] == "yes")
    profile = roster.standard({key: value for key, value in given.items() if key not in (*part, "reminders")})
    dialogue = app.dialogue(slug)
    roster.check(profile, fields, newcomers.own_fields(app, dialogue))
    if given or fields:
        enrol.change(app.session, app.now(), dialogue, address, app.actor, profile=profile, own=fields, part=part)
    if any(shown.values()):
        credit.set_for(app.session, app.now(), dialogue, address, app.actor, choice(**shown))
        given |= {key: value for key, value in shown.items() if value is not None}
    click.echo(output.printable(f"{address}  {', '.join(f'{key} {value}' for key, value in (given | fields).items())}"))
    if note := newcomers.unspoken(app, dialogue, profile.get("language", "")):
        click.echo(f"note: {note}")
