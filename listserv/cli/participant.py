"""`listserv participant`: who takes part, and what they get."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import (
    App,
    changes,
    dialogue_option,
    dry_run_option,
    json_option,
    limit_option,
    pass_app,
    sure,
)
from listserv.core.dialogue.model import DeliveryMode, Dialogue, Participation, Role
from listserv.errors import Refused

COLUMNS = (
    "address",
    "name",
    "country",
    "organisation",
    "sector",
    "gender",
    "language",
    "role",
    "status",
    "delivery",
    "contributions",
    "bounces",
)
PROFILE = ("country", "organisation", "sector", "gender", "language")
FIGURES = ("contributions", "bounces")  # in an export; an import passes over them

#: People added in one transaction: a running engine waits no longer than that takes. An import that was
#: interrupted is simply run again.
CHUNK = 200


@click.group()
def participant() -> None:
    """People who take part."""


@participant.command("list")
@dialogue_option
@click.option("--status", type=click.Choice([one.value for one in Participation]))
@click.option("--role", type=click.Choice([one.value for one in Role]))
@limit_option
@json_option
@pass_app
def list_(app: App, slug: str | None, status: str | None, role: str | None, limit: int | None, as_json: bool) -> None:
    """Everybody, with their profile and figures."""
    rows = [row for row in _rows(app, slug, status) if role in (None, row["role"])][:limit]
    columns = ["address", "name", "country", "organisation", "role", "status", "delivery", "contributions", "bounces"]
    output.listing(rows, as_json, columns, "nobody takes part yet; see: listserv participant add, import")


def _rows(app: App, slug: str | None, status: str | None) -> list[dict[str, Any]]:
    from listserv.store import people

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        found = people.rows(connection, dialogue.id, status)
    return [{key: row[key] for key in COLUMNS} | dict(row["profile"]) for row in found]


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
@click.option("--field", "fields", multiple=True, metavar="KEY=VALUE", help="A profile field of the dialogue's own.")
@click.option("--invite", is_flag=True, help="Ask them first.")
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
    fields: tuple[str, ...],
    invite: bool,
    welcome: bool,
    slug: str | None,
    dry_run: bool,
    yes: bool,
    **profile: str,
) -> None:
    """Add one person; they are active at once, unless asked first (--invite)."""
    from listserv.store import dialogues

    row = {"address": address, "name": name, "role": role, "delivery": delivery, **profile}
    row |= dict(one.partition("=")[::2] for one in fields)
    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        own = {one["key"] for one in dialogues.fields(connection, dialogue.id)}
    _enrol(app, dialogue, [_newcomer(row, own, "")], invite, welcome, dry_run)


@participant.command("import")
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--invite", is_flag=True, help="Ask them first.")
@click.option("--welcome/--no-welcome", default=True, help="Whether they get the welcome mail.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def import_(app: App, file: str, invite: bool, welcome: bool, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Add people from a CSV file with a header line; its columns are the keys of `participant list`."""
    from listserv.store import dialogues

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        own = {one["key"] for one in dialogues.fields(connection, dialogue.id)}
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    rows = _csv(content, file, own)
    newcomers = [_newcomer(row, own, f"{file}:{line}: ") for line, row in rows]
    _enrol(app, dialogue, newcomers, invite, welcome, dry_run)


