"""What came back of what we said: whether a Message-ID is ours, and when a copy of what it names went to somebody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store import suppressions
from listserv.store.tables import delivery, mailing


def is_ours(connection: Connection, message_id: str) -> bool:
    """Whether a mailing other than a contribution, in any dialogue, has this Message-ID."""
    query = sa.select(mailing.c.id).where(mailing.c.message_id == message_id, mailing.c.contribution_id.is_(None))
    return connection.execute(query.limit(1)).first() is not None


def went_to(connection: Connection, dialogue_id: int, kind: str, message_ids: Sequence[str]) -> str | None:
    """The address that a mailing of that kind with one of these Message-IDs went to; None if none is."""
    query = (
        sa.select(delivery.c.address)
        .join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
        .where(mailing.c.dialogue_id == dialogue_id, mailing.c.kind == kind, mailing.c.message_id.in_(message_ids))
    )
    return connection.execute(query.limit(1)).scalar()


def was_sent(connection: Connection, participation_id: int, kinds: Collection[str], message_ids: Sequence[str]) -> bool:
    """Whether a mailing of one of these kinds with one of these Message-IDs went to a participant."""
    query = (
        sa.select(mailing.c.id)
        .join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
        .where(
            delivery.c.participation_id == participation_id,
            mailing.c.kind.in_(kinds),
            mailing.c.message_id.in_(message_ids),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def reached_at(connection: Connection, participation_id: int, message_ids: Sequence[str]) -> datetime | None:
    """When the last copy of what bears one of these Message-IDs went to a participant, or was made if it is under way.

    None if there was none.
    """
    query = (
        sa.select(sa.func.coalesce(delivery.c.finished_at, mailing.c.created_at, type_=mailing.c.created_at.type))
        .join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
        .where(delivery.c.participation_id == participation_id, mailing.c.message_id.in_(message_ids))
    )
    return max(connection.execute(query).scalars(), default=None)


def by_any_name(
    connection: Connection, message_ids: Sequence[str], stand_ins: Callable[[str], Iterable[str]]
) -> list[str]:
    """Message-IDs, and behind each those that stand in its place if its author is erased, should anybody be."""
    if not message_ids or not suppressions.count(connection):
        return list(message_ids)
    return [each for one in message_ids for each in (one, *stand_ins(one))]
