"""Bringing a database's schema up to date: `migrations/versions/NNNN_what.py`, run by alembic.

A revision's id is its NNNN, so that "is it current?" needs no alembic, which is slow to import.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from listserv.errors import Refused
from listserv.store import watching
from listserv.store.session import Session, patient

#: Which of PostgreSQL's advisory locks is held while a schema is upgraded: a number nobody else will think of.
LOCK = 1325_2008


def head(migrations: Path) -> str:
    """The newest revision, e.g. "0001"."""
    return max(path.name[:4] for path in (migrations / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def current(session: Session) -> str | None:
    """The revision a database stands at; None for an empty one."""
    with session.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(session: Session, migrations: Path) -> None:
    """Run what is missing, in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))  # it is interpolated

    def run(connection: sa.Connection) -> None:
        patient(connection)
        if connection.dialect.name == "postgresql":  # several hosts may start at once; SQLite has one writer
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config.attributes["connection"] = connection
        watching.remove(connection)
        command.upgrade(config, "head")
        watching.install(connection)

    session.write(run)


def prepare(session: Session, migrations: Path) -> None:
    """Make a new database ready for use; refuse one that an older or newer listserv wrote."""
    stands, wanted = current(session), head(migrations)
    if stands is None:
        upgrade(session, migrations)
    elif stands < wanted:
        raise Refused(f"the database stands at {stands}, this listserv needs {wanted}; run: listserv db upgrade")
    elif stands > wanted:
        raise Refused(f"the database stands at {stands}, newer than this listserv ({wanted}); install that one")
