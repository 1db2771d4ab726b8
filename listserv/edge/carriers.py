"""A run of the relay: the copies claimed for it, and the carriers that take them over a connection each.

A carrier has at most UNCOMMITTED copies sent and not yet committed: that is what a kill can repeat (DESIGN §3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from listserv.core.mail.identity import domain_of
from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge import lanes
from listserv.edge.commits import Commits, Finish
from listserv.edge.hop import BrokenError, Line, Load, result_of

if TYPE_CHECKING:
    from listserv.edge.relay import SmtpRelay

UNCOMMITTED = 10  # copies sent and not committed, per connection
GROUP = 5  # results per connection that start a commit: two groups overlap, so it hides behind the sending
BARREN = 3  # connections in a row lost without one answered copy: the hop is not working
MOST_AHEAD = (
    120  # copies claimed at once, at most: answers are committed behind a claim, so a large one holds up sending
)
CROWDED = 10.0  # seconds that copies are put off by for which their domain has no connection left
AGAIN = 1.0  # seconds after which more is claimed while the last copies are still under way

Claim = Callable[[int], Awaitable[Sequence[Copy]]]


class Run:
    """One drain: the lanes between claiming and sending, and the commits behind it."""

    def __init__(self, relay: SmtpRelay, finish: Finish) -> None:
        self.relay = relay
        self.lanes = relay.lanes()
        self.commits = Commits(finish, self.end)
        self.mark = 0  # at or below it the lanes are low
        self.under_way = 0  # copies claimed and without a result
        self.filled, self.low, self.idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.over = False  # nothing more will be claimed
        self.proven = False  # the hop answered a copy
        self.carriers: list[asyncio.Task[None]] = []
        self.alive = 0
        self.dismissed = 0  # carriers that go or have gone because there were more than there may be
        self.leaving = 0  # those of them that still say goodbye
        self.failure: BrokenError | None = None  # why the last carrier gave up
        self.error: BaseException | None = None  # what claim or finish raised

    def fill(self, copies: Sequence[Copy], mark: int) -> None:
        self.under_way += len(copies)
        self.lanes.add(copies)
        self.mark = mark
        self.low.clear()
        self.filled.set()

    def close(self, result: Result | None, committed: Callable[[], None] | None = None) -> None:
        """A copy is done with. None: its lease is over, so there is nothing to say."""
        self.under_way -= 1
        if not self.under_way:
            self.idle.set()
        if result is not None:
            self.commits.add(result, committed)

    def back(self, copy: Copy) -> None:
        """It was not tried after all."""
        self.lanes.put_back(copy)
        self.filled.set()

    def next(self, at: str) -> tuple[str, Copy] | None:
        """A copy that may go now, over a connection that is at that domain. What may not is put off."""
        now = monotonic()
        while self.error is None and (found := self.lanes.take(at, now)):
            domain, copy = found
            if copy.over(now):
                self.close(None)
            elif (put_off := self.relay.not_now(copy, domain, now)) is not None:
                self.close(put_off)
            else:
                if len(self.lanes) <= self.mark:
                    self.low.set()
                return found
        if len(self.lanes) <= self.mark:
            self.low.set()
        return None

    async def wait(self) -> bool:
        """Until there may be something to take; false once nothing more will come."""
        if self.over or self.error is not None:
            return False
        for copy in self.lanes.crowded():
            self.close(Result(copy.delivery, copy.epoch, 0, "waits: its domain is slow", Phase.CONNECT, CROWDED))
        self.low.set()
        self.filled.clear()
        await self.filled.wait()
        return self.error is None

    async def more(self) -> bool:
        """Nothing was there to claim. Whether to ask again: not when all copies are done with, else in a while."""
        if not self.under_way:
            return False
        self.idle.clear()
        try:
            async with asyncio.timeout(AGAIN):
                await self.idle.wait()
        except TimeoutError:
            pass
        return not self.over

    def end(self, error: BaseException | None = None) -> None:
        self.error = self.error or error
        self.over = True
        for event in (self.filled, self.low, self.idle):
            event.set()


class Carrier:
    """One connection at work in one run."""

    def __init__(self, relay: SmtpRelay, run: Run) -> None:
        self.relay, self.run = relay, run
        self.open = 0  # results not yet committed
        self.eased = asyncio.Event()
        self.ahead: Load | None = None  # its envelope has gone out with the content before
        self.gave_back = self.dismissed = False
        self.at = ""  # the domain it holds a place at

    def report(self, copy: Copy, result: Result) -> None:
        self.open += 1
        self.run.close(self.relay.heard(copy, result), self._committed)

    def _committed(self) -> None:
        self.open -= 1
        self.eased.set()

    async def room(self) -> None:
        """Waits until one more copy may be sent: the promise of at most UNCOMMITTED, the one to come included."""
        while self.open >= UNCOMMITTED and self.run.error is None:
            self.run.commits.start()
            self.eased.clear()
            await self.eased.wait()
        if self.run.error is not None:
            raise self.run.error

    async def carry(self) -> None:
        """Sends until the run is over or the hop fails."""
        run, line, barren = self.run, None, 0
        try:
            while run.error is None and (len(run.lanes) or not run.over):
                line = await self.relay.line()
                try:
                    await self._converse(line)
                except BrokenError as broken:
                    line.abort()
                    barren = barren + 1 if line.fresh else 0
                    if barren and (broken.phase is Phase.MAIL or barren == BARREN):
                        raise
                else:
                    if self.dismissed:
                        await line.quit()
                    else:
                        self.relay.keep(line)
                    line = None
                    break
                line = None
        except BrokenError as broken:
            run.failure = broken
        except Exception as error:
            run.end(error)
        finally:
            self._stand_at("")
            if line is not None:
                line.abort()
            run.alive -= 1
            run.leaving -= self.dismissed
            if not run.alive:
                run.end()

    def _dismiss(self) -> None:
        """It counts from now, before it says goodbye: else the others would all go as well."""
        self.dismissed = True
        self.run.dismissed += 1
        self.run.leaving += 1

    def _stand_at(self, domain: str) -> None:
        """Its place at that domain, which _ready took, is now the only one it has."""
        if domain != self.at:
            if self.at:
                self._leave(self.at)
            self.at = domain

    def _leave(self, domain: str) -> None:
        self.run.lanes.leave(domain)
        if len(self.run.lanes):
            self.run.filled.set()  # a place has come free

    def _ready(self, line: Line) -> Load | None:
        """The next copy that this connection can send now, if there is one, with a place at its domain."""
        while found := self.run.next(self.at):
            domain, copy = found
            load = line.load(copy)
            if isinstance(load, Load):
                if domain != self.at:
                    self.run.lanes.enter(domain)
                return load
            self.run.close(load)  # refused before anything was sent
        return None

    async def _next(self, line: Line) -> Load | None:
        while True:
            await self.room()
            if self.relay.crowded(self.run):
                self._dismiss()
                return None
            if load := self._ready(line):
                return load
            self._stand_at("")
            self.run.commits.start()
            if not await self.run.wait():
                return None

    async def _converse(self, line: Line) -> None:
        """Copy after copy. Returns when the run is over; raises BrokenError when the line is, nothing lost."""
        run, self.gave_back = self.run, False
        while load := self.ahead or await self._next(line):
            copy, sent, self.ahead = load.copy, self.ahead is not None, None
            began, domain = monotonic(), domain_of(copy.recipient)
            self._stand_at(domain)
            try:
                refusal = await line.offer(load, sent=sent)
                if refusal is None:
                    asked = monotonic()
                    await self.room()
                    began += monotonic() - asked  # our commit is not their slowness
                    if copy.over(monotonic()):  # after the 354 only ending the connection takes it back
                        raise BrokenError(0, "lease over", Phase.DATA)
                    line.silent()
                    slow = self.relay.slow.is_slow(domain, began)
                    if line.pipelining and not slow and not self.relay.crowded(run):
                        self.ahead = self._ready(line)  # its envelope goes out with this content
                    self.report(copy, await self._deliver(line, load))
                else:
                    self.report(copy, refusal)
                line.fresh = False
                self.relay.slow.took(domain, began, monotonic())
                self._proves()
            except BrokenError as broken:
                self._give_back()
                if broken.phase is Phase.MAIL and not line.fresh:  # a stale line: nothing was said about this copy
                    run.back(copy)
                elif not copy.over(monotonic()) or broken.phase is Phase.END:
                    self.relay.slow.took(domain, began, monotonic())
                    self.report(copy, result_of(copy, broken.code, broken.text, broken.phase))
                else:
                    run.close(None)
                raise
            if self.gave_back:
                raise BrokenError(0, "its next envelope was taken back", Phase.END)

    async def _deliver(self, line: Line, load: Load) -> Result:
        """The content, and what is said of it. A slow answer does not hold up the copy that is to come next."""
        line.phase = Phase.END
        envelope = self.ahead.commands if self.ahead else ()
        line.write(b"".join((load.head, b"\r\n\r\n", load.body, b"\r\n.\r\n", *envelope)))
        timer = asyncio.get_running_loop().call_later(lanes.SLOW, self._is_slow, self.at)
        try:
            code, text = await line.reply()
        finally:
            timer.cancel()
        return line.answer(load.copy, code, text)

    def _proves(self) -> None:
        """The hop works: there may be more carriers."""
        if not self.run.proven:
            self.run.proven = True
            self.relay.staff(self.run)

    def _is_slow(self, domain: str) -> None:
        self.relay.slow.waits(domain, monotonic())  # no reckoning: a timer may be a moment early
        self._give_back()
        self._proves()  # it took the envelope: it is slow with this copy, perhaps not with others

    def _give_back(self) -> None:
        """The copy whose envelope is out goes to another connection; this one is then of no more use."""
        if self.ahead is None:
            return
        copy, self.ahead, self.gave_back = self.ahead.copy, None, True
        if (domain := domain_of(copy.recipient)) != self.at:
            self._leave(domain)
        self.run.back(copy)
