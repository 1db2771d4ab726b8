"""`listserv plan`: what is to come, and to how many. Round-ups that are drafted are named by their id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, pass_app
from listserv.core.dialogue import programme
from listserv.core.dialogue.calendar import daily
from listserv.core.dialogue.model import DeliveryMode, Dialogue
from listserv.core.dialogue.programme import Due, OccurrenceKind

SAID = {
    "open": "module {n} opens: announcement with its guiding questions",
    "close": "module {n} closes: closing mail{waits}",
    "reminder": "reminder: module {n} closes soon",
    "roundup": "round-up{r}{if_said}",
    "bundle": "daily bundle of contributions (only if something was said)",
    "draft": "draft of a round-up, to the moderators{if_said}",
}


@click.command()
@dialogue_option
@json_option
@pass_app
def plan(app: App, slug: str | None, as_json: bool) -> None:
    """Every switchover and every mail to come, in local time and UTC."""
    from listserv.steps import compose
    from listserv.store import occurrences, originals, outbox, people, roundups

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        coming = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
        each = outbox.would_get(connection, dialogue.id, compose.PROGRAMME)
        bundled = outbox.would_get(connection, dialogue.id, (DeliveryMode.DAILY,))
        readers = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
        moderators = len(people.moderators(connection, dialogue.id))
        keeps = programme.originals_until(dialogue)
        kept = len(originals.due(connection, [dialogue.id], of=dialogue.id)) if keeps else 0
        drafted = {row["period"]: row["id"] for row in roundups.rows(connection, dialogue.id)}
    recipients = {"roundup": readers, "draft": moderators}
    rows = [
        _row(
            *(dialogue, one.at, one.kind.value, one.module, _said(dialogue, one, drafted.get(one.round))),
            recipients.get(one.kind, each),
        )
        for one in coming
        if not one.skip
    ]
    if bundled:
        rows += [_row(dialogue, at, "bundle", None, SAID["bundle"], bundled) for at in _hours(dialogue, app.now())]
        rows.sort(key=lambda row: row["at"])  # stable: what is planned for one instant stays in its order
    if keeps and (kept or rows):
        what = f"mails as they came are deleted (retention), {kept} so far; contributions and files stay"
        rows.append(_row(dialogue, keeps, "purge", None, what, 0))
    if not as_json and rows:
        click.echo(f"{dialogue.title}: times of {dialogue.zone.key}; at is UTC")
    output.listing(rows, as_json, ["local", "at", "what", "recipients"], "nothing is to come")


def _row(dialogue: Dialogue, at: datetime, kind: str, module: int | None, what: str, recipients: int) -> dict[str, Any]:
    return {
        "at": at,
        "local": f"{at.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M}",
        "timezone": dialogue.zone.key,
        "kind": kind,
        "module": module,
        "what": what,
        "recipients": recipients,
    }


def _hours(dialogue: Dialogue, now: datetime) -> list[datetime]:
    """When there are bundles, from the first opening until no reply counts any more."""
    opens = min(module.opened_at or module.opens_at for module in dialogue.modules)
    ends = max(module.closed_at or module.closes_at for module in dialogue.modules) + dialogue.policy.grace
    return daily(dialogue.policy.bundle, dialogue.zone, max(now, opens), ends)


def _said(dialogue: Dialogue, one: Due, drafted: int | None) -> str:
    if_said = " (only if something was said)" if drafted is None and programme.only_if_said(dialogue, one) else ""
    waits = f" ({waiting(dialogue, one.module)})" if one.kind is OccurrenceKind.CLOSE and _may_wait(dialogue) else ""
    return SAID[one.kind].format(n=one.module, r=f" {drafted}" if drafted else "", if_said=if_said, waits=waits)


def _may_wait(dialogue: Dialogue) -> bool:
    return bool(dialogue.policy.waiting.close_waits)


def waiting(dialogue: Dialogue, number: int | None) -> str:
    """Until when the close of that module waits for what is held."""
    module = dialogue.module(number)
    by = programme.close_by(dialogue, module) if module else None
    return f"waits for what is held, until {by.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M} at the latest" if by else ""
