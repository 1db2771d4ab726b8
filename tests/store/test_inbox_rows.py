"""The inbox's rows: what a 250 stands for, and finding what is new among much that is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import Outcome
from listserv.store import inbox
from listserv.store.session import Session

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)


def test_a_mail_for_two_is_kept_once_and_entered_twice(session):
    ids = session.write(lambda connection: inbox.add(connection, NOW, "ana@example.org", ["a", "b"], b"mail", "lmtp"))
    with session.read() as connection:
        rows = inbox.claim(connection, 10, 60.0)
        contents = [inbox.content(connection, row.raw_id) for row in rows]
        waiting = inbox.waiting(connection)
    assert [row.id for row in rows] == ids
    assert [(row.received_at, row.sender, row.recipient) for row in rows] == [
        (NOW, "ana@example.org", "a"),
        (NOW, "ana@example.org", "b"),
    ]
    assert "content" not in rows[0]._fields  # twenty mails of 25 MB would be at hand at once
    assert contents == [b"mail"] * 2
    assert len({row.raw_id for row in rows}) == 1
    assert waiting == 2


@pytest.mark.parametrize("query", [lambda c: inbox.claim(c, 10, 60.0), inbox.waiting], ids=["claim", "waiting"])
def test_what_is_new_is_found_without_looking_at_what_is_done(sqlite_url, query):
    session = Session(sqlite_url)
    statements = []
    with session.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *seen: statements.append(seen[2:4]))
        query(connection)
        statement, parameters = statements[-1]  # the first is BEGIN
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    session.close()
    assert any("ix_inbox_new" in step for step in plan), plan
    assert "SCAN inbox" not in plan


def test_the_beginning_of_a_mail(session):
    (one,) = session.write(lambda connection: inbox.add(connection, NOW, "ana@example.org", ["a"], b"\0mail", "lmtp"))
    with session.read() as connection:
        rows = [inbox.beginning(connection, one, octets) for octets in (3, 100)]
    assert [(row.id, row.sender, bytes(row.content)) for row in rows] == [
        (one, "ana@example.org", b"\0ma"),
        (one, "ana@example.org", b"\0mail"),
    ]


def test_the_last_mail_of_an_author_that_came_by_a_way(session):
    def come(connection: sa.Connection, at: datetime, content: bytes, protocol: str, author: str) -> None:
        (one,) = inbox.add(connection, at, author, ["Nap-Join@talk.example"], content, protocol)
        inbox.done(connection, one, Outcome.COMMAND, author=author)

    def fill(connection: sa.Connection) -> None:
        for minute, (content, protocol, author) in enumerate(
            [
                (b"first", "web", "ana@x.org"),
                (b"second", "web", "ana@x.org"),
                (b"a mail", "lmtp", "ana@x.org"),
                (b"another's", "web", "eve@x.org"),
                (b"later", "web", "ana@x.org"),
            ]
        ):
            come(connection, NOW + timedelta(minutes=minute), content, protocol, author)

    session.write(fill)
    by = NOW + timedelta(minutes=3)
    with session.read() as connection:
        found = [
            inbox.last_of(connection, author, "nap-join@talk.example", "web", at)
            for author, at in (("ana@x.org", by), ("ana@x.org", NOW), ("ana@x.org", NOW - timedelta(1)), ("bob", by))
        ]
    assert [one and bytes(one) for one in found] == [b"second", b"first", None, None]
