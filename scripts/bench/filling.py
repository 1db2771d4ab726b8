"""A PostgreSQL database with as many deliveries as wanted, made as the program makes them, and what they take up.

Mailings and fan-outs are store/outbox's. Each delivery is then claimed and finished: by store/leases where that is
timed, else by one statement for many rows, which leaves the same dead rows behind. Autovacuum is on and looks every
five seconds. `Filled(session)`: `fill(n)` brings it to n deliveries, `sizes()` says what they take, `drain(n)` times
claims and results with all of them there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from listserv.core.dialogue.model import DeliveryMode
from listserv.store import dialogues, fanout, leases, outbox
from listserv.store.session import Connection, Session
from listserv.store.tables import address, participation, person

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PARTICIPANTS = 1000
DIALOGUES = 20
PEOPLE = DIALOGUES * PARTICIPANTS
#: What a relay says of a copy that it took.
REPLY = "250 2.0.0 Ok: queued as 4Xk1bC2Z9Qz1Tq"

_DIALOGUE: dict[str, Any] = {
    "title": "A dialogue to fill",
    "hosts": [],
    "language": "en",
    "timezone": "UTC",
    "participation": "open",
    "moderation": "all",
    "late": "hold",
    "grace": 172_800,
    "archive": "participants",
    "word_limit": 600,
    "roundup_weekday": 4,
    "roundup_time": "16:00",
    "roundup_review": 10_800,
    "fields": [],
    "resources": [],
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Octets of the table (with what is beside it) and of each index; heights as the server knows them, if it tells."""

    rows: int
    table: int
    indexes: Mapping[str, int]
    heights: Mapping[str, int]
    dead: int
    vacuums: int


class Filled:
    def __init__(self, session: Session) -> None:
        self.session, self.rows, self._mailings = session, 0, 0
        self._dialogues = session.write(_people)

    def fill(self, rows: int) -> tuple[float, float]:
        """To so many deliveries, all sent; rows fanned out a second, and rows claimed and finished a second."""
        out = done = 0.0
        before = self.rows
        while self.rows < rows:
            began = time.perf_counter()
            first = self.rows
            self.rows += self.session.write(lambda connection: self._mailing(connection))
            out += time.perf_counter() - began
            began = time.perf_counter()
            if self._mailings % 5 == 0 or self.rows >= rows:
                self._finish(first)
            done += time.perf_counter() - began
        made = self.rows - before
        return made / out, made / done

    def _mailing(self, connection: Connection) -> int:
        """One mail to all of the next dialogue."""
        dialogue_id = self._dialogues[self._mailings % DIALOGUES]
        self._mailings += 1
        values = {
            "dialogue_id": dialogue_id,
            "kind": "contribution",
            "message_id": f"<c{self._mailings}@dialogue.example.org>",
            "subject": "[fill 1] On the plan",
            "module": 1,
        }
        made = dict.fromkeys(("en", "fr"), (b"h" * 1200, b"b" * 1800))
        mailing_id, ids = outbox.add_mailing(connection, NOW, values, made)
        return fanout.fan_out(connection, dialogue_id, mailing_id, ids, "en", (DeliveryMode.EACH,))

    def _finish(self, first: int) -> None:
        """What is pending is claimed, in one transaction, and sent, in another."""
        pending = "state = 'pending'"
        claim = f"UPDATE delivery SET due_at = due_at + 60, epoch = epoch + 1, attempts = attempts + 1 WHERE {pending}"
        sent = f"UPDATE delivery SET state = 'sent', code = 250, reply = '{REPLY}', finished_at = now() WHERE {pending}"
        for statement in (claim, sent):
            self.session.write(lambda connection, statement=statement: connection.exec_driver_sql(statement))

    def drain(self, rows: int, batch: int = 100) -> float:
        """So many more deliveries, claimed and finished as a worker does; copies a second of this one connection."""
        while rows > 0:
            made = self.session.write(lambda connection: self._mailing(connection))
            self.rows, rows = self.rows + made, rows - made
        began, count = time.perf_counter(), 0
        while claimed := self.session.write(lambda connection: leases.claim(connection, batch, 60.0)):
            for start in range(0, len(claimed), 10):
                results = [
                    {"of": one.id, "under": one.epoch, "code": 250, "reply": REPLY, "finished_at": NOW}
                    for one in claimed[start : start + 10]
                ]
                count += self.session.write(lambda connection, results=results: leases.sent(connection, results))
        return count / (time.perf_counter() - began)

    def sizes(self) -> Sizes:
        with self.session.read() as connection:
            names = connection.exec_driver_sql(
                "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes WHERE relname = 'delivery'"
            ).all()
            table = connection.exec_driver_sql("SELECT pg_table_size('delivery')").scalar_one()
            dead, vacuums = connection.exec_driver_sql(
                "SELECT n_dead_tup, autovacuum_count + vacuum_count FROM pg_stat_user_tables WHERE relname = 'delivery'"
            ).one()
            heights = {}
            if connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'pageinspect'").first():
                for name, _ in names:
                    level = connection.exec_driver_sql(f"SELECT level FROM bt_metap('{name}')").scalar_one()
                    heights[_named(name)] = level + 1
        return Sizes(self.rows, table, {_named(name): size for name, size in names}, heights, dead, vacuums)

    def touched(self) -> int:
        """Pages of the table and its indexes that were looked at or written so far."""
        time.sleep(1.2)  # a server process tells at the end of a transaction what it has counted, once a second
        self.session.write(lambda connection: connection.exec_driver_sql("SELECT 1"))
        with self.session.read() as connection:
            columns = "heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read"
            query = f"SELECT {columns} FROM pg_statio_user_tables WHERE relname = 'delivery'"
            return int(connection.exec_driver_sql(query).scalar_one())

    def vacuum(self) -> float:
        """Octets a second, of table and indexes, that a vacuum goes through."""
        sizes = self.sizes()
        engine = sa.create_engine(self.session.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        began = time.perf_counter()
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM delivery")
        return (sizes.table + sum(sizes.indexes.values())) / (time.perf_counter() - began)


def _named(index: str) -> str:
    """As the forecast calls it."""
    short = index.removeprefix("ix_delivery_").removeprefix("uq_delivery_").removeprefix("pk_")
    return {"delivery": "pk", "mailing_id_address": "mailing, address", "participation_id": "participation"}.get(
        short, short
    )


def _people(connection: Connection) -> list[int]:
    """Dialogues with their participants; their ids."""
    found = [dialogues.create(connection, NOW, f"fill{n}", _DIALOGUE) for n in range(1, DIALOGUES + 1)]
    for n, dialogue_id in enumerate(found):
        ids = range(n * PARTICIPANTS + 1, (n + 1) * PARTICIPANTS + 1)
        mail = {one: f"participant{one}@people{one % 50}.example.net" for one in ids}
        connection.execute(
            person.insert(),
            [
                {"id": one, "name": f"Participant {one}", "language": "fr" if one % 3 else "en", "profile": {},
                 "address": mail[one], "created_at": NOW}
                for one in ids
            ],
        )  # fmt: skip
        connection.execute(address.insert(), [{"person_id": one, "key": mail[one], "added_at": NOW} for one in ids])
        connection.execute(
            participation.insert(),
            [
                {"id": one, "dialogue_id": dialogue_id, "person_id": one, "role": "participant", "status": "active",
                 "delivery": "each", "joined_at": NOW, "changed_at": NOW}
                for one in ids
            ],
        )  # fmt: skip
    return found
