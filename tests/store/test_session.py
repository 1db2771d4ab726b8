"""Writing: together where many arrive at once, each for itself where one is bad, told only once it is durable.

A `Gate` holds up the writer, so that what is submitted meanwhile is one group, whatever the machine's speed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InternalError, OperationalError

from listserv.errors import Refused, Temporary
from listserv.store import audit, session, sqlite
from listserv.store.changes import watch
from listserv.store.locks import FileLock
from listserv.store.session import DatabaseTrouble, GroupingSession, Session, temporary
from listserv.store.tables import participation

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)
SOON = 30.0  # seconds a test waits for what ought to come at once


def say(what: str) -> Callable[[sa.Connection], str]:
    """A write that leaves its name in the audit."""

    def write(connection: sa.Connection) -> str:
        audit.record(connection, NOW, "ana", "test", what)
        return what

    return write


def said(session: Session) -> list[str]:
    with session.read() as connection:
        return [row["subject"] for row in audit.rows(connection)]


class Gate:
    """A write that lasts until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def __call__(self, connection: sa.Connection) -> None:
        self.reached.set()
        assert self._opened.wait(SOON)

    def open(self) -> None:
        self._opened.set()


@contextmanager
def held_up(engine: GroupingSession) -> Iterator[None]:
    """What is submitted inside is written afterwards, as one group."""
    gate = Gate()
    engine.submit(gate)
    assert gate.reached.wait(SOON)
    try:
        yield
    finally:
        gate.open()


@contextmanager
def events(name: str) -> Iterator[list[str]]:
    """The engine events of that name, as they happen."""
    happened: list[str] = []

    def listen(connection: sa.Connection) -> None:
        happened.append(name)

    sa.event.listen(sa.Engine, name, listen)
    try:
        yield happened
    finally:
        sa.event.remove(sa.Engine, name, listen)


@pytest.fixture
def engine(url) -> Iterator[GroupingSession]:
    engine = GroupingSession(url)
    yield engine
    engine.close()


@pytest.fixture
def sqlite_engine(sqlite_url) -> Iterator[GroupingSession]:
    engine = GroupingSession(sqlite_url)
    yield engine
    engine.close()


@pytest.fixture(params=[Session, GroupingSession], ids=["command", "engine"])
def writing(request, url) -> Iterator[Session]:
    """Either kind of session: what is promised of a write holds for both."""
    session = request.param(url)
    yield session
    session.close()


# --- what every write promises


def test_a_write_gives_what_its_closure_gave(writing):
    assert writing.write(say("one")) == "one"
    assert writing.submit(say("two")).result(SOON) == "two"
    assert said(writing) == ["one", "two"]


def test_a_write_that_raises_is_undone_and_raises_to_the_caller(writing):
    error = RuntimeError("changed its mind")

    def write(connection: sa.Connection) -> None:
        say("one")(connection)
        raise error

    with pytest.raises(RuntimeError) as caught:
        writing.write(write)
    assert caught.value is error
    assert writing.submit(write).exception(SOON) is error
    assert said(writing) == []


def test_a_write_is_told_once_another_connection_sees_it_and_not_before(writing, url):
    other = Session(url)
    seen: dict[str, list[str]] = {}

    def write(connection: sa.Connection) -> None:
        say("one")(connection)
        seen["while it is written"] = said(other)

    future = writing.submit(write)
    future.add_done_callback(lambda future: seen.__setitem__("once it is told", said(other)))
    future.result(SOON)
    writing.write(say("two"))  # by now the callback has run
    assert seen == {"while it is written": [], "once it is told": ["one"]}
    other.close()


def test_a_read_is_one_view_however_long_it_lasts(writing):
    writing.write(say("one"))
    with writing.read() as connection:
        assert len(audit.rows(connection)) == 1
        writing.write(say("two"))
        assert len(audit.rows(connection)) == 1
    assert said(writing) == ["one", "two"]


def test_nothing_written_through_a_read_is_kept(writing):
    with writing.read() as connection:
        say("one")(connection)
    assert said(writing) == []


# --- grouping


@pytest.mark.parametrize("threads", [1, 8])
def test_what_arrives_while_a_commit_is_syncing_shares_the_next(engine, threads):
    per_thread = 160 // threads
    futures: list[Future[str]] = []

    def submit(name: int) -> None:
        futures.extend([engine.submit(say(f"{name}.{i}")) for i in range(per_thread)])

    with events("commit") as commits:
        with held_up(engine):
            submitters = [threading.Thread(target=submit, args=[name]) for name in range(threads)]
            for one in submitters:
                one.start()
            for one in submitters:
                one.join()
        expected = {future.result(SOON) for future in futures}
    assert len(expected) == 160
    assert set(said(engine)) == expected
    assert len(commits) == 2  # that of the gate, and one for all of them


