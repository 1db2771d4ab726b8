"""Clearing a SQLite file of what was deleted: what an erasure took out of tables stands in free pages and the WAL.

`secure_delete` (store/session) writes zeros where a row has been; what a page kept when its rows were moved, and what
older versions left, only VACUUM takes away. It writes the file anew into the WAL, and the checkpoint then makes the WAL
empty. Two connections that checkpoint together can meet SQLite's WAL-reset bug (before 3.51.3), so only whoever has the
engine lock does it. On PostgreSQL dead rows are its own VACUUM's business.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from listserv.store.tables import audit

ERASED, COMPACTED = "erase", "compact"


def due(connection: Connection) -> bool:
    """Whether somebody was erased since it was last done."""
    last = sa.select(audit.c.action).where(audit.c.action.in_([ERASED, COMPACTED])).order_by(audit.c.id.desc()).limit(1)
    return connection.execute(last).scalar() == ERASED


def compact(engine: Engine) -> None:
    """Outside any transaction, by whoever has the engine lock; others that write wait."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.fetchall()
        cursor.close()
    finally:
        connection.close()
