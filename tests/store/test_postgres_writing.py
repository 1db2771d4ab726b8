"""Writing to PostgreSQL: commits that nobody knows of, transactions in each other's way, and who hears of a commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait

import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import DeliveryState
from listserv.store import changes, outbox, people
from listserv.store.changes import watch
from listserv.store.postgresql import Listener
from listserv.store.session import GroupingSession, Session, temporary
from listserv.store.tables import delivery
from tests.postgres import Server
from tests.store.conftest import NOW, World
from tests.store.test_session import SOON, held_up, said, say

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
def engine(url: str) -> Iterator[GroupingSession]:
    engine = GroupingSession(url, "the engine")
    yield engine
    engine.close()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


# --- commits


@pytest.fixture
def nobody_follows(postgresql: Server) -> Iterator[Server]:
    """A commit waits for a standby that is not there: it is done here, and nobody is told."""
    postgresql.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    postgresql.execute("SELECT pg_reload_conf()")
    until(lambda: postgresql.execute("SHOW synchronous_standby_names") == [("nobody",)])
    yield postgresql
    postgresql.execute("ALTER SYSTEM RESET synchronous_standby_names")
    postgresql.execute("SELECT pg_reload_conf()")


COMMITTING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'the engine'"


@pytest.mark.parametrize("number", [1, 20])
def test_a_commit_that_nobody_knows_of_is_not_told_and_not_done_again(
    engine: GroupingSession, nobody_follows: Server, number: int
) -> None:
    """The connection breaks while it is under way. Whoever asked is told to try again, and looks first."""
    with held_up(engine):
        futures = [engine.submit(say(str(i))) for i in range(number)]
    # The gate has entered nothing, so its commit waits for nobody.
    until(lambda: nobody_follows.execute(f"SELECT 1 {COMMITTING}"))
    assert not any(future.done() for future in futures)
    nobody_follows.execute(f"SELECT pg_terminate_backend(pid) {COMMITTING}")
    errors = [future.exception(SOON) for future in futures]
    assert all(error is not None and temporary(error) for error in errors)
    assert said(engine) == [str(i) for i in range(number)]  # once each


def test_two_groups_in_each_others_way_are_both_written(url: str, world: World, engine: GroupingSession) -> None:
    """PostgreSQL undoes one of two that wait for each other. That is no fault of what was to be written."""
    first, second = world.deliveries(2)
    other = GroupingSession(url)
    both = threading.Barrier(2)

    def crossing(one: int, then: int) -> Callable[[sa.Connection], None]:
        waits = [both]

        def write(connection: sa.Connection) -> None:
            more = delivery.update().values(attempts=delivery.c.attempts + 1)
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '50ms'")
            connection.execute(more.where(delivery.c.id == one))
            while waits:  # only the first time
                waits.pop().wait(SOON)
            connection.execute(more.where(delivery.c.id == then))

        return write

    futures = [engine.submit(crossing(first, second)), other.submit(crossing(second, first))]
    assert [future.exception(SOON) for future in futures] == [None, None]
    assert [world.row(one)["attempts"] for one in (first, second)] == [2, 2]
    other.close()


@pytest.mark.parametrize("number", [1, 20])
def test_of_two_who_find_it_missing_one_enters_it_and_the_other_finds_it(
    url: str, world: World, engine: GroupingSession, number: int
) -> None:
    """SQLite has one writer at a time; here both look before either has entered it."""
    both = [threading.Barrier(2)] * 2

    def enter(connection: sa.Connection) -> int:
        found = people.person_of(connection, "ana@example.org")
        if both:
            both.pop().wait(SOON)
        return found or people.add_person(connection, NOW, "ana@example.org", {"name": "Ana"})

    with held_up(engine):
        beside = [engine.submit(say(str(i))) for i in range(number - 1)]
        ours = engine.submit(enter)
    command = Session(url)
    assert command.write(enter) == ours.result(SOON)
    assert len(said(engine)) == len(beside)
    command.close()


def test_a_command_whose_transaction_was_in_the_way_writes_it_again(
    url: str, world: World, engine: GroupingSession
) -> None:
    (one,) = world.deliveries(1)
    command, tries = Session(url), []

    def write(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(sa.select(delivery.c.id)).all()
        if not tries:
            engine.write(lambda c: c.execute(delivery.update().values(attempts=5)))
        tries.append(1)
        connection.execute(delivery.update().values(attempts=delivery.c.attempts + 1))

    command.write(write)
    assert (len(tries), world.row(one)["attempts"]) == (2, 6)
    command.close()


def test_while_the_server_is_away_a_group_is_told_at_once_and_later_goes_on(url: str) -> None:
    with Server.create() as server:
        engine = GroupingSession(server.url())
        engine.write(lambda c: c.exec_driver_sql("CREATE TABLE one (a int)"))
        server.stop()
        with held_up_by(engine):
            futures = [engine.submit(lambda c: c.exec_driver_sql("INSERT INTO one VALUES (1)")) for _ in range(200)]
        assert wait(futures, SOON).not_done == set()
        assert all(temporary(future.exception()) for future in futures)  # type: ignore[arg-type]
        server.start()
        engine.write(lambda c: c.exec_driver_sql("INSERT INTO one VALUES (2)"))
        with engine.read() as connection:
            assert connection.exec_driver_sql("SELECT a FROM one").scalars().all() == [2]
        engine.close()


def held_up_by(engine: GroupingSession) -> threading.Lock:
    """The writer waits for it, so that what is submitted meanwhile is one group."""
    lock = threading.Lock()
    inner = engine._write

    def write(group: list) -> bool:  # type: ignore[type-arg]
        with lock:
            return inner(group)

    engine._write = write  # type: ignore[method-assign]
    return lock


# --- who hears of it


def test_what_another_session_enters_is_heard_of_at_once(
    url: str, engine: GroupingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told: it does not look by itself in the time that this takes."""
    monkeypatch.setattr(changes, "POLL", 3600.0)
    other, heard = Session(url), watch(engine)
    assert not heard.seen()
    other.write(say("one"))
    until(heard.seen)
    assert (heard.others(), heard.others(), heard.seen()) == (True, False, False)
    heard.close()
    other.close()


