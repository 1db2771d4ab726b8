"""Round-ups: a draft, a moderator's edits, and what was decided.

Moderators type an `id`, which is the row's; readers count by a number without gaps, which follows from what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import RoundupState
from listserv.store.tables import delivery, mailing, mailing_count, roundup


def add(connection: Connection, values: dict[str, Any]) -> int:
    return connection.execute(roundup.insert().values(**values)).inserted_primary_key[0]


def get(connection: Connection, roundup_id: int) -> Any | None:
    return connection.execute(sa.select(roundup).where(roundup.c.id == roundup_id)).mappings().first()


def of_period(connection: Connection, dialogue_id: int, period: int) -> Any | None:
    query = sa.select(roundup).where(roundup.c.dialogue_id == dialogue_id, roundup.c.period == period)
    return connection.execute(query).mappings().first()


def last_sent(connection: Connection, dialogue_id: int) -> Any | None:
    query = (
        sa.select(roundup)
        .where(roundup.c.dialogue_id == dialogue_id, roundup.c.state == RoundupState.SENT)
        .order_by(roundup.c.drafted_at.desc(), roundup.c.period.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().first()


def told(connection: Connection, dialogue_id: int) -> frozenset[int]:
    """Ids of the contributions that round-ups tell of: those sent, and those to be sent as they were edited."""
    unsent = roundup.c.state.in_([RoundupState.DRAFT, RoundupState.APPROVED])
    query = sa.select(roundup.c.told).where(
        roundup.c.dialogue_id == dialogue_id,
        sa.or_(roundup.c.state == RoundupState.SENT, sa.and_(unsent, roundup.c.edited_by.is_not(None))),
    )
    return frozenset(one for ids in connection.execute(query).scalars() for one in ids)


def next_number(connection: Connection, dialogue_id: int) -> int:
    """The number that readers will count the next round-up by: one more than have been sent."""
    query = sa.select(sa.func.count()).where(roundup.c.dialogue_id == dialogue_id, roundup.c.state == RoundupState.SENT)
    return connection.execute(query).scalar_one() + 1


def number_of(connection: Connection, row: Any) -> int:
    """The number readers count it by; that of one not sent is what it would have if it went out now."""
    if row["state"] != RoundupState.SENT:
        return next_number(connection, row["dialogue_id"])
    at = roundup.c.decided_at
    query = sa.select(sa.func.count()).where(
        roundup.c.dialogue_id == row["dialogue_id"],
        roundup.c.state == RoundupState.SENT,
        sa.or_(at < row["decided_at"], sa.and_(at == row["decided_at"], roundup.c.period <= row["period"])),
    )
    return connection.execute(query).scalar_one()


def change(connection: Connection, roundup_id: int, values: dict[str, Any], states: Sequence[RoundupState]) -> bool:
    """Write the values if it is still in one of the states."""
    statement = roundup.update().where(roundup.c.id == roundup_id, roundup.c.state.in_(states))
    return connection.execute(statement.values(**values)).rowcount == 1


def rows(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    copies = sa.select(sa.func.count()).where(delivery.c.mailing_id == mailing.c.id).scalar_subquery()
    counted = sa.select(sa.func.sum(mailing_count.c.count)).where(mailing_count.c.mailing_id == mailing.c.id)
    of_one = copies + sa.func.coalesce(counted.scalar_subquery(), 0)
    recipients = (
        sa.select(mailing.c.roundup_id, sa.cast(sa.func.sum(of_one), sa.Integer).label("recipients"))
        .where(mailing.c.kind == "roundup", mailing.c.dialogue_id == dialogue_id)
        .group_by(mailing.c.roundup_id)
        .subquery()
    )
    query = (
        sa.select(roundup, sa.func.coalesce(recipients.c.recipients, 0).label("recipients"))
        .outerjoin(recipients, recipients.c.roundup_id == roundup.c.id)
        .where(roundup.c.dialogue_id == dialogue_id)
        .order_by(roundup.c.period)
    )
    return connection.execute(query).mappings().all()
