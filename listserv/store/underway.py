"""Mailings that had not reached everybody when a backup was made: told before it is restored, and held if so wished.

What is held is a failed delivery whose reply begins with HELD: it stays in the outbox, and `outbox retry --held` sends
it. Nothing else is: no bounce is counted for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import DeliveryState
from listserv.store.tables import delivery, dialogue, mailing
from listserv.store.turns import unfinished

HELD = "held by db restore"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One mailing: `waiting` of its `recipients` had not got it, as far as was known."""

    dialogue: str
    mailing: int
    kind: str
    subject: str
    created_at: datetime
    waiting: int
    recipients: int


def mailings(connection: Connection) -> list[UnderWay]:
    """Those with unfinished deliveries, by dialogue and age."""
    waiting = sa.func.sum(sa.case((unfinished, 1), else_=0))
    query = (
        sa.select(
            dialogue.c.slug,
            mailing.c.id,
            mailing.c.kind,
            mailing.c.subject,
            mailing.c.created_at,
            waiting,
            sa.func.count(),
        )
        .join_from(delivery, mailing, mailing.c.id == delivery.c.mailing_id)
        .join(dialogue, dialogue.c.id == mailing.c.dialogue_id)
        .where(mailing.c.id.in_(sa.select(delivery.c.mailing_id).where(unfinished)))
        .group_by(dialogue.c.slug, mailing.c.id, mailing.c.kind, mailing.c.subject, mailing.c.created_at)
        .order_by(dialogue.c.slug, mailing.c.id)
    )
    return [UnderWay(*row) for row in connection.execute(query)]


def hold(connection: Connection, now: datetime, why: str) -> int:
    """Give up all that is unfinished, to be looked at; how many."""
    values = {"state": DeliveryState.FAILED, "reply": f"{HELD}: {why}", "finished_at": now}
    return connection.execute(delivery.update().where(unfinished).values(**values)).rowcount


def held(connection: Connection, dialogue_id: int | None = None) -> Sequence[int]:
    """The ids of what is held."""
    query = sa.select(delivery.c.id).where(
        delivery.c.state == DeliveryState.FAILED, delivery.c.reply.startswith(f"{HELD}:", autoescape=True)
    )
    if dialogue_id is not None:
        query = query.join_from(delivery, mailing).where(mailing.c.dialogue_id == dialogue_id)
    return connection.execute(query.order_by(delivery.c.id)).scalars().all()
