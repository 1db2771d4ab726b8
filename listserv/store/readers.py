"""Who reads along: participants with what tells whether a private mail would be welcome, and who writes how often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState, DeliveryMode, Outcome, Participation, Role
from listserv.core.dialogue.quiet import Reader
from listserv.core.mail.automatic import Automatic
from listserv.store import occurrences
from listserv.store.tables import address, bounce, contribution, inbox, occurrence, participation, person

#: Who got the private reminder in a module: the participation, the module's number.
NUDGED = "answer:nudged"
#: Who was asked to leave room in a module.
FREQUENT = "answer:frequent"


def readers(connection: Connection, dialogue_id: int, module: int) -> list[Reader]:
    """All participants, as the private reminder of that module looks at them."""
    wrote = (
        sa.select(contribution.c.person_id, sa.func.count().label("count"))
        .where(contribution.c.dialogue_id == dialogue_id)
        .group_by(contribution.c.person_id)
        .subquery()
    )
    bounced = (
        sa.select(bounce.c.participation_id, sa.func.max(bounce.c.at).label("at"))
        .join(participation, participation.c.id == bounce.c.participation_id)
        .where(
            bounce.c.verdict.in_(["hard", "soft"]),
            sa.or_(participation.c.reinstated_at.is_(None), bounce.c.at > participation.c.reinstated_at),
        )
        .group_by(bounce.c.participation_id)
        .subquery()
    )
    query = (
        sa.select(
            *(participation.c.id, participation.c.person_id, participation.c.role, participation.c.status),
            *(participation.c.delivery, participation.c.joined_at, participation.c.changed_at, participation.c.nudges),
            sa.func.coalesce(wrote.c.count, 0).label("contributions"),
            bounced.c.at.label("bounced_at"),
        )
        .outerjoin(wrote, wrote.c.person_id == participation.c.person_id)
        .outerjoin(bounced, bounced.c.participation_id == participation.c.id)
        .where(participation.c.dialogue_id == dialogue_id)
        .order_by(participation.c.id)
    )
    absent = _absent(connection, dialogue_id)
    nudged = {part for part, number in occurrences.rounds(connection, dialogue_id, NUDGED) if number == module}
    return [
        Reader(
            id=row.id,
            role=Role(row.role),
            status=Participation(row.status),
            delivery=DeliveryMode(row.delivery),
            joined_at=row.joined_at or row.changed_at,
            contributions=row.contributions,
            nudges=bool(row.nudges),
            bounced_at=row.bounced_at,
            absent_at=absent.get(row.person_id),
            nudged=str(row.id) in nudged,
        )
        for row in connection.execute(query)
    ]


def nudged(connection: Connection, dialogue_id: int, module: int, since: datetime) -> set[int]:
    """The participations that got the private reminder of that module after that instant."""
    query = sa.select(occurrence.c.subject).where(
        occurrence.c.dialogue_id == dialogue_id,
        occurrence.c.kind == NUDGED,
        occurrence.c.round == module,
        occurrence.c.at > since,
    )
    return {int(subject) for subject in connection.execute(query).scalars()}


def _absent(connection: Connection, dialogue_id: int) -> dict[int, Any]:
    """Person: when an automatic answer came from them last, unless they have written themselves since."""
    machine = sa.and_(inbox.c.outcome == Outcome.AUTOMATIC, inbox.c.reason == Automatic.REPLY.value)
    theirs = sa.case((machine, inbox.c.received_at))
    own = sa.case((sa.not_(inbox.c.outcome.in_([Outcome.AUTOMATIC, Outcome.BOUNCE])), inbox.c.received_at))
    query = (
        sa.select(
            address.c.person_id,
            sa.func.max(theirs, type_=inbox.c.received_at.type).label("away"),
            sa.func.max(own, type_=inbox.c.received_at.type).label("back"),
        )
        .join_from(inbox, address, address.c.key == inbox.c.author)
        .where(inbox.c.dialogue_id == dialogue_id, inbox.c.outcome.is_not(None))
        .group_by(address.c.person_id)
    )
    found = connection.execute(query)
    return {row.person_id: row.away for row in found if row.away and (row.back is None or row.back < row.away)}


def parts(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Id, name, address and language of those participations."""
    query = sa.select(participation.c.id, person.c.name, person.c.address, person.c.language).join(person)
    return list(connection.execute(query.where(participation.c.id.in_(ids)).order_by(participation.c.id)).all())


def frequent(connection: Connection, dialogue_id: int, module: int, more_than: int) -> list[Any]:
    """Who has more contributions to that module than that, released or held, and was not told so in it: as `parts`,
    with `count`."""
    counted = (
        sa.select(contribution.c.person_id, sa.func.count().label("count"))
        .where(
            contribution.c.dialogue_id == dialogue_id,
            contribution.c.module == module,
            contribution.c.state.in_([ContributionState.RELEASED, ContributionState.HELD]),
        )
        .group_by(contribution.c.person_id)
        .having(sa.func.count() > more_than)
        .subquery()
    )
    query = (
        sa.select(participation.c.id, person.c.name, person.c.address, person.c.language, counted.c.count)
        .join_from(participation, person)
        .join(counted, counted.c.person_id == person.c.id)
        .where(
            participation.c.dialogue_id == dialogue_id,
            participation.c.role == Role.PARTICIPANT,
            participation.c.status == Participation.ACTIVE,
        )
        .order_by(participation.c.id)
    )
    rows = connection.execute(query).all()
    told = {part for part, number in occurrences.rounds(connection, dialogue_id, FREQUENT) if number == module}
    return [row for row in rows if str(row.id) not in told]
