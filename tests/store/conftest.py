"""Databases for the store's tests: a new SQLite file, and one in a PostgreSQL of our own.

`session` (and whatever is built on it) runs a test on both. The schema is the one that the migrations build.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import DeliveryMode, DeliveryState, Participation
from listserv.store import dialogues, leases, outbox, people
from listserv.store.schema import upgrade
from listserv.store.session import Session
from listserv.store.tables import contribution, delivery, raw
from tests import databases

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)

#: What a dialogue's row needs; the tests' own values go over it.
DIALOGUE = {
    "title": "Planning for Action",
    "hosts": ["UN-INSTRAW"],
    "language": "en",
    "timezone": "America/Santo_Domingo",
    "participation": "request",
    "moderation": "all",
    "late": "hold",
    "grace": 172800,
    "archive": "participants",
    "word_limit": 600,
    "roundup_weekday": 4,
    "roundup_time": "16:00",
    "roundup_review": 10800,
    "fields": [],
    "resources": [],
}


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """A database file at the newest schema: copying it is cheaper than migrating anew."""
    path = tmp_path_factory.mktemp("template") / "listserv.db"
    session = Session(f"sqlite:///{path}")
    upgrade(session, MIGRATIONS)
    session.write(lambda connection: None)
    session.close()
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.engine.dispose()
    return path


_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgresql")
    name = f"empty{next(_numbers)}"
    yield server.database(name)
    server.drop(name)


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path) -> str:
    """A new SQLite database, ready for use."""
    path = tmp_path / "listserv.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str:
    """A database with nothing in it, ready for use."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return databases.pool().take().url


@pytest.fixture
def session(url) -> Iterator[Session]:
    session = Session(url)
    yield session
    session.close()


class World:
    """One dialogue, and short ways to fill it; every call is a transaction of its own."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.dialogue = self.new_dialogue("nap1325")

    def new_dialogue(self, slug: str) -> int:
        return self.session.write(lambda connection: dialogues.create(connection, NOW, slug, DIALOGUE))

    def participant(
        self,
        address: str,
        *,
        language: str = "",
        status: Participation = Participation.ACTIVE,
        mode: DeliveryMode = DeliveryMode.EACH,
        dialogue: int | None = None,
    ) -> int:
        """Their participation's id."""

        def write(connection: sa.Connection) -> int:
            person = people.add_person(connection, NOW, address, {"name": address, "language": language})
            return people.add_part(connection, NOW, dialogue or self.dialogue, person, status=status, delivery=mode)

        return self.session.write(write)

    def set_status(self, participation: int, status: Participation) -> None:
        self.session.write(lambda connection: people.change_part(connection, NOW, participation, {"status": status}))

    def mailing(
        self, *languages: str, kind: str = "contribution", personal: bool = False, **values: object
    ) -> tuple[int, dict[str, int]]:
        """A mailing rendered in these languages (English when none is named); its id and its renderings' ids."""
        columns = {
            "dialogue_id": self.dialogue,
            "kind": kind,
            "message_id": "<1@dialogue.example.org>",
            "subject": "A subject",
            "personal": int(personal),
            **values,
        }
        renderings = {one: (f"head {one}".encode(), f"body {one}".encode()) for one in languages or ("en",)}
        return self.session.write(lambda connection: outbox.add_mailing(connection, NOW, columns, renderings))

    def deliveries(self, number: int, *, personal: bool = False) -> list[int]:
        """That many deliveries of one new mailing, due at once; their ids."""
        mailing, renderings = self.mailing(personal=personal)
        return self.session.write(
            lambda connection: [
                outbox.add_delivery(connection, mailing, renderings["en"], f"reader{i}@example.org")
                for i in range(number)
            ]
        )

    def contribution(self, **values: object) -> int:
        columns = {
            "dialogue_id": self.dialogue,
            "module": 1,
            "state": "held",
            "from_name": "Ana",
            "from_address": "ana@example.org",
            "subject": "A subject",
            "message_id": "<c1@example.org>",
            "text": "The text.",
            "cut": "",
            "html": "",
            "words": 2,
            "reasons": [],
            "digest": "d1",
            "authentication": "none",
            "received_at": NOW,
            **values,
        }

        def write(connection: sa.Connection) -> int:
            raw_id = connection.execute(
                raw.insert().values(content=b"as received", received_at=NOW)
            ).inserted_primary_key[0]
            return connection.execute(contribution.insert().values(raw_id=raw_id, **columns)).inserted_primary_key[0]

        return self.session.write(write)

    def passes(self, seconds: float) -> None:
        """Time passes for the outbox: what the database's clock is compared with moves, the clock does not."""
        self.session.write(
            lambda connection: connection.execute(delivery.update().values(due_at=delivery.c.due_at - seconds))
        )

    def claim(self, limit: int = 100, lease: float = 60.0) -> list[leases.Claimed]:
        return self.session.write(lambda connection: leases.claim(connection, limit, lease))

    def finish(self, claimed: leases.Claimed, state: DeliveryState, **values: object) -> None:
        result = {
            "of": claimed.id,
            "under": claimed.epoch,
            "state": state,
            "code": 250,
            "reply": "2.0.0 ok",
            "finished_at": NOW,
            "delay": 0.0,
            **values,
        }
        self.session.write(lambda connection: leases.finish(connection, [result]))

    def row(self, delivery_id: int) -> sa.RowMapping:
        with self.session.read() as connection:
            return connection.execute(sa.select(delivery).where(delivery.c.id == delivery_id)).mappings().one()

    def due_in(self, delivery_id: int) -> float:
        """Seconds, by the database's clock."""
        from listserv.store.types import database_now

        with self.session.read() as connection:
            query = sa.select(delivery.c.due_at - database_now()).where(delivery.c.id == delivery_id)
            return connection.execute(query).scalar_one()


@pytest.fixture
def world(session) -> World:
    return World(session)


@pytest.fixture
def sqlite_world(sqlite_url) -> Iterator[World]:
    session = Session(sqlite_url)
    yield World(session)
    session.close()
