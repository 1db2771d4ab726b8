"""`listserv plan`: what is to come, and to how many."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, pass_app

SAID = {
    "open": "module {n} opens: announcement with its guiding questions",
    "close": "module {n} closes: closing mail",
    "reminder": "reminder: module {n} closes soon",
    "roundup": "round-up {r}",
    "draft": "draft of round-up {r}, to the moderators",
}


@click.command()
@dialogue_option
@json_option
@pass_app
def plan(app: App, slug: str | None, as_json: bool) -> None:
    """Every switchover and every mail to come, in local time and UTC."""
    from listserv.core.dialogue import programme
    from listserv.steps import compose
    from listserv.store import occurrences, outbox, people

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        coming = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
        each = outbox.would_get(connection, dialogue.id, compose.EACH)
        roundups = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
        moderators = len(people.moderators(connection, dialogue.id))
    recipients = {"roundup": roundups, "draft": moderators}
    rows = [
        {
            "at": one.at,
            "local": f"{one.at.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M}",
            "timezone": dialogue.zone.key,
            "kind": one.kind.value,
            "module": one.module,
            "what": SAID[one.kind].format(n=one.module, r=one.round),
            "recipients": 0 if one.skip else recipients.get(one.kind, each),
        }
        for one in coming
    ]
    if not as_json and rows:
        click.echo(f"{dialogue.title}: times of {dialogue.zone.key}; at is UTC")
    output.listing(rows, as_json, ["local", "at", "what", "recipients"], "nothing is to come")
