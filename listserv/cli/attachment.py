"""`listserv queue attachment`: a look at what came with a contribution, also before it is released."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli import chosen, gone, output
from listserv.cli.context import App, dialogue_option, pass_app
from listserv.cli.ids import ID
from listserv.errors import Refused


@click.command()
@click.argument("contribution_id", metavar="ID", type=ID)
@click.argument("number", metavar="[N]", type=ID, required=False)
@click.option(
    "--output",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The folder to write to, if not this one.",
)
@dialogue_option
@pass_app
def attachment(app: App, contribution_id: int, number: int | None, folder: Path, slug: str | None) -> None:
    """Write the files that came with it to a folder, or only the Nth that `queue show` names."""
    from listserv.edge.saving import save
    from listserv.store import attachments, originals

    row = chosen.one(app, contribution_id, slug)
    with app.session.read() as connection:
        files = attachments.of(connection, contribution_id)
        gone_at = originals.purged_of(connection, contribution_id)
    lost = f"; {gone.said(app, gone_at, row)}" if gone_at else ""
    if not files:
        raise Refused(f"no files came with contribution {contribution_id}")
    if number is not None and not 1 <= number <= len(files):
        raise Refused(f"contribution {contribution_id} has files 1 to {len(files)}; see: queue show {contribution_id}")
    for place, one in enumerate(files, 1):
        if number not in (None, place):
            continue
        with app.session.read() as connection:
            whole = attachments.content_of(connection, one["id"])
        if whole is not None:
            try:
                path = save(folder, one["name"], whole["content"])
            except OSError as error:
                raise Refused(f"{folder}: {error.strerror}; name another folder with --output") from None
            what = f"{one['content_type']}, {one['size']:,} bytes"
            click.echo(output.printable(f"{place}  written to {path} ({what})"))
        elif number is None:
            click.echo(output.printable(f"{place}  {one['name']} was {one['state']}: {one['reason']}{lost}"))
        else:
            raise Refused(output.printable(f"{one['name']} was {one['state']}, and not kept: {one['reason']}{lost}"))
