"""Inbound mail: kept as received, claimed by who processes it, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import InboxState, Outcome
from listserv.store import batch
from listserv.store.tables import contribution, dialogue, inbox, raw
from listserv.store.types import database_now

# Written out, not bound: only so does SQLite see that the partial index ix_inbox_new holds what is asked for.
_new = inbox.c.state == sa.literal_column(f"'{InboxState.NEW}'")

# Made once: a statement costs five times as much to make as to execute.
_keep, _enter = raw.insert(), inbox.insert()
_content = sa.select(raw.c.content).where(raw.c.id == sa.bindparam("of"))
_done = inbox.update().where(inbox.c.id == sa.bindparam("of"), inbox.c.state == InboxState.NEW)
_outcome_of = inbox.update().where(inbox.c.contribution_id == sa.bindparam("of"))


def add(
    connection: Connection, now: datetime, sender: str, recipients: Sequence[str], content: bytes, protocol: str
) -> list[int]:
    """Keep one mail for its recipients; the inbox rows' ids. Committing it is what a 250 stands for."""
    raw_id = connection.execute(_keep, {"content": content, "received_at": now}).inserted_primary_key[0]
    row = {"raw_id": raw_id, "received_at": now, "sender": sender, "protocol": protocol, "state": InboxState.NEW}
    return [
        connection.execute(_enter, row | {"recipient": recipient}).inserted_primary_key[0] for recipient in recipients
    ]


def claim(connection: Connection, limit: int, lease: float) -> Sequence[Any]:
    """What is not processed yet, oldest first, for `lease` seconds: id raw_id received_at sender recipient protocol.

    No other process gets it meanwhile (DESIGN §3); who has died has it no longer than that. Without their contents: so
    many large mails are more than one process holds.
    """
    taken = connection.execute(_CLAIM[connection.dialect.name], {"most": limit, "lease": lease}).all()
    return sorted(taken, key=lambda row: row.id)


