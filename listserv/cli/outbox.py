"""`listserv outbox` and `listserv trace`: what went to whom, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from listserv.cli import ids as id_words
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
from listserv.core.dialogue.model import DeliveryState, InboxState, Outcome
from listserv.errors import Refused

STATES = [state.value for state in DeliveryState]
REASONS = 5  # why deliveries wait, in a summary


@click.group()
def outbox() -> None:
    """Deliveries: one row per mail and recipient."""


@outbox.command("list")
@dialogue_option
@click.option("--state", type=click.Choice(STATES))
@click.option("--kind", help="Only mails of that kind, e.g. contribution.")
@limit_option
@json_option
@pass_app
def list_(app: App, slug: str | None, state: str | None, kind: str | None, limit: int | None, as_json: bool) -> None:
    """Deliveries in order of creation."""
    from listserv.store import outbox as table
    from listserv.store import pruning

    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        rows = table.rows(connection, dialogue_id, state, kind=kind, limit=limit)
        pruned = pruning.pruned(connection)
    brief = [
        {
            "id": row["id"],
            "kind": row["kind"],
            "recipient": row["recipient"],
            "state": row["state"],
            "attempts": row["attempts"],
            "next_attempt_at": _next(row),
            "reply": row["reply"],
        }
        for row in rows
    ]
    output.listing(
        brief,
        as_json,
        ["id", "kind", "recipient", "state", "attempts", "next_attempt_at", "reply"],
        "the outbox is empty",
    )
    _tell_of(pruned, slug)


def _tell_of(pruned: Iterable[str], slug: str | None) -> None:
    """What is not listed: who got the mails of dialogues that ended long ago."""
    if those := [one for one in pruned if slug in (None, one)]:
        click.echo(
            f"(of {', '.join(those)} only counts are kept: outbox summary; database.keep_deliveries says how long)",
            err=True,
        )


def _next(row: Any) -> datetime | None:
    if row["state"] in (DeliveryState.SENT, DeliveryState.FAILED):
        return None
    return datetime.fromtimestamp(row["due_at"], UTC)


@outbox.command()
@dialogue_option
@json_option
@pass_app
def summary(app: App, slug: str | None, as_json: bool) -> None:
    """How many deliveries are in each state, and what most of the deferred ones wait for."""
    from listserv.store import leases
    from listserv.store import outbox as table

    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        found = table.counts(connection, dialogue_id)
        reasons = [] if as_json else leases.deferred(connection, dialogue_id).most_common(REASONS)
    counts = {state: found.get(state, 0) for state in STATES}
    if as_json:
        output.json(counts)
    else:
        click.echo("  ".join(f"{state}: {count:,}" for state, count in counts.items()))
    for (domain, code, reply), count in reasons:
        click.echo(f"  {count:,} to {domain} wait: {f'{code} ' if code else ''}{reply}")


@outbox.command()
@click.argument("words", metavar="ID…", nargs=-1)
@click.option(
    "--all", "everything", is_flag=True, help="All that are deferred or failed, but not what outbox drop gave up."
)
@click.option("--held", is_flag=True, help="All that db restore --hold has held.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def retry(
    app: App, words: tuple[str, ...], everything: bool, held: bool, slug: str | None, dry_run: bool, yes: bool
) -> None:
    """Try deferred or failed deliveries again now; what outbox drop gave up, by its ID only."""
    from listserv.store import audit, underway
    from listserv.store import outbox as table

    dropped: set[int] = set()
    if held:
        if words or everything:
            raise click.UsageError("name IDs, or --all, or --held")
        with app.session.read() as connection:
            ids = underway.held(connection, app.dialogue(slug).id if slug else None)
    else:
        ids = _ids(app, words, everything, slug, [DeliveryState.DEFERRED, DeliveryState.FAILED])
    if everything:
        with app.session.read() as connection:
            dropped = {*table.dropped(connection, app.dialogue(slug).id if slug else None)}
        ids = [one for one in ids if one not in dropped]
    now, actor = app.now(), app.actor

    def write(connection: Any) -> tuple[int, int]:
        busy = table.being_sent(connection, ids)
        count = table.retry(connection, ids)
        if count:
            audit.record(connection, now, actor, "retry", f"{count} deliveries")
        return count, busy

    with app.session.rehearsal(dry_run):
        count, busy = app.session.write(write) if ids else (0, 0)
    click.echo(
        f"{output.plural(count, 'delivery', 'deliveries')} {'would' if dry_run else 'will'} be tried again"
        + (f"; {busy:,} just being sent, left alone" if busy else "")
        + (f"; {len(dropped):,} given up by somebody, left alone" if dropped else "")
    )
    output.unchanged(dry_run)


@outbox.command()
@click.argument("words", metavar="ID…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are pending or deferred.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def drop(app: App, words: tuple[str, ...], everything: bool, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Give up deliveries that have not been sent."""
    from listserv.store import audit
    from listserv.store import outbox as table

    ids = _ids(app, words, everything, slug, [DeliveryState.PENDING, DeliveryState.DEFERRED])
    if ids and not dry_run:
        sure(f"Give up {output.plural(len(ids), 'delivery', 'deliveries')}?", yes)
    now, actor = app.now(), app.actor

    def write(connection: Any) -> int:
        count = table.drop(connection, ids, f"{table.DROPPED}{actor}", now)
        if count:
            audit.record(connection, now, actor, "drop", f"{count} deliveries")
        return count

    with app.session.rehearsal(dry_run):
        count = app.session.write(write) if ids else 0
    click.echo(f"{output.plural(count, 'delivery', 'deliveries')} {'would be ' if dry_run else ''}given up")
    output.unchanged(dry_run)


