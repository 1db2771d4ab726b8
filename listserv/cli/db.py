"""`listserv db`: the database itself."""

from __future__ import annotations

import click

from listserv.cli.context import App, changes, pass_app


@click.group()
def db() -> None:
    """The database."""


@db.command()
@changes
@pass_app
def upgrade(app: App, yes: bool) -> None:
    """Bring the schema up to date."""
    from listserv.edge import files
    from listserv.store import schema
    from listserv.store.session import Session

    session = Session(app.settings.database.url)
    try:
        before = schema.current(session)
        schema.upgrade(session, files.migrations())
        click.echo(f"the schema stands at {schema.current(session)} (was: {before or 'empty'})")
    finally:
        session.close()
