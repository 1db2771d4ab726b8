"""The statements as PostgreSQL gets them: compiled only, so that this is seen where no server is at hand too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from listserv.core.dialogue.model import DeliveryMode, DeliveryState
from listserv.store import contributions, fanout, leases, occurrences, outbox, turns
from listserv.store.tables import metadata

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)
DIALECT = postgresql.dialect()


class Compiling:
    """Stands where a connection does: compiles what it is given for PostgreSQL, finds nothing."""

    dialect = DIALECT
    rowcount = 0

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Compiling:
        self.statements.append(" ".join(str(statement.compile(dialect=DIALECT)).split()))
        return self

    def scalars(self) -> Compiling:
        return self

    def first(self) -> None: ...

    def one(self) -> Any:
        return SimpleNamespace(kind="contribution", dialogue_id=1, personal=0)

    def scalar(self) -> None: ...

    def scalar_one(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter(())


def finish(connection: Any) -> None:
    one = {"of": 1, "under": 1, "code": 250, "reply": "", "finished_at": NOW, "delay": 300.0}
    states = (DeliveryState.SENT, DeliveryState.DEFERRED)
    leases.finish(connection, [{**one, "state": state} for state in states])


STATEMENTS: dict[str, tuple[Callable[[Any], object], list[str]]] = {
    "claim": (
        lambda c: leases._take(c, 1, 10, 60.0),
        ["WITH pick AS", "ORDER BY delivery.due_at, delivery.id", "FOR UPDATE SKIP LOCKED", "RETURNING delivery.id"],
    ),
    "fan_out": (
        lambda c: fanout.fan_out(c, 1, 1, {"en": 1, "fr": 2}, "en", [DeliveryMode.EACH]),
        ["participation_id, address, state, due_at, lane) SELECT", "CASE"],
    ),
    "finish": (finish, ["UPDATE delivery SET", "AND delivery.epoch = %(under)s"]),
    "free_leases": (outbox.free_leases, ["UPDATE delivery SET due_at="]),
    "next_due_in": (turns.next_due_in, ["WITH RECURSIVE lanes", "ORDER BY delivery.due_at LIMIT 1"]),
    "once": (
        lambda c: occurrences.once(c, 1, "open", "1", 0, NOW),
        ["INSERT INTO occurrence", "ON CONFLICT DO NOTHING RETURNING occurrence.id"],
    ),
    "next_number": (lambda c: contributions.next_number(c, 1), ["max(contribution.number)", "FOR NO KEY UPDATE"]),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_as_postgresql_gets_it(name):
    ask, expected = STATEMENTS[name]
    connection = Compiling()
    ask(connection)
    text = "; ".join(connection.statements)
    assert [part for part in expected if part not in text] == [], text
    assert "julianday" not in text


def test_the_schema_as_postgresql_gets_it():
    """The partial indexes stay partial; ids are 64 bits and count by themselves; times have a zone."""
    ddl = "\n".join(
        str(made.compile(dialect=DIALECT))
        for table in metadata.sorted_tables
        for made in (CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda one: str(one.name))))
    )
    assert "CREATE INDEX ix_delivery_due ON delivery (lane, due_at, id) WHERE state IN ('pending', 'deferred')" in ddl
    assert "CREATE INDEX ix_inbox_new ON inbox (id) WHERE state = 'new'" in ddl
    assert ddl.count("id BIGSERIAL NOT NULL") == len(metadata.tables)
    assert "received_at TIMESTAMP WITH TIME ZONE NOT NULL" in ddl
    assert "TIMESTAMP WITHOUT TIME ZONE" not in ddl


def test_no_name_is_longer_than_postgresql_keeps():
    names = {
        one.name
        for table in metadata.sorted_tables
        for one in (*table.indexes, *table.constraints)
        if one.name is not None
    }
    assert [name for name in names if len(str(name)) > 63] == []


def test_a_string_column_takes_every_value_the_code_may_write():
    """PostgreSQL refuses what is longer than its column; SQLite does not look."""
    from listserv.core.dialogue import model
    from listserv.core.dialogue.programme import OccurrenceKind

    written = {
        "participation.role": model.Role,
        "participation.status": model.Participation,
        "participation.delivery": model.DeliveryMode,
        "contribution.state": model.ContributionState,
        "delivery.state": model.DeliveryState,
        "inbox.state": model.InboxState,
        "inbox.outcome": model.Outcome,
        "roundup.state": model.RoundupState,
        "dialogue.moderation": model.Moderation,
        "dialogue.late": model.Late,
        "occurrence.kind": OccurrenceKind,
    }
    for column, values in written.items():
        table, name = column.split(".")
        kind = metadata.tables[table].c[name].type
        assert isinstance(kind, sa.String), column
        assert [value for value in values if kind.length and len(value) > kind.length] == [], column
