"""Who sends now, and how many of the relay's connections each may have: together never more than there are.

Each takes what is free up to an even share, and gives up what is above it when it asks again. Who does not ask any
more loses its own when its time is over, by the database's clock.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.mail.pacing import ALL
from listserv.store import budgets
from listserv.store.tables import sender
from listserv.store.types import database_now


def share(connection: Connection, name: str, most: int, seconds: float, holding: int = 0) -> int:
    """How many connections `name` may have for so many seconds; `holding`: how many are open, for now."""
    budgets.lock(connection, ALL)  # one asks at a time
    connection.execute(sender.delete().where(sender.c.until <= database_now()))
    rows = {row.name: row.connections for row in connection.execute(sa.select(sender).order_by(sender.c.id))}
    known = rows.pop(name, None) is not None
    even = -(-most // (len(rows) + 1))
    mine = max(0, min(even, most - sum(rows.values())))
    values = {"connections": max(mine, holding), "until": database_now() + seconds}
    statement = sender.update().where(sender.c.name == name) if known else sender.insert().values(name=name)
    connection.execute(statement.values(**values))
    return mine


def leave(connection: Connection, name: str) -> None:
    connection.execute(sender.delete().where(sender.c.name == name))


def forget(connection: Connection) -> None:
    """Nobody sends: those who did are of another time."""
    connection.execute(sender.delete())
