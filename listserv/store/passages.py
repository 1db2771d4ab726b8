"""Marked passages of contributions, in the order in which they were marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import contribution, passage


def of(connection: Connection, contribution_id: int) -> Sequence[Any]:
    """Those of one contribution: id contribution_id kind text marked_by marked_at."""
    query = sa.select(passage).where(passage.c.contribution_id == contribution_id).order_by(passage.c.id)
    return connection.execute(query).mappings().all()


def of_all(connection: Connection, dialogue_id: int) -> dict[int, list[Any]]:
    """Those of all its contributions, by the contribution's id."""
    query = sa.select(passage).join(contribution).where(contribution.c.dialogue_id == dialogue_id)
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query.order_by(passage.c.id)).mappings():
        found.setdefault(row["contribution_id"], []).append(row)
    return found


def add(connection: Connection, now: datetime, contribution_id: int, kind: str, text: str, by: str) -> bool:
    """Mark it; false when it is marked so already. (No UNIQUE says so: PostgreSQL indexes no text that long.)"""
    same = sa.select(passage.c.id).where(
        passage.c.contribution_id == contribution_id, passage.c.kind == kind, passage.c.text == text
    )
    if connection.execute(same).first():
        return False
    values = {"contribution_id": contribution_id, "kind": kind, "text": text, "marked_by": by, "marked_at": now}
    connection.execute(passage.insert().values(**values))
    return True


def remove(connection: Connection, passage_ids: Sequence[int]) -> None:
    connection.execute(passage.delete().where(passage.c.id.in_(passage_ids)))


def take_over(connection: Connection, from_id: int, to_id: int) -> None:
    """What was marked in one contribution is marked in the other as well."""
    for row in of(connection, from_id):
        add(connection, row["marked_at"], to_id, row["kind"], row["text"], row["marked_by"])
