"""What is sent: each recipient due has a mailing once, nobody who had left has it, and none of it is stuck.

How many a mailing went to is written into the audit entry of whatever sent it, in one transaction with the deliveries.
Of what was pruned the counts stand for them. That is one side; the other is who was active, and has not changed since
before the mailing was made: each of them has it. Clocks step back at times, so "before" is: before it and before every
mailing made later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import DeliveryMode, DeliveryState, Participation
from listserv.store.announcements import OPENS
from listserv.store.invariants import Invariant, each
from listserv.store.occurrences import JOINED
from listserv.store.tables import (
    audit,
    contribution,
    delivery,
    mailing,
    mailing_count,
    occurrence,
    participation,
    rendering,
)
from listserv.store.turns import unfinished
from listserv.store.types import Utc, database_now

#: Seconds after which nobody is on their way to send it any more: leases last a minute.
STUCK = 3600.0

#: What an audit entry says of the mails that were made with it.
_MAILS = re.compile(r"(?:^|[ ,])(\d+) mails$")

#: Action and the beginning of its subject, of the entries that say so: the kind of mailing they made.
_MADE = {
    ("release", "contribution"): "contribution",
    ("send", "round-up"): "roundup",
    ("send", "report"): "report",
    ("open", "module"): "announcement",
    ("close", "module"): "closing",
    ("close", "dialogue"): "ended",
    ("continue", "dialogue"): "continued",
    ("reminder", "module"): "reminder",
    ("midweek", "module"): "midweek",
    ("last-call", "dialogue"): "last_call",
    ("survey", "dialogue"): "survey",
    ("thanks", "dialogue"): "thanks",
}

#: Kinds that go to everybody whose delivery mode takes them in, with nobody left out.
_TO_ALL = {
    **{kind: audience.modes(kind) for kind in _MADE.values() if kind != "reminder"},
    "contribution": audience.EACH,
}


def _recorded(connection: Connection, now: datetime) -> Iterator[str]:
    """Mailings that have not as many deliveries as were made. Who joins late is handed an announcement made before."""
    kind = sa.case(
        *(((audit.c.action == action) & audit.c.subject.startswith(of), kind) for (action, of), kind in _MADE.items())
    )
    about = sa.or_(
        *(
            audit.c.subject == sa.literal(f"{of} ") + sa.cast(column, sa.Text)
            for of, column in (
                ("contribution", mailing.c.contribution_id),
                ("round-up", mailing.c.roundup_id),
                ("module", mailing.c.module),
            )
        ),
        audit.c.subject.startswith("dialogue"),
        audit.c.subject == "report",
    )
    made = sa.and_(
        mailing.c.dialogue_id == audit.c.dialogue_id, mailing.c.kind == kind, mailing.c.created_at == audit.c.at, about
    )
    kept = sa.select(sa.func.count()).where(delivery.c.mailing_id == mailing.c.id).scalar_subquery()
    pruned = sa.select(sa.func.sum(mailing_count.c.count)).where(mailing_count.c.mailing_id == mailing.c.id)
    there = kept + sa.func.coalesce(pruned.scalar_subquery(), 0)
    query = (
        sa.select(mailing.c.id, mailing.c.kind, audit.c.reason, there.label("there"))
        .join_from(audit, mailing, made)
        .where(audit.c.reason.like("% mails"))
        .order_by(audit.c.id)
    )
    for row in connection.execute(query):
        found = _MAILS.search(row.reason)
        due = int(found[1]) if found else 0
        if row.there < due or (row.there > due and row.kind not in OPENS):
            yield f"mailing {row.id} ({row.kind}) was made for {due}, and has {row.there} deliveries"


def _stands(*modes: DeliveryMode) -> Any:
    """Is active with one of these modes, and has not changed since before the mailing."""
    return sa.and_(
        participation.c.dialogue_id == mailing.c.dialogue_id,
        participation.c.status == Participation.ACTIVE,
        participation.c.delivery.in_(modes),
        participation.c.changed_at < mailing.c.created_at,
    )


def _missing(connection: Connection, now: datetime) -> Iterator[str]:
    """Who should have had a mailing and has none. Counts first: few mailings lack any."""
    for modes in (audience.EACH, audience.PROGRAMME, audience.ROUNDUPS):
        kinds = [kind for kind, those in _TO_ALL.items() if those == modes]
        due = sa.select(sa.func.count()).select_from(participation).where(_stands(*modes)).correlate(mailing)
        have = (
            sa.select(sa.func.count(sa.distinct(delivery.c.participation_id)))
            .join_from(delivery, participation)
            .where(delivery.c.mailing_id == mailing.c.id, _stands(*modes))
            .correlate(mailing)
        )
        lacking = due.scalar_subquery() > have.scalar_subquery()
        pruned = sa.exists().where(mailing_count.c.mailing_id == mailing.c.id)  # who had it is not known any more
        query = sa.select(mailing.c.id, mailing.c.kind).where(mailing.c.kind.in_(kinds), lacking, ~pruned)
        for row in connection.execute(query.order_by(mailing.c.id)):
            had = sa.exists().where(delivery.c.mailing_id == row.id, delivery.c.participation_id == participation.c.id)
            before = _earliest(row.id)
            those = sa.select(participation.c.id).join_from(mailing, participation, _stands(*modes))
            those = those.where(mailing.c.id == row.id, ~had, participation.c.changed_at < before, ~_joined())
            for one in connection.execute(those.order_by(participation.c.id)).scalars().all():
                yield f"mailing {row.id} ({row.kind}) has no delivery for participation {one}, who was due"


def _earliest(mailing_id: Any) -> Any:
    """When it or a later mailing was made, the earliest."""
    later = mailing.alias("later")
    return sa.select(sa.func.min(later.c.created_at, type_=Utc())).where(later.c.id >= mailing_id).scalar_subquery()


def _joined() -> Any:
    """Two participations were made that one, so what holds of one of them does not of the other."""
    return sa.exists().where(
        occurrence.c.dialogue_id == participation.c.dialogue_id,
        occurrence.c.kind == JOINED,
        occurrence.c.round == participation.c.id,
    )


def _twice(connection: Connection, now: datetime) -> Iterator[str]:
    """Participations, or addresses but for their case, that have a mailing more than once."""
    people, places = sa.func.count(delivery.c.participation_id), sa.func.count()
    suspects = (
        sa.select(delivery.c.mailing_id)
        .group_by(delivery.c.mailing_id)
        .having(
            (people > sa.func.count(sa.distinct(delivery.c.participation_id)))
            | (places > sa.func.count(sa.distinct(sa.func.lower(delivery.c.address))))
        )
        .order_by(delivery.c.mailing_id)
    )
    for mailing_id in connection.execute(suspects).scalars():
        of_it = delivery.c.mailing_id == mailing_id
        people_twice = (
            sa.select(delivery.c.participation_id, places)
            .join_from(delivery, participation)
            .where(of_it, ~_joined())
            .group_by(delivery.c.participation_id)
            .having(places > 1)
        )
        for one, count in connection.execute(people_twice.order_by(delivery.c.participation_id)).all():
            yield f"mailing {mailing_id} has {count} deliveries for participation {one}"
        address = sa.func.lower(delivery.c.address)
        strangers = sa.select(address, places).where(of_it, delivery.c.participation_id.is_(None)).group_by(address)
        for one, count in connection.execute(strangers.having(places > 1)).all():
            yield f"mailing {mailing_id} has {count} deliveries for {one}"


def _gone(connection: Connection, now: datetime) -> Iterator[str]:
    """Mails to all that were made for somebody who had left by then, and not changed since."""
    query = (
        sa.select(delivery.c.id, mailing.c.kind, participation.c.id.label("part"))
        .join_from(participation, delivery, delivery.c.participation_id == participation.c.id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(
            participation.c.status.in_([Participation.LEFT, Participation.DECLINED]),
            mailing.c.personal == 0,
            mailing.c.dialogue_id == participation.c.dialogue_id,
            participation.c.changed_at < mailing.c.created_at,
            participation.c.changed_at < _earliest(mailing.c.id),
            ~_joined(),
        )
        .order_by(delivery.c.id)
    )
    yield from each(
        connection, query, lambda row: f"delivery {row.id} ({row.kind}) is for participation {row.part}, who had left"
    )


def _stuck(connection: Connection, now: datetime) -> Iterator[str]:
    """By the database's clock, as deliveries are due."""
    late = sa.cast((database_now() - delivery.c.due_at) / 3600.0, sa.Integer).label("late")
    query = sa.select(delivery.c.id, delivery.c.state, delivery.c.attempts, late)
    query = query.where(unfinished, delivery.c.due_at < database_now() - STUCK).order_by(delivery.c.due_at)
    yield from each(
        connection,
        query,
        lambda row: f"delivery {row.id} ({row.state}, tried {row.attempts} times) is {row.late} hours late",
    )


