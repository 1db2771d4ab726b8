"""Mails as they came, and how they go: their retention is over, or who they are from, or name, is erased.

Of one that is purged the row stays, with the day. Its content is then empty, but for its author's wish not to stand in
an archive (X-No-Archive), which outlives it; a contribution's row says it too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import InboxState
from listserv.store.tables import contribution, inbox, raw

# An older custom than any standard; Mailman and Google Groups honour it. Only the header block is looked at.
_OBJECTS = re.compile(rb"(?im)^x-no-archive[ \t]*:[ \t]*yes\b")
_HEAD = 128 * 1024
_OBJECTION = b"X-No-Archive: yes\r\n\r\n"


def objects(content: bytes) -> bool:
    """Whether its author objects to an archive."""
    return _OBJECTS.search(content[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]) is not None


def purge(connection: Connection, now: datetime, raw_ids: Sequence[int]) -> int:
    """Let their contents go; how many had one."""
    count = 0
    for number in raw_ids:
        query = sa.select(raw.c.content).where(raw.c.id == number, raw.c.purged_at.is_(None))
        content = connection.execute(query).scalar()
        if content is not None:
            values = {"content": _OBJECTION if objects(content) else b"", "purged_at": now}
            connection.execute(raw.update().where(raw.c.id == number).values(**values))
            count += 1
    return count


def due(
    connection: Connection,
    ended: Collection[int],
    *,
    of: int | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[int]:
    """The mails to these dialogues that are still kept as they came, the oldest first.

    `of`: only those to that one; `until`: only those that came by then. None that was to another dialogue too, nor one
    that has not been processed yet.
    """
    to = [inbox.c.raw_id == raw.c.id]
    there = [*to, inbox.c.dialogue_id.in_(ended if of is None else [of])]
    if until is not None:
        there.append(inbox.c.received_at <= until)
    waits = inbox.c.state == sa.literal_column(f"'{InboxState.NEW}'")
    needed = sa.or_(sa.and_(inbox.c.dialogue_id.is_not(None), inbox.c.dialogue_id.not_in(ended)), waits)
    query = (
        sa.select(raw.c.id)
        .where(raw.c.purged_at.is_(None))
        .where(sa.exists().where(*there))
        .where(~sa.exists().where(*to, needed))
        .order_by(raw.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def first_came(connection: Connection, dialogue_id: int) -> datetime | None:
    """When the oldest mail to that dialogue came that is still kept as it came; None: there is none."""
    query = sa.select(sa.func.min(inbox.c.received_at, type_=inbox.c.received_at.type)).join(raw)
    return connection.execute(query.where(inbox.c.dialogue_id == dialogue_id, raw.c.purged_at.is_(None))).scalar()


def purged_at(connection: Connection, raw_id: int) -> datetime | None:
    """Since when a mail's content is gone; None while it is kept."""
    return connection.execute(sa.select(raw.c.purged_at).where(raw.c.id == raw_id)).scalar()


def purged_of(connection: Connection, contribution_id: int) -> datetime | None:
    """Since when the mail that a contribution came in is gone."""
    query = sa.select(raw.c.purged_at).join_from(contribution, raw, raw.c.id == contribution.c.raw_id)
    return connection.execute(query.where(contribution.c.id == contribution_id)).scalar()


def read_as(connection: Connection, after: int, limit: int = 500) -> list[tuple[int, int, str]]:
    """Contributions beyond that one whose mail is kept as it came: their id, its id, and what it was known by."""
    query = (
        sa.select(contribution.c.id, raw.c.id, contribution.c.digest)
        .join_from(contribution, raw, raw.c.id == contribution.c.raw_id)
        .where(contribution.c.id > after, contribution.c.digest != "", raw.c.purged_at.is_(None))
        .order_by(contribution.c.id)
        .limit(limit)
    )
    return [tuple(row) for row in connection.execute(query)]
