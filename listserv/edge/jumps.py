"""The wall clock put forward or back while we run (NTP, an operator): what waits, waits as long as it was to.

On SQLite due times are this host's wall clock (DESIGN §3: the database's). Were they left alone, a clock put back by an
hour would keep an hour's mail waiting, and one put forward would end leases whose copies are still under way.
"""

from __future__ import annotations

import asyncio
import logging
import time

from listserv.store import leases
from listserv.store.session import Session

log = logging.getLogger("listserv")

#: Seconds; less is no jump: the clock is being slewed, or we were kept from running.
JUMP = 2.0


class Jumps:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._ahead = self._read()

    @staticmethod
    def _read() -> float:
        """How far the wall clock is ahead of the one that cannot be set."""
        return time.time() - time.monotonic()

    async def mended(self) -> bool:
        """Whether the clock had jumped since last asked. Asked often, and before anything is claimed."""
        before, self._ahead = self._ahead, self._read()
        jump = self._ahead - before
        if abs(jump) < JUMP or not self._session.sqlite:  # a server has a clock of its own
            return False
        log.warning("the clock has jumped by %+.0f s; what waits is moved with it", jump)
        await asyncio.to_thread(self._session.write, lambda connection: leases.jumped(connection, jump))
        return True
