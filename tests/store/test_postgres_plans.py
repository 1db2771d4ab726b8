"""Which way PostgreSQL goes to the rows that a statement asks for, as its planner says; none reads through a table.

Plans hang on what a table was before: deleted rows leave an index as large as it was, and autovacuum looks when it
likes. So each test has a database that nobody used, and only what a test says is analyzed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.store import bundles, inbox, leases, outbox, turns, vital
from listserv.store.session import Session
from listserv.store.tables import delivery
from tests import databases
from tests.store.conftest import NOW, World

_numbers = count(1)


@contextmanager
def new_database() -> Iterator[str]:
    server = databases.pool().server
    name = f"plans{next(_numbers)}"
    yield server.database(name, template="newest")
    server.drop(name)


@pytest.fixture
def url() -> Iterator[str]:
    with new_database() as url:
        yield url


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is executed meanwhile, with its parameters."""
    found: list[tuple[str, Any]] = []

    def executing(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        found.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", executing)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", executing)


def nobody_else_analyzes(connection: sa.Connection) -> None:
    """Statistics that autovacuum began before all was there would take the place of ours."""
    for table in ("delivery", "inbox"):
        connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


MANY = 30_000
#: So few that an index is the cheaper way also where the planner believes that each lies on a page of its own.
WAITING = 50

REFUSED = {"under": 1, "state": "failed", "code": 550, "reply": "no", "finished_at": NOW}
PUT_OFF = {"under": 1, "state": "deferred", "code": 450, "reply": "busy", "delay": 60.0}
TAKEN = {"under": 1, "code": 250, "reply": "ok", "finished_at": NOW}

ASKED: dict[str, Callable[[sa.Connection], object]] = {
    "claim": lambda c: leases.claim(c, 100, 60.0),
    "next due": turns.next_due_in,
    "new mail": lambda c: inbox.claim(c, 20, 60.0),
    "mail claimed by others": inbox.next_due_in,
    "retry": lambda c: outbox.retry(c, [1, 2, 3]),
    "being sent": lambda c: outbox.being_sent(c, [1, 2, 3]),
    "what was refused": lambda c: leases.finish(c, [REFUSED | {"of": 1}]),
    "what is put off": lambda c: leases.finish(c, [PUT_OFF | {"of": 1}]),
    "what is given up": lambda c: outbox.drop(c, [1, 2, 3], "dropped", NOW),
    "a result": lambda c: leases.ours(c, [(1, 1), (2, 1)]),
    "what was taken": lambda c: leases.sent(c, [TAKEN | {"of": one} for one in range(1, 41)]),
    "the oldest waiting": vital.outbox,
    "what is there to stay": lambda c: bundles.settled(c, 1, NOW),
    "whether one goes to them": lambda c: outbox.has_delivery(c, 1, "1@many.example"),
}


@pytest.fixture
def many(world: World) -> World:
    """Many deliveries and mails, most of them done with."""
    mailing, renderings = world.mailing()
    waiting = f"CASE WHEN g > {MANY - WAITING} THEN 'pending' ELSE 'sent' END"

    def write(connection: sa.Connection) -> None:
        nobody_else_analyzes(connection)
        connection.exec_driver_sql(
            "INSERT INTO delivery (mailing_id, rendering_id, address, state, due_at) "
            f"SELECT {mailing}, {renderings['en']}, g || '@many.example', {waiting}, g FROM generate_series(1,{MANY}) g"
        )
        connection.exec_driver_sql("INSERT INTO raw (content, received_at) VALUES ('x', now())")
        connection.exec_driver_sql(
            "INSERT INTO inbox (raw_id, received_at, sender, recipient, protocol, state, author, message_id) "
            "SELECT (SELECT max(id) FROM raw), now(), 'a@b.example', 'talk@d.example', 'smtp', "
            f"CASE WHEN g > {MANY - WAITING} THEN 'new' ELSE 'done' END, g || '@b.example', '<' || g || '@b.example>' "
            f"FROM generate_series(1,{MANY}) g"
        )

    world.session.write(write)
    world.session.write(lambda c: c.exec_driver_sql("ANALYZE delivery, inbox, mailing, rendering"))
    return world


def test_no_loop_reads_through_the_whole_outbox_or_inbox(many: World) -> None:
    """A comparison with clock_timestamp() would: no index serves what may change from row to row."""
    found: dict[str, list[str]] = {}

    def ask(connection: sa.Connection) -> None:
        for name, question in ASKED.items():
            with statements() as executed:
                question(connection)
            plans = [connection.exec_driver_sql(f"EXPLAIN {one}", values).scalars().all() for one, values in executed]
            found[name] = [line for plan in plans for line in plan if "Seq Scan" in line]

    many.session.write(ask)
    through = {name: lines for name, lines in found.items() if any("delivery" in x or "inbox" in x for x in lines)}
    assert through == {}


