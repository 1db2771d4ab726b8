"""The wall clock put forward or back while we run (NTP, an operator): what waits, waits as long as it was to.

On SQLite due times are this host's wall clock (DESIGN §3: the database's). Were they left alone, a clock put back by an
hour would keep an hour's mail waiting, and one put forward would end leases whose copies are still under way.
"""

from __future__ import annotations

import asyncio
import logging
import time

from listserv.store import budgets, leases
from listserv.store.session import Connection, Session

log = logging.getLogger("listserv")

#: Seconds; less is no jump: the clock is being slewed, or we were kept from running.
JUMP = 2.0


class Jumps:
    """One for all that ask: what waits is moved once. `seen`: how many jumps there have been so far."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ahead = self._read()
        self._turn = asyncio.Lock()
        self.seen = 0

    @staticmethod
    def _read() -> float:
        """How far the wall clock is ahead of the one that cannot be set."""
        return time.time() - time.monotonic()

    async def mended(self) -> bool:
        """Whether the clock had jumped since last asked. Asked often, and before anything is claimed."""
        async with self._turn:  # whoever asks meanwhile goes on when it is mended
            ahead = self._read()
            jump = ahead - self._ahead
            if not self._session.sqlite or abs(jump) < JUMP:  # a server has a clock of its own
                self._ahead = ahead
                return False
            log.warning("the clock has jumped by %+.0f s; what waits is moved with it", jump)

            def move(connection: Connection) -> None:
                leases.jumped(connection, jump)
                budgets.jumped(connection, jump)

            await asyncio.to_thread(self._session.write, move)
            self._ahead = ahead  # and not before: what could not be moved now is moved when next asked
            self.seen += 1
            return True