def test_ones_own_commits_are_told_from_others_and_one_group_tells_once(
    engine: GroupingSession, postgresql: Server, url: str
) -> None:
    other = Session(url)
    heard, elsewhere = watch(engine), watch(other)
    with held_up(engine):
        futures = [engine.submit(say(str(i))) for i in range(50)]
    wait(futures, SOON)
    until(heard.seen)
    assert not heard.others()
    until(elsewhere.seen)
    assert elsewhere.others()
    assert not elsewhere.seen()
    heard.close()
    elsewhere.close()
    other.close()


def test_what_nobody_waits_for_is_told_to_nobody(url: str, world: World, engine: GroupingSession) -> None:
    """A hint for each claim and each copy sent would wake every host for nothing, many times a second."""
    world.deliveries(1)
    told: list[str] = []
    heard = Listener(engine.url, "test")
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.SENT)
    undone = world.session.submit(lambda c: (say("undone")(c), 1 / 0))
    assert isinstance(undone.exception(), ZeroDivisionError)
    assert world.session.write(lambda c: outbox.retry(c, [claimed.id])) == 0
    world.session.write(lambda c: c.exec_driver_sql("SELECT pg_notify('listserv', 'the end')"))
    until(lambda: told.extend(heard.heard() or ()) or told)
    assert told == ["the end"]
    heard.close()


def test_a_listener_that_is_cut_off_says_so_and_listens_again(
    url: str, engine: GroupingSession, postgresql: Server
) -> None:
    other, heard = Session(url), watch(engine)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'the engine listening'"
    assert postgresql.execute(cut) == [(True,)]
    until(heard.seen)
    heard.others()  # whether something has been missed stands in the log
    assert not heard.seen()
    other.write(say("one"))
    until(heard.seen)
    assert heard.others()
    heard.close()
    other.close()


def test_every_few_seconds_it_is_looked_at_in_any_case(
    url: str, world: World, engine: GroupingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hints may be missed, as behind a pooler. While nothing is committed, nobody is woken."""
    heard = watch(engine)
    assert not heard.seen()
    monkeypatch.setattr(changes, "POLL", 0.0)
    assert heard.seen()
    heard.others()
    until(lambda: not heard.others())  # PostgreSQL's own chores are in its log too
    world.session.write(lambda c: c.exec_driver_sql("UPDATE dialogue SET word_limit = word_limit + 1"))
    assert (heard.seen(), heard.others()) == (True, True)
    heard.close()
