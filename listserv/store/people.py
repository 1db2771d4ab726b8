"""People, their addresses, and their part in a dialogue (participation). `key` is core/mail/identity.key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import TAKING_PART, ContributionState, DeliveryMode, Participation, Role
from listserv.core.mail import identity
from listserv.store import bundles, contributions, occurrences
from listserv.store.tables import address, bounce, contribution, participation, person
from listserv.store.types import Utc

PROFILE = ("name", "country", "organisation", "sector", "gender", "language")


def person_of(connection: Connection, mail_address: str) -> int | None:
    """Whose address it is."""
    query = sa.select(address.c.person_id).where(address.c.key == identity.key(mail_address))
    return connection.execute(query).scalar()


def known(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those that are somebody's address."""
    return set(connection.execute(sa.select(address.c.key).where(address.c.key.in_(keys))).scalars())


def add_person(connection: Connection, now: datetime, mail_address: str, profile: dict[str, Any]) -> int:
    """A new person with one address; their id. `profile` has the columns of PROFILE and `profile`."""
    values = {"profile": {}, "name": ""} | profile
    person_id = connection.execute(
        person.insert().values(address=mail_address, created_at=now, **values)
    ).inserted_primary_key[0]
    add_address(connection, now, person_id, mail_address)
    return person_id


def add_address(connection: Connection, now: datetime, person_id: int, mail_address: str) -> None:
    connection.execute(address.insert().values(person_id=person_id, key=identity.key(mail_address), added_at=now))


def change_person(connection: Connection, person_id: int, values: dict[str, Any]) -> None:
    connection.execute(person.update().where(person.c.id == person_id).values(**values))


def profile_of(connection: Connection, person_id: int) -> Any:
    return connection.execute(sa.select(person).where(person.c.id == person_id)).mappings().one()


