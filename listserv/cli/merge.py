"""`listserv participant merge`: two entries that are one person become one."""

from __future__ import annotations

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dry_run_option, pass_app, sure

_NAMES = {
    "addresses": ("address", "addresses"),
    "contributions": ("contribution", "contributions"),
    "participations": ("participation", "participations"),
    "bounces": ("bounce", "bounces"),
}


@click.command()
@click.argument("keep", metavar="KEEP@…")
@click.argument("other", metavar="OTHER@…")
@dry_run_option
@changes
@pass_app
def merge(app: App, keep: str, other: str, dry_run: bool, yes: bool) -> None:
    """Make two people one: OTHER's addresses, contributions and participations become KEEP's.

    Mail goes to KEEP; mail from either counts as theirs. In a dialogue where both take part one participation is left,
    with the more active status and the higher role. Nothing is sent, and it cannot be undone.
    """
    from listserv.steps import merge as step

    merger = step.foresee(app.session, keep, other)
    moves = ", ".join(output.plural(count, *_NAMES[what]) for what, count in merger.moves.items() if count)
    if not dry_run:
        sure(f"Make {merger.other} ({moves}) part of {merger.keep}?", yes)
        step.merge(app.session, app.now(), keep, other, app.actor)
    click.echo(output.printable(f"{merger.other}  {'would be ' if dry_run else ''}part of {merger.keep}: {moves}"))
