"""The bell beside a SQLite file: rung by commands as they commit, heard by the engine, believed by nobody."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.cli.context import App
from listserv.edge.bell import Bell, ring
from listserv.errors import Refused
from listserv.store.tables import inbox as rows
from tests.house import folder


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
def app(tmp_path: Path) -> App:
    return App(str(folder(tmp_path) / "listserv.toml"), None)


def nothing(connection: sa.Connection) -> None:
    connection.execute(rows.delete())


def refused(connection: sa.Connection) -> None:
    raise Refused("no")


def test_a_command_that_has_committed_rings_and_one_that_has_not_does_not(app: App) -> None:
    with closing(app.session) as command, closing(Bell(command.path)) as bell:
        with pytest.raises(Refused):
            command.write(refused)
        with command.read() as connection:
            connection.execute(sa.select(rows))
        with command.rehearsal():
            command.write(nothing)
        assert not rung(bell)
        command.write(nothing)
        assert rung(bell)


def test_the_engine_does_not_ring_for_itself(app: App) -> None:
    with closing(app.engine) as engine, closing(Bell(engine.path)) as bell:
        engine.write(nothing)
        assert not rung(bell)
