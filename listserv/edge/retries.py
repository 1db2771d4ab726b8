"""What an operator's `outbox retry` means to halts: what made a domain refuse us has been put right, so ask it again.

The command is another process, perhaps on another host; what it leaves behind is its audit entry.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import Protocol

from listserv.store import audit
from listserv.store.session import Session

log = logging.getLogger("listserv")


class Halting(Protocol):
    """core/mail/pacing.Halts, here or in another process."""

    def any(self, now: float) -> bool: ...

    def lift(self) -> None: ...


class Retries:
    """`look` before each run of the relay: lifts its halts if somebody has retried since they began."""

    def __init__(self, session: Session, halts: Halting) -> None:
        self._session, self._halts = session, halts
        self._seen = 0  # the last audit entry before anything halted

    def look(self) -> bool:
        """Whether halts were lifted."""
        with self._session.read() as connection:
            if not self._halts.any(monotonic()):
                self._seen = audit.last(connection)
                return False
            if not (found := audit.last(connection, action="retry", beyond=self._seen)):
                return False
        self._seen = found
        self._halts.lift()
        log.info("sending is tried again to whoever refused us: somebody has retried")
        return True
