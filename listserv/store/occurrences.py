"""What has happened once and must not happen twice: UNIQUE (dialogue, kind, subject, round) (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

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


def forget(connection: Connection, dialogue_id: int, kind: str, subject: str) -> None:
    """It has not happened, as far as what it is about is a new thing now."""
    connection.execute(occurrence.delete().filter_by(dialogue_id=dialogue_id, kind=kind, subject=subject))


def forget_until(connection: Connection, dialogue_id: int, kind: str, at: datetime) -> None:
    """What is recorded of a kind up to that instant is needed no more."""
    connection.execute(occurrence.delete().filter_by(dialogue_id=dialogue_id, kind=kind).where(occurrence.c.at <= at))


def once_a_day(connection: Connection, dialogue_id: int, kind: str, subject: str, now: datetime) -> bool:
    """As `once`, on the UTC day of `now`."""
    return once(connection, dialogue_id, kind, subject, now.astimezone(UTC).toordinal(), now)


def asked_today(connection: Connection, dialogue_id: int, kind: str, now: datetime) -> set[str]:
    """The subjects of a kind that `once_a_day` has recorded on the day of `now`."""
    day = now.astimezone(UTC).toordinal()
    query = sa.select(occurrence.c.subject).filter_by(dialogue_id=dialogue_id, kind=kind, round=day)
    return set(connection.execute(query).scalars())


def recorded(connection: Connection, dialogue_id: int, kind: str, subject: str, round_: int) -> bool:
    """Whether it has happened."""
    query = sa.select(occurrence.c.id).filter_by(dialogue_id=dialogue_id, kind=kind, subject=subject, round=round_)
    return connection.execute(query).first() is not None


def rounds(connection: Connection, dialogue_id: int, kind: str) -> set[tuple[str, int]]:
    """Subject and round of all that is recorded of a kind."""
    query = sa.select(occurrence.c.subject, occurrence.c.round).filter_by(dialogue_id=dialogue_id, kind=kind)
    return {(subject, round_) for subject, round_ in connection.execute(query)}


def round_of(connection: Connection, kind: str, subject: str) -> int | None:
    """The round recorded for a kind and subject that has one only, in whichever dialogue."""
    query = sa.select(occurrence.c.round).where(occurrence.c.kind == kind, occurrence.c.subject == subject)
    return connection.execute(query).scalar()


def subjects_of(connection: Connection, kind: str, round_: int) -> list[str]:
    """The subjects recorded with that round of a kind, in whichever dialogue."""
    query = sa.select(occurrence.c.subject).where(occurrence.c.kind == kind, occurrence.c.round == round_)
    return list(connection.execute(query).scalars())


def how_many(connection: Connection, dialogue_id: int, kind: str, subject: str, after: datetime | None = None) -> int:
    """How many rounds of it are recorded, in all or after that instant."""
    query = sa.select(sa.func.count()).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == kind, occurrence.c.subject == subject
    )
    return connection.execute(query if after is None else query.where(occurrence.c.at > after)).scalar_one()


def last(connection: Connection, dialogue_id: int, kind: str, subject: str) -> int:
    """The highest round recorded of it; 0 when none is."""
    query = sa.select(sa.func.max(occurrence.c.round)).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == kind, occurrence.c.subject == subject
    )
    return connection.execute(query).scalar() or 0


def by_subject(
    connection: Connection, dialogue_id: int, kind: str, subjects: Collection[str], after: datetime | None = None
) -> dict[str, int]:
    """How many rounds of each of those subjects are recorded, in all or after that instant; none: left out."""
    query = (
        sa.select(occurrence.c.subject, sa.func.count())
        .where(
            occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == kind, occurrence.c.subject.in_(list(subjects))
        )
        .group_by(occurrence.c.subject)
    )
    found = connection.execute(query if after is None else query.where(occurrence.c.at > after))
    return dict(found.all())


def all_of(connection: Connection, dialogue_id: int, kind: str) -> Sequence[Any]:
    """Id and subject of all of a kind, in order of recording. For kinds from which `became` takes them away."""
    query = sa.select(occurrence.c.id, occurrence.c.subject).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == kind
    )
    return connection.execute(query.order_by(occurrence.c.id)).all()


def first(connection: Connection, dialogue_id: int, kind: str) -> datetime | None:
    """When the earliest of a kind was; None if there is none."""
    query = sa.select(sa.func.min(occurrence.c.at)).filter_by(dialogue_id=dialogue_id, kind=kind)
    return connection.execute(query).scalar_one()


def became(connection: Connection, dialogue_id: int, kind: str, up_to: int, other: str) -> int:
    """What is recorded of a kind, up to that id, is of another from now on; how many were."""
    statement = occurrence.update().where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == kind, occurrence.c.id <= up_to
    )
    return connection.execute(statement.values(kind=other)).rowcount


def states(connection: Connection, dialogue_id: int) -> dict[tuple[str, str, int], str]:
    """What became of all that is recorded, by key: done | skipped."""
    query = sa.select(occurrence.c.kind, occurrence.c.subject, occurrence.c.round, occurrence.c.state).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind.not_like("answer:%")
    )
    return {(kind, subject, round_): state for kind, subject, round_, state in connection.execute(query)}


def done(connection: Connection, dialogue_id: int) -> set[tuple[str, str, int]]:
    """The keys of all that is recorded, done or skipped."""
    query = sa.select(occurrence.c.kind, occurrence.c.subject, occurrence.c.round).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind.not_like("answer:%")
    )
    return {(kind, subject, round_) for kind, subject, round_ in connection.execute(query)}
