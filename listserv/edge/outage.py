"""The database is away: said once in the log, and once that it is back; tried again after waits that grow."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import NoReturn, TypeVar

from listserv.edge.failure import log_crash
from listserv.store.session import Session, in_words, temporary

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds before it is tried again: at first, and at most. What is no trouble of the database's waits as long.
FIRST, MOST = 0.25, 5.0

#: Seconds that a start waits for a database that is away: a machine that boots starts both at once.
PATIENCE = 60.0

#: While we end: seconds between two questions to the database, and for an answer, whatever it says.
ASK, DEAF = 0.5, 8.0


class Outage:
    """Shared by all that goes on meanwhile."""

    def __init__(self) -> None:
        self._since: float | None = None

    def began(self, what: str, error: Exception) -> float:
        """`what` has failed so: the seconds to wait before the next try."""
        if not temporary(error):
            log_crash(f"{what} failed; it is tried again", error)
            return MOST
        if self._since is None:
            self._since = monotonic()
            log.warning("the database does not answer; it is asked again until it does: %s", type(error).__name__)
        return min(max(FIRST, (monotonic() - self._since) / 2), MOST)

    def ended(self) -> None:
        """Something has gone well."""
        if self._since is not None:
            log.warning("the database answers again, after %.1f s", monotonic() - self._since)
            self._since = None

    async def outlast(self, attempt: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T:
        """Once more and again while the database is away, until stopped: for what may be done twice without harm."""
        while True:
            try:
                done = await attempt()
            except Exception as error:
                if not temporary(error) or stop.is_set():
                    raise
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.began("sending", error)):
                        await stop.wait()
            else:
                self.ended()
                return done


def waiting(start: Callable[[], T], said: Callable[[str], object], patience: float = PATIENCE) -> T:
    """What `start` gives, tried until the database is there; its error, when that takes longer. `said` is told why."""
    began, told = monotonic(), False
    while True:
        try:
            return start()
        except Exception as error:
            left = began + patience - monotonic()
            if not temporary(error) or left <= 0:
                raise
            if not told:
                said(f"the database does not answer, trying for {patience:.0f} s: {in_words(error)}")
                told = True
            time.sleep(min(FIRST * 2, left))


@asynccontextmanager
async def asking(session: Session, deaf: Callable[[], object] | None) -> AsyncIterator[None]:
    """Within it the database is asked again and again; `deaf` is told once it has not answered for DEAF seconds."""

    async def ask(deaf: Callable[[], object]) -> None:
        try:
            while True:
                async with asyncio.timeout(DEAF):
                    with suppress(Exception):  # an answer too: whoever else waits for one gets it as well
                        await asyncio.wrap_future(session.submit(lambda connection: None))
                await asyncio.sleep(ASK)
        except TimeoutError:
            deaf()

    task = asyncio.create_task(ask(deaf)) if deaf else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()


def leave() -> NoReturn:
    """End this process now. What waits for its commit is done by the next start, as after a kill."""
    log.error("the database does not answer: ended without it; what was under way is done again")
    logging.shutdown()
    os._exit(os.EX_TEMPFAIL)
