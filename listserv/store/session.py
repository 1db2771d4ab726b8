"""One installation's database: reading, and the only two ways to write.

`Session` writes in short transactions of its own (commands). `GroupingSession` has the one writer thread of
`serve` and `work`: whatever arrives while a commit is syncing shares the next one, a savepoint each; on a
group's error its items are retried one by one, so that one bad item never fails its neighbours (DESIGN §3).

A write is `write(closure)` with `closure(connection) -> value`: short, re-checks what it read, and only
writes: no parsing, rendering, signing or waiting. It may be run twice (a group's retry), never committed twice.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DatabaseError, InterfaceError, InternalError, OperationalError

from listserv.errors import Refused
from listserv.store import compaction
from listserv.store.locks import FileLock, private

__all__ = ["Connection", "DatabaseTrouble", "GroupingSession", "PassingSession", "Session", "temporary"]

#: What the database itself may fail with (locked, full, gone, fallen back to a read-only standby): trying again
#: later may help.
DatabaseTrouble = (OperationalError, InterfaceError, InternalError)

T = TypeVar("T")
Closure = Callable[[Connection], T]

#: One group's items at most: bounds how long a neighbour waits and what an error costs.
GROUP = 256

#: How long a write waits for another process's transaction, in milliseconds.
BUSY = 30_000

#: How SQLite begins: reading, with one view from the first look on; writing, with the lock in hand.
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"


def _engine(url: sa.URL, begin: str, *, checkpoints: bool, synchronous: str) -> Engine:
    if url.get_backend_name() != "sqlite":
        isolation = "REPEATABLE READ" if begin == READ else "READ COMMITTED"
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, isolation_level=isolation)
    engine = sa.create_engine(url, hide_parameters=True)  # addresses stay out of logs

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late for SAVEPOINT
        for pragma in (f"busy_timeout={BUSY}", "journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.execute("PRAGMA secure_delete=ON").close()  # what is deleted is overwritten with zeros
        # Two connections that checkpoint can meet SQLite's WAL-reset bug (before 3.51.3): only the engine does.
        connection.execute(f"PRAGMA wal_autocheckpoint={4000 if checkpoints else 0}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Session:
    """Reads, and writes each closure in a transaction of its own, in fair turn with a running engine."""

    _checkpoints = False
    _synchronous = "FULL"  # a commit is on the disk when it returns: what was acknowledged survives a power cut
    _rehearses = False

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            if not self.url.database or self.url.database.startswith((":memory:", "file:")):
                raise Refused("database.url: a file is needed, an in-memory database would lose mail")
            self.path = Path(self.url.database).resolve()  # by whatever name it is reached: the locks are the same
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            private(self.path)
            self._turn = FileLock(self.path.with_name(self.path.name + ".turn"))
        self._reader = _engine(self.url, READ, checkpoints=self._checkpoints, synchronous=self._synchronous)
        self._writer = _engine(self.url, WRITE, checkpoints=self._checkpoints, synchronous=self._synchronous)
        if self.sqlite:
            # SQLite gives up at once where two turn a file to WAL together. Whether it is in WAL mode already must
            # not be read from the file: closing it would drop the locks of this process's other connections.
            with self._turn.held():
                self._writer.connect().close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing written through it is kept."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Within it every write is undone at its end: for --dry-run, which must be refused what would be refused."""
        self._rehearses = True
        try:
            yield
        finally:
            self._rehearses = False

    def write(self, closure: Closure[T]) -> T:
        """Run the closure in a transaction; what it returns, once committed. Its exception undoes it."""
        return self.submit(closure).result()

    def submit(self, closure: Closure[T]) -> Future[T]:
        """As `write`, with the outcome as a future that is set only after the commit. It cannot be cancelled."""
        future: Future[T] = Future()
        try:
            with self._turn.held() if self.sqlite else nullcontext(), self._writer.begin() as connection:
                value = closure(connection)
                if self._rehearses:
                    connection.rollback()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(value)
        return future

    def compact(self) -> bool:
        """Clear the file of what was deleted (store/compaction); false where somebody else has to, or the server."""
        if not self.sqlite:
            return False
        lock = FileLock(self.path.with_name(self.path.name + ".engine"))
        try:
            if not lock.try_acquire():
                return False
            with self._turn.held():
                compaction.compact(self._writer)
            return True
        finally:
            lock.close()

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()
        if self.sqlite:
            self._turn.close()


