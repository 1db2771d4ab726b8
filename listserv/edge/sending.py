"""Sending: what is due is claimed for the relay, kept while it is under way, and its answers are committed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Protocol

from listserv.clock import Clock
from listserv.core.mail.pacing import UNLIMITED, Limits
from listserv.core.mail.transfer import Copy, Result
from listserv.core.site import Site
from listserv.edge.failure import log_crash
from listserv.edge.holding import Holding
from listserv.edge.jumps import Jumps
from listserv.edge.outage import Outage
from listserv.edge.retries import Retries
from listserv.steps import alarm, deliver, pace
from listserv.store.session import Session

#: Seconds between two looks at what to send: at least, at most, and when another has all connections of the relay.
SOON, LATE, CROWDED = 0.2, 60.0, 0.2
#: Seconds after which an answer that is not recorded yet is owed: the database is away, or locked.
OWED = 1.0


class Relay(Protocol):
    """The ways out: a smarthost, Maildirs, and either of them with signatures."""

    async def drain(self, claim: Callable[[int], Any], finish: Callable[[Sequence[Result]], Any]) -> int: ...

    async def hang_up(self) -> None:
        """No connection stays open: others may want it."""
        ...

    async def close(self) -> None:
        """Nor anything else: until the next drain, this was the last."""
        ...


class Sending:
    """`done`: what became of copies, by state. `stop`: claim nothing more. `outage`, `jumps`: shared with others."""

    def __init__(
        self,
        session: Session,
        site: Site,
        clock: Clock,
        relay: Relay,
        stop: asyncio.Event,
        outage: Outage,
        jumps: Jumps,
        *,
        retries: Retries | None = None,
        limits: Limits = UNLIMITED,
        holding: Holding | None = None,
    ) -> None:
        self._session, self._site, self._clock, self._relay = session, site, clock, relay
        self._stop, self._outage, self._jumps = stop, outage, jumps
        self._retries, self._limits = retries, limits
        self._holding = holding or Holding(session)
        self._renderings = deliver.Renderings()
        self._crowded = False
        self._answered: dict[int, tuple[int, float]] = {}  # to be recorded: by delivery, its epoch and since when
        self.done = Counter[str]()
        self.rests = asyncio.Event()  # whether no turn is under way
        self.rests.set()

    async def send(self) -> int:
        """All that is due; how many answers of the relay that were."""
        if self._retries is not None:
            await asyncio.to_thread(self._retries.look)
        wait = await asyncio.to_thread(pace.next_in, self._session, self._limits)
        if wait != 0:
            if self._crowded:  # we asked for connections, and want none now
                await self._holding.leave()
            self._crowded = False
            return 0
        self._crowded = not await self._holding.ask()
        if self._crowded:
            return 0
        try:
            async with self._holding.kept():
                return await self._relay.drain(self._claim, self._finish)
        finally:
            if self._holding.shared:
                await self._relay.hang_up()
                await self._holding.leave()

    def _wait(self) -> float:
        if self._crowded:
            return CROWDED
        wait = pace.next_in(self._session, self._limits)
        return LATE if wait is None else min(max(wait, SOON), LATE)

    async def close(self) -> None:
        await self._relay.close()
        await self._holding.leave()

    async def turn(self) -> float:
        """Send, and tell how many seconds to wait for more."""
        self.rests.clear()
        try:
            await self.send()
        finally:
            self.rests.set()
        return await asyncio.to_thread(self._wait)

    async def _claim(self, limit: int) -> list[Copy]:
        if self._stop.is_set():
            return []
        await self._jumps.mended()

        def claim(owed: Sequence[tuple[int, int]]) -> list[Copy]:
            now = self._clock.now()
            return deliver.claim(self._session, now, self._site, self._renderings, limit, self._limits, owed)

        copies = await self._outage.outlast(lambda: asyncio.to_thread(claim, self._owed()), self._stop)
        self._holding.claimed(copies)
        return copies

    def _owed(self) -> list[tuple[int, int]]:
        before = monotonic() - OWED
        return [(delivery, epoch) for delivery, (epoch, since) in self._answered.items() if since < before]

    async def _finish(self, results: Sequence[Result]) -> None:
        def finish() -> asyncio.Future[Counter[str]]:
            return asyncio.wrap_future(deliver.finish(self._session, self._clock.now(), results, self._limits))

        answered = {result.delivery: (result.epoch, monotonic()) for result in results}
        self._answered |= answered
        try:
            self.done.update(await self._outage.outlast(finish, self._stop))
        finally:
            for delivery in answered:
                self._answered.pop(delivery, None)
        self._holding.finished(results)
        if worth_telling := alarm.of(results):
            try:
                await asyncio.to_thread(alarm.tell, self._session, self._clock.now(), self._site, worth_telling)
            except Exception as error:  # the mail goes on; it is told of the next refusal
                log_crash("the moderators could not be told that mail is refused", error)
