"""`listserv status`: one screen."""

from __future__ import annotations

from collections import Counter

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, pass_app
from listserv.core.dialogue.model import DeliveryMode


@click.command()
@dialogue_option
@json_option
@pass_app
def status(app: App, slug: str | None, as_json: bool) -> None:
    """Module, days left, queue, outbox, figures."""
    from listserv.core.dialogue import programme
    from listserv.store import contributions, inbox, occurrences, outbox, people, waiting

    dialogue = app.dialogue(slug)
    now = app.now()
    with app.session.read() as connection:
        by_state = contributions.counts(connection, dialogue.id)
        deliveries = outbox.counts(connection, dialogue.id)
        parts = people.rows(connection, dialogue.id)
        parked = len(inbox.rows(connection, dialogue.id, "parked"))
        unread = inbox.waiting(connection)
        oldest = waiting.oldest(connection, dialogue.id)
        coming = [one for one in programme.coming(dialogue, occurrences.done(connection, dialogue.id)) if not one.skip]
        theirs = {one.module for one in contributions.waiting(connection, dialogue.id)}
    late = programme.closes_late(dialogue, now, [number for number in theirs if number is not None])
    module = dialogue.open_module()
    modes = Counter(one["delivery"] for one in parts if one["status"] == "active")
    row = {
        "dialogue": dialogue.slug,
        "title": dialogue.title,
        "now": now,
        "module": module.number if module else None,
        "module_title": module.title if module else None,
        "closes_at": module.closes_at if module else None,
        "days_left": max(0, (module.closes_at - now).days) if module and module.closes_at else None,
        "next_at": coming[0].at if coming else None,
        "next": coming[0].kind.value if coming else None,
        "held": by_state.get("held", 0),
        "oldest_held_at": oldest,
        "released": by_state.get("released", 0),
        "participants": sum(one["status"] == "active" for one in parts),
        "requested": sum(one["status"] == "requested" for one in parts),
        "unreachable": sum(one["status"] == "paused" and one["unreachable_at"] is not None for one in parts),
        "outbox": {state: deliveries.get(state, 0) for state in ("pending", "sent", "deferred", "failed")},
        "inbox_waiting": unread,
        "inbox_parked": parked,
        "close_waits_until": late.get(module.number) if module else None,
        "delivery": {mode.value: modes[mode] for mode in DeliveryMode},
        "paused": sum(one["status"] == "paused" for one in parts),
    }
    if as_json:
        output.json(row)
        return
    local = lambda at: f"{at.astimezone(dialogue.zone):%a %d %b %Y %H:%M}" if at else "-"  # noqa: E731
    click.echo(f"{dialogue.title} ({dialogue.slug})   {local(now)}, {dialogue.zone.key}")
    if module:
        left = output.plural(row["days_left"], "day") if module.closes_at else ""
        until = f"open until {local(module.closes_at)} ({left} left)" if left else "open, without an end"
        click.echo(f"  Module {module.number}: {module.title}, {until}")
        if row["close_waits_until"]:
            click.echo(f"  Its close waits for what is held, until {local(row['close_waits_until'])} at the latest")
    else:
        click.echo("  No module is open")
    if coming:
        click.echo(f"  Next:         {row['next']} on {local(row['next_at'])}")
    since = f", the oldest since {local(row['oldest_held_at'])}" if row["held"] else ""
    click.echo(f"  Queue:        {row['held']} held{since}")
    click.echo(f"  Released:     {row['released']}")
    asks = f", {row['requested']} ask to take part" if row["requested"] else ""
    gets = ", ".join(f"{count} {mode}" for mode, count in row["delivery"].items() if count)
    pauses = f", {row['paused']} paused" if row["paused"] else ""
    click.echo(f"  Participants: {row['participants']} active{f' ({gets})' if gets else ''}{pauses}{asks}")
    if row["unreachable"]:
        click.echo(f"  Unreachable:  {row['unreachable']} (listserv participant list --status paused)")
    click.echo("  Outbox:       " + "  ".join(f"{state} {count:,}" for state, count in row["outbox"].items()))
    if unread or parked:
        click.echo(f"  Inbox:        {unread} to be processed, {parked} parked (listserv inbox list --state parked)")
