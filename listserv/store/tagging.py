"""The tags that moderators gave contributions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import contribution, tag


def of(connection: Connection, contribution_id: int) -> list[str]:
    return list(connection.execute(_OF, {"contribution": contribution_id}).scalars())


_OF = sa.select(tag.c.tag).where(tag.c.contribution_id == sa.bindparam("contribution")).order_by(tag.c.tag)


def of_some(connection: Connection, contribution_ids: Collection[int]) -> dict[int, list[str]]:
    """The tags of each of these contributions, as `of` gives them; nothing of those without."""
    return _by_contribution(connection.execute(_OF_SOME, {"contributions": list(contribution_ids)}))


_OF_SOME = (
    sa.select(tag.c.contribution_id, tag.c.tag)
    .where(tag.c.contribution_id.in_(sa.bindparam("contributions", expanding=True)))
    .order_by(tag.c.tag)
)


def all_of(connection: Connection, dialogue_id: int) -> dict[int, list[str]]:
    query = sa.select(tag.c.contribution_id, tag.c.tag).join(contribution).order_by(tag.c.tag)
    return _by_contribution(connection.execute(query.where(contribution.c.dialogue_id == dialogue_id)))


def _by_contribution(rows: Iterable[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for contribution_id, name in rows:
        found.setdefault(contribution_id, []).append(name)
    return found


def add(connection: Connection, contribution_id: int, names: Collection[str]) -> None:
    for name in sorted(set(names) - set(of(connection, contribution_id))):
        connection.execute(tag.insert().values(contribution_id=contribution_id, tag=name))


def remove(connection: Connection, contribution_id: int, names: Collection[str]) -> list[str]:
    """Those it had."""
    had = [name for name in of(connection, contribution_id) if name in set(names)]
    connection.execute(tag.delete().where(tag.c.contribution_id == contribution_id, tag.c.tag.in_(had)))
    return had
