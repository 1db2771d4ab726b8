"""Whether something was committed since last asked, cheaply enough to ask often.

`seen()`, was there something since last asked, waits for nothing; `others()`, was it not our own writer's, may wait.
"""

from __future__ import annotations

import sqlite3
from time import monotonic
from typing import Protocol

from listserv.store.postgresql import Listener
from listserv.store.session import Session

#: Seconds after which PostgreSQL is looked at in any case: hints may be missed.
POLL = 5.0


class Changes(Protocol):
    def seen(self) -> bool: ...

    def others(self) -> bool: ...

    def close(self) -> None: ...


def watch(session: Session) -> Changes:
    """From now on. Raises DatabaseTrouble."""
    return FileChanges(session) if session.sqlite else ServerChanges(session)


class FileChanges:
    """Of a SQLite file: PRAGMA data_version tells of every connection's commits but its own.

    `seen` reads shared memory only; `others` waits for the writer's turn.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = sqlite3.connect(session.path, check_same_thread=False, isolation_level=None)
        self._version, self._others = self._read(), self._read_others()

    def _read(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _read_others(self) -> int:
        return self._session.write(lambda connection: connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def seen(self) -> bool:
        before, self._version = self._version, self._read()
        return self._version != before

    def others(self) -> bool:
        before, self._others = self._others, self._read_others()
        return self._others != before

    def close(self) -> None:
        self._connection.close()


class ServerChanges:
    """On PostgreSQL: what other sessions tell (store/postgresql), and every POLL seconds whether its log has grown.

    That is the truth: whatever is committed is in the log first, though not all that is in it is ours. A listening
    connection that is lost counts as something seen; `others` then makes a new one.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._listener: Listener | None = self._listen()
        self._looked, self._others, self._log = monotonic(), False, self._read_log()

    def _read_log(self) -> str:
        with self._session.read() as connection:
            return str(connection.exec_driver_sql("SELECT pg_current_wal_insert_lsn()").scalar_one())

    def _listen(self) -> Listener:
        return Listener(self._session.url, f"{self._session.role} listening")

    def seen(self) -> bool:
        heard = self._listener.heard() if self._listener is not None else None
        if heard is None:
            self._drop()
            return True
        self._others |= bool(heard - {self._session.name})
        return bool(heard) or monotonic() - self._looked >= POLL

    def others(self) -> bool:
        if self._listener is None:
            self._listener = self._listen()
        elif not self._others and monotonic() - self._looked < POLL:
            return False
        told, before = self._others, self._log
        self._looked, self._others, self._log = monotonic(), False, self._read_log()
        return told or self._log != before

    def _drop(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def close(self) -> None:
        self._drop()
