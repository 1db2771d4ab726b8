"""The engine's one writer: what is submitted meanwhile is written together, and each item stands for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from listserv.core.dialogue.model import InboxState
from listserv.errors import Refused
from listserv.store import inbox
from listserv.store.session import Changes, GroupingSession, Session

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(url) -> Iterator[GroupingSession]:
    session = GroupingSession(url)
    yield session
    session.close()


@contextmanager
def held_up(engine: GroupingSession) -> Iterator[None]:
    """The writer waits in a transaction: what is submitted inside makes one group afterwards."""
    begun, go_on = threading.Event(), threading.Event()
    engine.submit(lambda connection: begun.set() or go_on.wait(30))
    assert begun.wait(30)
    try:
        yield
    finally:
        go_on.set()


def add(engine: Session, recipient: str) -> Future[list[int]]:
    return engine.submit(lambda connection: inbox.add(connection, NOW, "", [recipient], b"mail", "smtp"))


def recipients(engine: Session) -> list[str]:
    with engine.read() as connection:
        return [row["recipient"] for row in inbox.rows(connection)]


def test_what_arrives_while_it_writes_is_one_transaction(engine):
    seen = []

    def look(connection):
        seen.append(id(connection))

    with held_up(engine):
        futures = [engine.submit(look) for _ in range(10)]
    assert [future.result(30) for future in futures] == [None] * 10
    assert len(seen) == 10
    assert len(set(seen)) == 1


def test_a_bad_item_fails_alone(engine):
    def bad(connection):
        inbox.add(connection, NOW, "", ["bad"], b"mail", "smtp")
        raise Refused("not this one")

    def worse(connection):
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    with held_up(engine):
        futures = [
            add(engine, "first"),
            engine.submit(bad),
            add(engine, "second"),
            engine.submit(worse),
            add(engine, "third"),
        ]
    failures = [future.exception(30) for future in futures]
    assert [failure is None for failure in failures] == [True, False, True, False, True]
    assert isinstance(failures[1], Refused)
    assert "nowhere" in str(failures[3])
    assert recipients(engine) == ["first", "second", "third"]


def test_an_item_that_nobody_waits_for_any_more_is_written_all_the_same(engine):
    with held_up(engine):
        future = add(engine, "left alone")
        assert not future.cancel()
    add(engine, "next").result(30)
    assert recipients(engine) == ["left alone", "next"]


def test_closing_finishes_what_was_submitted(url):
    engine = GroupingSession(url)
    with held_up(engine):
        futures = [add(engine, f"number {number}") for number in range(5)]
    engine.close()
    assert all(future.done() and future.exception() is None for future in futures)


def test_a_mail_for_two_is_kept_once_and_entered_twice(engine):
    ids = engine.write(lambda connection: inbox.add(connection, NOW, "ana@example.org", ["a", "b"], b"mail", "lmtp"))
    with engine.read() as connection:
        rows = inbox.new(connection, 10)
        waiting = inbox.waiting(connection)
    assert [row.id for row in rows] == ids
    assert [(row.sender, row.recipient, row.content) for row in rows] == [
        ("ana@example.org", "a", b"mail"),
        ("ana@example.org", "b", b"mail"),
    ]
    assert len({row.raw_id for row in rows}) == 1
    assert waiting == 2


def test_new_mail_is_found_by_its_partial_index(sqlite_url):
    session = Session(sqlite_url)
    plans = []

    class Explaining:
        dialect = session._reader.dialect

        def execute(self, statement):
            text = str(statement.compile(session._reader, compile_kwargs={"literal_binds": False}))
            with session.read() as connection:
                values = statement.compile(session._reader).params
                plans.append(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values.values())).all())
            return self

        def all(self):
            return []

        def scalar_one(self):
            return 0

    inbox.new(Explaining(), 10)
    inbox.waiting(Explaining())
    session.close()
    assert all("ix_inbox_new" in str(plan) for plan in plans), plans
    assert InboxState.NEW == "new"  # as the index has it


def test_its_own_commits_are_told_from_those_of_others(sqlite_url):
    engine, command = GroupingSession(sqlite_url), Session(sqlite_url)
    changes = Changes(engine)
    assert not changes.seen()

    add(engine, "ours").result(30)
    assert changes.seen()
    assert not changes.others()

    add(command, "theirs").result(30)
    assert changes.seen()
    assert changes.others()
    assert not changes.seen()
    assert not changes.others()

    changes.close()
    command.close()
    engine.close()
