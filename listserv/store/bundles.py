"""Who gets contributions bundled, and how far each of them has got; which contributions a bundle held.

A reader's place is the highest official number that they have had or are not owed: it is set when bundles begin for
them, and moves with each. Who wants each contribution again is owed, at once, what they had not got by then. All of it
is occurrences, written with what brings it about: nothing is missed and nothing comes twice (DESIGN §3).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState, DeliveryMode, DeliveryState, Participation
from listserv.store import contributions, occurrences, turns
from listserv.store.tables import contribution, delivery, dialogue, mailing, occurrence, participation
from listserv.store.types import database_now

#: Subject: a participation; round: an official number.
HAD = "answer:had"  # up to it
OWED = "answer:owed"  # that one
AWAY = "answer:away"  # what was released, or had, when their pause began
MISSED = "answer:missed"  # that one came out during a pause of theirs
#: Subject: a bundle's mailing; round: the official number of a contribution in it.
ITEM = "answer:bundle"

_ANY = 2**31 - 1  # above every official number

#: Seconds before its copies leave in which a release counts as there to stay: clocks step back a little now and then.
LAST = 5.0

Standing = tuple[str, str]
"""Status and delivery mode."""


def moved(
    connection: Connection, now: datetime, dialogue_id: int, part_id: int, was: Standing | None, now_is: Standing
) -> None:
    """Somebody's status or delivery mode has changed, or is new (`was` None). To be called in that transaction."""
    each, daily = ((Participation.ACTIVE, mode) for mode in (DeliveryMode.EACH, DeliveryMode.DAILY))
    begins, ends = now_is == daily != was, was == daily != now_is
    paused = was is not None and was[0] == Participation.ACTIVE and now_is[0] == Participation.PAUSED
    back = was is not None and was[0] == Participation.PAUSED and now_is in (each, daily)
    if not (begins or ends or paused or back):
        return
    last = contributions.next_number(connection, dialogue_id) - 1  # and no release comes in between
    had = place(connection, dialogue_id, part_id) if ends else last
    if begins:
        occurrences.once(connection, dialogue_id, HAD, str(part_id), last, now)
    if ends and now_is == each:
        theirs = _had_alone(connection, part_id)
        for number in numbers(connection, dialogue_id, had, last):
            if number in theirs:
                continue
            occurrences.once(connection, dialogue_id, OWED, str(part_id), number, now)
    if paused:
        occurrences.once(connection, dialogue_id, AWAY, str(part_id), had, now)
    if back:
        for number in missing(connection, dialogue_id, part_id):
            occurrences.once(connection, dialogue_id, MISSED, str(part_id), number, now)


def joined(
    connection: Connection, now: datetime, dialogue_id: int, part_id: int, was: Standing, now_is: Standing
) -> None:
    """As `moved`, for a participation that another one was joined to: what either has had counts."""
    daily, each = ((Participation.ACTIVE, mode) for mode in (DeliveryMode.DAILY, DeliveryMode.EACH))
    if was == now_is == daily:
        moved(connection, now, dialogue_id, part_id, was, each)
        was = each
    moved(connection, now, dialogue_id, part_id, was, now_is)


def _had_alone(connection: Connection, part_id: int) -> set[int]:
    """The contributions that went to them each by itself."""
    query = (
        sa.select(contribution.c.number)
        .join_from(delivery, mailing, mailing.c.id == delivery.c.mailing_id)
        .join(contribution, contribution.c.id == mailing.c.contribution_id)
        .where(delivery.c.participation_id == part_id, mailing.c.kind == "contribution")
    )
    return set(connection.execute(query).scalars())


def missing(connection: Connection, dialogue_id: int, part_id: int) -> list[int]:
    """What has come out since their last pause began, by official number."""
    if not occurrences.how_many(connection, dialogue_id, AWAY, str(part_id)):
        return []
    away = occurrences.last(connection, dialogue_id, AWAY, str(part_id))
    return numbers(connection, dialogue_id, away, _ANY)


def want_missed(connection: Connection, dialogue_id: int, part_id: int) -> int:
    """What came out during their pauses is owed to them now; how many contributions."""
    of_theirs = (occurrence.c.dialogue_id == dialogue_id, occurrence.c.subject == str(part_id))
    found = sa.select(occurrence.c.round, occurrence.c.at).where(*of_theirs, occurrence.c.kind == MISSED)
    rows = connection.execute(found).all()
    for row in rows:
        occurrences.once(connection, dialogue_id, OWED, str(part_id), row.round, row.at)
    connection.execute(occurrence.delete().where(*of_theirs, occurrence.c.kind == MISSED))
    return len(rows)


def place(connection: Connection, dialogue_id: int, part_id: int) -> int:
    """The highest number that a reader of bundles has had."""
    return occurrences.last(connection, dialogue_id, HAD, str(part_id))


def numbers(connection: Connection, dialogue_id: int, after: int, upto: int) -> list[int]:
    """Of what has been released, the official numbers in (after, upto], in order; without what was brought in."""
    query = sa.select(contribution.c.number).where(
        ~contributions.BROUGHT_IN,
        contribution.c.dialogue_id == dialogue_id,
        contribution.c.state == ContributionState.RELEASED,
        contribution.c.number > after,
        contribution.c.number <= upto,
    )
    return list(connection.execute(query.order_by(contribution.c.number)).scalars())


