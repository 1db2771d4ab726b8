"""How the work stands, over all dialogues: what waits, since when, and what the relay last said of it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import DeliveryState
from listserv.store.tables import contribution, delivery, inbox, participation
from listserv.store.turns import unfinished
from listserv.store.types import database_now


@dataclass(frozen=True, slots=True)
class Outbox:
    """`waiting`: unfinished deliveries, `deferred` of them; `overdue`: seconds since the oldest was due, 0 if none is.

    `codes`: how many of the deferred wait because of which reply code; None: the relay was not reached.
    """

    waiting: int
    deferred: int
    overdue: float
    codes: dict[int | None, int]


def outbox(connection: Connection) -> Outbox:
    """By the database's clock, as deliveries are due. Reads what is unfinished only."""
    oldest = sa.select(sa.func.count(), database_now() - sa.func.min(delivery.c.due_at)).where(unfinished)
    waiting, since = connection.execute(oldest).one()
    deferred = delivery.c.state == sa.literal_column(f"'{DeliveryState.DEFERRED}'")
    by_code = sa.select(delivery.c.code, sa.func.count()).where(deferred).group_by(delivery.c.code)
    codes = dict(connection.execute(by_code).all())
    return Outbox(waiting, sum(codes.values()), max(0.0, since or 0.0), codes)


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """How many rows are in which state, by table."""
    tables = {"inbox": inbox, "contribution": contribution, "delivery": delivery}
    found = {name: _by(connection, table.c.state) for name, table in tables.items()}
    return found | {"participation": _by(connection, participation.c.status)}


def _by(connection: Connection, column: sa.Column[str]) -> dict[str, int]:
    return dict(connection.execute(sa.select(column, sa.func.count()).group_by(column)).all())
