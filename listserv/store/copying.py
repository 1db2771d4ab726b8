"""All that is in one database, written into another: for `db copy`, `db backup` and `db restore`, which are one thing.

A row is read and written as SQLite keeps it: times as text in UTC, JSON as the text it is. So the same row is the same
on both databases, octet for octet, and so is a table's `Sum`, in whatever order its rows are read. What is searched
(`searched`) is made anew from what was copied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, Column, Connection, Dialect, LargeBinary, MetaData, Table, Text, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DataError

from listserv.errors import Refused
from listserv.store import searching, watching
from listserv.store.tables import metadata, searched
from listserv.store.types import Reasons, Utc

#: Copied in this order: what is referred to comes first.
TABLES: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table is not searched)

#: Rows of one INSERT; of those that hold mails or files only so many are read at a time.
BATCH, HEAVY = 500, 8
#: Octets of rows that are kept for one INSERT.
OCTETS = 4 * 2**20

#: Ids that a restored database leaves out, of what addresses of ours name (core/mail/addresses).
SKIPPED = {"contribution": 1_000, "delivery": 1_000_000, "inbox": 1_000, "participation": 1_000}

#: Called as rows are copied: table, how many rows of it so far.
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Sum:
    """What a table holds: how many rows, and a checksum over all of them (32 hex digits), whatever their order."""

    rows: int
    checksum: str


class _Time(TypeDecorator[str]):
    """An instant as SQLite keeps it: 2008-11-03 13:00:00.000000, in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class _Json(sa.types.UserDefinedType[str]):
    """JSON as the text it is: PostgreSQL keeps it letter for letter."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "JSON"

    def bind_expression(self, bindvalue: Any) -> Any:
        return sa.cast(sa.cast(bindvalue, Text), postgresql.JSON)

    def column_expression(self, column: Any) -> Any:
        return sa.cast(column, Text)


def names(table: Table) -> list[str]:
    """Its columns in an order that no migration changes."""
    return sorted(column.name for column in table.columns)


def _plain(table: Table, dialect: str) -> Any:
    """The table as rows are read and written here."""

    def kind(column: Column[Any]) -> Any:
        if isinstance(column.type, JSON | Reasons):
            return Text() if dialect == "sqlite" else _Json()
        if isinstance(column.type, Utc):
            return Text() if dialect == "sqlite" else _Time()
        return column.type

    return sa.table(table.name, *(sa.column(name, kind(table.c[name])) for name in names(table)))


def at_once(name: str) -> int:
    """How many rows of that table are read at a time: they may be as large as a mail."""
    table = metadata.tables.get(name)
    light = table is not None and not any(isinstance(column.type, LargeBinary) for column in table.columns)
    return BATCH if light else HEAVY


def _read(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Every row, in order of id: of answers to a survey nothing else may be told by their order."""
    plain = _plain(table, connection.dialect.name)
    query = sa.select(*plain.c).order_by(plain.c.id)
    yield from connection.execute(query, execution_options={"yield_per": at_once(table.name)})


class _Summing:
    """Adds rows up: hashes are summed, so that order is nothing and a row that stands twice is."""

    def __init__(self) -> None:
        self.rows, self._total = 0, 0

    def add(self, row: Sequence[Any]) -> None:
        # ascii() writes numbers, text and octets in one way only, whichever Python writes them.
        digest = hashlib.blake2b(ascii(tuple(row)).encode(), digest_size=16).digest()
        self._total = (self._total + int.from_bytes(digest, "big")) % 2**128
        self.rows += 1

    def sum(self) -> Sum:
        return Sum(self.rows, f"{self._total:032x}")


def total(rows: Iterable[Sequence[Any]]) -> Sum:
    """Of one table's rows, as they are kept by SQLite, their columns in order of name."""
    summing = _Summing()
    for row in rows:
        summing.add(row)
    return summing.sum()


def summed(connection: Connection, progress: Progress = lambda table, rows: None) -> dict[str, Sum]:
    """What every table holds, by its name."""
    found = {}
    for table in TABLES:
        summing = _Summing()
        for row in _read(connection, table):
            summing.add(row)
            if summing.rows % BATCH == 0:
                progress(table.name, summing.rows)
        found[table.name] = summing.sum()
        progress(table.name, summing.rows)
    return found