@dataclass(slots=True)
class _Item:
    closure: Closure[Any]
    alone: bool = False  # not in a transaction: what it does has none
    future: Future[Any] = field(default_factory=Future)


class GroupingSession(Session):
    """The engine's session: takes the engine lock, owns the writer thread.

    Raises Refused when another engine holds the database.
    """

    _checkpoints = True

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._lock: FileLock | None = None
        if self.sqlite:
            self._lock = FileLock(self.path.with_name(self.path.name + ".engine"))
            if not self._lock.try_acquire():
                self._lock.close()
                super().close()
                raise Refused(f"{self.path.name} is in use by another serve or work; stop it, or set a PostgreSQL URL")
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()  # nothing comes into the queue behind the None that ends it
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, closure: Closure[T]) -> Future[T]:
        """As with Session; RuntimeError once closed."""
        return self._enqueue(_Item(closure))

    def compact(self) -> bool:
        """As with Session, by the writer thread, between two groups."""
        if self.sqlite:
            self._enqueue(_Item(lambda connection: None, alone=True)).result()
        return self.sqlite

    def _enqueue(self, item: _Item) -> Future[Any]:
        item.future.set_running_or_notify_cancel()  # from here on it happens, whoever stops waiting for it
        with self._door:
            if self._closed:
                raise RuntimeError("this session is closed: nothing can be written any more")
            self._queue.put(item)
        return item.future

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < GROUP and not self._queue.empty() and not group[-1].alone:
                item = self._queue.get()
                if item is None:
                    self._write(group)
                    return
                group.append(item)
            self._write(group)

    def _write(self, group: list[_Item]) -> None:
        if group[-1].alone:
            if group[:-1]:
                self._write(group[:-1])
            self._compact(group[-1])
            return
        begun = False
        try:
            if self.sqlite:
                self._turn.pass_by()
            with self._writer.begin() as connection:
                begun = True
                outcomes = [self._apply(connection, item, alone=len(group) == 1) for item in group]
        except Exception as error:
            for item in group:
                if begun and len(group) > 1:
                    self._write([item])
                else:  # not begun: no item's fault, and to wait for a lock again for each would help none
                    item.future.set_exception(error)
            return
        for item, (value, failure) in zip(group, outcomes, strict=True):
            if failure is None:
                item.future.set_result(value)
            else:
                item.future.set_exception(failure)

    def _compact(self, item: _Item) -> None:
        try:
            with self._turn.held():
                compaction.compact(self._writer)
        except Exception as error:
            item.future.set_exception(error)
        else:
            item.future.set_result(None)

    @staticmethod
    def _apply(connection: Connection, item: _Item, *, alone: bool) -> tuple[Any, Exception | None]:
        if alone:  # its transaction is savepoint enough
            return item.closure(connection), None
        connection.exec_driver_sql("SAVEPOINT item")  # begin_nested() takes four times as long
        try:
            value = item.closure(connection)
        except Exception as error:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT item")
            return None, error
        connection.exec_driver_sql("RELEASE SAVEPOINT item")
        return value, None

    def close(self) -> None:
        """Finish what was submitted, then let go of the database."""
        with self._door:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        super().close()
        if self._lock:
            self._lock.close()


def temporary(error: Exception) -> bool:
    """Whether trying again later may help: trouble with the database itself, not with what was to be written."""
    # SQLite calls a damaged file, or one that is no database, a DatabaseError of no particular kind.
    return isinstance(error, DatabaseTrouble) or type(error) is DatabaseError


class PassingSession(Session):
    """For a database that goes with its process, as a rehearsal's does: nothing waits for the disk."""

    _synchronous = "OFF"