_pick = (
    sa.select(inbox.c.id)
    .where(_new, inbox.c.due_at <= database_now())
    .order_by(inbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
    .cte("pick")
)
_claimed = (
    inbox.update()
    .values(due_at=database_now() + sa.bindparam("lease", type_=sa.Float()))
    .returning(*(inbox.c[name] for name in ("id", "raw_id", "received_at", "sender", "recipient", "protocol")))
)
_CLAIM = batch.among(_claimed.where, inbox.c.id, sa.select(_pick.c.id))


_NEXT = sa.select(sa.func.min(inbox.c.due_at) - database_now()).where(_new)


def next_due_in(connection: Connection) -> float | None:
    """Seconds until a mail may be claimed that somebody else has now, and may have died with; None if there is none."""
    wait = connection.execute(_NEXT).scalar_one()
    return None if wait is None else max(0.0, wait)


def hold(connection: Connection, inbox_ids: Sequence[int], lease: float) -> None:
    """Those of them that are not done are ours for so many seconds from now; 0: anybody's at once."""
    rows = inbox.update().where(_new, inbox.c.id.in_(inbox_ids))
    connection.execute(rows.values(due_at=database_now() + lease if lease else 0.0))


def free_leases(connection: Connection) -> int:
    """The engine lock is ours, so no other engine lives: what a dead one had claimed may be processed at once."""
    return connection.execute(inbox.update().where(_new, inbox.c.due_at > 0).values(due_at=0.0)).rowcount


def raw_of(connection: Connection, inbox_id: int) -> int:
    """Which mail, as it came, a row is about."""
    return connection.execute(sa.select(inbox.c.raw_id).where(inbox.c.id == inbox_id)).scalar_one()


def repeated(connection: Connection, row: Any, message_id: str) -> bool:
    """Whether the same mail, byte for byte, came by the same way before: its sender could not be told that it had."""
    earlier, before, now = inbox.alias(), raw.alias(), raw.alias()
    query = (
        sa.select(earlier.c.id)
        .join(before, before.c.id == earlier.c.raw_id)
        .join(now, now.c.content == before.c.content)
        .where(earlier.c.message_id == message_id, earlier.c.id < row.id, now.c.id == row.raw_id)
        .where(earlier.c.recipient == row.recipient, earlier.c.sender == row.sender)
    )
    return connection.execute(query.limit(1)).first() is not None


def wrote_to(connection: Connection, author: str, recipient: str, since: datetime) -> bool:
    """Whether a mail of that author (core/mail/identity.key) has come to that address since."""
    query = sa.select(inbox.c.id).where(
        inbox.c.author == author, sa.func.lower(inbox.c.recipient) == recipient.lower(), inbox.c.received_at > since
    )
    return connection.execute(query.limit(1)).first() is not None


def last_of(connection: Connection, author: str, recipient: str, protocol: str, by: datetime) -> bytes | None:
    """The last mail of that author (core/mail/identity.key) to that address that came so, by then; None if none."""
    query = (
        sa.select(raw.c.content)
        .join_from(inbox, raw, raw.c.id == inbox.c.raw_id)
        .where(
            inbox.c.author == author,
            sa.func.lower(inbox.c.recipient) == recipient.lower(),
            inbox.c.protocol == protocol,
            inbox.c.received_at <= by,
        )
    )
    return connection.execute(query.order_by(inbox.c.id.desc()).limit(1)).scalar() or None


def sender_of(connection: Connection, inbox_id: int) -> str:
    """The envelope sender of a mail; "" for the null sender, or when it is not there."""
    return connection.execute(sa.select(inbox.c.sender).where(inbox.c.id == inbox_id)).scalar() or ""


def done(
    connection: Connection,
    inbox_id: int,
    outcome: Outcome,
    reason: str = "",
    *,
    message_id: str = "",
    subject: str = "",
    author: str = "",
    dialogue_id: int | None = None,
    contribution_id: int | None = None,
) -> bool:
    """Record what became of it; false when another has done so: then the caller must write nothing."""
    values = {
        "of": inbox_id,
        "state": InboxState.DONE,
        "outcome": outcome,
        "reason": reason,
        "message_id": message_id,
        "subject": subject,
        "author": author,
        "dialogue_id": dialogue_id,
        "contribution_id": contribution_id,
    }
    return connection.execute(_done, values).rowcount == 1


def park(connection: Connection, inbox_id: int, traceback: str) -> None:
    connection.execute(
        inbox.update()
        .where(inbox.c.id == inbox_id, inbox.c.state == InboxState.NEW)
        .values(state=InboxState.PARKED, traceback=traceback, reason=traceback.strip().splitlines()[-1][:500])
    )


def retry(connection: Connection, inbox_ids: Sequence[int]) -> int:
    """Put parked mails back to be processed, but for those whose content is gone; how many."""
    statement = (
        inbox.update()
        .where(
            inbox.c.id.in_(inbox_ids),
            inbox.c.state == InboxState.PARKED,
            ~sa.exists().where(raw.c.id == inbox.c.raw_id, raw.c.purged_at.is_not(None)),
        )
        .values(state=InboxState.NEW, traceback=None, reason="", due_at=0.0)
    )
    return connection.execute(statement).rowcount


def outcome_of(connection: Connection, contribution_id: int, outcome: Outcome) -> None:
    """A held contribution was decided upon: its mail's outcome follows."""
    connection.execute(_outcome_of, {"of": contribution_id, "outcome": outcome})


def rows(
    connection: Connection,
    dialogue_id: int | None = None,
    state: str | None = None,
    author: str | None = None,
    limit: int | None = None,
    inbox_id: int | None = None,
) -> Sequence[Any]:
    query = (
        sa.select(inbox, dialogue.c.slug.label("dialogue"), contribution.c.reasons)
        .join_from(inbox, dialogue, isouter=True)
        .outerjoin(contribution, contribution.c.id == inbox.c.contribution_id)
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    if dialogue_id is not None:
        query = query.where(sa.or_(inbox.c.dialogue_id == dialogue_id, inbox.c.dialogue_id.is_(None)))
    if state is not None:
        query = query.where(inbox.c.state == state)
    if author is not None:
        query = query.where(inbox.c.author == author)
    if inbox_id is not None:
        query = query.where(inbox.c.id == inbox_id)
    return list(reversed(connection.execute(query).mappings().all()))


def content(connection: Connection, raw_id: int) -> bytes:
    return connection.execute(_content, {"of": raw_id}).scalar_one()


def kept(connection: Connection, inbox_id: int) -> Any:
    """One mail as it came: id sender recipient content."""
    columns = (inbox.c.id, inbox.c.sender, inbox.c.recipient, raw.c.content)
    query = sa.select(*columns).join_from(inbox, raw, raw.c.id == inbox.c.raw_id)
    return connection.execute(query.where(inbox.c.id == inbox_id)).one()


def beginning(connection: Connection, inbox_id: int, octets: int) -> Any:
    """The first octets of one mail as it came: id sender content."""
    content = sa.func.substr(raw.c.content, 1, octets, type_=sa.LargeBinary).label("content")
    query = sa.select(inbox.c.id, inbox.c.sender, content).join_from(inbox, raw, raw.c.id == inbox.c.raw_id)
    return connection.execute(query.where(inbox.c.id == inbox_id)).one()


def waiting(connection: Connection) -> int:
    query = sa.select(sa.func.count()).select_from(inbox).where(_new)
    return connection.execute(query).scalar_one()