def test_a_group_has_a_bound(engine, monkeypatch):
    monkeypatch.setattr(session, "GROUP", 10)
    with events("commit") as commits:
        with held_up(engine):
            futures = [engine.submit(say(str(i))) for i in range(25)]
        assert [future.result(SOON) for future in futures] == [str(i) for i in range(25)]
    assert len(commits) == 1 + 3
    assert said(engine) == [str(i) for i in range(25)]  # in the order of arrival


def test_no_future_of_a_group_is_set_before_its_commit(engine):
    futures: list[Future[str]] = []
    done_at_commit: list[list[bool]] = []

    def at_commit(connection: sa.Connection) -> None:
        done_at_commit.append([future.done() for future in futures])

    with held_up(engine):
        futures += [engine.submit(say(str(i))) for i in range(5)]
        sa.event.listen(sa.Engine, "commit", at_commit)
    wait(futures, SOON)
    sa.event.remove(sa.Engine, "commit", at_commit)
    assert done_at_commit[-1] == [False] * 5
    assert len(done_at_commit) <= 2


def test_one_that_raises_undoes_only_itself(engine):
    error = RuntimeError("bad")

    def bad(connection: sa.Connection) -> None:
        say("bad")(connection)
        raise error

    with held_up(engine):
        before, failing, after = engine.submit(say("before")), engine.submit(bad), engine.submit(say("after"))
    assert (before.result(SOON), failing.exception(SOON), after.result(SOON)) == ("before", error, "after")
    assert said(engine) == ["before", "after"]


def test_a_row_the_database_refuses_undoes_only_itself(engine):
    orphan = participation.insert().values(
        dialogue_id=99, person_id=99, role="participant", status="active", delivery="each", changed_at=NOW
    )
    with held_up(engine):
        before, failing = engine.submit(say("before")), engine.submit(lambda c: c.execute(orphan))
        after = engine.submit(say("after"))
    assert isinstance(failing.exception(SOON), IntegrityError)
    assert (before.result(SOON), after.result(SOON)) == ("before", "after")
    assert said(engine) == ["before", "after"]


