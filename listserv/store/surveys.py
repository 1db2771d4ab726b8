"""Answers to the survey, one row each, and who has answered.

Where anonymity is promised, a row of `answer` has nothing that leads to a person: no participation, no date, no mail,
and a number (`mark`) that only whoever has the site's secret could work out, a different one for each question of each
person, so that not even two answers of one person are known to be of one. Rows are in the order of that number, so
their place does not tell when they came. `respondent` says that somebody has answered, and not when or what.

What this cannot keep from anybody: a backup made between a mail's arrival and its reading has that mail, and on
PostgreSQL rows written in one transaction can be told by its number (xmin) until VACUUM FREEZE has passed over them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import Participation
from listserv.store.tables import answer, delivery, inbox, mailing, participation, person, raw, rendering, respondent

#: The survey, its reminder, and a receipt or two: what anybody answers to.
MOST_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as kept. `marks`: its number with each of the site's secrets, the one in use first. `question`: its
    key, "" for what belongs to none. `participation_id`: None where anonymity is promised."""

    marks: tuple[int, ...]
    question: str
    value: str
    text: str
    participation_id: int | None = None


def keep(connection: Connection, dialogue_id: int, participation_id: int, given: Sequence[Given]) -> None:
    """Their answers, each in place of the one they gave before to that question."""
    for one in given:
        connection.execute(answer.delete().where(answer.c.id.in_(one.marks)))
        connection.execute(
            answer.insert().values(
                id=one.marks[0],
                dialogue_id=dialogue_id,
                question=one.question,
                value=one.value,
                text=one.text,
                participation_id=one.participation_id,
            )
        )
    known = sa.select(respondent.c.id).where(respondent.c.participation_id == participation_id)
    if given and connection.execute(known).first() is None:
        values = {"dialogue_id": dialogue_id, "participation_id": participation_id}
        connection.execute(respondent.insert().values(**values))


def answers(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """All of them: question value text name (of who gave it; None: nobody's), in no order that tells anything."""
    query = (
        sa.select(answer.c.question, answer.c.value, answer.c.text, person.c.name)
        .outerjoin_from(answer, participation, participation.c.id == answer.c.participation_id)
        .outerjoin(person, person.c.id == participation.c.person_id)
        .where(answer.c.dialogue_id == dialogue_id)
    )
    return connection.execute(query.order_by(answer.c.id)).all()


def of(connection: Connection, parts: Collection[int]) -> Sequence[Any]:
    """What is known to be of these participations: id participation_id question value text."""
    query = sa.select(answer).where(answer.c.participation_id.in_(parts))
    return connection.execute(query.order_by(answer.c.id)).mappings().all()


def forget(connection: Connection, parts: Collection[int]) -> int:
    """What is known to be of these participations goes, and that they have answered; how many answers."""
    connection.execute(respondent.delete().where(respondent.c.participation_id.in_(parts)))
    return connection.execute(answer.delete().where(answer.c.participation_id.in_(parts))).rowcount


def answered(connection: Connection, dialogue_id: int) -> set[int]:
    """The participations that have."""
    query = sa.select(respondent.c.participation_id).where(respondent.c.dialogue_id == dialogue_id)
    return set(connection.execute(query).scalars())


def asked(connection: Connection, dialogue_id: int) -> set[int]:
    """The participations that the survey went to."""
    query = (
        sa.select(delivery.c.participation_id)
        .join_from(delivery, mailing)
        .where(
            mailing.c.dialogue_id == dialogue_id,
            mailing.c.kind.in_(audience.ANSWERED_ALONE),
            delivery.c.participation_id.is_not(None),
        )
    )
    return set(connection.execute(query).scalars())


def silent(connection: Connection, dialogue_id: int) -> set[int]:
    """Those asked who have not answered and still take part."""
    active = sa.select(participation.c.id).where(
        participation.c.dialogue_id == dialogue_id, participation.c.status == Participation.ACTIVE
    )
    still = set(connection.execute(active).scalars())
    return (asked(connection, dialogue_id) - answered(connection, dialogue_id)) & still


def part(connection: Connection, dialogue_id: int, participation_id: int) -> Any | None:
    """Somebody asked, while their participation is there: id name address language; None otherwise."""
    query = (
        sa.select(participation.c.id, person.c.name, person.c.address, person.c.language, person.c.erased_at)
        .join_from(participation, person)
        .where(participation.c.id == participation_id, participation.c.dialogue_id == dialogue_id)
    )
    row = connection.execute(query).first()
    return None if row is None or row.erased_at else row


def letters(connection: Connection, participation_id: int, kinds: Collection[str]) -> list[bytes]:
    """The mails of these kinds that went to a participant, as they were made."""
    query = (
        sa.select(rendering.c.head, rendering.c.body)
        .join_from(delivery, rendering, delivery.c.rendering_id == rendering.c.id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.participation_id == participation_id, mailing.c.kind.in_(kinds))
        .order_by(delivery.c.id)
        .limit(MOST_LETTERS)
    )
    return [row.head + b"\r\n" + row.body for row in connection.execute(query)]


def nameless(connection: Connection, now: datetime, inbox_id: int, recipient: str) -> None:
    """Take out of a mail's row whom it came from, and let the mail go as it came, if it came to no other address."""
    gone = {"sender": "", "recipient": recipient, "message_id": "", "subject": "", "author": "", "traceback": None}
    connection.execute(inbox.update().where(inbox.c.id == inbox_id).values(**gone))
    raw_id = connection.execute(sa.select(inbox.c.raw_id).where(inbox.c.id == inbox_id)).scalar_one()
    others = sa.exists().where(inbox.c.raw_id == raw_id, inbox.c.id != inbox_id)
    empty = raw.update().where(raw.c.id == raw_id, ~others).values(content=b"", purged_at=now)
    connection.execute(empty)
