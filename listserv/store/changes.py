"""Whether something was committed since last asked, cheaply enough to ask often."""

from __future__ import annotations

from typing import Any

from listserv.store.session import Session


class Changes:
    """Notices commits on a SQLite file: `seen()`, was there one since last asked; `others()`, was it not our writer's.

    PRAGMA data_version tells of every connection's commits but its own, and reads shared memory only: `seen` may be
    asked often. On PostgreSQL both answer true each time: there the caller's slow poll is the truth.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection: Any = None
        if session.sqlite:
            import sqlite3

            self._connection = sqlite3.connect(session.path, check_same_thread=False, isolation_level=None)
            self._version, self._others = self._read(), self._read_others()

    def _read(self) -> int:
        return self._connection.execute("PRAGMA data_version").fetchone()[0]

    def _read_others(self) -> int:
        return self._session.write(lambda connection: connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def seen(self) -> bool:
        if not self._connection:
            return True
        before, self._version = self._version, self._read()
        return self._version != before

    def others(self) -> bool:
        """Waits for the writer's turn."""
        if not self._connection:
            return True
        before, self._others = self._others, self._read_others()
        return self._others != before

    def close(self) -> None:
        if self._connection:
            self._connection.close()