def filled(connection: Connection) -> list[str]:
    """Names of the tables that hold anything."""
    return [table.name for table in TABLES if connection.execute(sa.select(table.c.id).limit(1)).first()]


def empty(connection: Connection) -> None:
    """Delete everything, within the transaction: until it is committed others see what was there."""
    watching.remove(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)} CASCADE")
    else:
        connection.exec_driver_sql("DELETE FROM searched_words")
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    watching.install(connection)


def copy(source: Connection, target: Connection, progress: Progress = lambda table, rows: None) -> dict[str, Sum]:
    """All rows of one database into another at the same schema that has none; what each table holds.

    Read back and compared before anything is committed; Refused when it is not the same. The caller commits.
    """
    sums = write(source, target, progress)
    compare(sums, summed(target, lambda table, rows: progress(f"{table}, read back:", rows)), "not what was read")
    return sums


def write(source: Connection, target: Connection, progress: Progress) -> dict[str, Sum]:
    """The same, unread: for who reads it back later. What each table of the source holds."""
    watching.remove(target)
    sums = {table.name: _copy(source, target, table, progress) for table in TABLES}
    if target.dialect.name == "postgresql":
        for table in TABLES:
            _count_on(target, table)
    watching.install(target)
    searching.mend(target)
    return sums


def compare(wanted: Mapping[str, Sum], found: Mapping[str, Sum], what: str) -> None:
    """Raises Refused, naming the first table that differs, and how."""
    for name in sorted(wanted):
        is_, should = found.get(name, Sum(0, "")), wanted[name]
        if is_ != should:
            how = f"{is_.rows} rows, not {should.rows}" if is_.rows != should.rows else "its checksum differs"
            raise Refused(f"{what} ({name}: {how})")


def _copy(source: Connection, target: Connection, table: Table, progress: Progress) -> Sum:
    summing, waiting, octets = _Summing(), [], 0
    insert = _plain(table, target.dialect.name).insert()
    columns = names(table)
    large = [columns.index(column.name) for column in table.columns if isinstance(column.type, LargeBinary)]

    def write() -> None:
        try:
            target.execute(insert, waiting)
        except DataError as error:
            why = str(error.orig).splitlines()[0]
            first, last = waiting[0]["id"], waiting[-1]["id"]
            raise Refused(f"{table.name}, of rows {first} to {last}: the database does not take one: {why}") from None
        waiting.clear()
        progress(table.name, summing.rows)

    for row in _read(source, table):
        summing.add(row)
        waiting.append(dict(zip(columns, row, strict=True)))
        octets += sum(len(row[at]) for at in large)
        if len(waiting) >= BATCH or octets >= OCTETS:
            write()
            octets = 0
    if waiting:
        write()
    return summing.sum()


def _count_on(connection: Connection, table: Table, beyond: int = 0) -> None:
    """Ids go on behind the highest there is (PostgreSQL); SQLite counts so by itself."""
    highest = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    connection.execute(sa.select(sa.func.setval(sequence, (highest or 1) + beyond, highest is not None)))


def counting(connection: Connection) -> None:
    """Have SQLite count on from ids that no row bears (sqlite.org/autoinc.html), in tables that are empty.

    Only a database that is restored needs it, so only there it is so: else it costs each mail a write.
    """
    if connection.dialect.name == "sqlite":
        own = MetaData()
        for table in metadata.sorted_tables:
            table.to_metadata(own)
        for name in SKIPPED:
            table = own.tables[name]
            table.dialect_options["sqlite"]["autoincrement"] = True
            table.drop(connection)
            table.create(connection)


def skip_ids(connection: Connection) -> None:
    """Leave out the ids that may have been given since: addresses that were sent out name them.

    On SQLite `counting` has been asked for first.
    """
    for name, beyond in SKIPPED.items():
        if connection.dialect.name == "postgresql":
            _count_on(connection, metadata.tables[name], beyond)
        else:
            highest = connection.execute(sa.select(sa.func.max(metadata.tables[name].c.id))).scalar() or 0
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            connection.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, highest + beyond))
