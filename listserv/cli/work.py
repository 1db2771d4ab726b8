"""`listserv work`: inbox and outbox, without listening and without the clock."""

from __future__ import annotations

import click

from listserv.cli.context import App, changes, pass_app


@click.command()
@click.option("--until-idle", is_flag=True, help="Return when nothing is left to do now.")
@changes
@pass_app
def work(app: App, until_idle: bool, yes: bool) -> None:
    """Process inbound mail and send what is due."""
    import asyncio

    from listserv.cli.serve import engine

    daemon = engine(app, {"work"})
    if until_idle:
        done = asyncio.run(daemon.until_idle())
        click.echo(f"{done.mails} mails processed, {done.copies} copies handed to the relay")
    else:
        asyncio.run(daemon.run())
