"""A packed dialogue's rows written into another database, part by part (store/parts), in the caller's transaction.

Its numbers may be taken here: then every part is moved by an `offset` of its own, and what refers to it likewise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.core.dialogue.model import (
    Attribution,
    ContributionState,
    DeliveryMode,
    DeliveryState,
    InboxState,
    Participation,
    Role,
    RoundupState,
)
from listserv.store import tables as t
from listserv.store.parts import PARTS, Part
from listserv.store.types import Reasons, Utc

#: Rows written at once, and values in one query.
PORTION = 500

#: Occurrences whose subject (and round, where True) is the number of something.
_NUMBERED: Mapping[str, tuple[str, bool]] = {
    **dict.fromkeys(("had", "owed", "away", "missed", "daily", "resumed"), ("participations", False)),
    **dict.fromkeys(("checkin", "profile", "invited-again", "nudged", "frequent"), ("participations", False)),
    "joined": ("participations", True),
    **dict.fromkeys(("told", "reminded", "escalated"), ("contributions", False)),
    "mended": ("contributions", True),
    "bundle": ("mailings", False),
    **dict.fromkeys(("owner-waits", "owner-told"), ("inbox", False)),
}
#: Columns that hold one of a few words, by part: another would stop whoever reads the row.
_WORDS: Mapping[str, Mapping[str, type[StrEnum]]] = {
    "participations": {"status": Participation, "role": Role, "delivery": DeliveryMode},
    "contributions": {"state": ContributionState, "attribution": Attribution},
    "deliveries": {"state": DeliveryState},
    "inbox": {"state": InboxState},
    "roundups": {"state": RoundupState},
}
_OF = re.compile(r"(?P<what>contribution|round-up) (?P<number>\d+)")
_NAMED = {"contribution": "contributions", "round-up": "roundups"}


def _stored(column: Any, value: Any) -> Any:
    """What `_plain` gave, as the column takes it. Raises ValueError, TypeError or KeyError for what it cannot be."""
    if value is None:
        return None
    if isinstance(column.type, Utc):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Reasons):
        return column.type.process_result_value(value, None)
    return value


def taken(connection: Connection) -> dict[str, int]:
    """The highest number that is taken here, by part; none is 0: then a dialogue's numbers can stay as they are."""
    highest = {part.name: sa.func.coalesce(sa.func.max(part.table.c.id), 0) for part in PARTS if not part.stays}
    return dict.fromkeys((part.name for part in PARTS), 0) | {
        name: connection.execute(sa.select(one)).scalar_one() for name, one in highest.items()
    }


def known_people(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Whose addresses these are here, by address."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), PORTION):
        some = t.address.c.key.in_(keys[start : start + PORTION])
        found |= dict(connection.execute(sa.select(t.address.c.key, t.address.c.person_id).where(some)).all())
    return found


@dataclass(slots=True)
class Numbers:
    """What numbers become here: each part's moved by its offset, but for people who are here already."""

    offsets: Mapping[str, int]
    people: dict[int, int] = field(default_factory=dict)

    def of(self, part: str, number: int) -> int:
        if part == "people" and number in self.people:
            return self.people[number]
        return number + self.offsets[part]

    @property
    def kept(self) -> bool:
        return not any(self.offsets.values()) and not self.people


def stored(part: Part, row: Mapping[str, Any], numbers: Numbers) -> dict[str, Any] | None:
    """A row of `rows` as it is written here; None for what means nothing under other numbers.

    Raises ValueError, TypeError or KeyError for a row that is none.
    """
    columns = [one for one in part.table.c if one.name not in part.contents]
    values = {one.name: _stored(one, row[one.name]) for one in columns}
    for column, kind in _WORDS.get(part.name, {}).items():
        kind(values[column])
    values["id"] = numbers.of(part.name, values["id"])
    for column, to in part.refers.items():
        if values[column] is not None:
            values[column] = numbers.of(to, values[column])
    for column, to in part.lists.items():
        values[column] = [numbers.of(to, one) for one in values[column]]
    if part.name == "occurrences" and not numbers.kept:
        return _occurrence(values, numbers)
    if part.name == "decisions" and (found := _OF.fullmatch(values["subject"])):
        values["subject"] = f"{found['what']} {numbers.of(_NAMED[found['what']], int(found['number']))}"
    return values


def _occurrence(values: dict[str, Any], numbers: Numbers) -> dict[str, Any] | None:
    answer, _, kind = values["kind"].partition(":")
    if answer != "answer" or not kind or not values["subject"].isdecimal():
        return values
    if kind not in _NUMBERED:
        return None
    of, rounds = _NUMBERED[kind]
    values["subject"] = str(numbers.of(of, int(values["subject"])))
    if rounds:
        values["round"] = numbers.of(of, values["round"])
    return values


def parted(part: Part, content: bytes) -> dict[str, bytes]:
    """The columns that a file's content is."""
    if len(part.contents) == 1:
        return {part.contents[0]: content}
    head, _, body = content.partition(b"\r\n\r\n")
    return {"head": head + b"\r\n", "body": body}


def write(connection: Connection, part: Part, some: Sequence[dict[str, Any]]) -> None:
    """Write rows; of a keyed part those that are not here yet, under numbers of their own.

    Raises ValueError for rows that cannot be: a number that names nothing, a value of another kind.
    """
    if not some:
        return
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](part.table)
    if part.keyed:
        some = [{key: value for key, value in row.items() if key != "id"} for row in some]
        insert = insert.on_conflict_do_nothing(index_elements=[part.keyed])
    try:
        connection.execute(insert, list(some))
    except (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.StatementError) as error:
        raise ValueError(str(error.orig or error).splitlines()[0]) from None


def go_on(connection: Connection) -> None:
    """Numbers given from now on come after those that were written (PostgreSQL; SQLite sees to it itself)."""
    if connection.dialect.name != "postgresql":
        return
    for part in (one for one in PARTS if not one.stays):
        highest = sa.select(sa.func.max(part.table.c.id)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(part.table.name, "id")
        moved = sa.select(sa.func.setval(sequence, highest)).where(highest.is_not(None))
        connection.execute(moved)
