"""`listserv moderate`: the queue as a full-screen program (cli/terminal)."""

from __future__ import annotations

import sys

import click

from listserv.cli.context import App, changes, dialogue_option, pass_app


@click.command()
@dialogue_option
@changes
@pass_app
def moderate(app: App, slug: str | None, yes: bool) -> None:
    """Read what waits and decide upon it with single keys; a release can be taken back for a moment (undo)."""
    from listserv.errors import Refused

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("moderate needs a terminal; without one: listserv queue")
    from listserv.cli.terminal.desk import Desk

    desk = Desk(app, slug)
    look = desk.look()
    from listserv.cli.terminal.app import Screen

    screen = Screen(desk, look)
    screen.run()
    for line in screen.farewell():
        click.echo(line)