def fails_at_commit(connection: sa.Connection) -> None:
    say("bad")(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("INSERT INTO tag (contribution_id, tag) VALUES (99, 'x')")
    else:
        unique = "UNIQUE DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql(f"CREATE TEMP TABLE later (a int {unique}) ON COMMIT DROP")
        connection.exec_driver_sql("INSERT INTO later VALUES (1), (1)")


def loses_the_connection(connection: sa.Connection) -> None:
    say("bad")(connection)
    connection.connection.dbapi_connection.close()


def breaks_the_transaction(connection: sa.Connection) -> None:
    say("bad")(connection)
    connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql("SELECT no_such_column")


@pytest.mark.parametrize("bad", [fails_at_commit, loses_the_connection, breaks_the_transaction])
def test_one_that_fails_its_group_fails_alone_and_the_others_are_written_once(engine, bad):
    with held_up(engine):
        futures = [engine.submit(say("1")), engine.submit(say("2")), engine.submit(bad), engine.submit(say("3"))]
    assert [future.result(SOON) for i, future in enumerate(futures) if i != 2] == ["1", "2", "3"]
    assert isinstance(futures[2].exception(SOON), DBAPIError)
    assert said(engine) == ["1", "2", "3"]
    assert engine.write(say("4")) == "4"


def test_a_full_disk_fails_what_does_not_fit_and_nothing_else(sqlite_engine):
    """SQLite then rolls the whole transaction back by itself, neighbours included."""

    def too_big(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").close()
        try:
            say("x" * 1_000_000)(connection)
        finally:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823").close()

    with held_up(sqlite_engine):
        before, failing = sqlite_engine.submit(say("before")), sqlite_engine.submit(too_big)
        after = sqlite_engine.submit(say("after"))
    error = failing.exception(SOON)
    assert isinstance(error, OperationalError)
    assert "full" in str(error)
    assert temporary(error)
    assert (before.result(SOON), after.result(SOON)) == ("before", "after")
    assert said(sqlite_engine) == ["before", "after"]


# --- the end of an engine's session


def test_closing_finishes_what_was_submitted(url):
    engine = GroupingSession(url)
    with held_up(engine):
        futures = [engine.submit(say(str(i))) for i in range(300)]
        closing = threading.Thread(target=engine.close)
        closing.start()
    closing.join(SOON)
    assert [future.result(0) for future in futures] == [str(i) for i in range(300)]
    after = Session(url)
    assert len(said(after)) == 300
    after.close()


def test_what_comes_after_the_end_is_told_so_and_does_not_wait_for_ever(url):
    engine = GroupingSession(url)
    engine.close()
    with pytest.raises(RuntimeError, match="this session is closed"):
        engine.submit(say("late"))


async def test_a_write_goes_on_when_who_awaited_it_is_cancelled(engine):
    """An SMTP client hangs up before the 250: its task is cancelled, and the writer must not trip over that."""
    with held_up(engine):
        future = engine.submit(say("one"))
        awaited = asyncio.wrap_future(future)
        awaited.cancel()
        with pytest.raises(asyncio.CancelledError):
            await awaited
        assert not future.cancel()
    assert future.result(SOON) == "one"
    assert engine.submit(say("two")).result(SOON) == "two"
    assert said(engine) == ["one", "two"]


# --- one engine on a SQLite file


def refused(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        GroupingSession(f"sqlite:///{path}")
    return str(caught.value)


def test_a_second_engine_on_the_same_file_is_refused(sqlite_url, tmp_path):
    message = "listserv.db is in use by another serve or work; stop it, or set a PostgreSQL URL"
    engine = GroupingSession(sqlite_url)
    assert refused(tmp_path / "listserv.db") == message
    (tmp_path / "link.db").symlink_to(tmp_path / "listserv.db")
    assert refused(tmp_path / "link.db") == message
    assert engine.write(say("one")) == "one"  # it has not been disturbed
    engine.close()
    GroupingSession(sqlite_url).close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_on_postgresql_there_may_be_several(url, engine):
    other = GroupingSession(url)
    other.write(say("other"))
    engine.write(say("one"))
    assert said(engine) == ["other", "one"]
    other.close()


ENGINE = """
import sys
from datetime import UTC, datetime
from listserv.store import audit
from listserv.store.session import GroupingSession

engine = GroupingSession(sys.argv[1])
now = datetime(2008, 11, 4, tzinfo=UTC)
number = 0
while True:
    names = [str(number + i) for i in range(20)]
    futures = [engine.submit(lambda c, n=n: audit.record(c, now, "ana", "test", n)) for n in names]
    for name, future in zip(names, futures):
        future.result()
        print(name, flush=True)
    number += 20
"""


def test_the_lock_dies_with_a_killed_engine_and_what_it_told_is_there(sqlite_url, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ENGINE, sqlite_url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(50)]
    assert "is in use" in refused(tmp_path / "listserv.db")
    process.kill()
    told += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    after = GroupingSession(sqlite_url)
    written = said(after)
    assert set(told) <= set(written)
    assert len(written) == len(set(written))
    assert len(told) >= 50
    after.close()


# --- commands beside a running engine


COMMAND = """
import sys
from datetime import UTC, datetime
from listserv.store import audit
from listserv.store.session import Session

session = Session(sys.argv[1])
session.write(lambda c: audit.record(c, datetime(2008, 11, 4, tzinfo=UTC), "ana", "test", "command"))
session.close()
"""


def test_a_command_that_ends_leaves_the_log_of_a_running_engine(sqlite_url, sqlite_engine, tmp_path):
    """Whoever closes last removes the WAL. An engine is not forgotten by its locks: they would all be dropped by
    closing the database file even once outside SQLite (POSIX, fcntl)."""
    sqlite_engine.write(say("before"))
    Session(sqlite_url).close()  # a second one in this process
    subprocess.run([sys.executable, "-c", COMMAND, sqlite_url], check=True)
    assert (tmp_path / "listserv.db-wal").exists()
    sqlite_engine.write(say("after"))
    assert said(sqlite_engine) == ["before", "command", "after"]


STOPPED = """
import os, signal, sys
from listserv.store.session import Session

def write(connection):
    print("writing", flush=True)
    os.kill(os.getpid(), signal.SIGTSTP)  # Ctrl-Z

session = Session(sys.argv[1])
session.write(write)
print("written", flush=True)
session.close()
"""


def test_a_command_that_is_stopped_in_the_midst_of_its_write_stops_after_it(sqlite_url, sqlite_engine):
    """Else an engine could write nothing until somebody thinks of `fg`."""
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, sqlite_url], stdout=subprocess.PIPE, text=True, process_group=0
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "writing\n"
        assert sqlite_engine.submit(say("meanwhile")).result(SOON) == "meanwhile"
        assert os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED).si_status == signal.SIGTSTP
        process.send_signal(signal.SIGCONT)
        assert process.stdout.read() == "written\n"
        assert process.wait(SOON) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_command_gets_its_turn_beside_an_engine_that_is_flooded(sqlite_url, sqlite_engine):
    """Two connections on one SQLite file starve each other unless the turn is given (DESIGN §3): 4 s and more."""
    stop, flooded = threading.Event(), [0] * 8

    def flood(number: int) -> None:
        while not stop.is_set():
            for future in [sqlite_engine.submit(say("flood")) for _ in range(20)]:
                future.result(SOON)
            flooded[number] += 20

    flooding = [threading.Thread(target=flood, args=[number]) for number in range(8)]
    command, took = Session(sqlite_url), []
    try:
        for thread in flooding:
            thread.start()
        for i in range(20):
            before, started = sum(flooded), time.monotonic()
            command.write(say(f"command {i}"))
            took.append(time.monotonic() - started)
            while sum(flooded) == before:  # the engine had its turn between two commands
                flooding[0].join(0.001)
    finally:
        stop.set()
        for thread in flooding:
            thread.join()
    command.close()
    assert max(took) < 2.0, took
    assert min(flooded) > 0
    assert len([name for name in said(sqlite_engine) if name.startswith("command")]) == 20


def test_an_engine_waits_for_a_command_and_goes_on(sqlite_url, sqlite_engine):
    command, gate = Session(sqlite_url), Gate()
    holding = threading.Thread(target=command.write, args=[gate])
    holding.start()
    assert gate.reached.wait(SOON)
    future = sqlite_engine.submit(say("engine"))
    assert not wait([future], 0.05).done
    gate.open()
    assert future.result(SOON) == "engine"
    holding.join()
    command.close()


def test_another_connections_commit_is_noticed_once_and_a_read_never(sqlite_url, sqlite_engine):
    other, changes = Session(sqlite_url), watch(sqlite_engine)
    assert not changes.seen()
    other.write(say("one"))
    assert (changes.seen(), changes.seen()) == (True, False)
    said(sqlite_engine), said(other)
    assert not changes.seen()
    with pytest.raises(RuntimeError, match="undone"):
        other.write(undone)
    assert not changes.seen()
    changes.close()
    other.close()


def undone(connection: sa.Connection) -> None:
    say("undone")(connection)
    raise RuntimeError("undone")


def test_the_engines_own_commits_are_told_from_others(sqlite_url, sqlite_engine):
    """Or the engine would wake itself for ever."""
    other, changes = Session(sqlite_url), watch(sqlite_engine)
    sqlite_engine.write(say("own"))
    assert (changes.seen(), changes.others()) == (True, False)
    other.write(say("other"))
    sqlite_engine.write(say("own"))
    assert (changes.seen(), changes.others(), changes.seen(), changes.others()) == (True, True, False, False)
    changes.close()
    other.close()


# --- durability, and what the database may not be


def pragmas(session: Session) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "wal_autocheckpoint")
    return session.write(lambda c: {name: c.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names})


