"""The outbox: mailings, their renderings, and a delivery for each recipient. Sending them is in store/leases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import DeliveryMode, DeliveryState
from listserv.store import budgets, turns
from listserv.store.fanout import receives
from listserv.store.tables import delivery, mailing, mailing_count, participation, rendering
from listserv.store.types import database_now

PART = 10_000  # ids in one statement
DROPPED = "dropped by "  # how the reply begins of what somebody gave up

# Under somebody's lease: claiming makes a delivery pending, counts the epoch and pushes due_at ahead. What waits on
# the retry ladder is deferred, what was released with a wait has not been claimed yet.
_claimed = sa.and_(delivery.c.epoch > 0, delivery.c.due_at > database_now())
_leased = sa.and_(delivery.c.state == sa.literal_column(f"'{DeliveryState.PENDING}'"), _claimed)


# Made once: a statement costs five times as much to make as to execute.
_MAIL, _RENDER = mailing.insert(), rendering.insert()
_DELIVER = delivery.insert().values(
    state=DeliveryState.PENDING, due_at=database_now(), lane=turns.lane_of(sa.bindparam("of"))
)
_RENDERING_OF = sa.select(rendering.c.head, rendering.c.body).where(rendering.c.id == sa.bindparam("of"))


def add_mailing(
    connection: Connection, now: datetime, values: dict[str, Any], renderings: Mapping[str, tuple[bytes, bytes]]
) -> tuple[int, dict[str, int]]:
    """A mailing and its renderings (language -> head, body); its id and the renderings' ids by language."""
    mailing_id = connection.execute(_MAIL, {"created_at": now, **values}).inserted_primary_key[0]
    ids = {
        language: connection.execute(
            _RENDER, {"mailing_id": mailing_id, "language": language, "head": head, "body": body}
        ).inserted_primary_key[0]
        for language, (head, body) in renderings.items()
    }
    return mailing_id, ids


def would_get(
    connection: Connection, dialogue_id: int, modes: Sequence[DeliveryMode], but: Collection[int] = ()
) -> int:
    """How many a fan-out would reach now."""
    query = sa.select(sa.func.count()).select_from(participation).where(*receives(dialogue_id, modes))
    query = query.where(participation.c.id.not_in(but)) if but else query
    return connection.execute(query).scalar_one()


def add_delivery(
    connection: Connection, mailing_id: int, rendering_id: int, address: str, participation_id: int | None = None
) -> int:
    return connection.execute(
        _DELIVER,
        {
            "mailing_id": mailing_id,
            "rendering_id": rendering_id,
            "participation_id": participation_id,
            "address": address,
            "of": mailing_id,
        },
    ).inserted_primary_key[0]


def has_delivery(connection: Connection, mailing_id: int, address: str) -> bool:
    """Whether that mailing goes, or went, to that address."""
    query = sa.select(delivery.c.id).where(delivery.c.mailing_id == mailing_id, delivery.c.address == address)
    return connection.execute(query).first() is not None


def rendering_of(connection: Connection, rendering_id: int) -> tuple[bytes, bytes]:
    row = connection.execute(_RENDERING_OF, {"of": rendering_id}).one()
    return row.head, row.body


def variant(connection: Connection, mailing_id: int, participation_id: int | None) -> tuple[bytes, bytes] | None:
    """Head and body of a mailing as somebody got it; of its first rendering when they got none."""
    theirs = sa.and_(delivery.c.rendering_id == rendering.c.id, delivery.c.participation_id == participation_id)
    query = (
        sa.select(rendering.c.head, rendering.c.body)
        .outerjoin_from(rendering, delivery, theirs)
        .where(rendering.c.mailing_id == mailing_id)
        .order_by(delivery.c.id.is_(None), rendering.c.id)
    )
    row = connection.execute(query.limit(1)).first()
    return (row.head, row.body) if row else None


def free_leases(connection: Connection) -> int:
    """The engine lock is ours, so no other engine lives: what a dead one had claimed is due again."""
    return connection.execute(delivery.update().where(_leased).values(due_at=database_now())).rowcount


def recipient(connection: Connection, delivery_id: int) -> Any | None:
    """Who a delivery went to: participation_id, address, dialogue_id, mailing_id."""
    query = (
        sa.select(delivery.c.participation_id, delivery.c.address, mailing.c.dialogue_id, delivery.c.mailing_id)
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .where(delivery.c.id == delivery_id)
    )
    return connection.execute(query).first()


