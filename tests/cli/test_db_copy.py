"""`listserv db copy`: a whole installation moves to PostgreSQL and back, and is the same, row for row."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.edge import files
from listserv.store import copying, schema, searching, watching
from listserv.store.copying import Sum
from listserv.store.session import Connection, GroupingSession, Session
from listserv.store.tables import audit, contribution, person, searched
from listserv.store.types import Utc
from tests import model_case
from tests.cli.conftest import Cli, _alone
from tests.postgres import Server

pytestmark = pytest.mark.sqlite("it names both databases itself")

AT = datetime(2008, 11, 4, 12, 0, 0, 1, tzinfo=UTC)
_numbers = count(1)

#: What text, numbers and octets may hold that one database could keep otherwise than another.
TEXT = "Ñandú, 日本, عربي, 👩🏽‍⚖️ \"quoted\" \\ 'it''s' \t\r\n\x7f\u2028 {}"


@contextmanager
def database(server: Server) -> Iterator[str]:
    name = f"copied{next(_numbers)}"
    yield server.database(name)
    server.drop(name)


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    with database(postgresql) as url:
        yield url


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The whole model case, and something in every other table too."""
    _alone(monkeypatch)
    cli = Cli(model_case.folder(tmp_path), monkeypatch)
    with closing(model_case.open_case(cli.place)) as session:
        session.write(_something_everywhere)
    return cli


def _something_everywhere(connection: Connection) -> None:
    for table in copying.TABLES:
        if not connection.execute(sa.select(table.c.id).limit(1)).first():
            for number in range(2):
                connection.execute(table.insert().values(**_row(connection, table, number)))


