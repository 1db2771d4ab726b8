"""Who did what, when and why. Written in the transaction of the deed itself, never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import audit, dialogue

#: Built once: every page asks for the last.
_RECORD = audit.insert()
_LAST = sa.select(sa.func.max(audit.c.id))

#: Entries that may be committed in another order than they were numbered: by so many writers at once, at most.
_AT_ONCE = 200
_counts = audit.c.action.not_in(sa.bindparam("but", expanding=True))
_newest = sa.select(sa.func.max(audit.c.id).label("id")).where(_counts).cte("newest")
_beside = sa.select(sa.func.count()).where(_counts, audit.c.id.between(_newest.c.id - _AT_ONCE, _newest.c.id))
_STATE = sa.select(_newest.c.id, _beside.scalar_subquery())
_LAST_OF = _LAST.where(audit.c.id > sa.bindparam("beyond"), audit.c.action == sa.bindparam("action"))


def record(
    connection: Connection,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    reason: str = "",
    dialogue_id: int | None = None,
) -> None:
    values = {"at": at, "actor": actor, "action": action, "subject": subject, "reason": reason}
    connection.execute(_RECORD, {**values, "dialogue_id": dialogue_id})


def state(connection: Connection, but: Sequence[str]) -> tuple[int, int]:
    """What differs as soon as anything was done but those actions: the newest entry, and how many are close behind it.

    PostgreSQL numbers entries before they are committed: one may come to light that is older than the newest.
    """
    newest, beside = connection.execute(_STATE, {"but": but}).one()
    return newest or 0, beside


def last(connection: Connection, action: str = "", beyond: int = 0) -> int:
    """The newest entry's number, or that of this action if it is beyond another; 0 if there is none."""
    if action:
        found = connection.execute(_LAST_OF, {"beyond": beyond, "action": action})
    else:
        found = connection.execute(_LAST)
    return found.scalar() or 0


def span(connection: Connection, action: str = "") -> tuple[datetime | None, datetime | None]:
    """When something was done first and last, or that action; None where it never was."""
    query = sa.select(sa.func.min(audit.c.at), sa.func.max(audit.c.at))
    if action:
        query = query.where(audit.c.action == action)
    first, latest = connection.execute(query).one()
    return first, latest


def actions_since(connection: Connection, at: datetime) -> Counter[str]:
    """How often what was done after that time."""
    query = sa.select(audit.c.action, sa.func.count()).where(audit.c.at > at).group_by(audit.c.action)
    return Counter(dict(connection.execute(query).all()))


def rows(
    connection: Connection, dialogue_id: int | None = None, subject: str | None = None, limit: int | None = None
) -> Sequence[Any]:
    """Newest last: at, actor, action, subject, reason, dialogue (slug)."""
    query = (
        sa.select(
            audit.c.at,
            audit.c.actor,
            audit.c.action,
            audit.c.subject,
            audit.c.reason,
            dialogue.c.slug.label("dialogue"),
        )
        .join_from(audit, dialogue, isouter=True)
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    if dialogue_id is not None:
        query = query.where(audit.c.dialogue_id == dialogue_id)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    return list(reversed(connection.execute(query).mappings().all()))
