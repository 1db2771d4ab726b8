"""Who is not to be written to again: of their addresses only fingerprints are kept (core/mail/addresses)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.store.tables import suppression

#: The domain of what stands in an erased address's place: reserved, nobody's ever.
NOWHERE = "erased.invalid"


_COUNT = sa.select(sa.func.count()).select_from(suppression)  # made once: it is asked for each mail
_STATE = sa.select(sa.func.count(), sa.func.max(suppression.c.at)).select_from(suppression)  # likewise, each claim


def count(connection: Connection) -> int:
    return connection.execute(_COUNT).scalar_one()


def state(connection: Connection) -> tuple[int, datetime | None]:
    """Differs after every erasure: what is kept in memory of renderings is stale then."""
    row = connection.execute(_STATE).one()
    return row[0], row[1]


def add(connection: Connection, now: datetime, fingerprints: Collection[str]) -> None:
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]
    for one in sorted(fingerprints):
        statement = insert(suppression).values(key_hash=one, at=now)
        connection.execute(statement.on_conflict_do_update(index_elements=["key_hash"], set_={"at": now}))


def among(connection: Connection, fingerprints: Collection[str]) -> set[str]:
    """Those that are suppressed."""
    query = sa.select(suppression.c.key_hash).where(suppression.c.key_hash.in_(fingerprints))
    return set(connection.execute(query).scalars())


def since(connection: Connection, fingerprints: Collection[str]) -> datetime | None:
    """Since when one of them is suppressed, the last; None when none is."""
    query = sa.select(sa.func.max(suppression.c.at)).where(suppression.c.key_hash.in_(fingerprints))
    return connection.execute(query).scalar()


def lift(connection: Connection, fingerprints: Sequence[str]) -> bool:
    """They may be written to again; false when they might anyway."""
    statement = suppression.delete().where(suppression.c.key_hash.in_(fingerprints))
    return connection.execute(statement).rowcount > 0
