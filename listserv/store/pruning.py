"""Deliveries of dialogues that ended long ago, and what is left of them: per mailing how many, by state.

A mailing's deliveries and its counts together are always all it had, also while it is half done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.store.tables import delivery, dialogue, mailing, mailing_count
from listserv.store.turns import unfinished


def prune(connection: Connection, dialogue_id: int, limit: int, but: Collection[str] = ()) -> int:
    """Count up to so many deliveries and let them go; how many. None of a mailing that is not finished.

    `but`: kinds of mailings whose deliveries stay.
    """
    going = sa.select(delivery.c.mailing_id).where(unfinished)
    pick = (
        sa.select(delivery.c.id, delivery.c.mailing_id, delivery.c.state)
        .join_from(delivery, mailing, mailing.c.id == delivery.c.mailing_id)
        .where(mailing.c.dialogue_id == dialogue_id, mailing.c.kind.not_in(but), mailing.c.id.not_in(going))
        .order_by(delivery.c.mailing_id, delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=delivery)
    )
    rows = connection.execute(pick).all()
    if rows:
        _add(connection, Counter((row.mailing_id, row.state) for row in rows))
        connection.execute(delivery.delete().where(delivery.c.id.in_([row.id for row in rows])))
    return len(rows)


def _add(connection: Connection, counts: Counter[tuple[int, str]]) -> None:
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](mailing_count)
    statement = insert.on_conflict_do_update(
        index_elements=["mailing_id", "state"], set_={"count": mailing_count.c.count + insert.excluded.count}
    )
    values = [
        {"mailing_id": number, "state": state, "count": count} for (number, state), count in sorted(counts.items())
    ]
    connection.execute(statement, values)


def pruned(connection: Connection) -> Iterable[str]:
    """The slugs of the dialogues whose deliveries are, all or some, known of as counts only."""
    query = sa.select(dialogue.c.slug).where(
        dialogue.c.id.in_(sa.select(mailing.c.dialogue_id).join_from(mailing, mailing_count))
    )
    return connection.execute(query.order_by(dialogue.c.slug)).scalars().all()