def _ended(connection: Connection, now: datetime) -> Iterator[str]:
    """Deliveries that are in a state there is none of, or over at no time, or sent without an attempt."""
    over = delivery.c.state.in_([DeliveryState.SENT, DeliveryState.FAILED])
    strange = delivery.c.state.not_in(list(DeliveryState)) | (over & delivery.c.finished_at.is_(None))
    strange |= (delivery.c.state == DeliveryState.SENT) & (delivery.c.attempts == 0)
    query = sa.select(delivery.c.id, delivery.c.state, delivery.c.attempts).where(strange).order_by(delivery.c.id)
    yield from each(connection, query, lambda row: f"delivery {row.id} is {row.state} after {row.attempts} attempts")


def _variants(connection: Connection, now: datetime) -> Iterator[str]:
    """Deliveries whose bytes are another mailing's, mailings that have none."""
    query = sa.select(delivery.c.id).join_from(delivery, rendering, rendering.c.id == delivery.c.rendering_id)
    query = query.where(rendering.c.mailing_id != delivery.c.mailing_id).order_by(delivery.c.id)
    yield from each(connection, query, lambda row: f"delivery {row.id} has another mailing's text")
    bare = sa.select(mailing.c.id).where(~sa.exists().where(rendering.c.mailing_id == mailing.c.id))
    yield from each(connection, bare.order_by(mailing.c.id), lambda row: f"mailing {row.id} has no text")


