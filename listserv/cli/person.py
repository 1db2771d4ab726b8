"""`listserv person`: what is held of somebody, and how it goes."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli import output
from listserv.cli.context import App, changes, pass_app
from listserv.errors import Refused


@click.group()
def person() -> None:
    """What is held of somebody: export it, erase it."""


@person.command()
@click.argument("address")
@click.option(
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A new file instead of standard output; FILE.zip holds the mails and attachments too.",
)
@changes
@pass_app
def export(app: App, address: str, path: Path | None, yes: bool) -> None:
    """Everything that is held of somebody, as one JSON document.

    Of a person with all their addresses, or of a stranger who wrote. With --output FILE.zip also the mails as they
    came, their attachments, and what was sent to them.
    """
    from listserv.edge import archive
    from listserv.steps import export as step

    if path is not None and path.exists():
        raise Refused(f"{path} exists; name a new file")
    document = output.as_json(step.dossier(app.session, app.now(), app.site, address, app.actor))
    if path is None:
        click.echo(document)
    elif path.suffix.lower() == ".zip":
        count = archive.write_zip(path, document, step.files(app.session, address))
        click.echo(f"{path}  written, with {output.plural(count, 'file')}")
    else:
        archive.write_text(path, document + "\n")
        click.echo(f"{path}  written")
