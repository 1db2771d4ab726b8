"""What holds of all data at any time, whatever crashed: each an `Invariant`, looked for by a query or two.

They only read, keep no more than a few rows, and mean the same on SQLite and PostgreSQL. What is broken is told a line
each, in the order of the rows; a database that has been served by this listserv alone, killed or not, gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.session import patient


@dataclass(frozen=True, slots=True)
class Invariant:
    """`broken(connection, now)` gives a line for each thing that breaks it. `grave`: false for what may be all right.

    `holds`: said when none does. `do`: what whoever runs the site does about it.
    """

    name: str
    holds: str
    do: str
    broken: Callable[[Connection, datetime], Iterable[str]]
    grave: bool = True


def unhurried(connection: Connection) -> Connection:
    """The same connection, to go through large tables: in portions, and for as long as that takes (PostgreSQL)."""
    patient(connection)
    return connection.execution_options(yield_per=500)


def each(connection: Connection, query: sa.Select[Any], line: Callable[[Any], str]) -> Iterator[str]:
    """A line for each row."""
    for row in connection.execute(query):
        yield line(row)