def _unreleased(connection: Connection, now: datetime) -> Iterator[str]:
    query = (
        sa.select(mailing.c.id, mailing.c.contribution_id, contribution.c.state)
        .join_from(mailing, contribution, contribution.c.id == mailing.c.contribution_id)
        .where(mailing.c.kind == "contribution", contribution.c.number.is_(None))
        .order_by(mailing.c.id)
    )
    yield from each(
        connection, query, lambda row: f"mailing {row.id} sends contribution {row.contribution_id}, {row.state}"
    )


_REPORT = "Stop serve, keep a copy of the database, and report this with what `listserv audit` says of that time."

ALL = (
    Invariant("deliveries", "each mailing has as many deliveries as were made.", _REPORT, _recorded),
    Invariant("recipients", "each mailing has everybody who was due.", _REPORT, _missing),
    Invariant("sent once", "nobody has a mailing twice.", _REPORT, _twice),
    Invariant("who had left", "nobody who had left was written to.", _REPORT, _gone),
    Invariant(
        "stuck mail",
        "no mail is due and not sent.",
        "Is serve running, and does the relay answer? See: listserv outbox summary",
        _stuck,
    ),
    Invariant("results", "each delivery is as its state says.", _REPORT, _ended),
    Invariant("texts", "each delivery has its mailing's text.", _REPORT, _variants),
    Invariant("held is held", "only what was released was sent.", _REPORT, _unreleased),
)