def parts(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Everybody's part, in whatever state."""
    query = _parts().where(participation.c.dialogue_id == dialogue_id).order_by(participation.c.id)
    return connection.execute(query).mappings().all()


def profiles(connection: Connection, dialogue_id: int) -> dict[int, dict[str, str]]:
    """Their answers to the dialogue's own fields, by person, of all who have or had a part in it."""
    query = sa.select(person.c.id, person.c.profile).join_from(participation, person)
    found = connection.execute(query.where(participation.c.dialogue_id == dialogue_id))
    return {row.id: row.profile for row in found}


def part_of(connection: Connection, dialogue_id: int, mail_address: str) -> Any | None:
    """The participation of whoever writes from that address, with the person's columns; None for a stranger."""
    whose = {"dialogue": dialogue_id, "key": identity.key(mail_address)}
    return connection.execute(_PART_OF, whose).mappings().first()


def part_in(connection: Connection, dialogue_id: int, person_id: int) -> Any | None:
    """The participation of that person, as `part_of` gives it."""
    return connection.execute(_PART_IN, {"dialogue": dialogue_id, "person": person_id}).mappings().first()


def part(connection: Connection, participation_id: int) -> Any | None:
    """That participation with the person's columns, or the one it was joined to (store/addresses)."""
    query = _parts()
    found = connection.execute(query.where(participation.c.id == participation_id)).mappings().first()
    if found is None and (kept := occurrences.round_of(connection, occurrences.JOINED, str(participation_id))):
        found = connection.execute(query.where(participation.c.id == kept)).mappings().first()
    return found


def _parts() -> sa.Select[Any]:
    return sa.select(
        participation.c.id,
        participation.c.dialogue_id,
        participation.c.person_id,
        participation.c.role,
        participation.c.status,
        participation.c.delivery,
        participation.c.joined_at,
        participation.c.changed_at,
        participation.c.unreachable_at,
        participation.c.reinstated_at,
        participation.c.resumes_at,
        participation.c.checked_at,
        participation.c.attribution,
        participation.c.quotable,
        participation.c.consented_at,
        participation.c.notices,
        participation.c.notices_at,
        participation.c.days,
        participation.c.nudges,
        person.c.address,
        person.c.name,
        person.c.country,
        person.c.organisation,
        person.c.sector,
        person.c.gender,
        person.c.language,
        person.c.timezone,
        person.c.profile,
        person.c.erased_at,
    ).join_from(participation, person)


# Built once: each mail, and each page of who is logged in, begins with them.
_IN = participation.c.dialogue_id == sa.bindparam("dialogue")
_WHOSE = sa.select(address.c.person_id).where(address.c.key == sa.bindparam("key")).scalar_subquery()
_PART_IN = _parts().where(_IN, participation.c.person_id == sa.bindparam("person"))
_PART_OF = _parts().where(_IN, person.c.id == _WHOSE)
_MODERATORS = (
    _parts()
    .where(_IN, participation.c.role.in_([Role.MODERATOR, Role.ORGANISER]), participation.c.status.in_(TAKING_PART))
    .order_by(participation.c.id)
)
_HEARD_OF = participation.update().where(_IN, participation.c.person_id == _WHOSE, participation.c.checked_at.is_(None))
_LANGUAGES = (
    sa.select(person.c.language)
    .distinct()
    .join_from(participation, person)
    .where(_IN, participation.c.status == Participation.ACTIVE)
)
_RELEASED_OF = sa.select(sa.func.count()).where(
    contribution.c.dialogue_id == sa.bindparam("dialogue"),
    contribution.c.person_id == sa.bindparam("person"),
    contribution.c.state == ContributionState.RELEASED,
    ~contributions.BROUGHT_IN,
)


def parts_of(connection: Connection, person_id: int) -> Sequence[Any]:
    """Their participations in all dialogues, as `part_of` gives them."""
    query = _parts().where(participation.c.person_id == person_id)
    return connection.execute(query.order_by(participation.c.id)).mappings().all()


def add_part(
    connection: Connection,
    now: datetime,
    dialogue_id: int,
    person_id: int,
    *,
    role: Role = Role.PARTICIPANT,
    status: Participation = Participation.ACTIVE,
    delivery: DeliveryMode = DeliveryMode.EACH,
) -> int:
    part_id: int = connection.execute(
        participation.insert().values(
            dialogue_id=dialogue_id,
            person_id=person_id,
            role=role,
            status=status,
            delivery=delivery,
            joined_at=now if status == Participation.ACTIVE else None,
            changed_at=now,
        )
    ).inserted_primary_key[0]
    bundles.moved(connection, now, dialogue_id, part_id, None, (status, delivery))
    return part_id


def change_part(connection: Connection, now: datetime, participation_id: int, values: dict[str, Any]) -> None:
    """Set columns. Who becomes active, by whatever way, is no longer unreachable, and bounces until now are past.

    A pause ends by itself only if `values` say when; what they get bundled follows (store/bundles).
    """
    of_theirs = participation.c.id == participation_id
    standing = sa.select(participation.c.dialogue_id, participation.c.status, participation.c.delivery).where(of_theirs)
    was = connection.execute(standing).one() if {"status", "delivery"} & values.keys() else None
    if "status" in values:
        values = {"resumes_at": None, **values}
    if values.get("status") == Participation.ACTIVE:
        unreachable = participation.c.unreachable_at.is_not(None)
        again = sa.case((unreachable, sa.literal(now, Utc)), else_=participation.c.reinstated_at)
        values = {"unreachable_at": None, "reinstated_at": again, **values}
    connection.execute(participation.update().where(of_theirs).values(changed_at=now, **values))
    if was is not None:
        now_is = values.get("status", was.status), values.get("delivery", was.delivery)
        bundles.moved(connection, now, was.dialogue_id, participation_id, (was.status, was.delivery), now_is)


def resuming(connection: Connection, dialogue_id: int, now: datetime) -> list[int]:
    """Whose pause is to end by itself by `now`, the earliest first."""
    query = sa.select(participation.c.id).where(*_resumes(dialogue_id), participation.c.resumes_at <= now)
    return list(connection.execute(query.order_by(participation.c.resumes_at, participation.c.id)).scalars())


def next_resuming(connection: Connection, dialogue_id: int) -> datetime | None:
    """When the next pause ends by itself."""
    return connection.execute(sa.select(sa.func.min(participation.c.resumes_at)).where(*_resumes(dialogue_id))).scalar()


def _resumes(dialogue_id: int) -> tuple[Any, ...]:
    return (
        participation.c.dialogue_id == dialogue_id,
        participation.c.status == Participation.PAUSED,
        participation.c.resumes_at.is_not(None),
    )


def moderators(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Those who are told of held mail: moderators and organisers who have not left."""
    return connection.execute(_MODERATORS, {"dialogue": dialogue_id}).mappings().all()


def rows(connection: Connection, dialogue_id: int, status: str | None = None) -> Sequence[Any]:
    """Everybody's part, with the figures of `participant list`."""
    released = (
        sa.select(contribution.c.person_id, sa.func.count().label("contributions"))
        .where(contribution.c.dialogue_id == dialogue_id, contribution.c.state == ContributionState.RELEASED)
        .group_by(contribution.c.person_id)
        .subquery()
    )
    bounced = (
        sa.select(bounce.c.participation_id, sa.func.count().label("bounces"))
        .where(bounce.c.verdict.in_(["hard", "soft"]))  # what is our fault says nothing about them
        .group_by(bounce.c.participation_id)
        .subquery()
    )
    query = (
        _parts()
        .outerjoin(released, released.c.person_id == person.c.id)
        .outerjoin(bounced, bounced.c.participation_id == participation.c.id)
        .add_columns(
            sa.func.coalesce(released.c.contributions, 0).label("contributions"),
            sa.func.coalesce(bounced.c.bounces, 0).label("bounces"),
        )
        .where(participation.c.dialogue_id == dialogue_id)
        .order_by(participation.c.id)
    )
    if status is not None:
        query = query.where(participation.c.status == status)
    return connection.execute(query).mappings().all()


def unanswered(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Active participants of whom nothing shows that our mail reaches them: they never wrote, nor answered."""
    query = _parts().where(
        participation.c.dialogue_id == dialogue_id,
        participation.c.role == Role.PARTICIPANT,
        participation.c.status == Participation.ACTIVE,
        participation.c.checked_at.is_(None),
    )
    return connection.execute(query.order_by(participation.c.id)).mappings().all()


def heard_of(connection: Connection, now: datetime, dialogue_id: int, mail_address: str) -> None:
    """Whoever has that address has written: it is theirs and read. The first time is kept."""
    whose = {"dialogue": dialogue_id, "key": identity.key(mail_address)}
    connection.execute(_HEARD_OF, {**whose, "checked_at": now})


def languages(connection: Connection, dialogue_id: int) -> set[str]:
    """The languages of those who take part; "" where somebody has not said."""
    return set(connection.execute(_LANGUAGES, {"dialogue": dialogue_id}).scalars())


def released_of(connection: Connection, dialogue_id: int, person_id: int, by: datetime | None = None) -> int:
    """How many contributions of that person have been released in the dialogue: at all, or `by` then.

    What came with an old list's archive does not count: nobody here has read it before it went out.
    """
    query = _RELEASED_OF if by is None else _RELEASED_OF.where(contribution.c.decided_at <= by)
    return connection.execute(query, {"dialogue": dialogue_id, "person": person_id}).scalar_one()


def registered(connection: Connection, dialogue_id: int) -> int:
    """How many take part, as figures count them: participants who have not left; moderators are not among them."""
    query = sa.select(sa.func.count()).where(
        participation.c.dialogue_id == dialogue_id,
        participation.c.role == Role.PARTICIPANT,
        participation.c.status.in_(TAKING_PART),
    )
    return connection.execute(query).scalar_one()
