"""Every invariant of the data, in a dialogue that has run to its end: it holds; and broken by hand, this is what is
said. On both databases, each case in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.steps import give_back, moderate
from listserv.steps.index import index_all
from listserv.steps.verify import READ, verify
from listserv.store.invariants import contributions, mailings, programme, records
from listserv.store.session import Session
from listserv.store.tables import delivery, metadata
from tests import databases
from tests.house import AFTER_ALL, LEFT, folder, open_house

ALL = {one.name: one for one in (*mailings.ALL, *contributions.ALL, *programme.ALL, *records.ALL, READ)}

#: By invariant: what breaks it, and the lines it then gives.
CASES: dict[str, list[tuple[str, list[str]]]] = {
    "deliveries": [
        (
            "DELETE FROM delivery WHERE id = (SELECT min(id) FROM delivery WHERE mailing_id = {contribution})",
            ["mailing {contribution} (contribution) was made for 5, and has 4 deliveries"],
        ),
        (
            "INSERT INTO delivery (mailing_id, rendering_id, address, state, due_at) SELECT mailing_id, rendering_id,"
            " 'one@more.example', 'pending', 9e9 FROM delivery WHERE mailing_id = {closing} LIMIT 1",
            ["mailing {closing} (closing) was made for 4, and has 5 deliveries"],
        ),
        (  # pruned: the count stands for them
            "DELETE FROM delivery WHERE mailing_id = {contribution};"
            " INSERT INTO mailing_count (mailing_id, state, count) VALUES ({contribution}, 'sent', 5)",
            [],
        ),
        (
            "INSERT INTO mailing_count (mailing_id, state, count) VALUES ({contribution}, 'sent', 5)",
            ["mailing {contribution} (contribution) was made for 5, and has 10 deliveries"],
        ),
        (  # who joins late is handed it: more are right, fewer are not
            "DELETE FROM delivery WHERE mailing_id = {announcement}",
            ["mailing {announcement} (announcement) was made for 4, and has 0 deliveries"],
        ),
    ],
    "recipients": [
        (
            "DELETE FROM delivery WHERE mailing_id = {contribution} AND participation_id = {anna}",
            ["mailing {contribution} (contribution) has no delivery for participation {anna}, who was due"],
        ),
        ("DELETE FROM delivery WHERE mailing_id = {contribution} AND participation_id = {dora}", []),  # changed since
        (
            "DELETE FROM delivery WHERE mailing_id = {contribution};"
            " INSERT INTO mailing_count (mailing_id, state, count) VALUES ({contribution}, 'sent', 5)",
            [],
        ),
    ],
    "sent once": [
        (
            "UPDATE delivery SET participation_id = {anna}"
            " WHERE mailing_id = {contribution} AND participation_id = {boris}",
            ["mailing {contribution} has 2 deliveries for participation {anna}"],
        ),
        (
            "INSERT INTO delivery (mailing_id, rendering_id, address, state, due_at) SELECT mailing_id, rendering_id,"
            " kind, 'pending', 9e9 FROM delivery, (SELECT 'a@b.example' AS kind UNION ALL SELECT 'A@b.example') AS two"
            " WHERE delivery.id = (SELECT min(id) FROM delivery)",
            ["mailing {announcement} has 2 deliveries for a@b.example"],
        ),
    ],
    "who had left": [
        (
            "UPDATE delivery SET participation_id = {dora} WHERE mailing_id = {closing} AND participation_id = {anna}",
            ["delivery {closing_anna} (closing) is for participation {dora}, who had left"],
        )
    ],
    "stuck mail": [
        (
            "UPDATE delivery SET state = 'deferred', attempts = 3, due_at = 86400 WHERE id = {closing_anna}",
            ["delivery {closing_anna} (deferred, tried 3 times) is * hours late"],
        )
    ],
    "results": [
        (
            "UPDATE delivery SET attempts = 0 WHERE id = {closing_anna}",
            ["delivery {closing_anna} is sent after 0 attempts"],
        ),
        (
            "UPDATE delivery SET state = 'lost' WHERE id = {closing_anna}",
            ["delivery {closing_anna} is lost after 1 attempts"],
        ),
        (
            "UPDATE delivery SET finished_at = NULL WHERE id = {closing_anna}",
            ["delivery {closing_anna} is sent after 1 attempts"],
        ),
    ],
    "texts": [
        (
            "UPDATE delivery SET rendering_id = (SELECT min(id) FROM rendering) WHERE id = {closing_anna}",
            ["delivery {closing_anna} has another mailing's text"],
        ),
        ("DELETE FROM rendering WHERE mailing_id = {closing}", ["mailing {closing} has no text"]),
    ],
    "held is held": [
        (
            "UPDATE mailing SET contribution_id = {held} WHERE id = {contribution}",
            ["mailing {contribution} sends contribution {held}, held"],
        )
    ],
    "official numbers": [
        ("UPDATE contribution SET number = 3 WHERE number = 2", ["nap: 2 numbers were given, the highest is 3"]),
        (
            "UPDATE contribution SET number = NULL WHERE number = 2",
            ["contribution {second} is released, its number is None"],
        ),
        ("UPDATE contribution SET state = 'held' WHERE number = 2", ["contribution {second} is held, its number is 2"]),
    ],
    "releases": [
        (
            "DELETE FROM mailing WHERE id = {contribution}",
            ["contribution {first} was released with no mailing"],
        ),
        (
            "UPDATE mailing SET created_at = '2008-11-01 00:00:00' WHERE id = {contribution}",
            ["contribution {first} was released with another time than mailing {contribution}'s"],
        ),
        (
            "INSERT INTO mailing (dialogue_id, kind, message_id, subject, contribution_id, created_at)"
            " SELECT dialogue_id, kind, message_id, subject, contribution_id, created_at FROM mailing"
            " WHERE id = {contribution}",
            ["contribution {first} has 2 mailings"],
        ),
    ],
    "decisions": [
        (
            "DELETE FROM audit WHERE action = 'release' AND subject = 'contribution {first}'",
            ["contribution {first} was released by mod@example.org, and no entry says so"],
        ),
        (
            "UPDATE audit SET at = '2008-11-01 00:00:00' WHERE subject = 'contribution {first}'",
            ["contribution {first} was released by mod@example.org, and no entry says so"],
        ),
        (
            "DELETE FROM audit WHERE action IN ('return', 'discard')",
            [
                "contribution {returned} was returned by mod@example.org, and no entry says so",
                "contribution {discarded} was discarded by mod@example.org, and no entry says so",
            ],
        ),
        (
            "UPDATE contribution SET decided_at = NULL WHERE id = {returned}",
            ["contribution {returned} is returned, and nobody decided it"],
        ),
    ],
    "switchovers": [
        (
            "DELETE FROM mailing WHERE kind = 'announcement' AND module = 2",
            ["nap: module 2 was opened 1 times and announced 0 times"],
        ),
        (
            "DELETE FROM mailing WHERE kind = 'closing' AND module = 2",
            ["nap: module 2 was closed 1 times, and that was told 0 times"],
        ),
        (
            "DELETE FROM occurrence WHERE kind IN ('open', 'close') AND subject = '3'",
            [
                "nap: module 3 was opened 0 times and announced 1 times",
                "nap: module 3 was closed 0 times, and that was told 1 times",
                "nap: module 3 is open, and nothing is recorded of that",
                "nap: module 3 is closed, and nothing is recorded of that",
            ],
        ),
    ],
    "round-ups": [
        ("DELETE FROM mailing WHERE kind = 'roundup' AND roundup_id = 1", ["round-up 1 is sent, and has 0 mailings"]),
        ("UPDATE roundup SET state = 'draft' WHERE id = 1", ["round-up 1 is draft, and has 1 mailings"]),
        ("DELETE FROM audit WHERE subject = 'round-up 1'", ["round-up 1 was sent, and no entry says so"]),
    ],
    "references": [
        (
            "DELETE FROM participation WHERE id = {chloe}",
            ["delivery * names participation {chloe}, which is not there"],
        ),
        (
            "UPDATE contribution SET parent_id = 99 WHERE id = {second}",
            ["contribution {second} names contribution 99, which is not there"],
        ),
    ],
    "originals": [
        ("UPDATE raw SET content = '' WHERE id = 1", ["mail 1, which contribution {first} came in, is empty"]),
        ("UPDATE inbox SET raw_id = 2 WHERE raw_id = 1; UPDATE contribution SET raw_id = 2", ["mail 1 is in no inbox"]),
    ],
    "files": [
        (
            "INSERT INTO attachment (contribution_id, name, content_type, size, sha256)"
            " VALUES ({first}, 'plan.txt', 'text/plain', 3, 'abc')",
            ["file 1 has no content"],
        ),
        (
            "INSERT INTO blob (sha256, content, added_at) SELECT 'abcdefabcdefabcdef', content, received_at FROM raw"
            " WHERE id = 1",
            ["the content abcdefabcdefabcd… is damaged"],
        ),
    ],
    "inbox": [
        (
            "UPDATE inbox SET state = 'new' WHERE id = 1",
            ["mail 1 came 2008-11-04 15:00 UTC and has not been read"],
        )
    ],
    "outcomes": [
        ("UPDATE inbox SET state = 'parked' WHERE id = 1", ["mail 1 is parked, and nothing says why"]),
        ("UPDATE inbox SET outcome = NULL WHERE id = 1", ["mail 1 is done, and nothing says why"]),
    ],
    "parked mail": [
        (
            "UPDATE inbox SET state = 'parked', traceback = 'T', reason = 'KeyError: 1' WHERE id = 1",
            ["mail 1: KeyError: 1"],
        )
    ],
    "audit's order": [
        (
            "UPDATE audit SET at = '2008-10-01 00:00:00' WHERE subject = 'contribution {first}'",
            ["entry * is of 2008-10-01 00:00 UTC, the one before of 2008-11-04 15:00"],
        ),
        ("UPDATE audit SET at = '2008-11-04 14:30:00' WHERE subject = 'contribution {second}'", []),  # summer time
    ],
    "clock": [
        (
            "UPDATE dialogue SET ticked_at = '2008-12-24 12:00:00'",
            ["nap has run until 2008-12-24 12:00 UTC, which is to come"],
        )
    ],
    "search index": [
        (
            "UPDATE searched SET number = 7 WHERE contribution_id = {first}",
            ["contribution {first} is found as it is not"],
        ),
        ("DELETE FROM searched WHERE contribution_id = {first}", ["contribution {first} is not found"]),
        (
            "DELETE FROM searched_words",
            [
                "contribution {first} is found by none of its words",
                "contribution {second} is found by none of its words",
            ],
        ),
    ],
    "as it was read": [
        (
            "UPDATE contribution SET digest = 'another' WHERE id = {first}",
            ["contribution {first} is not what its mail says today"],
        )
    ],
}


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dialogue that is over: two contributions went out, one came back, one was discarded, one is held; dora left."""
    place = folder(tmp_path_factory.mktemp("over"))
    with open_house(place) as house:
        house.join("dora@example.net")
        for text in ("One.", "Two."):
            house.released(text)
        returned, discarded, _ = (house.contribute(f"No {n}.")["id"] for n in range(3))
        give_back.give_back(house.session, house.now, house.site, returned, "mod@example.org", "Another module.")
        moderate.discard(house.session, house.now, discarded, "mod@example.org")
        house.set("dora@example.net", status=LEFT)
        house.to_the_end()
        house.work()
        sent = {"state": "sent", "attempts": 1, "epoch": 1, "finished_at": house.now}
        house.session.write(lambda connection: connection.execute(delivery.update().values(sent)))
    return place


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest, over: Path) -> Iterator[Session]:
    """It, on either database."""
    made = Session(f"sqlite:///{over}/var/listserv.db")
    if request.param == "sqlite":
        yield made
        made.close()
        return
    there = Session(databases.pool().take().url)
    there.write(lambda connection: _moved(made, connection))
    index_all(there)
    yield there
    there.close()
    made.close()


