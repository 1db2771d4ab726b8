"""Official numbers alone: of what has been released, is not to be quoted, or is to stand in no archive."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState
from listserv.store.tables import contribution


def released(connection: Connection, dialogue_id: int) -> frozenset[int]:
    """Of all that has been released."""
    released = contribution.c.state == ContributionState.RELEASED
    query = sa.select(contribution.c.number).where(contribution.c.dialogue_id == dialogue_id, released)
    return frozenset(connection.execute(query).scalars())


def unquotable(connection: Connection, dialogue_id: int) -> frozenset[int]:
    """Numbers of what is not to be quoted, or not to be seen any more."""
    gone = sa.or_(contribution.c.state != ContributionState.RELEASED, contribution.c.quotable == 0)
    numbered = contribution.c.number.is_not(None)
    query = sa.select(contribution.c.number).where(contribution.c.dialogue_id == dialogue_id, numbered, gone)
    return frozenset(connection.execute(query).scalars())


def objecting(connection: Connection, dialogue_id: int) -> frozenset[int]:
    """Numbers of the released ones whose authors want them in no archive."""
    query = sa.select(contribution.c.number).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.number.is_not(None), contribution.c.objects == 1
    )
    return frozenset(connection.execute(query).scalars())
