"""How fast all hosts together send: a row for the relay (name "") and for each recipient domain where a limit is set.

A row is held from its reading to the end of the transaction, so two who claim at once take turns; where no limit is
set there is none to wait for. Times are the database's clock. What is counted is in core/mail/pacing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.core.mail.pacing import ALL, MINUTE, Limits, Share
from listserv.store.tables import budget
from listserv.store.types import database_now

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing goes to that domain (ALL: to anybody) for so many seconds, because of that answer."""

    seconds: float
    code: int
    reply: str


def now(connection: Connection) -> float:
    return connection.execute(sa.select(database_now())).scalar_one()


_left = (budget.c.paused_until - database_now()).label("left")
_PAUSES = sa.select(budget.c.name, _left, budget.c.code, budget.c.reply).where(budget.c.paused_until > database_now())


def pauses(connection: Connection) -> dict[str, Pause]:
    """By name, those that last."""
    return {row.name: Pause(max(row.left, 1.0), row.code, row.reply) for row in connection.execute(_PAUSES)}


def pause(connection: Connection, name: str, seconds: float, code: int, reply: str) -> None:
    """Nothing goes there for so long, from whatever host; a longer pause stands."""
    _make(connection, [name])
    until = database_now() + seconds
    statement = budget.update().where(budget.c.name == name, budget.c.paused_until < until)
    connection.execute(statement.values(paused_until=until, code=code, reply=reply[:500]))


def resume(connection: Connection) -> None:
    """Somebody has put things right: all pauses are over."""
    connection.execute(budget.update().where(budget.c.paused_until > database_now()).values(paused_until=0.0))


def jumped(connection: Connection, seconds: float) -> None:
    """The database's clock has been put back by so much (below 0): no pause lasts longer for it."""
    if seconds < 0:
        paused = budget.update().where(budget.c.paused_until > database_now())
        connection.execute(paused.values(paused_until=budget.c.paused_until + seconds))


@contextmanager
def held(
    connection: Connection, names: Collection[str], most: int, window: float = MINUTE
) -> Iterator[dict[str, Share]]:
    """What went there lately, to be looked at and counted on; written when the block ends."""
    if not most or not names:
        yield {}
        return
    _make(connection, names)
    query = sa.select(budget).where(budget.c.name.in_(names)).order_by(budget.c.name).with_for_update()
    rows = connection.execute(query).all()
    shares = {row.name: Share(window, most, [list(one) for one in row.went], row.told, row.ahead) for row in rows}
    yield shares
    connection.execute(
        budget.update().where(budget.c.name == sa.bindparam("of")),
        [{"of": name, "went": one.went, "told": one.told, "ahead": one.ahead} for name, one in shares.items()],
    )


def give_back(connection: Connection, count: int, limits: Limits) -> None:
    """So many copies that were counted for the relay were not sent."""
    if count:
        with held(connection, [ALL], limits.per_hour, HOUR) as shares:
            for share in shares.values():
                share.give_back(count)


def free_in(connection: Connection, limits: Limits, *, first: bool = True) -> float:
    """Seconds until the relay may be given anything; `first`: of what somebody waits for."""
    row = connection.execute(sa.select(budget, database_now().label("now")).where(budget.c.name == ALL)).first()
    if row is None:
        return 0.0
    wait = row.paused_until - row.now
    if limits.per_hour:
        share = Share(HOUR, limits.per_hour, [list(one) for one in row.went])
        wait = max(wait, share.free_at(row.now, first=first) - row.now)
    return max(0.0, wait)


def _make(connection: Connection, names: Collection[str]) -> None:
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](budget)
    known = set(connection.execute(sa.select(budget.c.name).where(budget.c.name.in_(names))).scalars())
    if missing := sorted(set(names) - known):
        connection.execute(insert.on_conflict_do_nothing(), [{"name": name} for name in missing])


def lock(connection: Connection, name: str) -> None:
    """Wait until nobody else holds that budget, and hold it to the end of the transaction."""
    _make(connection, [name])
    connection.execute(sa.select(budget.c.id).where(budget.c.name == name).with_for_update())
