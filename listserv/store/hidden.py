"""Collected resources that a moderator has taken out, by what makes them one (core/publication/resources)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import hidden


def keys(connection: Connection, dialogue_id: int) -> frozenset[str]:
    query = sa.select(hidden.c.key).where(hidden.c.dialogue_id == dialogue_id)
    return frozenset(connection.execute(query).scalars())


def add(connection: Connection, now: datetime, dialogue_id: int, key: str, by: str) -> bool:
    """False when it is hidden already."""
    if key in keys(connection, dialogue_id):
        return False
    connection.execute(hidden.insert().values(dialogue_id=dialogue_id, key=key, hidden_by=by, hidden_at=now))
    return True


def remove(connection: Connection, dialogue_id: int, key: str) -> bool:
    """False when it was not hidden."""
    which = sa.and_(hidden.c.dialogue_id == dialogue_id, hidden.c.key == key)
    return connection.execute(hidden.delete().where(which)).rowcount == 1
