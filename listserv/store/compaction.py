"""Clearing a SQLite file of what was deleted: what an erasure took out of tables stands in free pages and the WAL.

`secure_delete` (store/session) writes zeros where a row has been; what a page kept when its rows were moved, and what
older versions left, only VACUUM takes away. Words that are searched no more stand in FTS5's index until its parts are
merged into one. VACUUM writes the file anew into the WAL, and the checkpoint then makes the WAL empty. Two connections
that checkpoint together can meet SQLite's WAL-reset bug (before 3.51.3), so only whoever has the engine lock does it.
On PostgreSQL dead rows are its own VACUUM's business.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from listserv.store.tables import audit

ERASED, COMPACTED = "erase", "compact"

#: A mail that had to be forgotten has come. The file is cleared of it within an hour, and not for each one anew.
FORGOTTEN, PAUSE = "forget", timedelta(hours=1)


def due(connection: Connection, now: datetime) -> bool:
    """Whether somebody was erased since it was last done, or mail forgotten an hour ago."""
    last = _last(connection)
    return last is not None and (last.action == ERASED or (last.action == FORGOTTEN and now - last.at >= PAUSE))


def wanted(connection: Connection, now: datetime) -> None:
    """Something was deleted that must not be found in the file's free pages either."""
    last = _last(connection)
    if last is None or last.action == COMPACTED:
        connection.execute(audit.insert().values(at=now, actor="clock", action=FORGOTTEN, subject="mails"))


def _last(connection: Connection) -> Any | None:
    which = audit.c.action.in_([ERASED, FORGOTTEN, COMPACTED])
    return connection.execute(
        sa.select(audit.c.action, audit.c.at).where(which).order_by(audit.c.id.desc()).limit(1)
    ).first()


def compact(engine: Engine) -> None:
    """Outside any transaction, by whoever has the engine lock; others that write wait."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO searched_words (searched_words) VALUES ('optimize')")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.fetchall()
        cursor.close()
    finally:
        connection.close()
