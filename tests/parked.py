"""Connections to the tests' own PostgreSQL that a test has done with: the next one's.

Each is a process of the server's that has to be started and that then reads the catalogue anew: as much work as twenty
statements, and half of what the server does for a short test. A connection that is within a transaction, or that was
not simply given back, is closed as ever.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_close = PGDialect_psycopg.do_close
_parked: dict[str, list[psycopg.Connection]] = {}
_place: dict[int, str] = {}  # of each that is open, by its id


def park() -> None:
    """From now on, in this process."""
    event.listen(Engine, "do_connect", _open)
    PGDialect_psycopg.do_close = _give_back  # type: ignore[method-assign]
    PGDialect_psycopg.do_terminate = _close  # type: ignore[method-assign]


def _open(dialect: Any, record: Any, words: Any, values: dict[str, Any]) -> psycopg.Connection | None:
    if not isinstance(dialect, PGDialect_psycopg):
        return None
    role = values["application_name"]
    where = {name: value for name, value in values.items() if isinstance(value, str) and name != "application_name"}
    place = repr(sorted(where.items()))
    if waiting := _parked.get(place):
        connection = waiting.pop()
        connection.execute("SELECT set_config('application_name', %s, false)", (role,))
        connection.commit()
    else:
        connection = dialect.connect(*words, **values)
        _place[id(connection)] = place
    return connection


def _give_back(dialect: Any, connection: psycopg.Connection) -> None:
    place = _place.get(id(connection))
    if place and connection.pgconn.transaction_status == TransactionStatus.IDLE:
        _parked.setdefault(place, []).append(connection)
    else:
        _place.pop(id(connection), None)
        _close(dialect, connection)


def processes() -> list[int]:
    """Those of the server that wait for their next test."""
    return [one.info.backend_pid for waiting in _parked.values() for one in waiting]


def close() -> None:
    for waiting in _parked.values():
        for one in waiting:
            one.close()
    _parked.clear()
    _place.clear()
