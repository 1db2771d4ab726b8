"""Bounces: a row per failed delivery that somebody reported, and what of them counts.

A row with a delivery was named by our own return address; one without says who it was about by an address anybody
could have written: kept to be seen, never counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import DeliveryState, Participation
from listserv.core.mail.bounce.reports import Verdict
from listserv.store.tables import bounce, delivery, mailing, occurrence, participation, person

#: The occurrence that says a mailing bounced at a whole domain; its subject is `Wave.subject`.
WAVE = "answer:wave"

_WORSE = {Verdict.OURS.value: 0, Verdict.SOFT.value: 1, Verdict.HARD.value: 2}


@dataclass(frozen=True, slots=True)
class Wave:
    """Copies of one mailing that failed alike at one domain."""

    mailing_id: int
    domain: str
    verdict: str
    at: datetime | None = None  # recognised

    @property
    def subject(self) -> str:
        """As its occurrence has it; `counting` builds the same in SQL."""
        return f"{self.mailing_id}:{self.domain}:{self.verdict}"

    @classmethod
    def of(cls, subject: str, at: datetime) -> Wave:
        mailing_id, _, rest = subject.partition(":")
        domain, _, verdict = rest.rpartition(":")
        return cls(int(mailing_id), domain, verdict, at)


def record(
    connection: Connection,
    now: datetime,
    participation_id: int,
    delivery_id: int | None,
    verdict: str,
    status: str,
    diagnostic: str,
    domain: str,
) -> bool:
    """A row; false when it changes nothing. A delivery has one, by the worst that is said of it.

    Without a delivery: one a day and participant, however many are sent to fill the table.
    """
    values = {"verdict": verdict, "status": status, "diagnostic": diagnostic[:500], "domain": domain[:255], "at": now}
    if delivery_id is None:
        known = sa.and_(bounce.c.delivery_id.is_(None), bounce.c.at > now - timedelta(days=1))
    else:
        known = bounce.c.delivery_id == delivery_id
    query = sa.select(bounce.c.id, bounce.c.verdict).where(bounce.c.participation_id == participation_id, known)
    before = connection.execute(query.limit(1)).first()
    if before is None:
        connection.execute(bounce.insert().values(participation_id=participation_id, delivery_id=delivery_id, **values))
        return True
    if delivery_id is not None and _WORSE[verdict] > _WORSE[before.verdict]:
        values.pop("at")  # the day it failed first
        connection.execute(bounce.update().where(bounce.c.id == before.id).values(**values))
        return True
    return False


def delivery_of(connection: Connection, delivery_id: int) -> Any | None:
    """What a return address names: participation_id, address, dialogue_id, mailing_id, attempts, finished_at,
    created_at."""
    query = (
        sa.select(
            delivery.c.participation_id,
            delivery.c.address,
            mailing.c.dialogue_id,
            delivery.c.mailing_id,
            delivery.c.attempts,
            delivery.c.finished_at,
            mailing.c.created_at,
        )
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .where(delivery.c.id == delivery_id)
    )
    return connection.execute(query).first()


def came_back(connection: Connection, address: str, dialogue_id: int | None = None) -> Sequence[Any]:
    """Of what the relay took for that address, what was reported: subject, verdict, status, diagnostic, at."""
    query = (
        sa.select(mailing.c.subject, bounce.c.verdict, bounce.c.status, bounce.c.diagnostic, bounce.c.at)
        .join_from(bounce, delivery, bounce.c.delivery_id == delivery.c.id)
        .join(mailing, delivery.c.mailing_id == mailing.c.id)
        .where(sa.func.lower(delivery.c.address) == address.lower(), delivery.c.state == DeliveryState.SENT)
        .order_by(bounce.c.id)
    )
    if dialogue_id is not None:
        query = query.where(mailing.c.dialogue_id == dialogue_id)
    return connection.execute(query).mappings().all()


def posted(connection: Connection, dialogue_id: int, delivery_id: int, kind: str) -> Any | None:
    """The mailing_id and address of that delivery, where it is of a mailing of that kind."""
    query = (
        sa.select(delivery.c.mailing_id, delivery.c.address)
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .where(delivery.c.id == delivery_id, mailing.c.dialogue_id == dialogue_id, mailing.c.kind == kind)
    )
    return connection.execute(query).first()


def counting(connection: Connection, participation_id: int, since: datetime) -> Sequence[Any]:
    """What counts against somebody: at, verdict. Since then, since they were reinstated, and not part of a wave."""
    subject = sa.cast(delivery.c.mailing_id, sa.String) + ":" + bounce.c.domain + ":" + bounce.c.verdict
    waved = sa.exists().where(
        occurrence.c.dialogue_id == participation.c.dialogue_id,
        occurrence.c.kind == WAVE,
        occurrence.c.subject == subject,
    )
    query = (
        sa.select(bounce.c.at, bounce.c.verdict)
        .join_from(bounce, delivery, delivery.c.id == bounce.c.delivery_id)
        .join(participation, participation.c.id == bounce.c.participation_id)
        .where(
            bounce.c.participation_id == participation_id,
            bounce.c.at > since,
            sa.or_(participation.c.reinstated_at.is_(None), bounce.c.at > participation.c.reinstated_at),
            ~waved,
        )
        .order_by(bounce.c.id)
    )
    return connection.execute(query).all()


def _of(wave: Wave) -> tuple[Any, ...]:
    return (
        delivery.c.mailing_id == wave.mailing_id,
        bounce.c.domain == wave.domain,
        bounce.c.verdict == wave.verdict,
    )


def alike(connection: Connection, wave: Wave) -> int:
    """How many copies have bounced so."""
    query = (
        sa.select(sa.func.count()).join_from(bounce, delivery, delivery.c.id == bounce.c.delivery_id).where(*_of(wave))
    )
    return connection.execute(query).scalar_one()


def at_domain(connection: Connection, wave: Wave) -> int:
    """How many recipients the mailing has at that domain."""
    there = sa.func.lower(delivery.c.address).endswith(f"@{wave.domain}", autoescape=True)
    query = sa.select(sa.func.count()).where(delivery.c.mailing_id == wave.mailing_id, there)
    return connection.execute(query).scalar_one()


def paused_in(connection: Connection, wave: Wave) -> Sequence[Any]:
    """Who is paused as unreachable and bounced in that wave: id, unreachable_at, address."""
    query = (
        sa.select(participation.c.id, participation.c.unreachable_at, person.c.address)
        .distinct()
        .join_from(bounce, delivery, delivery.c.id == bounce.c.delivery_id)
        .join(participation, participation.c.id == bounce.c.participation_id)
        .join(person, person.c.id == participation.c.person_id)
        .where(
            *_of(wave),
            participation.c.unreachable_at.is_not(None),
            participation.c.status == Participation.PAUSED,
        )
        .order_by(participation.c.id)
    )
    return connection.execute(query).all()


def unreachable(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Who is paused because mail to them came back, in order of when: id, name, address, since, verdict, status,
    diagnostic (of the last bounce that counted)."""
    theirs = bounce.alias("theirs")
    last = (
        sa.select(sa.func.max(theirs.c.id))
        .where(theirs.c.participation_id == participation.c.id, theirs.c.delivery_id.is_not(None))
        .correlate(participation)
        .scalar_subquery()
    )
    query = (
        sa.select(
            participation.c.id,
            person.c.name,
            person.c.address,
            participation.c.unreachable_at.label("since"),
            bounce.c.verdict,
            bounce.c.status,
            bounce.c.diagnostic,
        )
        .join_from(participation, person)
        .outerjoin(bounce, bounce.c.id == last)
        .where(
            participation.c.dialogue_id == dialogue_id,
            participation.c.status == Participation.PAUSED,
            participation.c.unreachable_at.is_not(None),
        )
        .order_by(participation.c.unreachable_at, participation.c.id)
    )
    return connection.execute(query).all()


def waves(connection: Connection, dialogue_id: int, since: datetime) -> Sequence[Any]:
    """The waves recognised since then: mailing_id, domain, verdict, at."""
    query = (
        sa.select(occurrence.c.subject, occurrence.c.at)
        .where(occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == WAVE, occurrence.c.at > since)
        .order_by(occurrence.c.id)
    )
    return [Wave.of(subject, at) for subject, at in connection.execute(query)]


def sample(connection: Connection, wave: Wave) -> Any | None:
    """One bounce of a wave (status, diagnostic), and the mailing's subject."""
    query = (
        sa.select(bounce.c.status, bounce.c.diagnostic, mailing.c.subject)
        .join_from(bounce, delivery, delivery.c.id == bounce.c.delivery_id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(*_of(wave))
        .order_by(bounce.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).first()
