"""The relay in a process of its own: to speak SMTP costs as much as everything else a copy needs, and has a core then.

`RelayApart` is a way out like `relay.SmtpRelay`, which does the work over there (edge/despatch): the same face and
promises. Claims and commits stay here; that process opens no database. One that dies or falls silent is replaced; what
it held is sent again once its leases end, as after a kill: at most ten copies a connection go out twice.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge import helper
from listserv.edge.carriers import Claim
from listserv.edge.channel import Channel, Message
from listserv.edge.commits import Finish

log = logging.getLogger("listserv")

START: Final = 30.0  # seconds it may take to start
SILENCE: Final = 5.0  # seconds without a word of it while it sends; twice in a row, for it may be us who stood still
MOST: Final = 2**24  # octets of what it says at a time: it speaks to strangers and may have been taken over
PULSE: Final = 0.25  # seconds between two words of ours: leases that were renewed, connections that we may have


class ApartError(Exception):
    """The process that sends does not start, or has failed; what it said stands in the log."""


class RelayApart:
    """`options`: of SmtpRelay, but for `connections` and `halts`. `allowance`: connections now, and until when."""

    def __init__(self, allowance: Callable[[], tuple[int, float]], **options: object) -> None:
        self._allowance, self._options = allowance, options
        self._turn = asyncio.Lock()
        self._there: _There | None = None
        self._halted = 0.0

    @property
    def open(self) -> int:
        """Connections that are open, or may be by now."""
        return self._there.open if self._there else 0

    def any(self, now: float) -> bool:
        """Whether sending to some domain, or to all, halts (core/mail/pacing.Halts)."""
        return now < self._halted

    def lift(self) -> None:
        """Somebody says that it may be tried again."""
        self._halted = 0.0
        if self._there is not None:
            self._there.channel.tell("lift")

    async def drain(self, claim: Claim, finish: Finish) -> int:
        """Sends until `claim` gives nothing and every result is committed; how many results that were."""
        async with self._turn:
            there = await self._start()
            run = _Run(there, self._allowance, claim, finish)
            try:
                return await run.run()
            finally:
                self._halted = there.halted
                if there.gone:
                    await self._end()

    async def hang_up(self) -> None:
        async with self._turn:
            if self._there is not None and self._there.open:
                self._there.channel.tell("hang up")
                while (heard := await self._there.hear()) and heard[0] != "hung up":
                    pass
                if self._there.gone:
                    await self._end()

    async def close(self) -> None:
        async with self._turn:
            if self._there is not None:
                self._there.channel.tell("close")
                await self._end()

    async def _start(self) -> _There:
        """The process that is there and hears us, or a new one. Raises ApartError."""
        if self._there is not None and self._there.process.returncode is not None:
            await self._end()
        if self._there is None:
            there = await _There.start()
            there.channel.tell(self._options)
            try:
                async with asyncio.timeout(START):
                    ready = await there.channel.hear()
            except TimeoutError:
                ready = None
            if ready != ("ready",):
                await there.end()
                raise ApartError("the process that sends does not start")
            self._there = there
        return self._there

    async def _end(self) -> None:
        if self._there is not None:
            there, self._there = self._there, None
            await there.end()


class _There:
    """One process, our end of the channel to it, and what it last said of itself."""

    def __init__(self, process: Process, channel: Channel) -> None:
        self.process, self.channel = process, channel
        self.gone = ""  # why
        self.halted = 0.0
        self._open = self._told = self._more = 0

    @classmethod
    async def start(cls) -> _There:
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                *helper.running("despatch", f"despatch.main({theirs.fileno()})"),
                stdin=DEVNULL,
                stdout=DEVNULL,
                env=helper.surroundings(),
                pass_fds=[theirs.fileno()],
            )
        except OSError as error:
            ours.close()
            raise ApartError(f"the process that sends does not start: {error.strerror}") from None
        finally:
            theirs.close()
        return cls(process, await Channel.over(ours, MOST))

    @property
    def open(self) -> int:
        """What it said, and what it may have opened since."""
        return max(self._open, self._more)

    def may(self, connections: int, until: float) -> None:
        if connections != self._told:
            self._more = max(self._more, self._told, connections)
        self._told = connections
        self.channel.tell("may", connections, until)

    def said(self, state: tuple[int, int, float]) -> None:
        self._open, told, self.halted = state
        if told == self._told:
            self._more = 0

    async def hear(self) -> Message | None:
        """The next that it says. None: it is gone, and has been ended."""
        for _ in range(2):
            try:
                async with asyncio.timeout(SILENCE):
                    heard = await self.channel.hear()
            except TimeoutError:
                continue
            except ValueError as error:
                return await self._lost(str(error))
            if heard is None:
                return await self._lost("it has ended")
            if heard[0] == "log":
                logging.getLogger(heard[1]).log(heard[2], "%s", heard[3])
            elif len(heard) > 1:
                self.said(heard[1])
            return heard
        return await self._lost(f"it has said nothing for {2 * SILENCE:g} s")

    async def _lost(self, why: str) -> None:
        self.gone = why
        log.error("the process that sends is lost (%s); another is started when it is needed", why)
        self._kill()

    def _kill(self) -> None:
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)

    async def end(self) -> None:
        """It says goodbye to the relay, and ends."""
        try:
            async with asyncio.timeout(SILENCE):
                while not self.gone and await self.channel.hear() is not None:
                    pass
                await self.process.wait()
        except (TimeoutError, ValueError):
            self._kill()
            await self.process.wait()
        finally:
            self.channel.close()


class _Run:
    """One drain: what it asks is done here, each beside the other."""

    def __init__(self, there: _There, allowance: Callable[[], tuple[int, float]], claim: Claim, finish: Finish) -> None:
        self._there, self._allowance, self._claim, self._finish = there, allowance, claim, finish
        self._copies: dict[int, tuple[Copy, float]] = {}  # by delivery: with until when it has been told it may go
        self._tasks: set[asyncio.Task[None]] = set()
        self._commits: set[asyncio.Task[None]] = set()
        self._error: Exception | None = None

    async def run(self) -> int:
        serving = asyncio.create_task(self._serve())
        try:
            handled = await asyncio.shield(serving)
        except asyncio.CancelledError:
            self._there.channel.tell("stop")
            await asyncio.wait([serving])  # what was answered by then is committed
            raise
        if self._error is not None:
            raise self._error
        return handled

    async def _serve(self) -> int:
        there = self._there
        there.may(*self._allowance())
        there.channel.tell("drain")
        self._begin(self._pulse())
        try:
            while heard := await there.hear():
                match heard:
                    case ("claim", _, limit):
                        self._begin(self._claimed(limit))
                    case ("finish", _, results):
                        self._begin(self._committed(results), self._commits)
                    case ("drained", _, handled, failed):
                        if failed and self._error is None:
                            raise ApartError("the process that sends has failed; why stands above in the log")
                        return int(handled)
            return 0
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, *self._commits, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]] | None = None) -> None:
        """`among`: those that are not given up when it has ended, for what was answered is to be known."""
        task, among = asyncio.create_task(work), self._tasks if among is None else among
        among.add(task)
        task.add_done_callback(among.discard)

    async def _claimed(self, limit: int) -> None:
        try:
            copies: Sequence[Copy] = await self._claim(limit)
        except Exception as error:
            self._error = self._error or error
            return self._there.channel.tell("claimed", None)
        self._copies |= {copy.delivery: (copy, _until(copy)) for copy in copies}
        said = [(c.delivery, c.epoch, c.sender, c.recipient, c.head, c.body, _until(c)) for c in copies]
        self._there.channel.tell("claimed", said)

    async def _committed(self, said: Sequence[tuple[Any, ...]]) -> None:
        try:
            results = [Result(d, e, code, reply, _PHASES[phase], *more) for d, e, code, reply, phase, *more in said]
            for one in results:
                self._copies.pop(one.delivery, None)
            await self._finish(results)
        except Exception as error:
            self._error = self._error or error
            return self._there.channel.tell("committed", None)
        self._there.channel.tell("committed", True)

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE)
            self._there.may(*self._allowance())
            renewed = [(copy, until) for copy, told in self._copies.values() if (until := _until(copy)) != told]
            if renewed:
                self._copies |= {copy.delivery: (copy, until) for copy, until in renewed}
                self._there.channel.tell("leases", [(copy.delivery, until) for copy, until in renewed])


def _until(copy: Copy) -> float:
    return copy.lease.until if copy.lease else copy.deadline


_PHASES: Final = {phase.value: phase for phase in Phase}
