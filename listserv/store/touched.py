"""Which dialogues something was done in since one last looked, by the newest rows of what is only ever added to.

What the clock goes by leaves a row behind: decisions and settings in the audit, what has happened once among the
occurrences, mails as contributions, what goes out as mailings, who joins as participations, and bounces.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import audit, bounce, contribution, mailing, occurrence, participation

#: PostgreSQL numbers rows before they are committed: by so many writers at once one may come to light late, at most.
_AT_ONCE = 200

_ADDED = {table.name: table for table in (audit, bounce, contribution, mailing, occurrence, participation)}


def _query() -> sa.CompoundSelect[tuple[str, int, int]]:
    parts = []
    for name, table in _ADDED.items():
        whose = table if "dialogue_id" in table.c else participation
        rows = table if whose is table else table.join(participation, table.c.participation_id == participation.c.id)
        query = sa.select(sa.literal_column(f"'{name}'"), table.c.id, whose.c.dialogue_id).select_from(rows)
        parts.append(query.where(table.c.id > sa.bindparam(name), whose.c.dialogue_id.is_not(None)))
    return sa.union_all(*parts)


_SINCE = _query()
_NEWEST = sa.select(*(sa.select(sa.func.max(one.c.id)).scalar_subquery().label(name) for name, one in _ADDED.items()))


class Touched:
    """One who looks, and what they have seen by now."""

    def __init__(self, connection: Connection) -> None:
        late = _AT_ONCE if connection.dialect.name == "postgresql" else 0
        newest = connection.execute(_NEWEST).mappings().one()
        self._late = late
        self._newest = {name: newest[name] or 0 for name in _ADDED}
        self._seen = {(name, id_) for name, id_, _ in self._rows(connection)}

    def _rows(self, connection: Connection) -> list[tuple[str, int, int]]:
        after = {name: newest - self._late for name, newest in self._newest.items()}
        return [(name, id_, dialogue) for name, id_, dialogue in connection.execute(_SINCE, after)]

    def look(self, connection: Connection) -> set[int]:
        """The ids of the dialogues; what is done from now on is seen the next time."""
        rows = self._rows(connection)
        found = {dialogue for name, id_, dialogue in rows if (name, id_) not in self._seen}
        for name, id_, _ in rows:
            self._newest[name] = max(self._newest[name], id_)
        self._seen = {(name, id_) for name, id_, _ in rows if id_ > self._newest[name] - self._late}
        return found
