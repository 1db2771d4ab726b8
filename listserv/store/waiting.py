"""What waits for moderators: the queue as a list, without its texts, and the requests to take part.

A listing of thousands reads no text, no HTML and nothing that was cut; one contribution whole is store/contributions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState, Participation
from listserv.store.tables import contribution, dialogue, participation, person

#: Ids in one statement: databases bound how many values one may name.
AT_ONCE = 1_000


def rows(
    connection: Connection,
    dialogue_id: int | None = None,
    states: Collection[str] = (ContributionState.HELD,),
    *,
    module: int | None = None,
    ids: Collection[int] | None = None,
    limit: int | None = None,
) -> Sequence[Any]:
    """Contributions in order of arrival, the released by official number: what a listing shows of each.

    `states`: empty = any. `ids`: only those, in no particular order. Columns: id, dialogue (slug), dialogue_id, state,
    module, number, from_name, from_address, person_name (None for a stranger), subject, reasons, words, received_at,
    claimed_by, claimed_until, decided_by.
    """
    query = (
        sa.select(
            contribution.c.id,
            dialogue.c.slug.label("dialogue"),
            contribution.c.dialogue_id,
            contribution.c.state,
            contribution.c.module,
            contribution.c.number,
            contribution.c.from_name,
            contribution.c.from_address,
            person.c.name.label("person_name"),
            contribution.c.subject,
            contribution.c.reasons,
            contribution.c.words,
            contribution.c.received_at,
            contribution.c.claimed_by,
            contribution.c.claimed_until,
            contribution.c.decided_by,
        )
        .join_from(contribution, dialogue)
        .outerjoin(person, person.c.id == contribution.c.person_id)
    )
    query = wanted(query, dialogue_id, states, module, limit)
    if ids is not None:
        found: list[Any] = []
        all_ids = sorted(ids)
        for start in range(0, len(all_ids), AT_ONCE):
            some = all_ids[start : start + AT_ONCE]
            found += connection.execute(query.where(contribution.c.id.in_(some))).mappings()
        return found
    return connection.execute(query).mappings().all()


def wanted(
    query: sa.Select[Any], dialogue_id: int | None, states: Collection[str], module: int | None, limit: int | None
) -> sa.Select[Any]:
    """A query of contributions for those of that dialogue, in those states, of that module; each None or empty = any.

    In order of arrival, the released by official number.
    """
    query = query.order_by(sa.func.coalesce(contribution.c.number, 0), contribution.c.id).limit(limit)
    if dialogue_id is not None:
        query = query.where(contribution.c.dialogue_id == dialogue_id)
    if states:
        query = query.where(contribution.c.state.in_(states))
    return query if module is None else query.where(contribution.c.module == module)


def oldest(connection: Connection, dialogue_id: int) -> datetime | None:
    """When what has waited longest came; None when nothing is held."""
    query = sa.select(sa.func.min(contribution.c.received_at)).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.state == ContributionState.HELD
    )
    return connection.execute(query).scalar()


def requests(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Who asked to take part and has no answer yet, oldest first: the participation with the person's profile."""
    query = (
        sa.select(
            participation.c.id,
            participation.c.changed_at,
            person.c.name,
            person.c.address,
            person.c.country,
            person.c.organisation,
            person.c.sector,
            person.c.gender,
            person.c.language,
            person.c.profile,
        )
        .join_from(participation, person)
        .where(participation.c.dialogue_id == dialogue_id, participation.c.status == Participation.REQUESTED)
        .order_by(participation.c.id)
    )
    return connection.execute(query).mappings().all()


def spoken(connection: Connection, dialogue_id: int, person_id: int | None) -> dict[str, int]:
    """How many contributions a person has in the dialogue, by state; empty for a stranger."""
    if person_id is None:
        return {}
    query = sa.select(contribution.c.state, sa.func.count()).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.person_id == person_id
    )
    return dict(connection.execute(query.group_by(contribution.c.state)).all())


def before(connection: Connection, dialogue_id: int, person_id: int, but: int, limit: int) -> Sequence[Any]:
    """A person's other contributions in the dialogue, the newest first: id, subject, state, number, decided_by and
    decided_at."""
    columns = ("id", "subject", "state", "number", "decided_by", "decided_at")
    query = sa.select(*(contribution.c[name] for name in columns)).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.person_id == person_id, contribution.c.id != but
    )
    return connection.execute(query.order_by(contribution.c.id.desc()).limit(limit)).mappings().all()
