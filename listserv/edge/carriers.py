"""A run of the relay: the copies claimed for it, and the carriers that take them over a connection each.

A carrier has at most UNCOMMITTED copies sent and not yet committed: that is what a kill can repeat (DESIGN §3).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge.hop import BrokenError, Line, Load, result_of

if TYPE_CHECKING:
    from listserv.edge.relay import SmtpRelay

UNCOMMITTED = 10  # copies sent and not committed, per connection
GROUP = 5  # results per call of finish: two groups overlap within UNCOMMITTED, so the commit hides behind the sending
LINGER = 0.2  # seconds a result may wait for its group
BARREN = 3  # connections in a row lost without one answered copy: the hop is not working
MOST_AHEAD = 500  # copies claimed at once, at most

Claim = Callable[[int], Awaitable[Sequence[Copy]]]
Finish = Callable[[Sequence[Result]], Awaitable[None]]


class Run:
    """One drain: the buffer between claiming and sending."""

    def __init__(self, finish: Finish) -> None:
        self.finish = finish
        self.buffer: deque[Copy] = deque()
        self.mark = 0  # at or below it the buffer is low
        self.filled, self.low = asyncio.Event(), asyncio.Event()
        self.over = False  # nothing more will be claimed
        self.proven = False  # the hop answered a copy
        self.carriers: list[asyncio.Task[None]] = []
        self.alive = 0
        self.handled = 0
        self.failure: BrokenError | None = None  # why the last carrier gave up
        self.error: BaseException | None = None  # what claim or finish raised

    def pop(self) -> Copy:
        copy = self.buffer.popleft()
        if len(self.buffer) <= self.mark:
            self.low.set()
        return copy

    async def take(self) -> Copy | None:
        while not self.buffer and not self.over:
            self.filled.clear()
            await self.filled.wait()
        return self.pop() if self.buffer and self.error is None else None

    def end(self, error: BaseException | None = None) -> None:
        self.error = self.error or error
        self.over = True
        self.filled.set()
        self.low.set()


class Carrier:
    """One connection at work in one run, and its results on their way to the commit."""

    def __init__(self, relay: SmtpRelay, run: Run) -> None:
        self.relay, self.run = relay, run
        self.open = 0  # results not yet committed
        self.group: list[Result] = []
        self.commits: set[asyncio.Task[None]] = set()
        self.eased = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None

    def report(self, result: Result) -> None:
        self.open += 1
        self.group.append(result)
        if len(self.group) >= GROUP:
            self.flush()
        elif self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(LINGER, self.flush)

    def flush(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.group:
            task = asyncio.create_task(self._commit(tuple(self.group)))
            self.group = []
            self.commits.add(task)
            task.add_done_callback(self.commits.discard)

    async def _commit(self, group: tuple[Result, ...]) -> None:
        try:
            await self.run.finish(group)
            self.open -= len(group)
            self.run.handled += len(group)
        except Exception as error:
            self.run.end(error)
        finally:
            self.eased.set()

    async def room(self) -> None:
        """Waits until one more copy may be sent: the promise of at most UNCOMMITTED, the one to come included."""
        while self.open >= UNCOMMITTED and self.run.error is None:
            self.flush()
            self.eased.clear()
            await self.eased.wait()
        if self.run.error is not None:
            raise self.run.error

    async def settle(self) -> None:
        self.flush()
        while self.commits:
            await asyncio.wait(self.commits)

    async def carry(self) -> None:
        """Sends until the run is over or the hop fails; then every answer is committed."""
        run, line, barren = self.run, None, 0
        try:
            while run.error is None and (run.buffer or not run.over):
                line = await self.relay.line()
                try:
                    await self._converse(line)
                except BrokenError as broken:
                    line.abort()
                    barren = barren + 1 if line.fresh else 0
                    if barren and (broken.phase is Phase.MAIL or barren == BARREN):
                        raise
                else:
                    self.relay.keep(line)
                line = None
        except BrokenError as broken:
            run.failure = broken
        except Exception as error:
            run.end(error)
        finally:
            if line is not None:
                line.abort()
            await self.settle()
            run.alive -= 1
            if not run.alive:
                run.end()

    async def _next(self, line: Line) -> Load | None:
        while True:
            await self.room()
            if not self.run.buffer:
                self.flush()
            copy = await self.run.take()
            if copy is None:
                return None
            if monotonic() >= copy.deadline:
                continue
            load = line.load(copy)
            if isinstance(load, Load):
                return load
            self.report(load)

    def _peek(self, line: Line) -> Load | None:
        """The next copy, if it is there and can be sent: its envelope goes out with this one's content."""
        buffer = self.run.buffer
        if not line.pipelining or not buffer or monotonic() >= buffer[0].deadline:
            return None
        load = line.load(buffer[0])
        if isinstance(load, Result):
            return None
        self.run.pop()
        return load

    async def _converse(self, line: Line) -> None:
        """Copy after copy. Returns when the run is over; raises BrokenError when the line is, nothing lost."""
        ahead: Load | None = None
        while load := ahead or await self._next(line):
            copy, sent, ahead = load.copy, ahead is not None, None
            try:
                refusal = await line.offer(load, sent=sent)
                if refusal is None:
                    await self.room()
                    if monotonic() >= copy.deadline:  # after the 354 only ending the connection takes it back
                        raise BrokenError(0, "lease over", Phase.DATA)
                    line.silent()
                    ahead = self._peek(line)
                    line.phase = Phase.END
                    envelope = ahead.commands if ahead else ()
                    line.write(b"".join((load.head, b"\r\n\r\n", load.body, b"\r\n.\r\n", *envelope)))
                    code, text = await line.reply()
                    self.report(line.answer(copy, code, text))
                else:
                    self.report(refusal)
                line.fresh = False
                if not self.run.proven:
                    self.run.proven = True
                    self.relay.staff(self.run)
            except BrokenError as broken:
                if ahead is not None:
                    self.run.buffer.appendleft(ahead.copy)
                if broken.phase is Phase.MAIL and not line.fresh:  # a stale line: nothing was said about this copy
                    self.run.buffer.appendleft(copy)
                elif monotonic() < copy.deadline or broken.phase is Phase.END:
                    self.report(result_of(copy, broken.code, broken.text, broken.phase))
                raise