def settled(connection: Connection, dialogue_id: int, at: datetime) -> int:
    """The highest number released by `at` that is there to stay: none up to it can still be taken back."""
    ours = (contribution.c.dialogue_id == dialogue_id, contribution.c.state == ContributionState.RELEASED)
    released = sa.select(sa.func.max(contribution.c.number)).where(*ours, contribution.c.decided_at <= at)
    waiting = (
        sa.select(sa.func.min(contribution.c.number))
        .join_from(delivery, mailing, mailing.c.id == delivery.c.mailing_id)
        .join(contribution, contribution.c.id == mailing.c.contribution_id)
        .where(
            *ours,
            mailing.c.kind == "contribution",
            # So are they in the index ix_delivery_due: of all that ever went to the dialogue none is looked at.
            turns.unfinished,
            delivery.c.lane == dialogue_id,
            delivery.c.due_at > database_now() + LAST,
            delivery.c.state == sa.literal_column(f"'{DeliveryState.PENDING}'"),
            delivery.c.epoch == 0,
        )
    )
    first = connection.execute(waiting).scalar()
    last = connection.execute(released).scalar() or 0
    return last if first is None else min(last, first - 1)


def readers(connection: Connection, dialogue_id: int) -> dict[int, int]:
    """Who gets bundles, and each one's place; by participation."""
    key = sa.cast(participation.c.id, sa.Text)
    of_theirs = sa.and_(occurrence.c.kind == HAD, occurrence.c.subject == key, occurrence.c.dialogue_id == dialogue_id)
    query = (
        sa.select(participation.c.id, sa.func.max(occurrence.c.round))
        .outerjoin_from(participation, occurrence, of_theirs)
        .where(
            participation.c.dialogue_id == dialogue_id,
            participation.c.status == Participation.ACTIVE,
            participation.c.delivery == DeliveryMode.DAILY,
        )
        .group_by(participation.c.id)
    )
    return {part_id: had or 0 for part_id, had in connection.execute(query)}


def owing(connection: Connection) -> list[int]:
    """The dialogues in which anybody is owed anything, or was when they last wanted contributions."""
    return list(connection.execute(_OWING).scalars())


# With LIMIT, so that of each dialogue PostgreSQL looks at one row, and never through all occurrences.
_one_of = sa.select(occurrence.c.id).where(occurrence.c.dialogue_id == dialogue.c.id, occurrence.c.kind == OWED)
_OWING = sa.select(dialogue.c.id).where(_one_of.limit(1).scalar_subquery().is_not(None)).order_by(dialogue.c.id)


def owed(connection: Connection, dialogue_id: int) -> dict[int, list[int]]:
    """What those are owed who want contributions, by participation, in order."""
    whom = sa.select(occurrence.c.subject).distinct().filter_by(dialogue_id=dialogue_id, kind=OWED)
    parts = [int(subject) for subject in connection.execute(whom).scalars()]
    if not parts:  # as nearly always: nobody who takes part need be looked at
        return {}
    query = (
        sa.select(participation.c.id, occurrence.c.round)
        .join_from(occurrence, participation, occurrence.c.subject == sa.cast(participation.c.id, sa.Text))
        .join(
            contribution,
            sa.and_(contribution.c.dialogue_id == dialogue_id, contribution.c.number == occurrence.c.round),
        )
        .where(
            contribution.c.state == ContributionState.RELEASED,
            occurrence.c.dialogue_id == dialogue_id,
            occurrence.c.kind == OWED,
            participation.c.id.in_(parts),
            participation.c.status == Participation.ACTIVE,
            participation.c.delivery.in_([DeliveryMode.EACH, DeliveryMode.DAILY]),
        )
        .order_by(participation.c.id, occurrence.c.round)
    )
    found: dict[int, list[int]] = {}
    for part_id, number in connection.execute(query):
        found.setdefault(part_id, []).append(number)
    return found


def sent(
    connection: Connection, now: datetime, dialogue_id: int, mailing_id: int, held: Collection[int], parts: set[int]
) -> None:
    """That mailing is a bundle of the contributions `held`, made for `parts`."""
    for number in held:
        occurrences.once(connection, dialogue_id, ITEM, str(mailing_id), number, now)
    for part_id in parts:
        occurrences.once(connection, dialogue_id, HAD, str(part_id), max(held), now)
    connection.execute(
        occurrence.delete().where(
            occurrence.c.dialogue_id == dialogue_id,
            occurrence.c.kind == OWED,
            occurrence.c.subject.in_([str(part_id) for part_id in parts]),
            occurrence.c.round.in_(list(held)),
        )
    )


def went_out(connection: Connection, dialogue_id: int, number: int) -> bool:
    """Whether a bundle held that contribution."""
    query = sa.select(occurrence.c.id).where(
        occurrence.c.dialogue_id == dialogue_id, occurrence.c.kind == ITEM, occurrence.c.round == number
    )
    return connection.execute(query.limit(1)).first() is not None


def taken_back(connection: Connection, now: datetime, dialogue_id: int, number: int) -> None:
    """The last number given is free again: what comes under it next is owed like anything new."""
    of_it = (occurrence.c.dialogue_id == dialogue_id, occurrence.c.round == number)
    places = (*of_it, occurrence.c.kind.in_([HAD, AWAY]))
    for row in connection.execute(sa.select(occurrence.c.kind, occurrence.c.subject).where(*places)).all():
        occurrences.once(connection, dialogue_id, row.kind, row.subject, number - 1, now)
    connection.execute(occurrence.delete().where(*of_it, occurrence.c.kind.in_([HAD, AWAY, OWED, MISSED])))


def items(connection: Connection, mailing_id: int) -> list[int]:
    """The official numbers that a bundle held, in order."""
    query = sa.select(occurrence.c.round).where(occurrence.c.kind == ITEM, occurrence.c.subject == str(mailing_id))
    return sorted(connection.execute(query).scalars())
