"""What the folders of tests/house and tests/model_case have for a database: a SQLite file in them, or, where
LISTSERV_TEST_DATABASE is "postgresql", a database of this process's own server. listserv.toml names it.

On PostgreSQL there are as many as a test needs at once, and they are used again: to make one takes 300 times as long as
to delete the rows of a test. Each test gives back what it took; what a fixture of a wider scope took stays taken.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from listserv.edge import files
from listserv.store.schema import upgrade
from listserv.store.session import Session
from tests import parked
from tests.postgres import Server

POSTGRESQL = os.environ.get("LISTSERV_TEST_DATABASE", "sqlite") == "postgresql"
_URL = re.compile(r'(?m)^url = "(.*)"$')


@dataclass(frozen=True, slots=True)
class Rows:
    """All that is in a database: of each table what COPY has of it, of each sequence how far it has come."""

    tables: dict[str, bytes]
    sequences: dict[str, int]


class Database:
    """One on the server, at the newest schema."""

    def __init__(self, server: Server, name: str) -> None:
        self.url = server.database(name, template="newest")
        self._connection = psycopg.connect(host=str(server.folder), user="postgres", dbname=name, autocommit=True)
        # What is restored is as it was: no trigger and no foreign key need look at it.
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute("SET bytea_output = escape")  # a dump can be searched for words
        listed = self._connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        self.tables = [name for (name,) in listed]
        self._empty = self.rows()  # but for the schema's version

    def rows(self) -> Rows:
        with self._connection.transaction():
            tables = {}
            for table in self.tables:
                with self._connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                    if content := b"".join(bytes(block) for block in copy):
                        tables[table] = content
            sequences = self._connection.execute("SELECT sequencename, last_value FROM pg_sequences")
            return Rows(tables, {name: value for name, value in sequences if value})

    def fill(self, rows: Rows | None) -> None:
        """With these and no others; None: empty. Whoever is connected is thrown out, but for who waits for a test."""
        rows = rows or self._empty
        ours = ",".join(["pg_backend_pid()", *map(str, parked.processes())])
        others = f"FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN ({ours})"
        delete = ";".join(f"DELETE FROM {table}" for table in self.tables)
        begin = "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value > 0"
        self._connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}; {delete}; {begin}")
        with self._connection.transaction():
            for table, content in rows.tables.items():
                with self._connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(content)
            if rows.sequences:
                goes_on = ",".join(f"setval('{name}', {value})" for name, value in rows.sequences.items())
                self._connection.execute(f"SELECT {goes_on}")

    def dump(self) -> list[str]:
        every = " UNION ALL ".join(f"SELECT '{table} ' || t::text FROM {table} t" for table in self.tables)
        return sorted(line for (line,) in self._connection.execute(every))

    def close(self) -> None:
        self._connection.close()


_taken: list[Database] = []


@contextmanager
def lent() -> Iterator[None]:
    """What is taken within it may be taken again after it."""
    before = len(_taken)
    yield
    del _taken[before:]


class Pool:
    def __init__(self) -> None:
        self.server = Server.create()
        session = Session(self.server.database("newest"))
        upgrade(session, files.migrations())
        session.close()
        parked.close()  # a template has nobody that is connected
        self._all: dict[str, Database] = {}
        self._kept: dict[Path, Rows] = {}

    def take(self, rows: Rows | None = None) -> Database:
        free = next((one for one in self._all.values() if one not in _taken), None)
        if free is None:
            free = Database(self.server, f"listserv{len(self._all) + 1}")
            self._all[free.url] = free
        _taken.append(free)
        free.fill(rows)
        return free

    def of(self, place: Path) -> Database:
        return self._all[url(place)]

    def kept(self, place: Path) -> Rows:
        """What was in its database when it was first asked for."""
        if place not in self._kept:
            self._kept[place] = self.of(place).rows()
        return self._kept[place]

    def close(self) -> None:
        for one in self._all.values():
            one.close()
        self.server.close()


@functools.cache
def pool() -> Pool:
    return Pool()


def close() -> None:
    parked.close()
    if pool.cache_info().currsize:
        pool().close()
        pool.cache_clear()


def settled(text: str, rows: Rows | None = None) -> str:
    """These settings, with a new database in place of the file that they name."""
    if not POSTGRESQL:
        return text
    text, count = _URL.subn(lambda found: f'url = "{pool().take(rows).url}"', text, count=1)
    assert count, "these settings name no database"
    return text


def found(place: Path, rows: Rows | None = None) -> Path:
    """A new folder that has a listserv.toml: from now on with a database of its own, to be prepared."""
    toml = place / "listserv.toml"
    toml.write_text(settled(toml.read_text("utf-8"), rows), "utf-8")
    return place


def copy(kept: Path, to: Path) -> Path:
    """A folder like it and all its own. What is `kept` changes no more once it was copied."""
    shutil.copytree(kept, to)
    return found(to, pool().kept(kept) if POSTGRESQL else None)


def url(place: Path) -> str:
    """Of a folder's database."""
    if found := POSTGRESQL and _URL.search((place / "listserv.toml").read_text("utf-8")):
        return found[1]
    return f"sqlite:///{place / 'var' / 'listserv.db'}"


def dump(place: Path) -> list[str]:
    """All that is in a folder's database."""
    if POSTGRESQL:
        return pool().of(place).dump()
    connection = sqlite3.connect(place / "var" / "listserv.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()