def _csv(content: bytes, file: str, own: set[str]) -> list[tuple[int, dict[str, str]]]:
    """Line numbers and rows. UTF-8 with or without a mark, comma, semicolon or tab; anything else is Refused."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Refused(f"{file}:{line}: not UTF-8; save it as CSV UTF-8") from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if "address" not in names:
        raise Refused(f"{file}:1: no column named address; the columns are those of: listserv participant list --json")
    if unknown := [name for name in names if name not in {*COLUMNS, *own}]:
        raise Refused(f"{file}:1: unknown column {unknown[0]!r}; known are {', '.join([*COLUMNS[:-2], *sorted(own)])}")
    reader.fieldnames = names
    rows = []
    try:
        for row in reader:
            if None in row or None in row.values():
                raise Refused(f"{file}:{reader.line_num}: {len(names)} values are needed, as in the first line")
            if any(row.values()):
                rows.append((reader.line_num, {key: value.strip() for key, value in row.items()}))
    except csv.Error as error:
        raise Refused(f"{file}:{reader.line_num + 1}: {error}") from None  # where the broken row begins
    return rows


def _newcomer(row: Mapping[str, str], own: set[str], where: str) -> Any:
    from listserv.core.mail import identity
    from listserv.steps.enrol import Newcomer

    def one_of(kind: Any, key: str, default: Any) -> Any:
        value = row.get(key) or default
        try:
            return kind(value)
        except ValueError:
            choices = ", ".join(one.value for one in kind)
            raise Refused(f"{where}{key} {value!r}: write one of {choices}") from None

    address = row["address"].strip()
    if not identity.valid(address):
        raise Refused(f"{where}{address!r} is not a mail address; write name@example.org")
    known = {"address", "name", "role", "status", "delivery", *PROFILE, *FIGURES}
    if unknown := [key for key in row if key not in known | own]:
        raise Refused(f"{where}no profile field {unknown[0]!r}; there is {', '.join(sorted(own)) or 'none'}")
    for key in ("name", *PROFILE):
        if any(ord(c) < 32 for c in row.get(key, "")):
            raise Refused(f"{where}{key} has control characters")
    return Newcomer(
        address=address,
        name=row.get("name", ""),
        profile={key: row.get(key, "") for key in PROFILE},
        fields={key: row[key] for key in own if row.get(key)},
        role=one_of(Role, "role", Role.PARTICIPANT),
        status=one_of(Participation, "status", Participation.ACTIVE),
        delivery=one_of(DeliveryMode, "delivery", DeliveryMode.EACH),
    )


def _enrol(app: App, dialogue: Dialogue, newcomers: list[Any], invite: bool, welcome: bool, dry_run: bool) -> None:
    from listserv.steps import enrol

    seen: dict[str, None] = {}
    for one in newcomers:
        if one.address.lower() in seen:
            raise Refused(f"{one.address} stands twice")
        seen[one.address.lower()] = None
    if dry_run:
        verb = "invite" if invite else "add"
        for one in newcomers[:20]:
            click.echo(output.printable(f"would {verb} {one.address} {one.name}".rstrip()))
        click.echo(f"{output.plural(len(newcomers), 'person', 'people')}; nothing was changed (--dry-run)")
        return
    done = []
    for start in range(0, len(newcomers), CHUNK):
        some = newcomers[start : start + CHUNK]
        done += enrol.enrol(app.session, app.now(), app.site, dialogue, some, app.actor, invite=invite, welcome=welcome)
        if len(newcomers) > CHUNK and sys.stderr.isatty():
            click.echo(f"\r{len(done):,} of {len(newcomers):,}", nl=False, err=True)
    if len(newcomers) > CHUNK and sys.stderr.isatty():
        click.echo("", err=True)
    counts: dict[str, int] = {}
    for one in done:
        counts[one.what] = counts.get(one.what, 0) + 1
    click.echo(", ".join(f"{what}: {count}" for what, count in counts.items()) or "nobody to add")


@participant.command()
@dialogue_option
@click.option("--output", "path", type=click.Path(dir_okay=False), help="A file instead of standard output.")
@json_option
@pass_app
def export(app: App, slug: str | None, path: str | None, as_json: bool) -> None:
    """As CSV, in the form `import` reads."""
    rows = _rows(app, slug, None)
    if as_json:
        output.json(rows)
        return
    text = io.StringIO()
    names = list(dict.fromkeys([*COLUMNS, *(key for row in rows for key in row)]))
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.getvalue())
    else:
        click.echo(text.getvalue(), nl=False)


@participant.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@dialogue_option
@changes
@pass_app
def approve(app: App, addresses: tuple[str, ...], slug: str | None, yes: bool) -> None:
    """Say yes to people who asked to take part."""
    from listserv.steps import enrol

    for address in addresses:
        enrol.approve(app.session, app.now(), app.site, app.dialogue(slug), address, app.actor)
        click.echo(f"{address}  active")


@participant.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@click.option("--reason", "-m", default="", help="Stands in the mail to them.")
@dialogue_option
@changes
@pass_app
def decline(app: App, addresses: tuple[str, ...], reason: str, slug: str | None, yes: bool) -> None:
    """Say no to people who asked, in a friendly mail."""
    from listserv.steps import enrol

    for address in addresses:
        enrol.decline(app.session, app.now(), app.site, app.dialogue(slug), address, app.actor, reason)
        click.echo(f"{address}  declined")


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
@dialogue_option
@changes
@pass_app
def set_(app: App, address: str, slug: str | None, yes: bool, **values: str | None) -> None:
    """Change somebody's profile, delivery or role."""
    from listserv.steps import enrol

    given = {key: value for key, value in values.items() if value is not None}
    if not given:
        raise click.UsageError("give at least one of the options")
    part = {key: given[key] for key in ("role", "delivery", "status") if key in given}
    profile = {key: value for key, value in given.items() if key not in part}
    enrol.change(app.session, app.now(), app.dialogue(slug), address, app.actor, profile=profile, part=part)
    click.echo(f"{address}  {', '.join(f'{key} {value}' for key, value in given.items())}")


@participant.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="End the pause.")
@dialogue_option
@changes
@pass_app
def pause(app: App, addresses: tuple[str, ...], off: bool, slug: str | None, yes: bool) -> None:
    """Stop mail to somebody for a while; they still take part."""
    from listserv.steps import enrol

    status = Participation.ACTIVE if off else Participation.PAUSED
    for address in addresses:
        enrol.change(app.session, app.now(), app.dialogue(slug), address, app.actor, part={"status": status})
        click.echo(f"{address}  {status.value}")


@participant.command()
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@click.option("--reason", "-m", default="removed by a moderator", help="For the audit.")
@dialogue_option
@changes
@pass_app
def remove(app: App, addresses: tuple[str, ...], reason: str, slug: str | None, yes: bool) -> None:
    """Let somebody leave: no more mail after one that says so. What they wrote stays."""
    from listserv.steps import enrol
    from listserv.store import people

    dialogue = app.dialogue(slug)
    parts = []
    with app.session.read() as connection:
        for address in addresses:
            part = people.part_of(connection, dialogue.id, address)
            if part is None:
                raise Refused(f"{address} does not take part in {dialogue.slug}; see: listserv participant list")
            parts.append(part)
    sure(f"Remove {', '.join(addresses)}?", yes)
    for part in parts:
        gone = enrol.leave(app.session, app.now(), app.site, dialogue, part["id"], app.actor, reason)
        click.echo(f"{part['address']}  {'left' if gone else 'had left already'}")