def _ids(
    app: App, words: tuple[str, ...], everything: bool, slug: str | None, states: list[DeliveryState]
) -> list[int]:
    if bool(words) == everything:
        raise click.UsageError("name IDs, or --all")
    from listserv.store import outbox as table

    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        if everything:
            return [row["id"] for state in states for row in table.rows(connection, dialogue_id, state)]
        asked = id_words.expand(words)
        found = [row["id"] for row in table.rows(connection, dialogue_id, ids=asked)]
    # A range may run over ids that are none; one that is named, or a range without any, is an error worth hearing.
    missing = id_words.named(words).difference(found) or (set() if found else set(asked))
    if missing:
        where = f" in {slug}" if slug else ""
        raise Refused(f"there is no delivery with id {min(missing)}{where}; see: listserv outbox list")
    return found


@click.command()
@click.argument("address")
@dialogue_option
@limit_option
@json_option
@pass_app
def trace(app: App, address: str, slug: str | None, limit: int | None, as_json: bool) -> None:
    """What was sent to an address, what came from it, and what came back of it, in order of time."""
    from listserv.core.mail import identity
    from listserv.store import bounces, inbox, pruning
    from listserv.store import outbox as table

    if not identity.valid(address):
        raise Refused(f"{address!r} is not a mail address; write name@example.org")
    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        sent = table.rows(connection, dialogue_id, address=address)
        received = inbox.rows(connection, dialogue_id, author=identity.key(address))
        returned = bounces.came_back(connection, address, dialogue_id)
        pruned = pruning.pruned(connection)
    rows = [
        {
            "at": row["finished_at"] or row["created_at"],
            "direction": "out",
            "kind": row["kind"],
            "subject": row["subject"],
            "state": row["state"],
            "reply": row["reply"],
        }
        for row in sent
    ] + [
        {
            "at": row["received_at"],
            "direction": "in",
            "kind": row["outcome"] or row["state"],
            "subject": row["subject"],
            "state": row["state"],
            "reply": row["reason"],
        }
        for row in received
    ]
    rows += [
        {
            "at": row["at"],
            "direction": "in",
            "kind": Outcome.BOUNCE,
            "subject": row["subject"],
            "state": InboxState.DONE,
            "reply": " ".join(part for part in (row["verdict"], row["status"], row["diagnostic"]) if part),
        }
        for row in returned
    ]
    rows = sorted(rows, key=lambda row: row["at"])[:limit]
    output.listing(
        rows, as_json, ["at", "direction", "kind", "subject", "state", "reply"], f"nothing to or from {address}"
    )
    _tell_of(pruned, slug)
