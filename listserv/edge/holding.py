"""What this process holds of what all processes share while it sends: copies under a lease, and connections.

`Holding.kept` renews both in the background, each well before it ends; what could not be renewed in time must not be
used any more, and another host has it by then: a copy says so itself (core/mail/transfer), `connections` falls to 0.
On SQLite, where one process sends, the connections are all its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from uuid import uuid4

from listserv.core.mail.transfer import Copy, Lease, Result
from listserv.edge.failure import log_crash
from listserv.steps.deliver import LEASE, MARGIN
from listserv.store import leases, senders
from listserv.store.session import Session, temporary

BEAT = 0.25  # seconds between two looks at what is to be renewed, and at whether others want connections too
#: A copy's lease is renewed when no more than so many seconds of it are left: it has then been held for a quarter.
RENEWED = (LEASE - MARGIN) * 3 / 4


class Holding:
    """`most`: connections of the relay's, over all hosts; 0 = it needs none. `opened`: how many this process has."""

    def __init__(self, session: Session, most: int = 0) -> None:
        self._session, self._most = session, most
        self._alone = session.sqlite or not most
        self._name = uuid4().hex
        self._copies: dict[int, tuple[int, Lease]] = {}  # by delivery: its epoch
        self._allowed, self._until = (most or 1, float("inf")) if self._alone else (0, 0.0)
        self.opened: Callable[[], int] = int

    @property
    def connections(self) -> int:
        """How many we may have now."""
        return self._allowed if monotonic() < self._until else 0

    @property
    def allowance(self) -> tuple[int, float]:
        """How many we may have, and until when (time.monotonic())."""
        return self._allowed, self._until

    def claimed(self, copies: Sequence[Copy]) -> None:
        for copy in copies:
            if copy.lease is not None:
                self._copies[copy.delivery] = copy.epoch, copy.lease

    def finished(self, results: Sequence[Result]) -> None:
        for result in results:
            self._copies.pop(result.delivery, None)

    async def ask(self) -> int:
        """For connections; how many we have."""
        if not self._alone:
            until, holding = monotonic() + LEASE - MARGIN, self.opened()
            self._allowed = await asyncio.to_thread(
                self._session.write,
                lambda connection: senders.share(connection, self._name, self._most, LEASE, holding),
            )
            self._until = until
        return self.connections

    @property
    def shared(self) -> bool:
        """Whether others may want the connections that we have."""
        return not self._alone

    async def leave(self) -> None:
        """We have no connection any more. With the database away, that is known when our share of them runs out."""
        if not self._alone:
            self._allowed = 0
            try:
                await asyncio.to_thread(self._session.write, lambda connection: senders.leave(connection, self._name))
            except Exception as error:
                if not temporary(error):
                    raise

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Within it what we hold stays ours."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._copies.clear()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                await self.ask()
                await self._renew()
            except Exception as error:  # it ends by itself if this goes on
                if not temporary(error):  # the database is away: who claims and finishes says so
                    log_crash("what is being sent could not be held on to; it is tried again", error)

    async def _renew(self) -> None:
        now = monotonic()
        self._copies = {one: held for one, held in self._copies.items() if now < held[1].until}
        old = {one: held for one, held in self._copies.items() if held[1].until - now <= RENEWED}
        if not old:
            return
        claims = [(delivery, epoch) for delivery, (epoch, _) in old.items()]
        ours = await asyncio.to_thread(self._session.write, lambda connection: leases.renew(connection, claims, LEASE))
        for delivery, (_, lease) in old.items():
            if delivery in ours:
                lease.until = now + LEASE - MARGIN
            elif delivery in self._copies:  # another has it, or it has just been finished
                lease.until = 0.0
