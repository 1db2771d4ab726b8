"""The bell beside a SQLite file: rung by commands as they commit, heard by the engine, believed by nobody."""

from __future__ import annotations

import select
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.errors import Refused
from listserv.store.bell import Bell, ring
from listserv.store.session import GroupingSession, Session
from listserv.store.tables import dialogue


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "listserv.db"
    path.touch()
    return path


@pytest.fixture
def bell(database: Path) -> Iterator[Bell]:
    made = Bell(database)
    yield made
    made.close()


def rung(bell: Bell) -> bool:
    assert bell.fd is not None
    return bool(select.select([bell.fd], [], [], 0)[0])


def test_it_is_still_until_somebody_rings_and_again_once_that_was_heard(bell: Bell, database: Path) -> None:
    assert not rung(bell)
    ring(database)
    ring(database)
    assert rung(bell)
    bell.still()
    assert not rung(bell)


def test_by_whatever_name_the_file_is_reached(bell: Bell, database: Path) -> None:
    other = database.with_name("other")
    other.symlink_to(database)
    ring(other)
    assert rung(bell)


def test_no_other_files(bell: Bell, tmp_path: Path) -> None:
    (tmp_path / "other.db").touch()
    ring(tmp_path / "other.db")
    assert not rung(bell)


def test_nobody_waits_for_who_does_not_listen(bell: Bell, database: Path) -> None:
    for _ in range(10_000):  # far more than are kept
        ring(database)
    bell.still()
    ring(database)
    assert rung(bell)


def test_nothing_happens_where_nobody_hears_it(database: Path) -> None:
    ring(database)
    ring(database.with_name("missing"))


def test_who_comes_second_hears_nothing(bell: Bell, database: Path) -> None:
    second = Bell(database)
    assert second.fd is None
    second.still()
    second.close()
    ring(database)
    assert rung(bell)


def test_nothing_of_it_stands_in_the_folder(bell: Bell, database: Path) -> None:
    assert list(database.parent.iterdir()) == [database]


@pytest.fixture
def command(sqlite_url: str) -> Iterator[Session]:
    made = Session(sqlite_url)
    yield made
    made.close()


def nothing(connection: sa.Connection) -> None:
    connection.execute(dialogue.delete())


def refused(connection: sa.Connection) -> None:
    raise Refused("no")


def test_a_command_that_has_committed_rings_and_one_that_has_not_does_not(command: Session) -> None:
    bell = Bell(command.path)
    try:
        with pytest.raises(Refused):
            command.write(refused)
        with command.read() as connection:
            connection.execute(sa.select(dialogue))
        assert not rung(bell)
        command.write(nothing)
        assert rung(bell)
    finally:
        bell.close()


def test_the_engine_does_not_ring_for_itself(sqlite_url: str) -> None:
    engine = GroupingSession(sqlite_url)
    bell = Bell(engine.path)
    try:
        engine.write(nothing)
        assert not rung(bell)
    finally:
        bell.close()
        engine.close()
