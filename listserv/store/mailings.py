"""Mailings as they were made, for writing them down: each with its variants and how many get them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import delivery, mailing, rendering


@dataclass(frozen=True, slots=True)
class Counted:
    """A rendering, how many recipients it has, and the first of them (None: nobody, or a stranger)."""

    language: str
    head: bytes
    body: bytes
    recipients: int
    participation_id: int | None
    address: str


def after(connection: Connection, mailing_id: int) -> Sequence[Any]:
    """Those made after that one, in order: id, kind, module, subject, personal."""
    columns = (mailing.c.id, mailing.c.kind, mailing.c.module, mailing.c.subject, mailing.c.personal)
    return connection.execute(sa.select(*columns).where(mailing.c.id > mailing_id).order_by(mailing.c.id)).all()


def variants(connection: Connection, mailing_id: int) -> list[Counted]:
    """By language."""
    counted = (
        sa.select(delivery.c.rendering_id, sa.func.count().label("count"), sa.func.min(delivery.c.id).label("first"))
        .where(delivery.c.mailing_id == mailing_id)
        .group_by(delivery.c.rendering_id)
        .subquery()
    )
    count, address = sa.func.coalesce(counted.c.count, 0), sa.func.coalesce(delivery.c.address, "")
    query = (
        sa.select(rendering.c.language, rendering.c.head, rendering.c.body, count, delivery.c.participation_id, address)
        .outerjoin_from(rendering, counted, counted.c.rendering_id == rendering.c.id)
        .outerjoin(delivery, delivery.c.id == counted.c.first)
        .where(rendering.c.mailing_id == mailing_id)
        .order_by(rendering.c.language)
    )
    return [Counted(*row) for row in connection.execute(query)]
