"""`listserv work`: inbox and outbox, without listening and without the clock."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, changes, pass_app
from listserv.core.dialogue.model import DeliveryState

#: What a copy can have become, in the order they are told.
STATES = (DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED)


@click.command()
@click.option("--until-idle", is_flag=True, help="Return when nothing is left to do now.")
@changes
@pass_app
def work(app: App, until_idle: bool, yes: bool) -> None:
    """Process inbound mail and send what is due."""
    from listserv.cli.serve import engine
    from listserv.edge import loop, outage

    daemon = engine(app, {"work"})
    if until_idle:
        done = loop.run(daemon.until_idle())
        states = ", ".join(f"{count:,} {state}" for state in STATES if (count := done.copies[state]))
        copies = output.plural(done.copies.total(), "copy", "copies") + (f": {states}" if states else "")
        click.echo(f"{output.plural(done.mails, 'mail')} processed; {copies}")
    else:
        loop.run(daemon.run(deaf=outage.leave))
