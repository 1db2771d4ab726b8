"""Questions asked by mail ("do you want to take part?"): single use, lapsing, the token kept as a hash only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import confirmation


def add(connection: Connection, values: dict[str, Any]) -> int:
    return connection.execute(confirmation.insert().values(**values)).inserted_primary_key[0]


def find(connection: Connection, token_hash: str) -> Any | None:
    query = sa.select(confirmation).where(confirmation.c.token_hash == token_hash)
    return connection.execute(query).mappings().first()


def use(connection: Connection, confirmation_id: int, now: datetime) -> bool:
    """Use it up; false when it has been used or has lapsed."""
    statement = confirmation.update().where(
        confirmation.c.id == confirmation_id, confirmation.c.used_at.is_(None), confirmation.c.lapses_at > now
    )
    return connection.execute(statement.values(used_at=now)).rowcount == 1


def asked(connection: Connection, purpose: str, since: datetime, person_id: int | None = None) -> int:
    """How many of that purpose were asked since: of one person, or of all."""
    query = sa.select(sa.func.count()).where(confirmation.c.purpose == purpose, confirmation.c.asked_at > since)
    if person_id is not None:
        query = query.where(confirmation.c.person_id == person_id)
    return connection.execute(query).scalar_one()
