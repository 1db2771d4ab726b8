"""`listserv inbox`: inbound mail, and what became of each."""

from __future__ import annotations

import sys
from typing import Any

import click

from listserv.cli import gone, output
from listserv.cli import ids as id_words
from listserv.cli.context import (
    App,
    changes,
    dialogue_option,
    dry_run_option,
    json_option,
    limit_option,
    pass_app,
)
from listserv.cli.ids import ID
from listserv.core.dialogue.model import InboxState
from listserv.errors import Refused


@click.group()
def inbox() -> None:
    """Inbound mail."""


def _brief(row: Any) -> dict[str, Any]:
    keys = ("id", "received_at", "recipient", "sender", "message_id", "state", "outcome", "reason")
    return {key: row[key] for key in keys}


def _telling(row: Any) -> str:
    """The reason; where it is one of a contribution's, the most telling of them."""
    from listserv.core.dialogue.reasons import telling

    held_for = row["reasons"] or []
    return telling(held_for)[0] if row["reason"] in [text for _, text in held_for] else row["reason"]


@inbox.command("list")
@dialogue_option
@click.option("--state", type=click.Choice([state.value for state in InboxState]))
@limit_option
@json_option
@pass_app
def list_(app: App, slug: str | None, state: str | None, limit: int | None, as_json: bool) -> None:
    """Mails in order of arrival."""
    from listserv.store import inbox as table

    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        found = table.rows(connection, dialogue_id, state, limit=limit)
    rows = [_brief(row) | ({} if as_json else {"reason": _telling(row)}) for row in found]
    columns = ["id", "received_at", "recipient", "sender", "state", "outcome", "reason"]
    output.listing(rows, as_json, columns, "no mail has come in", ["recipient", "state"])


@inbox.command()
@click.argument("inbox_id", metavar="ID", type=ID)
@click.option("--raw", is_flag=True, help="The mail as received, byte for byte.")
@dialogue_option
@json_option
@pass_app
def show(app: App, inbox_id: int, raw: bool, slug: str | None, as_json: bool) -> None:
    """One mail; with --raw as received, with a crash's traceback where one is."""
    from listserv.store import inbox as table
    from listserv.store import originals

    with app.session.read() as connection:
        rows = table.rows(connection, inbox_id=inbox_id)
        if not rows:
            raise Refused(f"there is no inbound mail {inbox_id}; see: listserv inbox list")
        content = table.content(connection, rows[0]["raw_id"])
        gone_at = originals.purged_at(connection, rows[0]["raw_id"])
    if raw and gone_at:
        raise Refused(f"of mail {inbox_id} {gone.said(app, gone_at, rows[0])}")
    if raw:
        sys.stdout.buffer.write(content)
        return
    row = _brief(rows[0]) | {"subject": rows[0]["subject"], "traceback": rows[0]["traceback"], "size": len(content)}
    row["original_gone_at"] = gone_at
    if as_json:
        output.json(row)
        return
    for key, value in row.items():
        if key == "received_at":
            value = output.instant(value)
        if key == "original_gone_at" or (key == "size" and gone_at):
            continue
        if value not in (None, "") and key != "traceback":
            click.echo(output.printable(f"{key + ':':<13}{value}"))
    if gone_at:
        click.echo(f"{'original:':<13}{gone.said(app, gone_at, rows[0])}")
    if row["traceback"]:
        click.echo(output.printable(row["traceback"]))


@inbox.command()
@click.argument("words", metavar="ID…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are parked.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def retry(app: App, words: tuple[str, ...], everything: bool, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Process parked mails again."""
    from listserv.store import audit, originals
    from listserv.store import inbox as table

    if bool(words) == everything:
        raise click.UsageError("name IDs, or --all")
    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        parked = [row["id"] for row in table.rows(connection, dialogue_id, InboxState.PARKED)]
    ids = parked if everything else id_words.expand(words)
    now, actor = app.now(), app.actor

    def write(connection: Any) -> int:
        count = table.retry(connection, ids)
        if count:
            audit.record(connection, now, actor, "retry", f"{count} inbound mails")
        return count

    with app.session.rehearsal(dry_run):
        count = app.session.write(write)
    if ids and not count:
        with app.session.read() as connection:
            kept = [table.rows(connection, inbox_id=one) for one in ids]
            lost = [row[0]["id"] for row in kept if row and originals.purged_at(connection, row[0]["raw_id"])]
        if lost:
            raise Refused(f"the original of {', '.join(map(str, lost))} is gone: it cannot be processed again")
        raise Refused("none of these is parked; see: listserv inbox list --state parked")
    click.echo(f"{output.plural(count, 'mail')} {'would' if dry_run else 'will'} be processed again")
    output.unchanged(dry_run)
