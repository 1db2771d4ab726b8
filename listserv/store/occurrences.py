"""What has happened once and must not happen twice: UNIQUE (dialogue, kind, subject, round) (DESIGN §3)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.store.tables import occurrence

#: Which participation another one, no longer there (the subject), was joined to (the round).
JOINED = "answer:joined"


def once(
    connection: Connection,
    dialogue_id: int,
    kind: str,
    subject: str,
    round_: int,
    at: datetime,
    *,
    state: str = "done",
) -> bool:
    """Record it in the caller's transaction; false when it had been recorded before: then do nothing."""
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]
    statement = (
        insert(occurrence)
        .values(dialogue_id=dialogue_id, kind=kind, subject=subject, round=round_, at=at, state=state)
        .on_conflict_do_nothing()
        .returning(occurrence.c.id)
    )
    return connection.execute(statement).first() is not None


def recorded(connection: Connection, dialogue_id: int, kind: str, subject: str, round_: int) -> bool:
    """Whether it has happened."""
    query = sa.select(occurrence.c.id).filter_by(dialogue_id=dialogue_id, kind=kind, subject=subject, round=round_)
    return connection.execute(query).first() is not None


def round_of(connection: Connection, kind: str, subject: str) -> int | None:
    """The round recorded for a kind and subject that has one only, in whichever dialogue."""
    query = sa.select(occurrence.c.round).where(occurrence.c.kind == kind, occurrence.c.subject == subject)
    return connection.execute(query).scalar()


def how_many(connection: Connection, dialogue_id: int, kind: str, subject: str, after: datetime | None = None) -> int:
    """How many rounds of it are recorded, in all or after that instant."""
    query = sa.select(sa.func.count()).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == kind, occurrence.c.subject == subject
    )
    return connection.execute(query if after is None else query.where(occurrence.c.at > after)).scalar_one()


def done(connection: Connection, dialogue_id: int) -> set[tuple[str, str, int]]:
    """The keys of all that is recorded, done or skipped."""
    query = sa.select(occurrence.c.kind, occurrence.c.subject, occurrence.c.round).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind.not_like("answer:%")
    )
    return {(kind, subject, round_) for kind, subject, round_ in connection.execute(query)}
