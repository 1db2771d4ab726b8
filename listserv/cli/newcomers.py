"""Adding people for `participant add` and `import`: what would become of each (--dry-run), and doing it by portions."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from listserv.cli import output
from listserv.cli.context import App
from listserv.core.dialogue.model import Dialogue

if TYPE_CHECKING:
    from listserv.cli.roster import Fields
    from listserv.steps.enrol import Newcomer

#: People added in one transaction: a running engine waits no longer than that takes. An import that was
#: interrupted is simply run again.
CHUNK = 200


def own_fields(app: App, dialogue: Dialogue) -> Fields:
    from listserv.store import dialogues

    with app.session.read() as connection:
        return {one["key"]: tuple(one["choices"]) for one in dialogues.fields(connection, dialogue.id)}


def foresee(app: App, dialogue: Dialogue, people: list[Newcomer], *, invite: bool, again: bool = False) -> None:
    """`--dry-run`: a line for each, what would become of them."""
    from listserv.steps import enrol, erased

    if not again:
        erased.admits(app.session, app.now(), app.site, [one.address for one in people], app.actor, again=False)
    for one, found in zip(
        people, enrol.foresee(app.session, app.site, dialogue, people, invite=invite, again=again), strict=True
    ):
        match found.what:
            case "added" | "invited":
                verb = "add" if found.what == "added" else "invite"
                said = f"would {verb} {one.address} {one.name}".rstrip()
            case "changed":
                said = f"is there already: {one.address} (would change {', '.join(found.changes)})"
            case "unchanged":
                said = f"is there already: {one.address}"
            case no:
                said = f"{no}, would not be added: {one.address}"
        click.echo(output.printable(said))
    click.echo(f"{output.plural(len(people), 'person', 'people')}; nothing was changed (--dry-run)")


def enrol_all(app: App, dialogue: Dialogue, people: list[Newcomer], **options: bool) -> None:
    from listserv.steps import enrol, erased

    again, addresses = options.get("again", False), [one.address for one in people]
    erased.admits(app.session, app.now(), app.site, addresses, app.actor, again=again)
    done = []
    for start in range(0, len(people), CHUNK):
        some = people[start : start + CHUNK]
        done += enrol.enrol(app.session, app.now(), app.site, dialogue, some, app.actor, **options)
        if len(people) > CHUNK and sys.stderr.isatty():
            click.echo(f"\r{len(done):,} of {len(people):,}", nl=False, err=True)
    if len(people) > CHUNK and sys.stderr.isatty():
        click.echo("", err=True)
    counts = Counter(one.what for one in done)
    said_no = {no: [one.address for one in done if one.what == no] for no in ("left", "declined")}
    if counted := [f"{what}: {count}" for what, count in counts.items() if what not in said_no]:
        click.echo(", ".join(counted))
    for no, addresses in said_no.items():
        if addresses:
            click.echo(
                f"{no}, not added again: {len(addresses)} ({', '.join(addresses)});"
                " to bring somebody back: participant add ADDRESS --again"
            )
    if not done:
        click.echo("nobody to add")
