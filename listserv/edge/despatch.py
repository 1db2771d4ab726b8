"""The process that speaks SMTP for the engine (edge/apart): the relay as it is, its copies and answers over a channel.

It opens no database and reads no settings. It ends when the engine ends, by whatever death, and at once: what it was
sending is then as if the engine had been killed while it sent. The signals that end a service reach its whole group;
they are the engine's affair, which lets it finish.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Sequence
from functools import lru_cache
from time import monotonic
from typing import Any, Final

from listserv.core.mail.pacing import Halts
from listserv.core.mail.transfer import Copy, Lease, Result
from listserv.edge import heap, loop
from listserv.edge.channel import Channel
from listserv.edge.failure import log_crash
from listserv.edge.relay import SmtpRelay

BEAT: Final = 0.5  # seconds between two signs of life while it sends


class FailedError(Exception):
    """The engine could not claim, or not commit: it knows why."""


class Despatch:
    """What the engine says, done; what the relay asks, asked."""

    def __init__(self, channel: Channel, options: dict[str, Any]) -> None:
        self._channel = channel
        self._halts = Halts()
        self._relay = SmtpRelay(**options, connections=lambda: self.connections, halts=self._halts)
        self._allowed, self._until = 0, 0.0
        self._leases: dict[int, Lease] = {}
        self._asked: dict[str, asyncio.Future[Any]] = {}  # what the engine is to answer: a claim, a commit
        self._work: asyncio.Task[None] | None = None
        self._same = lru_cache(maxsize=8)(_itself)

    @property
    def connections(self) -> int:
        return self._allowed if monotonic() < self._until else 0

    async def serve(self) -> None:
        """Until the engine says that it is enough, or is gone."""
        while heard := await self._channel.hear():
            what, *words = heard
            match what:
                case "may":
                    self._allowed, self._until = words
                case "drain":
                    self._work = asyncio.create_task(self._drain())
                case "stop":
                    if self._work is not None:
                        self._work.cancel()
                case "claimed" | "committed":
                    if (asked := self._asked.pop(what, None)) and not asked.done():
                        asked.set_result(words[0])
                case "leases":
                    for delivery, until in words[0]:
                        if lease := self._leases.get(delivery):
                            lease.until = until
                case "lift":
                    self._halts.lift()
                case "hang up":
                    await self._relay.hang_up()
                    self._channel.tell("hung up", self._state())
                case "close":
                    await self._relay.close()
                    return

    def _state(self) -> tuple[int, int, float]:
        """Connections open, how many of them we believe that we may have, and when the last halt ends."""
        return self._relay.open, self._allowed, self._halts.until

    async def _drain(self) -> None:
        beating = asyncio.create_task(self._beat())
        handled, failed = 0, True
        try:
            handled = await self._relay.drain(self._claim, self._finish)
            failed = False
        except (FailedError, asyncio.CancelledError):  # the engine knows why
            pass
        except Exception as error:
            log_crash("the relay failed", error)
        finally:
            beating.cancel()
            self._leases.clear()
            self._asked.clear()
            self._same.cache_clear()
            self._channel.tell("drained", self._state(), handled, failed)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self._channel.tell("beat", self._state())

    async def _ask(self, answer: str, *message: object) -> Any:
        self._asked[answer] = asyncio.get_running_loop().create_future()
        self._channel.tell(*message)
        if (said := await self._asked[answer]) is None:
            raise FailedError
        return said

    async def _claim(self, limit: int) -> Sequence[Copy]:
        copies = [self._copy(*one) for one in await self._ask("claimed", "claim", self._state(), limit)]
        self._leases |= {copy.delivery: copy.lease for copy in copies if copy.lease is not None}
        return copies

    def _copy(
        self, delivery: int, epoch: int, sender: str, recipient: str, head: bytes, body: bytes, until: float
    ) -> Copy:
        return Copy(delivery, epoch, sender, recipient, head, self._same(body), until, Lease(until))

    async def _finish(self, results: Sequence[Result]) -> None:
        said = [
            (one.delivery, one.epoch, one.code, one.reply, one.phase.value, one.wait, one.at_large) for one in results
        ]
        for one in results:
            self._leases.pop(one.delivery, None)
        await self._ask("committed", "finish", self._state(), said)


def _itself(body: bytes) -> bytes:
    """For a cache of it: of equal bodies, the first. A rendering comes with every claim, and is one here as there."""
    return body


class _Passed(logging.Handler):
    """What is logged here stands in the engine's log, in its form."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.tell("log", record.name, record.levelno, record.getMessage())


async def _serve(wire: socket.socket) -> None:
    channel = await Channel.over(wire)
    logging.basicConfig(level=logging.INFO, handlers=[_Passed(channel)])
    if (first := await channel.hear()) is not None:
        channel.tell("ready")
        gc.collect()
        gc.freeze()
        await Despatch(channel, first[0]).serve()
    os._exit(0)  # whatever is under way: with the engine gone there is nobody to whom an answer could be told


def main(number: int) -> None:
    """`number`: of the file descriptor that leads to the engine."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    heap.give_back()
    loop.run(_serve(socket.socket(fileno=number)))