def _among(ids: Sequence[int]) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions that together name them all, written out: no database takes any number of parameters."""
    for start in range(0, len(ids), PART):
        part = sa.bindparam("ids", ids[start : start + PART], expanding=True, literal_execute=True)
        yield delivery.c.id.in_(part)


def rows(
    connection: Connection,
    dialogue_id: int | None = None,
    state: str | None = None,
    *,
    address: str | None = None,
    kind: str | None = None,
    ids: Sequence[int] | None = None,
    limit: int | None = None,
) -> Sequence[Any]:
    """In order of creation: id kind subject recipient state attempts due_at reply created_at finished_at."""
    query = (
        sa.select(
            delivery.c.id,
            mailing.c.kind,
            mailing.c.subject,
            delivery.c.address.label("recipient"),
            delivery.c.state,
            delivery.c.attempts,
            delivery.c.due_at,
            delivery.c.reply,
            mailing.c.created_at,
            delivery.c.finished_at,
        )
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .order_by(delivery.c.id)
        .limit(limit)
    )
    if dialogue_id is not None:
        query = query.where(mailing.c.dialogue_id == dialogue_id)
    if state is not None:
        query = query.where(delivery.c.state == state)
    if address is not None:
        query = query.where(sa.func.lower(delivery.c.address) == address.lower())
    if kind is not None:
        query = query.where(mailing.c.kind == kind)
    if ids is None:
        return connection.execute(query).mappings().all()
    return [row for these in _among(sorted(ids)) for row in connection.execute(query.where(these)).mappings()][:limit]


def counts(connection: Connection, dialogue_id: int | None = None) -> dict[str, int]:
    """How many are, or were, in each state; with those that only their counts are left of."""
    found = Counter[str]()
    for table, number in ((delivery, sa.func.count()), (mailing_count, sa.func.sum(mailing_count.c.count))):
        query = sa.select(table.c.state, number).group_by(table.c.state)
        if dialogue_id is not None:
            query = query.join_from(table, mailing, table.c.mailing_id == mailing.c.id)
            query = query.where(mailing.c.dialogue_id == dialogue_id)
        found.update({state: int(count) for state, count in connection.execute(query)})
    return dict(found)


def _change(connection: Connection, ids: Sequence[int], which: sa.ColumnElement[bool], **values: Any) -> int:
    statement = delivery.update().where(which).values(values)
    return sum(connection.execute(statement.where(these)).rowcount for these in _among(ids))


def retry(connection: Connection, ids: Sequence[int]) -> int:
    """Make unsent deliveries due now, failed ones included, but none that is just being sent; how many.

    Somebody has put things right, so it is asked again also where sending is paused.
    """
    budgets.resume(connection)
    which = sa.and_(delivery.c.state != DeliveryState.SENT, sa.not_(_leased))
    return _change(connection, ids, which, state=DeliveryState.PENDING, due_at=database_now(), finished_at=None)


def being_sent(connection: Connection, ids: Sequence[int]) -> int:
    """How many of them are under somebody's lease just now."""
    query = sa.select(sa.func.count()).where(turns.only(DeliveryState.PENDING), _claimed)
    return sum(connection.execute(query.where(these)).scalar_one() for these in _among(ids))


def drop(connection: Connection, ids: Sequence[int], reply: str, now: datetime) -> int:
    """Give up unsent deliveries, with the reason; how many."""
    which = turns.only(*turns.UNFINISHED)
    return _change(connection, ids, which, state=DeliveryState.FAILED, code=None, reply=reply, finished_at=now)


def dropped(connection: Connection, dialogue_id: int | None = None) -> Sequence[int]:
    """The ids of what somebody gave up. What a relay says may begin like that too, but comes with a code."""
    query = sa.select(delivery.c.id).where(
        delivery.c.state == DeliveryState.FAILED,
        delivery.c.code.is_(None),
        delivery.c.reply.startswith(DROPPED, autoescape=True),
    )
    if dialogue_id is not None:
        query = query.join_from(delivery, mailing).where(mailing.c.dialogue_id == dialogue_id)
    return connection.execute(query).scalars().all()


def made_since(connection: Connection, dialogue_id: int, kinds: str | tuple[str, ...], since: datetime) -> int:
    """How many mails of a kind, or of several, one recipient may have got since: the most to any one."""
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    query = (
        sa.select(sa.func.count().label("count"))
        .join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
        .where(mailing.c.dialogue_id == dialogue_id, mailing.c.kind.in_(kinds), mailing.c.created_at > since)
        .group_by(delivery.c.address)
        .order_by(sa.desc("count"))
        .limit(1)
    )
    return connection.execute(query).scalar() or 0


def take_back(connection: Connection, contribution_id: int) -> bool:
    """Remove a contribution's mailing, if no copy of it has been claimed; false when one has."""
    of_it = sa.select(mailing.c.id).where(
        mailing.c.contribution_id == contribution_id, mailing.c.kind == "contribution"
    )
    untouched = sa.and_(
        delivery.c.state == DeliveryState.PENDING, delivery.c.epoch == 0, delivery.c.due_at > database_now()
    )
    touched = sa.select(sa.func.count()).where(delivery.c.mailing_id.in_(of_it), ~untouched)
    if connection.execute(touched).scalar_one():
        return False
    connection.execute(delivery.delete().where(delivery.c.mailing_id.in_(of_it)))
    connection.execute(rendering.delete().where(rendering.c.mailing_id.in_(of_it)))
    connection.execute(
        mailing.delete().where(mailing.c.contribution_id == contribution_id, mailing.c.kind == "contribution")
    )
    return True


def on_its_way(connection: Connection, contribution_id: int) -> tuple[int, float | None]:
    """Of a release, how many copies it has, and the seconds until the first may leave; None once one may have."""
    query = sa.select(sa.func.count(), sa.func.max(delivery.c.epoch), sa.func.min(delivery.c.due_at) - database_now())
    of_it = sa.and_(mailing.c.contribution_id == contribution_id, mailing.c.kind == "contribution")
    count, claimed, left = connection.execute(query.join_from(delivery, mailing).where(of_it)).one()
    return count, left if count and not claimed and left > 0 else None
