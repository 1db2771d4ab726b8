"""The inbox's rows: what a 250 stands for, and finding what is new among much that is done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from listserv.store import inbox
from listserv.store.session import Session

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)


def test_a_mail_for_two_is_kept_once_and_entered_twice(session):
    ids = session.write(lambda connection: inbox.add(connection, NOW, "ana@example.org", ["a", "b"], b"mail", "lmtp"))
    with session.read() as connection:
        rows = inbox.new(connection, 10)
        waiting = inbox.waiting(connection)
    assert [row.id for row in rows] == ids
    assert [(row.received_at, row.sender, row.recipient, row.content) for row in rows] == [
        (NOW, "ana@example.org", "a", b"mail"),
        (NOW, "ana@example.org", "b", b"mail"),
    ]
    assert len({row.raw_id for row in rows}) == 1
    assert waiting == 2


@pytest.mark.parametrize("query", [lambda c: inbox.new(c, 10), inbox.waiting], ids=["new", "waiting"])
def test_what_is_new_is_found_without_looking_at_what_is_done(sqlite_url, query):
    session = Session(sqlite_url)
    statements = []
    with session.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *seen: statements.append(seen[2:4]))
        query(connection)
        statement, parameters = statements[-1]  # the first is BEGIN
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    session.close()
    assert "ix_inbox_new" in plan[0], plan
