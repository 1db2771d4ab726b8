"""What all tests share."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from listserv.edge import loop
from listserv.store.session import Session
from tests import databases, parked
from tests.postgres import Server

# Each run draws other examples, and the suite runs often: fewer each time, where a test does not say how many.
settings.register_profile("suite", max_examples=40)
settings.load_profile("suite")

# No test of this process cuts the power, and to wait for the disk takes a quarter of the time. What survives kill -9
# is tried with processes of their own.
AS_SHIPPED = Session._synchronous
Session._synchronous = "OFF"

# Every test has a database of its own, and so an engine, which compiles each statement anew: a third of the suite's
# time. All engines of one process for one kind of database compile alike: they share what they have compiled.
_COMPILED: LRUCache[Any, Any] = LRUCache(5_000)


def _alike(self: object, other: object) -> bool:
    return type(self) is type(other)


for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    dialect.__eq__ = _alike  # type: ignore[method-assign]


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    if isinstance(connection.dialect, SQLiteDialect_pysqlite | PGDialect_psycopg):
        connection.engine._compiled_cache = _COMPILED


if databases.POSTGRESQL:
    parked.park()


@pytest.fixture(scope="session")
def postgresql() -> Server:
    """A running PostgreSQL of this process's own."""
    return databases.pool().server


@pytest.fixture(autouse=True)
def _lent() -> Iterator[None]:
    """The databases that a test took are the next one's."""
    with databases.lent():
        yield


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What runs in an event loop is tried in the one that the engine runs in."""
    return {"engine": loop.new}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite(why): is about SQLite's file, and not run where folders have PostgreSQL")
    config.addinivalue_line(
        "markers", "long: takes half a minute; is begun first, so that nobody waits for it at the end"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if databases.POSTGRESQL:
        left_out = [item for item in items if item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_sessionfinish() -> None:
    databases.close()


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases as they are outside the tests."""
    monkeypatch.setattr(Session, "_synchronous", AS_SHIPPED)


def pytest_collection_finish() -> None:
    """What is there when the tests begin stays to their end: the garbage collector need not go through it."""
    gc.collect()
    gc.freeze()
