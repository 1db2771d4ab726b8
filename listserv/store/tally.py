"""How many mailings of which kinds were made lately: limits count here, so that a restart forgets nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import delivery, mailing


def made(
    connection: Connection, dialogue_id: int, kinds: tuple[str, ...], since: datetime, later: datetime
) -> tuple[int, int]:
    """How many mailings of these kinds were made since, and how many of them since `later`. Reads an index only."""
    recent = sa.func.count(sa.case((mailing.c.created_at > later, 1)))
    query = sa.select(sa.func.count(), recent).where(*_these(dialogue_id, kinds, since))
    day, hour = connection.execute(query).one()
    return day, hour


def to_part(
    connection: Connection, dialogue_id: int, participation_id: int, kinds: tuple[str, ...], since: datetime
) -> int:
    """How many mails of these kinds were made for that participant since."""
    those = {"dialogue": dialogue_id, "kinds": kinds, "since": since, "whose": participation_id}
    return connection.execute(_TO_PART, those).scalar_one()


def to_address(connection: Connection, dialogue_id: int, address: str, kinds: tuple[str, ...], since: datetime) -> int:
    """The same for an address, written as it was written to."""
    return connection.execute(_deliveries(dialogue_id, kinds, since).where(delivery.c.address == address)).scalar_one()


def _deliveries(dialogue_id: int, kinds: tuple[str, ...], since: datetime) -> sa.Select[Any]:
    query = sa.select(sa.func.count()).join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
    return query.where(*_these(dialogue_id, kinds, since))


_TO_PART = (  # made once: it is asked for each mail
    sa.select(sa.func.count())
    .join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
    .where(
        mailing.c.dialogue_id == sa.bindparam("dialogue"),
        mailing.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        mailing.c.created_at > sa.bindparam("since"),
        delivery.c.participation_id == sa.bindparam("whose"),
    )
)


def last(connection: Connection, dialogue_id: int, kind: str) -> datetime | None:
    """When the newest mailing of a kind was made."""
    query = sa.select(sa.func.max(mailing.c.created_at)).filter_by(dialogue_id=dialogue_id, kind=kind)
    return connection.execute(query).scalar()


def instants(connection: Connection, dialogue_id: int, kind: str, count: int) -> list[datetime]:
    """When the last mails of a kind were made, at most so many instants, the latest first."""
    query = (
        sa.select(mailing.c.created_at)
        .distinct()
        .where(mailing.c.dialogue_id == dialogue_id, mailing.c.kind == kind)
        .order_by(mailing.c.created_at.desc())
        .limit(count)
    )
    return list(connection.execute(query).scalars())


def _these(dialogue_id: int, kinds: tuple[str, ...], since: datetime) -> tuple[Any, ...]:
    """What the index ix_mailing_dialogue_kind finds."""
    return mailing.c.dialogue_id == dialogue_id, mailing.c.kind.in_(kinds), mailing.c.created_at > since
