"""The addresses people write from, each somebody's; who bears which name; and two persons made one.

`key` is core/mail/identity.key. What is linked or joined here was proven, or decided by an organiser, before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import TAKING_PART, ContributionState
from listserv.core.mail import identity
from listserv.store import bundles, occurrences, people
from listserv.store.tables import (
    address,
    bounce,
    confirmation,
    contribution,
    delivery,
    occurrence,
    participation,
    person,
    ticket,
    visit,
)


def of(connection: Connection, person_id: int) -> list[str]:
    """The keys of somebody's addresses, the first known first."""
    query = sa.select(address.c.key).where(address.c.person_id == person_id).order_by(address.c.id)
    return list(connection.execute(query).scalars())


def names(connection: Connection, dialogue_id: int) -> Sequence[tuple[int, str]]:
    """Person and name of everybody who takes part in a dialogue."""
    query = (
        sa.select(person.c.id, person.c.name)
        .join_from(participation, person)
        .where(participation.c.dialogue_id == dialogue_id, participation.c.status.in_(TAKING_PART), person.c.name != "")
        .order_by(person.c.id)
    )
    return connection.execute(query).all()


def domains(connection: Connection, dialogue_id: int) -> set[str]:
    """The domains, as A-labels, that those who take part in a dialogue write from."""
    query = (
        sa.select(address.c.key)
        .join_from(participation, address, participation.c.person_id == address.c.person_id)
        .where(participation.c.dialogue_id == dialogue_id, participation.c.status.in_(TAKING_PART))
    )
    return {key.rpartition("@")[2] for key in connection.execute(query).scalars()}


def link(connection: Connection, now: datetime, person_id: int, mail_address: str) -> bool:
    """Make it one more address of theirs, with what is held from it; false if it is somebody's already."""
    if people.person_of(connection, mail_address) is not None:
        return False
    people.add_address(connection, now, person_id, mail_address)
    connection.execute(
        contribution.update()
        .where(
            contribution.c.state == ContributionState.HELD,
            contribution.c.person_id.is_(None),
            sa.func.lower(contribution.c.from_address) == identity.key(mail_address),
        )
        .values(person_id=person_id)
    )
    return True


def parts(connection: Connection, person_id: int) -> dict[int, Any]:
    """Somebody's participations, by dialogue."""
    query = sa.select(participation).where(participation.c.person_id == person_id).order_by(participation.c.id)
    return {row["dialogue_id"]: row for row in connection.execute(query).mappings()}


def figures(connection: Connection, person_id: int) -> dict[str, int]:
    """What somebody has: addresses, contributions, participations, bounces."""

    def count(query: sa.Select[Any]) -> int:
        return connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()

    theirs = sa.select(participation.c.id).where(participation.c.person_id == person_id)
    return {
        "addresses": count(sa.select(address.c.id).where(address.c.person_id == person_id)),
        "contributions": count(sa.select(contribution.c.id).where(contribution.c.person_id == person_id)),
        "participations": count(theirs),
        "bounces": count(sa.select(bounce.c.id).where(bounce.c.participation_id.in_(theirs))),
    }


def join_parts(
    connection: Connection, now: datetime, dialogue_id: int, keep: int, gone: int, values: dict[str, Any]
) -> None:
    """Two participations in one dialogue become one, with these values; links that name the other lead to it.

    `keep` is the younger one: SQLite gives the number of a youngest row that is gone to the next, and old links would
    name somebody else.
    """
    for table in (bounce, delivery):
        moved = table.update().where(table.c.participation_id == gone)
        connection.execute(moved.values(participation_id=keep))
    for column in (ticket.c.participation_id, ticket.c.requester_id):
        connection.execute(ticket.update().where(column == gone).values({column: keep}))
    connection.execute(participation.delete().where(participation.c.id == gone))
    of_theirs = participation.c.id == keep
    standing = sa.select(participation.c.status, participation.c.delivery).where(of_theirs)
    was = connection.execute(standing).one()
    connection.execute(participation.update().where(of_theirs).values(changed_at=now, **values))
    now_is = connection.execute(standing).one()
    bundles.joined(connection, now, dialogue_id, keep, (was.status, was.delivery), (now_is.status, now_is.delivery))
    joined = (occurrence.c.dialogue_id == dialogue_id) & (occurrence.c.kind == occurrences.JOINED)
    connection.execute(occurrence.update().where(joined, occurrence.c.round == gone).values(round=keep))
    occurrences.once(connection, dialogue_id, occurrences.JOINED, str(gone), keep, now)


def absorb(connection: Connection, keep: int, gone: int, values: dict[str, Any]) -> None:
    """All that one person has becomes the other's, and they are gone; participations in one dialogue are joined before.

    `keep`: the younger one, as in `join_parts`; `values`: its columns.
    """
    for table in (address, contribution, confirmation, participation, visit):
        connection.execute(table.update().where(table.c.person_id == gone).values(person_id=keep))
    connection.execute(person.delete().where(person.c.id == gone))
    people.change_person(connection, keep, values)
