"""A backup: all tables in one SQLite file that tells of itself, whichever database they come from.

It has the tables of the schema it was made at, all rows (store/copying), and a table `backup` of what is said of it:
schema, when it was taken, by which version, and rows and checksum of each table. It is one file, in no WAL mode; to
read it writes nothing. The paths here are of files that nobody else has open: the caller (edge/backups) sees to that.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv import __version__
from listserv.errors import Refused
from listserv.store import copying, schema, underway
from listserv.store.copying import Progress, Sum
from listserv.store.session import PassingSession, Session

#: Says in the file's header that it is one of ours ("LSRV"), and how it is laid out.
APPLICATION, FORMAT = 0x4C535256, 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `database`: the kind it was made from; `unfinished`: deliveries.

    `sums`: by table.
    """

    schema: str
    taken_at: datetime
    version: str
    database: str
    site: str
    unfinished: int
    sums: Mapping[str, Sum]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.sums.values())

    def packed(self) -> dict[str, str]:
        said = {
            "format": str(FORMAT),
            "schema": self.schema,
            "taken_at": self.taken_at.isoformat(),
            "version": self.version,
            "database": self.database,
            "site": self.site,
            "unfinished": str(self.unfinished),
            "tables": json.dumps({name: asdict(one) for name, one in self.sums.items()}, sort_keys=True),
        }
        return said | {"checksum": _checksum(said)}


def _checksum(said: Mapping[str, str]) -> str:
    text = json.dumps({key: value for key, value in said.items() if key != "checksum"}, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def write(source: Connection, path: Path, migrations: Path, now: datetime, site: str, progress: Progress) -> Manifest:
    """All that `source` shows, into a new file. It is read back and compared, and its structure checked."""
    session = PassingSession(f"sqlite:///{path}")
    try:
        schema.upgrade(session, migrations)
        sums = session.write(lambda target: copying.write(source, target, progress))
        with session.read() as connection:
            unfinished = sum(one.waiting for one in underway.mailings(connection))
        stands = schema.current(session) or ""
    finally:
        session.close()
    made = Manifest(stands, now, __version__, source.dialect.name, site, unfinished, sums)
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute("CREATE TABLE backup (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        connection.executemany("INSERT INTO backup VALUES (?, ?)", made.packed().items())
    connection.close()
    with reading(path) as check:
        verify(check, made, path.name)
    return made


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """The file, to be read only."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None)

    engine = sa.create_engine("sqlite://", creator=connect, hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _blaming(name: str) -> Iterator[None]:
    """What SQLite cannot read is the file's fault."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        raise Refused(f"{name}: damaged, or no backup of ours ({error.orig}); take another one") from None


def manifest(connection: Connection, name: str) -> Manifest:
    """What it says of itself. Raises Refused, calling it by that name, for a file that is none, or is garbled."""
    with _blaming(name):
        return _manifest(connection, name)


def _manifest(connection: Connection, name: str) -> Manifest:
    if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION:
        raise Refused(f"{name}: not a backup of ours; name a file that listserv db backup has made")
    said = dict(connection.exec_driver_sql("SELECT key, value FROM backup").all())
    if said.get("checksum") != _checksum(said):
        raise Refused(f"{name}: damaged (what it says of itself is garbled); take another one")
    if said["format"] != str(FORMAT):
        raise Refused(f"{name}: made by a newer listserv ({said['version']}); install that one")
    sums = {name: Sum(**one) for name, one in json.loads(said["tables"]).items()}
    taken_at = datetime.fromisoformat(said["taken_at"])
    return Manifest(
        said["schema"], taken_at, said["version"], said["database"], said["site"], int(said["unfinished"]), sums
    )


def verify(connection: Connection, made: Manifest, name: str) -> None:
    """Raises Refused unless every row is there as it was written, and the file is whole."""
    with _blaming(name):
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if found != "ok":
            raise Refused(f"{name}: damaged ({found}); take another one")
        sums = {table: _as_stored(connection, table) for table in made.sums}
    copying.compare(made.sums, sums, f"{name}: damaged; take another one")


def _as_stored(connection: Connection, table: str) -> Sum:
    """As copying.summed, of a table with the columns that it has in the file: it may be of an older schema."""
    columns = sorted(row.name for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")'))
    if not columns:
        return Sum(0, "")
    query = sa.select(sa.table(table, *map(sa.column, columns)))
    rows = connection.execute(query, execution_options={"yield_per": copying.at_once(table)})
    return copying.total(rows)


@contextmanager
def upgraded(path: Path, migrations: Path) -> Iterator[Connection]:
    """A copy of a backup, that may be written to, brought to the newest schema."""
    session: Session = PassingSession(f"sqlite:///{path}")
    try:
        schema.upgrade(session, migrations)
        with session.read() as connection:
            yield connection
    finally:
        session.close()