@pytest.mark.parametrize(("kind", "checkpoints"), [(Session, 0), (GroupingSession, 4000)])
@pytest.mark.usefixtures("durable")
def test_a_commit_is_synced_and_only_the_engine_checkpoints(sqlite_url, kind, checkpoints):
    session = kind(sqlite_url)
    assert pragmas(session) == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "wal_autocheckpoint": checkpoints,
    }
    session.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_on_postgresql_a_commit_waits_for_the_log(writing):
    assert writing.write(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar_one()) == "on"


@pytest.mark.parametrize(
    "in_memory",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared&uri=true",
        "sqlite:///file:name?mode=memory&cache=shared&uri=true",
    ],
)
@pytest.mark.parametrize("kind", [Session, GroupingSession])
def test_a_database_in_memory_is_refused(kind, in_memory):
    with pytest.raises(Refused) as caught:
        kind(in_memory)
    assert str(caught.value) == "database.url: a file is needed, an in-memory database would lose mail"


def test_the_folder_of_a_new_database_is_made_and_is_nobody_elses(tmp_path):
    session = Session(f"sqlite:///{tmp_path}/var/deep/listserv.db")
    assert session.write(lambda c: c.exec_driver_sql("SELECT 1").scalar_one()) == 1
    assert stat.S_IMODE((tmp_path / "var" / "deep").stat().st_mode) == 0o700
    session.close()


