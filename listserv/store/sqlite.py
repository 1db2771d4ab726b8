"""Connections to a SQLite file: durable, and fair to who waits for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

#: How long a write waits for another process's transaction, in milliseconds.
BUSY = 30_000

#: How SQLite begins: reading, with one view from the first look on; writing, with the lock in hand.
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"


def engine(url: sa.URL, begin: str, *, checkpoints: bool, synchronous: str) -> Engine:
    made = sa.create_engine(url, hide_parameters=True)  # addresses stay out of logs

    @event.listens_for(made, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late for SAVEPOINT
        for pragma in (f"busy_timeout={BUSY}", "journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.execute("PRAGMA secure_delete=ON").close()  # what is deleted is overwritten with zeros
        # Two connections that checkpoint can meet SQLite's WAL-reset bug (before 3.51.3): only the engine does.
        connection.execute(f"PRAGMA wal_autocheckpoint={4000 if checkpoints else 0}").close()

    @event.listens_for(made, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return made
