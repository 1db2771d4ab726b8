"""Whose turn it is: unfinished deliveries wait in lanes, one per dialogue, and lane 0, which goes before them all.

So a dialogue of 50,000 does not hold up one of 50 (DESIGN §3). The lanes are found by skipping through the index
ix_delivery_due from each to the next: a step per lane, however many copies wait in it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import DeliveryState
from listserv.store.tables import delivery, mailing
from listserv.store.types import database_now

UNFINISHED = (DeliveryState.PENDING, DeliveryState.DEFERRED)

# Written out, not bound: only so does SQLite see that the partial index ix_delivery_due holds what is asked for.
unfinished = delivery.c.state.in_([sa.literal_column(f"'{state}'") for state in UNFINISHED])


def only(*states: DeliveryState) -> sa.ColumnElement[bool]:
    """That they are in these states; for deliveries that are named by their ids.

    Said by the states that they are not in, which ix_delivery_due does not serve: PostgreSQL would read all that waits
    where it believes that to be little, for it last looked when nothing did.
    """
    others = [sa.literal_column(f"'{state}'") for state in DeliveryState if state not in states]
    return delivery.c.state.not_in(others)


#: The lane of what somebody waits for.
FIRST = 0


def lane_of(mailing_id: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """The lane of a mailing's copies."""
    waited_for = sa.and_(mailing.c.personal == 1, mailing.c.kind.not_in(audience.UNHURRIED))
    lane = sa.case((waited_for, FIRST), else_=mailing.c.dialogue_id)
    return sa.select(lane).where(mailing.c.id == mailing_id).scalar_subquery()


def _least(column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    # Not min(): PostgreSQL, where it believes that little waits, would read all of it for that.
    return sa.select(column).where(unfinished, *where).order_by(column).limit(sa.literal_column("1")).scalar_subquery()


_lanes = sa.select(_least(delivery.c.lane).label("lane")).cte("lanes", recursive=True)
_lanes = _lanes.union_all(
    sa.select(_least(delivery.c.lane, delivery.c.lane > _lanes.c.lane)).where(_lanes.c.lane.is_not(None))
)
_first = _least(delivery.c.due_at, delivery.c.lane == _lanes.c.lane)
_there = _lanes.c.lane.is_not(None)
_due = sa.select(_lanes.c.lane).where(_there, _first <= database_now()).order_by(_lanes.c.lane)
_next = sa.select(sa.func.min(_first) - database_now()).where(_there)


def due(connection: Connection) -> list[int]:
    """The lanes in which a copy may go now."""
    return list(connection.execute(_due).scalars())


def next_due_in(connection: Connection, lane: int | None = None) -> float | None:
    """Seconds until the next unfinished delivery (of that lane) may be tried, 0 when one is due; None without any."""
    query = _next
    if lane is not None:
        query = sa.select(_least(delivery.c.due_at, delivery.c.lane == lane) - database_now())
    seconds = connection.execute(query).scalar()
    return None if seconds is None else max(0.0, seconds)