#: What is asked of deliveries that are named by their ids.
NAMED = ["a result", "being sent", "retry", "what is given up", "what is put off", "what was refused", "what was taken"]

MORE, DONE = "ten thousand more", "UPDATE delivery SET state = 'sent'"
#: What PostgreSQL knew of the table before ten thousand copies are due in it, and when it looked at them.
KNOWN: dict[str, tuple[list[str], bool]] = {
    "analyzed": ([], True),
    "never analyzed": ([], False),
    "analyzed when nothing waited": ([MORE, DONE, "ANALYZE delivery"], False),
    "vacuumed after all were sent": ([MORE, DONE, "VACUUM ANALYZE delivery"], False),
    "analyzed when few waited": ([MORE, DONE + " WHERE id > 30", "ANALYZE delivery"], False),
    "many were there before": ([MORE, DONE, MORE, DONE], False),
}


@pytest.fixture(params=KNOWN, scope="module")
def fanning_out(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    """In the middle of a fan-out: all of ten thousand copies are waiting. Nothing is left there by `explained`."""
    with new_database() as url:
        session = Session(url)
        mailing, renderings = World(session).mailing()
        session.close()
        yield from _fanning_out(url, mailing, renderings["en"], *KNOWN[request.param])


def _fanning_out(url: str, mailing: int, rendering: int, begun: list[str], analyzed: bool) -> Iterator[sa.Connection]:
    def insert(connection: sa.Connection) -> None:
        connection.exec_driver_sql(
            "INSERT INTO delivery (mailing_id, rendering_id, address, state, due_at) SELECT "
            f"{mailing}, {rendering}, random() || '@many.example', 'pending', g FROM generate_series(1, 10000) g"
        )

    engine = sa.create_engine(url, poolclass=sa.StaticPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        nobody_else_analyzes(connection)
        for one in begun:
            insert(connection) if one == MORE else connection.exec_driver_sql(one)
        insert(connection)
        if analyzed:
            connection.exec_driver_sql("ANALYZE delivery")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def explained(connection: sa.Connection, name: str, explain: str = "EXPLAIN") -> list[list[str]]:
    """The plans of what is asked of deliveries, without doing it."""
    with connection.begin() as all_that_is_done, statements() as executed:
        ASKED[name](connection)
        all_that_is_done.rollback()
    plans = []
    for statement, values in executed:
        if "delivery" in statement:
            with connection.begin() as all_that_is_done:
                plans.append(list(connection.exec_driver_sql(f"{explain} {statement}", values).scalars()))
                all_that_is_done.rollback()
    return plans


@pytest.mark.parametrize("name", NAMED)
def test_what_is_said_of_a_few_copies_does_not_read_all_that_wait(fanning_out: sa.Connection, name: str) -> None:
    """The planner likes to: of some ten thousand, or when it believes that there are few."""
    (plan,) = explained(fanning_out, name)
    scans = [line for line in plan if "Scan" in line and "delivery" in line and "Bitmap Heap" not in line]
    assert scans
    assert all("pk_delivery" in line for line in scans), "\n".join(plan)


@pytest.mark.parametrize("name", ["claim", "next due"])
def test_whose_turn_it_is_is_found_without_reading_all_that_wait(fanning_out: sa.Connection, name: str) -> None:
    plans = explained(fanning_out, name, "EXPLAIN (ANALYZE, TIMING off)")
    assert plans
    for plan in plans:
        scans = [line for line in plan if "Scan" in line and "delivery" in line]
        read = [int(rows) * int(loops) for rows, loops in re.findall(r"actual rows=(\d+) loops=(\d+)", " ".join(scans))]
        assert sum(read) <= 500, "\n".join(plan)  # a hundred are claimed


def test_any_number_of_deliveries_may_be_named(many: World) -> None:
    """A statement has 65,535 parameters at most; `outbox retry --all` may have more deliveries."""
    with many.session.read() as connection:
        ids = connection.execute(sa.select(delivery.c.id)).scalars().all()
    named = [*ids, *range(max(ids) + 1, max(ids) + 70_000)]
    assert many.session.write(lambda c: outbox.being_sent(c, named)) == 0
    assert many.session.write(lambda c: outbox.retry(c, named)) == WAITING
    assert many.session.write(lambda c: outbox.drop(c, named, "dropped", NOW)) == WAITING
