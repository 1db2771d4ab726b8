"""One installation's database: reading, and the only two ways to write.

`Session` writes in short transactions of its own (commands). `GroupingSession` has the one writer thread of
`serve` and `work`: whatever arrives while a commit is syncing shares the next one. On an item's error its group is
done again with a savepoint each, and on the group's its items are, one by one, so that one bad item never fails its
neighbours (DESIGN §3).
When the connection is lost while a commit is under way, nobody knows whether it happened: it is not done again, and
nobody is told that it was done.

A write is `write(closure)` with `closure(connection) -> value`: short, re-checks what it read, and only
writes: no parsing, rendering, signing or waiting. It may be run twice (a group's retry), never committed twice.
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from listserv.errors import Refused
from listserv.store import compaction, postgresql, sqlite
from listserv.store.locks import FileLock, private
from listserv.store.postgresql import patient
from listserv.store.trouble import DatabaseTrouble, in_words, temporary

__all__ = ["Connection", "DatabaseTrouble", "GroupingSession", "PassingSession", "Session"]
__all__ += ["in_words", "patient", "temporary"]

T = TypeVar("T")
Closure = Callable[[Connection], T]

#: One group's items at most: bounds how long a neighbour waits and what an error costs.
GROUP = 256

#: How often a write is tried on PostgreSQL that and another's are in each other's way.
TRIES = 3


class Session:
    """Reads, and writes each closure in a transaction of its own, in fair turn with a running engine."""

    _checkpoints = False
    _synchronous = "FULL"  # a commit is on the disk when it returns: what was acknowledged survives a power cut
    _rehearses = False
    _more = 4  # connections of PostgreSQL's that write beside the first: a screen's threads

    def __init__(self, url: str, role: str = "listserv") -> None:
        """`role`: who it is, as PostgreSQL's operator sees it."""
        self.url, self.role = sa.make_url(url), role
        self.name = secrets.token_hex(8)  # what tells our own commits from others'
        self.committed: Callable[[], object] | None = None  # called after each write
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            if not self.url.database or self.url.database.startswith((":memory:", "file:")):
                raise Refused("database.url: a file is needed, an in-memory database would lose mail")
            self.path = Path(self.url.database).resolve()  # by whatever name it is reached: the locks are the same
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            private(self.path)
            self._turn = FileLock(self.path.with_name(self.path.name + ".turn"))
            kept: Any = {"checkpoints": self._checkpoints, "synchronous": self._synchronous}
            self._reader = sqlite.engine(self.url, sqlite.READ, **kept)
            self._writer = sqlite.engine(self.url, sqlite.WRITE, **kept)
            # SQLite gives up at once where two turn a file to WAL together. Whether it is in WAL mode already must
            # not be read from the file: closing it would drop the locks of this process's other connections.
            with self._turn.held():
                self._writer.connect().close()
        else:
            self._reader = postgresql.engine(self.url, "REPEATABLE READ", role, pool_size=5, max_overflow=10)
            self._writer = postgresql.engine(self.url, "READ COMMITTED", role, pool_size=1, max_overflow=self._more)
            postgresql.tell(self._writer, self.name)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing written through it is kept. What takes long has to be `patient`."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def rehearsal(self, wanted: bool = True) -> Iterator[None]:
        """Within it every write is undone at its end, if `wanted`: --dry-run must be refused what would be refused."""
        self._rehearses = wanted
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
        for tries in range(1, TRIES + 1):
            try:
                with self._turn.held() if self.sqlite else nullcontext(), self._writer.begin() as connection:
                    value = closure(connection)
                    if self._rehearses:
                        connection.rollback()
            except Exception as error:
                if postgresql.clash(error) and tries < TRIES:
                    continue
                future.set_exception(error)
            else:
                if self.committed and not self._rehearses:
                    self.committed()
                future.set_result(value)
            break
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
        for engine in (self._reader, self._writer):
            event.listen(engine, "checkin", _closed)  # what a thread is still reading with
            engine.dispose()
        if self.sqlite:
            self._turn.close()


def _closed(connection: Any, record: Any) -> None:
    record.invalidate()


@dataclass(slots=True)
class _Item:
    closure: Closure[Any]
    alone: bool = False  # not in a transaction: what it does has none
    tries: int = 0
    future: Future[Any] = field(default_factory=Future)


class GroupingSession(Session):
    """The engine's session: takes the engine lock, owns the writer thread.

    Raises Refused when another engine holds the database.
    """

    _checkpoints = True
    _more = 0

    def __init__(self, url: str, role: str = "listserv") -> None:
        super().__init__(url, role)
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

    def _write(self, group: list[_Item], *, saved: bool = False) -> bool:
        """False: no transaction could be begun, so none of what waits need be tried now.

        `saved`: each item has a savepoint. Two statements each, and SQLite lets go of Python's lock at every statement:
        to get it back from a busy event loop takes milliseconds. Items that fail are rare.
        """
        if group[-1].alone:
            if group[:-1]:
                self._write(group[:-1])
            self._compact(group[-1])
            return True
        begun = committing = False
        try:
            if self.sqlite:
                self._turn.pass_by()
            with self._writer.begin() as connection:
                begun = True
                apply = self._saved if saved else self._plain
                outcomes = [apply(connection, item) for item in group]
                committing = True
        except Exception as error:
            unknown = committing and isinstance(error, DBAPIError) and error.connection_invalidated
            if len(group) > 1 and begun and not committing and not saved:
                return self._write(group, saved=True)
            if len(group) > 1 and begun and not unknown:
                self._one_by_one(group)
            else:  # not begun: no item's fault, and to wait for a lock or a server again for each would help none
                for item in group:
                    self._failed(item, error)
            return begun
        for item, (value, failure) in zip(group, outcomes, strict=True):
            if failure is None:
                item.future.set_result(value)
            else:
                self._failed(item, failure)
        return True

    def _one_by_one(self, group: list[_Item]) -> None:
        while group and self._write(group[:1]):
            group = group[1:]
        if group[1:]:
            error = group[0].future.exception()
            for item in group[1:]:
                item.future.set_exception(error)

    def _failed(self, item: _Item, error: Exception) -> None:
        item.tries += 1
        if postgresql.clash(error) and item.tries < TRIES:
            self._write([item])
        else:
            item.future.set_exception(error)

    def _compact(self, item: _Item) -> None:
        try:
            with self._turn.held():
                compaction.compact(self._writer)
        except Exception as error:
            item.future.set_exception(error)
        else:
            item.future.set_result(None)

    @staticmethod
    def _plain(connection: Connection, item: _Item) -> tuple[Any, Exception | None]:
        return item.closure(connection), None

    @staticmethod
    def _saved(connection: Connection, item: _Item) -> tuple[Any, Exception | None]:
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


class PassingSession(Session):
    """For a database that goes with its process, as a rehearsal's does: nothing waits for the disk."""

    _synchronous = "OFF"