# --- trouble


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody's sqlite3 shell with a transaction open: it knows nothing of turns."""
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        foreign.execute("ROLLBACK")
        foreign.close()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", [Session, GroupingSession])
def test_a_locked_database_is_temporary_trouble_for_the_caller(url, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY", 20)
    writing = kind(url)
    with locked(tmp_path / "listserv.db"):
        error = writing.submit(say("one")).exception(SOON)
        assert said(writing) == []  # reading goes on
    assert isinstance(error, DBAPIError)
    assert isinstance(error, DatabaseTrouble)
    assert "database is locked" in str(error)
    assert temporary(error)
    assert writing.write(say("two")) == "two"
    assert said(writing) == ["two"]
    writing.close()


def test_a_group_waits_for_a_lock_once_not_once_for_each(sqlite_url, tmp_path, monkeypatch):
    """Half a minute each for 256 items would be two hours, and no mail server waits that long."""
    monkeypatch.setattr(sqlite, "BUSY", 20)
    engine = GroupingSession(sqlite_url)
    turn = FileLock(tmp_path / "listserv.db.turn")
    with ExitStack() as stack:
        with ExitStack() as waiting:  # the group waits for its turn until the database is locked
            with held_up(engine):
                waiting.enter_context(turn.held())
                futures = [engine.submit(say(str(i))) for i in range(50)]
            stack.enter_context(locked(tmp_path / "listserv.db"))
            begins = stack.enter_context(events("begin"))
        errors = [future.exception(SOON) for future in futures]
    assert {type(error) for error in errors} == {OperationalError}
    assert len(begins) == 1
    assert engine.write(say("again")) == "again"
    assert said(engine) == ["again"]
    engine.close()
    turn.close()


def test_a_database_that_may_only_be_read_is_temporary_trouble(writing):
    """A disk mounted read-only after an error; a standby before it is promoted."""

    def write(connection: sa.Connection) -> None:
        sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("PRAGMA query_only = ON" if sqlite else "SET TRANSACTION READ ONLY")
        try:
            say("one")(connection)
        finally:
            if sqlite:
                connection.exec_driver_sql("PRAGMA query_only = OFF")

    error = writing.submit(write).exception(SOON)
    assert isinstance(error, OperationalError | InternalError)
    assert temporary(error)
    assert writing.write(say("two")) == "two"


def test_a_server_that_does_not_answer_is_temporary_trouble(tmp_path):
    pytest.importorskip("psycopg", reason="no PostgreSQL driver to test with: pip install 'listserv[postgresql]'")
    away = GroupingSession(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    error = away.submit(say("one")).exception(SOON)
    assert temporary(error)
    with pytest.raises(DatabaseTrouble), away.read():
        pass
    away.close()


def test_a_mistake_in_the_data_is_not_temporary(writing):
    """Trying it again would only do it again, and hold up everything behind it."""
    twice = sa.text("INSERT INTO tag (id, contribution_id, tag) VALUES (1, 99, 'x')")
    for error in (
        writing.submit(lambda c: c.execute(twice)).exception(SOON),
        writing.submit(lambda c: audit.record(c, datetime(2008, 1, 1), "ana", "x", "naive")).exception(SOON),
        writing.submit(lambda c: audit.record(c, NOW, "ana", "x", None)).exception(SOON),
    ):
        assert error is not None
        assert not temporary(error), repr(error)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("subject", ["a NUL: \0", "x"])
def test_what_postgresql_cannot_keep_is_a_mistake_in_the_data(writing, subject):
    action = "x" * 33 if subject == "x" else "x"  # longer than its column
    error = writing.submit(lambda c: audit.record(c, NOW, "ana", action, subject)).exception(SOON)
    assert isinstance(error, DataError)
    assert not temporary(error)


@pytest.mark.parametrize("error", [Refused(), Temporary(), ValueError(), OSError(), TimeoutError()])
def test_other_errors_are_no_database_trouble(error):
    assert not temporary(error)


def test_what_was_being_written_stays_out_of_the_message(writing):
    """Addresses and mails have no place in logs."""
    error = writing.submit(lambda c: audit.record(c, NOW, "ana@example.org", "x", None)).exception(SOON)
    assert isinstance(error, IntegrityError)
    assert "ana@example.org" not in str(error)


def test_a_rehearsal_runs_a_write_and_leaves_nothing_of_it(world):
    (kept,) = world.deliveries(1)
    with world.session.rehearsal():
        assert [one.id for one in world.claim()] == [kept]
    assert (world.row(kept)["epoch"], world.row(kept)["attempts"]) == (0, 0)
    assert [one.epoch for one in world.claim()] == [1]
