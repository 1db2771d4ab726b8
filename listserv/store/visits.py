"""Visits: browsers that somebody has logged in with. They lapse; the token in the cookie is kept as a hash only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import visit


def begin(connection: Connection, now: datetime, person_id: int, token_hash: str, lapses_at: datetime) -> int:
    """A new one of that person; those of anybody that have lapsed go."""
    connection.execute(visit.delete().where(visit.c.lapses_at <= now))
    values = {"person_id": person_id, "token_hash": token_hash, "began_at": now, "lapses_at": lapses_at}
    return connection.execute(visit.insert().values(**values)).inserted_primary_key[0]


def find(connection: Connection, now: datetime, token_hash: str) -> Any | None:
    """The visit with that cookie; None if there is none or it has lapsed."""
    return connection.execute(_FIND, {"hash": token_hash, "now": now}).mappings().first()


#: Every page begins with it, so it is built once.
_FIND = sa.select(visit).where(visit.c.token_hash == sa.bindparam("hash"), visit.c.lapses_at > sa.bindparam("now"))


def end(connection: Connection, token_hash: str) -> bool:
    """False when it was over."""
    return connection.execute(visit.delete().where(visit.c.token_hash == token_hash)).rowcount == 1


def end_all(connection: Connection, person_id: int) -> int:
    """Wherever that person is logged in; how many it were."""
    return connection.execute(visit.delete().where(visit.c.person_id == person_id)).rowcount


def end_every(connection: Connection) -> int:
    """Whoever is logged in, anywhere; how many it were."""
    return connection.execute(visit.delete()).rowcount
