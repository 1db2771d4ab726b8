"""What readers have had, in order, for writing it down again: released contributions, and what was said to all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState
from listserv.store import contributions
from listserv.store.tables import contribution, mailing, person, rendering, roundup

#: Contributions held in memory at once.
PORTION = 100


def released(connection: Connection, dialogue_id: int) -> Iterator[Any]:
    """All released contributions by official number, as `contributions.get` gives them; some at a time are read."""
    after = 0
    while True:
        query = contributions.whole().where(
            contribution.c.dialogue_id == dialogue_id,
            contribution.c.number > after,
            contribution.c.state == ContributionState.RELEASED,
        )
        some = connection.execute(query.order_by(contribution.c.number).limit(PORTION)).mappings().all()
        yield from some
        if len(some) < PORTION:
            return
        after = some[-1]["number"]


def to_all(connection: Connection, dialogue_id: int, kinds: Collection[str], languages: Sequence[str]) -> Iterator[Any]:
    """Mailings of these kinds to everybody, in order, in the first language had: kind subject created_at head body;
    told, of a round-up."""
    query = (
        sa.select(mailing.c.id, mailing.c.kind, mailing.c.subject, mailing.c.created_at, roundup.c.told)
        .outerjoin_from(mailing, roundup, roundup.c.id == mailing.c.roundup_id)
        .where(mailing.c.dialogue_id == dialogue_id, mailing.c.kind.in_(kinds), mailing.c.personal == 0)
        .order_by(mailing.c.created_at, mailing.c.id)
    )
    for row in connection.execute(query).mappings().all():
        variants = sa.select(rendering).where(rendering.c.mailing_id == row["id"]).order_by(rendering.c.id)
        by_language = {one["language"]: one for one in connection.execute(variants).mappings()}
        chosen = next((by_language[one] for one in languages if one in by_language), None)
        chosen = chosen or next(iter(by_language.values()), None)
        if chosen:
            yield {**row, "head": chosen["head"], "body": chosen["body"]}


def authors(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Of what went out: id, attribution, from_name, person_name, organisation, country. Of the erased no name."""
    query = (
        sa.select(contribution.c.id, contribution.c.attribution, contribution.c.from_name)
        .add_columns(person.c.name.label("person_name"), person.c.organisation, person.c.country)
        .outerjoin_from(contribution, person, person.c.id == contribution.c.person_id)
        .where(contribution.c.dialogue_id == dialogue_id, contribution.c.state == ContributionState.RELEASED)
    )
    return connection.execute(query).mappings().all()


def brought_in(connection: Connection, dialogue_id: int) -> set[int]:
    """Ids of what was released and never sent to anybody: it came with an old list's archive."""
    query = sa.select(contribution.c.id).where(
        contribution.c.dialogue_id == dialogue_id,
        contribution.c.state == ContributionState.RELEASED,
        contributions.BROUGHT_IN,
    )
    return set(connection.execute(query).scalars())
