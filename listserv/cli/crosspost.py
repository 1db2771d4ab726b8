"""`listserv roundup crosspost`: a round-up that was sent, to sister networks."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, pass_app, sure
from listserv.cli.ids import ID


@click.command()
@click.argument("roundup_id", metavar="ID", type=ID)
@click.option("--to", "name", metavar="NAME", default="", help="Only to that network.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def crosspost(app: App, roundup_id: int, name: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Post one that was sent to the sister networks that have not had it; replies come back, held."""
    from listserv.steps import crosspost as step

    dialogue = app.dialogue(slug)
    posts = step.foresee(app.session, app.now(), app.site, dialogue, roundup_id, name)
    for one in posts:
        click.echo(output.printable(f"To: {one.network.name} <{one.network.address}>\nSubject: {one.letter.subject}\n"))
        click.echo(output.printable(one.letter.text))
    names = ", ".join(one.network.name for one in posts)
    if dry_run:
        click.echo(f"would go to {names}; nothing was sent (--dry-run)")
        return
    sure(f"Post round-up {roundup_id} to {names}?", yes)
    done = step.crosspost(app.session, app.now(), app.site, dialogue, roundup_id, app.actor, name)
    click.echo(f"posted to {', '.join(done)}" if done else "somebody else has just posted it")