def _emptied(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE")


def _moved(source: Session, connection: sa.Connection) -> None:
    _emptied(connection)
    with source.read() as reading:
        for table in (one for one in metadata.sorted_tables if one.name != "searched"):
            if rows := [dict(row) for row in reading.execute(sa.select(table)).mappings()]:
                connection.execute(table.insert(), rows)
                after = f"setval(pg_get_serial_sequence('{table.name}', 'id'), max(id))"
                connection.exec_driver_sql(f"SELECT {after} FROM {table.name}")


@pytest.fixture(scope="module")
def names(session: Session) -> dict[str, int]:
    """What the cases speak of."""

    def one(connection: sa.Connection, query: str) -> int:
        return int(connection.exec_driver_sql(query).scalar_one())

    with session.read() as connection:
        found = {
            name: one(connection, f"SELECT min(id) FROM mailing WHERE kind = '{name}'")
            for name in ("contribution", "closing", "announcement")
        }
        found |= {
            name: one(
                connection,
                "SELECT participation.id FROM participation JOIN person ON person.id = person_id"
                f" WHERE address = '{name}@example.net'",
            )
            for name in ("anna", "boris", "chloe", "dora")
        }
        found |= {
            state: one(connection, f"SELECT min(id) FROM contribution WHERE state = '{state}'")
            for state in ("returned", "discarded", "held")
        }
        for number, name in enumerate(("first", "second"), start=1):
            found[name] = one(connection, f"SELECT id FROM contribution WHERE number = {number}")
        of_anna = f"mailing_id = {found['closing']} AND participation_id = {found['anna']}"
        found["closing_anna"] = one(connection, f"SELECT id FROM delivery WHERE {of_anna}")
    return found


def _broken(session: Session, name: str, statements: str) -> list[str]:
    """The lines an invariant gives in the transaction that broke it, which is undone."""
    engine = sa.create_engine(session.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        if session.sqlite:
            connection.connection.driver_connection.isolation_level = None
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no foreign keys, no triggers
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        try:
            for statement in statements.split("; "):
                connection.exec_driver_sql(statement)
            return list(ALL[name].broken(connection, AFTER_ALL))
        finally:
            connection.exec_driver_sql("ROLLBACK")


def _fits(line: str, expected: str) -> bool:
    """`*` stands for anything."""
    first, star, last = expected.partition("*")
    return line.startswith(first) and line.endswith(last.rstrip("*")) if star else line == expected


def test_all_holds(session: Session) -> None:
    assert [(one.invariant.name, one.first) for one in verify(session, AFTER_ALL) if one.count] == []


def test_there_is_a_case_of_each() -> None:
    """But for those that have a test of their own."""
    assert ALL.keys() - CASES.keys() == {"once", "audit"}


@pytest.mark.parametrize(
    ("name", "statement", "lines"), [(name, *case) for name, cases in CASES.items() for case in cases]
)
def test_broken_by_hand(session: Session, names: dict[str, int], name: str, statement: str, lines: list[str]) -> None:
    said = _broken(session, name, statement.format(**names))
    expected = [line.format(**names) for line in lines]
    distinct = [line for line in said if not any("*" in one and _fits(line, one) for one in expected[1:])]
    assert len(said) >= len(expected), said
    assert all(any(_fits(line, one) for one in expected) for line in distinct), said
    assert all(any(_fits(line, one) for line in said) for one in expected), said


def test_what_is_there_twice_though_it_may_not(session: Session) -> None:
    """As a damaged index would have it."""
    if session.sqlite:
        without = "CREATE TABLE bare AS SELECT * FROM occurrence; DROP TABLE occurrence;"
        without += " ALTER TABLE bare RENAME TO occurrence"
    else:
        without = "ALTER TABLE occurrence DROP CONSTRAINT uq_occurrence_dialogue_id_kind_subject_round"
    again = "INSERT INTO occurrence (id, dialogue_id, kind, subject, round, state, at)"
    again += (
        " SELECT 99, dialogue_id, kind, subject, round, state, at FROM occurrence WHERE kind = 'open' AND subject = '2'"
    )
    assert _broken(session, "once", f"{without}; {again}") == ["occurrence 1, open, 2, 0 is there 2 times"]


def test_an_entry_of_the_audit_is_gone(session: Session) -> None:
    said = _broken(session, "audit", "DELETE FROM audit WHERE id = 2")
    if session.sqlite:
        (line,) = said
        assert line.startswith("it has ")
    else:  # PostgreSQL leaves numbers out: of what was undone
        assert said == []
