"""A database that nobody else writes to: for what must not be disturbed, copying it and replacing what is in it.

On SQLite the engine lock tells whether a `serve` or `work` runs, and none can begin while we hold it; commands wait for
their turn. On PostgreSQL every other connection of ours counts, and tables are locked against writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.exc import DatabaseError

from listserv.errors import Refused
from listserv.store.locks import FileLock
from listserv.store.session import Session, patient
from listserv.store.tables import metadata

#: Others that PostgreSQL has connected: whoever has our name, and is not one of the tools that only look.
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
    " AND backend_type = 'client backend' AND application_name NOT IN ('psql', 'pg_dump') AND pid <> ALL(:ours)"
)


class AloneSession(Session):
    """Raises Refused when an engine runs."""

    _checkpoints = True  # the engine lock is ours

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._lock: FileLock | None = None
        self._ours: set[int] = set()
        try:
            self._be_alone()
        except BaseException:
            self.close()
            raise

    def _be_alone(self) -> None:
        if self.sqlite:
            self._lock = FileLock(self.path.with_name(self.path.name + ".engine"))
            if not self._lock.try_acquire():
                raise Refused(f"{self.path.name} is in use by a running serve or work; stop it first")
            return
        for engine in (self._reader, self._writer):
            event.listen(engine, "connect", self._know)
        with self._writer.connect() as connection:
            self._look(connection)

    def _know(self, connection: Any, record: Any) -> None:
        self._ours.add(connection.info.backend_pid)

    def _look(self, connection: Connection) -> None:
        others = connection.execute(sa.text(_OTHERS), {"ours": list(self._ours)}).scalar_one()
        if others:
            raise Refused(
                f"{named(self.url)} is in use: {others} other connection{'s' if others > 1 else ''};"
                " stop every serve, work and other command on every host first"
            )

    @contextmanager
    def still(self) -> Iterator[Connection]:
        """One view of all there is, which stays all there is until the end: who wants to write has to wait."""
        if self.sqlite:
            with self._turn.held(), self.read() as connection:
                yield connection
            return
        with self._writer.begin() as holding:
            patient(holding)
            _lock(holding, "SHARE")
            self._look(holding)
            with self.read() as connection:
                patient(connection)
                yield connection

    @contextmanager
    def replacing(self) -> Iterator[Connection]:
        """One transaction in which all may be written; nobody else writes before it is committed, at the end."""
        if self.sqlite:
            with self._turn.held(), self._writer.begin() as connection:
                yield connection
            return
        with self._writer.begin() as connection:
            patient(connection)
            _lock(connection, "ACCESS EXCLUSIVE")
            self._look(connection)
            yield connection

    def close(self) -> None:
        super().close()
        if self._lock:
            self._lock.close()


def damaged(error: BaseException) -> bool:
    """Whether SQLite says of a file that it cannot be read as a database, as a whole or in part."""
    return type(error) is DatabaseError


def _lock(connection: Connection, mode: str) -> None:
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(table.name for table in metadata.sorted_tables)} IN {mode} MODE")


def named(url: sa.URL) -> str:
    """A database's URL as it may be shown: without a password, wherever it stands."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{url.database}"
    host = url.host or url.query.get("host", "")
    host = host if isinstance(host, str) else ",".join(host)
    at = f"{url.username}@" if url.username else ""
    return f"postgresql://{at}{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"