def _row(connection: Connection, table: sa.Table, number: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in table.columns:
        length = getattr(column.type, "length", None)
        if column.name == "id":
            if table.name == "answer":
                values["id"] = (1 << 61) + number  # its numbers are marks
        elif column.foreign_keys:
            (key,) = column.foreign_keys
            there = connection.execute(sa.select(key.column).limit(2)).scalars().all()
            values[column.name] = there[number % len(there)]
        elif column.nullable and number:
            values[column.name] = None
        elif column.name == "reasons":
            values[column.name] = [["rule", TEXT]]
        elif isinstance(column.type, sa.JSON):
            values[column.name] = {"z": [1, 1.5, None, True], "a": "é\u0000\ud83d"} if number else []
        elif isinstance(column.type, sa.LargeBinary):
            values[column.name] = bytes(range(256)) * (number + 1)
        elif isinstance(column.type, sa.Float):
            values[column.name] = 1225800000.1234567 + number
        elif isinstance(column.type, sa.Integer):
            values[column.name] = number + 7
        elif isinstance(column.type, Utc):
            values[column.name] = AT + timedelta(microseconds=number)
        elif length:
            values[column.name] = f"{number}é"[:length]
        else:
            values[column.name] = f"{number} {TEXT}"
    return values


def sums(url: str) -> dict[str, Sum]:
    with closing(Session(url)) as session, session.read() as connection:
        return copying.summed(connection)


def without(found: dict[str, Sum], *names: str) -> dict[str, Sum]:
    return {name: one for name, one in found.items() if name not in names}


def sqlite(cli: Cli, name: str = "listserv.db") -> str:
    return f"sqlite:///{cli.place / 'var' / name}"


def test_from_sqlite_to_postgresql_and_back_everything_is_the_same(case: Cli, postgresql_url: str) -> None:
    before = sums(sqlite(case))
    assert all(one.rows for one in before.values()), "every table is tried"
    there = case.json("db copy -", postgresql_url)
    back = case.json("db copy", postgresql_url, sqlite(case, "back.db"))
    assert {one["table"]: Sum(one["rows"], one["checksum"]) for one in there["tables"]} == before
    assert sums(sqlite(case)) == before, "what is copied is only read"
    # Each copy is recorded where it went.
    assert without(sums(postgresql_url), "audit") == without(before, "audit")
    assert without(sums(sqlite(case, "back.db")), "audit") == without(before, "audit")
    assert sums(sqlite(case, "back.db"))["audit"].rows == before["audit"].rows + 2
    assert (there["from"], back["to"]) == (sqlite(case), sqlite(case, "back.db"))
    assert there["rows"] == sum(one.rows for one in before.values()) == back["rows"] - 1


def test_what_was_copied_is_used_as_before(case: Cli, postgresql_url: str) -> None:
    """It is found by the search, ids go on where they stood, and a change is seen by the search again."""
    case.ok("db copy -", postgresql_url)
    with closing(Session(postgresql_url)) as session:
        with session.read() as connection:
            assert watching.gone(connection) == []
            assert searching.behind(connection) == 0
            assert schema.current(session) == schema.head(files.migrations())
            highest = connection.execute(sa.select(sa.func.max(person.c.id))).scalar_one()
            shown = sa.select(sa.func.count()).select_from(searched).where(searched.c.number.is_not(None))
            assert connection.execute(shown).scalar_one() >= len(model_case.CASE.said)
        new = session.write(
            lambda connection: connection.execute(
                person.insert().values(name="New", profile={}, address="new@example.org", created_at=AT)
            ).inserted_primary_key[0]
        )
        assert new == highest + 1
        session.write(
            lambda connection: connection.execute(
                contribution.update().where(contribution.c.number == 1).values(subject="Another")
            )
        )
        with session.read() as connection:
            assert searching.behind(connection) == 1


def test_what_has_gone_and_what_is_new_make_another_sum(case: Cli) -> None:
    before = sums(sqlite(case))
    with closing(model_case.open_case(case.place)) as session:
        session.write(lambda connection: connection.execute(person.update().where(person.c.id == 1).values(name="X")))
    after = sums(sqlite(case))
    assert after["person"].rows == before["person"].rows
    assert {name for name in before if after[name] != before[name]} == {"person"}


@pytest.mark.parametrize("side", ["from", "to"])
def test_while_an_engine_runs_it_is_refused(case: Cli, side: str) -> None:
    other = sqlite(case, "other.db")
    with closing(GroupingSession(sqlite(case) if side == "from" else other)):
        said = case.refused("db copy -", other)
    name = "listserv.db" if side == "from" else "other.db"
    assert said == f"{name} is in use by a running serve or work; stop it first"


def test_while_anybody_is_connected_to_postgresql_it_is_refused(case: Cli, postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        said = case.refused("db copy -", postgresql_url)
    engine.dispose()
    assert re.fullmatch(
        r"postgresql://\S+ is in use: 1 other connection; stop every serve, work and other command on every host first",
        said,
    )


def test_only_into_an_empty_one(case: Cli, postgresql_url: str) -> None:
    case.ok("db copy -", postgresql_url)
    before = sums(postgresql_url)
    said = case.refused("db copy -", postgresql_url)
    assert re.fullmatch(r"postgresql://\S+ is not empty \(it has .*\); name a new database", said)
    assert sums(postgresql_url) == before


def test_an_older_or_newer_schema_is_refused(case: Cli) -> None:
    other = sqlite(case, "other.db")
    with closing(Session(other)) as session:
        schema.upgrade(session, files.migrations())
        for version, said in (("0001", "run first: listserv db upgrade"), ("9999", "install that one")):
            session.write(lambda c, v=version: c.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{v}'"))
            assert said in case.refused("db copy -", other)
            assert said in case.refused("db copy", other, sqlite(case, "third.db"))


def test_a_copy_that_fails_half_way_leaves_nothing_and_can_be_begun_anew(case: Cli, postgresql_url: str) -> None:
    """PostgreSQL does not take what SQLite did: one row of the last table says no, after all others were written."""

    def subject(text: str) -> None:
        with closing(model_case.open_case(case.place)) as session:
            session.write(lambda c: c.execute(audit.update().where(audit.c.id == 1).values(subject=text)))

    subject("with a NUL \0")
    said = case.refused("db copy -", postgresql_url)
    assert re.search(r"audit, of rows 1 to \d+: the database does not take one: .*NUL", said)
    with closing(Session(postgresql_url)) as session, session.read() as connection:
        assert copying.filled(connection) == []
    subject("without")
    case.ok("db copy -", postgresql_url)
    assert without(sums(postgresql_url), "audit") == without(sums(sqlite(case)), "audit")


KILLED = """
import os, signal, sys
from listserv.cli.main import main
from listserv.store import searching
searching.mend = lambda connection: os.kill(os.getpid(), signal.SIGKILL)  # all rows are written by then
main()
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_that_is_killed_leaves_nothing_and_can_be_begun_anew(
    case: Cli, kind: str, request: pytest.FixtureRequest
) -> None:
    url = sqlite(case, "other.db") if kind == "sqlite" else request.getfixturevalue("postgresql_url")
    command = [sys.executable, "-c", KILLED, "-c", str(case.toml), "db", "copy", "-", url]
    assert subprocess.run(command, cwd=Path(__file__).parents[2]).returncode == -9
    with closing(Session(url)) as session, session.read() as connection:
        assert copying.filled(connection) == []
    wanted = without(sums(sqlite(case)), "audit")
    for _ in range(500):  # the server may take a moment to see that its client is gone
        answer = case.run("db copy -", url)
        if "is in use" not in answer.err:
            break
    assert answer.code == 0, answer
    assert without(sums(url), "audit") == wanted


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        ("-", "-", "FROM and TO are the same database; name two"),
        ("sqlite:///nowhere.db", "-", "nowhere.db: no such database"),
        ("mysql://u:secret@h/db", "-", '"mysql" is not a database we know'),
        ("u:secret@h/db", "-", "a database is named by its URL"),
        ("-", "postgresql://u:secret@", "names no database"),
    ],
)
def test_what_cannot_be_copied_is_said_without_a_password(case: Cli, from_: str, to: str, said: str) -> None:
    answer = case.refused("db copy", from_, to)
    assert said in answer
    assert "secret" not in answer


def test_a_password_is_never_shown(case: Cli, postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url).set(password="very-secret")
    more = url.update_query_dict({"password": "very-secret"}).render_as_string(hide_password=False)
    told = case.ok("db copy -", url.render_as_string(hide_password=False)) + case.refused("db copy -", more)
    assert "very-secret" not in told
    with closing(Session(postgresql_url)) as session, session.read() as connection:
        assert "very-secret" not in str(connection.execute(sa.select(audit)).all())
