"""The one process: receives, works, keeps time. Loops, waiting and signals exist here and nowhere else.

Steps are synchronous and run in threads; what wakes them is an event of this process, another process's commit
(seen through the database), or the clock. The order in which things stop: first no new mail, then no new copies,
then what is under way is committed.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from listserv.clock import Clock
from listserv.core.mail.pacing import UNLIMITED, Limits
from listserv.core.site import Site
from listserv.edge.doors import Door, Hooks
from listserv.edge.envelope import Refusal, StoreUnavailable, Transaction
from listserv.edge.hearing import hearing
from listserv.edge.holding import Holding
from listserv.edge.jumps import Jumps
from listserv.edge.outage import Outage, asking
from listserv.edge.retries import Retries
from listserv.edge.sending import Relay, Sending
from listserv.steps import bundle, index, intake, moderate, notify
from listserv.steps.agenda import Agenda
from listserv.steps.intake import Reading
from listserv.store import dialogues, inbox, outbox
from listserv.store.changes import watch
from listserv.store.session import DatabaseTrouble, Session

#: Seconds between looks for other processes' commits that are not heard (DESIGN: noticed within 0.3 s); at least.
NOTICE = 0.1
#: Seconds after which the clock looks again in any case: dates may have been changed.
CLOCK_LOOKS = 30.0
#: Inbound mails processed between two looks at what else there is to do.
BATCH = 20
#: Seconds after which processing looks for more: at least, and at most if nothing wakes it; the clock rests as long.
SOON, IDLE = 0.2, 60.0
#: While mail comes in, processing rests so many times as long as it worked, at most REST seconds: a client waits for
#: its 250, what is behind does not. QUIET seconds without a mail end the rest: then nobody waits.
RESTS, REST, QUIET = 3, 1.0, 0.02
#: Seconds for which what nobody waits for lets copies that are under way go first.
COURTESY = 1.0


@dataclass(slots=True)
class Done:
    """What a run got through."""

    mails: int = 0
    copies: Counter[str] = field(default_factory=Counter)  # what became of them, by state


class Daemon:
    """`doors`: each makes one when given its hooks. `relay` None = not sending. `reading`: how mail is read."""

    def __init__(
        self,
        *,
        session: Session,
        site: Site,
        clock: Clock,
        relay: Relay | None,
        doors: Sequence[Callable[[Hooks], Door]] = (),
        clock_runs: bool,
        reading: Reading = Reading(),  # noqa: B008 (frozen)
        retries: Retries | None = None,
        limits: Limits = UNLIMITED,
        holding: Holding | None = None,
    ) -> None:
        self._session = session
        self._site = site
        self._clock = clock
        self._reading = reading
        self._jumps = Jumps(session)
        self._agenda = Agenda(session)
        self._clock_runs = clock_runs
        self._slugs: set[str] = set()
        self._taken = 0  # mails
        self._stop = asyncio.Event()
        self._inbox = asyncio.Event()
        self._outbox = asyncio.Event()
        self._tick = asyncio.Event()
        self._words = asyncio.Event()
        self._rung = asyncio.Event()
        self._outage = Outage()
        self.done = Done()
        self._sending: Sending | None = None
        if relay is not None:
            more: dict[str, Any] = {"retries": retries, "limits": limits, "holding": holding}
            self._sending = Sending(session, site, clock, relay, self._stop, self._outage, self._jumps, **more)
            self.done.copies = self._sending.done
        hooks = Hooks(self._verdict, self._accept, self._wake)
        self.doors = tuple(make(hooks) for make in doors)

    # --- intake

    def _verdict(self, recipient: str) -> Refusal | None:
        target = self._site.addresses.parse(recipient)
        if self._slugs and self._site.addresses.is_postmaster(recipient):
            return None
        if target is None or target.slug not in self._slugs:
            return Refusal(550, "5.1.1", "no such address here")
        return None

    async def _accept(self, transaction: Transaction) -> None:
        now = self._clock.now()
        sent = (transaction.sender, transaction.recipients, transaction.content, transaction.protocol)
        future = self._session.submit(lambda connection: inbox.add(connection, now, *sent))
        try:
            await asyncio.wrap_future(future)
        except DatabaseTrouble as error:
            raise StoreUnavailable from error
        self._taken += 1
        self._inbox.set()

    # --- work

    async def _process(self) -> int:
        now = self._clock.now()
        mails = await asyncio.to_thread(intake.intake, self._session, now, self._site, BATCH, self._reading)
        released = await asyncio.to_thread(moderate.release_passed, self._session, now, self._site)
        self._outbox.set()  # it need not wait for what follows
        released += await asyncio.to_thread(bundle.send_owed, self._session, now, self._site)
        told = await asyncio.to_thread(notify.notify, self._session, now, self._site)
        self._words.set()
        self.done.mails += mails
        return mails + released + told

    async def _repeat(self, what: str, event: asyncio.Event, turn: Callable[[], Awaitable[float]]) -> None:
        """Until stopped, whatever fails. A turn tells how many seconds to wait for the event before the next."""
        while not self._stop.is_set():
            event.clear()
            try:
                wait = await turn()
            except Exception as error:
                await self._sleep(self._stop, self._outage.began(what, error))
            else:
                self._outage.ended()
                await self._sleep(event, wait)

    async def _processing(self) -> float:
        began, taken = monotonic(), self._taken
        if not await self._process():
            return await asyncio.to_thread(self._next_mail)
        self._outbox.set()
        self._tick.set()  # what is held or decided now may move what is due
        if self._taken > taken:
            await self._rest(min(RESTS * (monotonic() - began), REST))
        return 0.0

    def _next_mail(self) -> float:
        with self._session.read() as connection:
            wait = inbox.next_due_in(connection)
        return IDLE if wait is None else min(max(wait, SOON), IDLE)

    async def _rest(self, seconds: float) -> None:
        end, taken = monotonic() + seconds, -1
        while self._taken != taken and monotonic() < end:
            taken = self._taken
            await self._sleep(self._stop, QUIET)

    async def _indexing(self) -> float:
        await self._after_copies()
        return 0.0 if await asyncio.to_thread(index.index, self._session) else IDLE

    async def _after_copies(self) -> None:
        if self._sending is not None:
            await self._sleep(self._sending.rests, COURTESY)

    # --- the clock

    async def _ticking(self) -> float:
        await self._after_copies()
        began = monotonic()
        if await asyncio.to_thread(self._agenda.tick, self._clock.now(), self._site):
            self._outbox.set()
        due = self._agenda.next_at()
        wait = CLOCK_LOOKS if due is None else min(max(self._clock.real_delay(due), 0.02), CLOCK_LOOKS)
        await self._sleep(self._stop, min(max(RESTS * (monotonic() - began), SOON), REST))  # each mail may wake it
        return wait

    # --- others' commits

    async def _noticing(self) -> float:
        changes = await asyncio.to_thread(watch, self._session)
        await asyncio.to_thread(self._read_slugs)  # from here on it notices; what came before is looked at now
        self._wake()
        jumps = self._jumps.seen
        try:
            with hearing(self._session, self._rung, NOTICE) as every:
                while not self._stop.is_set():
                    await self._sleep(self._rung, every)
                    self._rung.clear()
                    await self._jumps.mended()  # or it was by who sends
                    jumped, jumps = self._jumps.seen > jumps, self._jumps.seen
                    if jumped or (changes.seen() and await asyncio.to_thread(changes.others)):
                        await asyncio.to_thread(self._read_slugs)
                        self._wake()
        finally:
            changes.close()
        return 0.0

    def _read_slugs(self) -> None:
        with self._session.read() as connection:
            self._slugs = set(dialogues.slugs(connection))

    @staticmethod
    async def _sleep(event: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()

    # --- running

    def stop(self) -> None:
        self._stop.set()
        self._rung.set()
        self._wake()

    def look(self) -> None:
        """Look at everything again: somebody has moved the clock. To be called in the loop of `run`."""
        self._wake()

    def _wake(self) -> None:
        for event in (self._outbox, self._inbox, self._tick, self._words):  # in this order: copies go first
            event.set()

    async def run(
        self,
        ready: Callable[[str], None] | None = None,
        *,
        signals: bool = True,
        deaf: Callable[[], object] | None = None,
    ) -> None:
        """Until stopped by `stop`, SIGTERM or SIGINT. `ready` is told once everything listens; `deaf`, should the
        database not answer while we end: no thread that waits for it can be ended (edge/outage.leave)."""
        loop = asyncio.get_running_loop()
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
        self._read_slugs()
        self._put_right()
        if self._clock_runs:  # what an outage has left undone comes before the mail that waits
            await asyncio.to_thread(self._agenda.tick, self._clock.now(), self._site)
        tasks: list[asyncio.Task[None]] = []
        try:
            for door in self.doors:
                await door.start()
            turns = [("looking for other processes' commits", asyncio.Event(), self._noticing)]
            if self._sending is not None:
                turns.append(("processing", self._inbox, self._processing))
                turns.append(("sending", self._outbox, self._sending.turn))
                turns.append(("indexing for the search", self._words, self._indexing))
            if self._clock_runs:
                turns.append(("the programme's clock", self._tick, self._ticking))
            tasks = [asyncio.create_task(self._repeat(*turn)) for turn in turns]
            if ready:
                ready(self._greeting())
            await self._stop.wait()
        finally:
            self.stop()  # also when a door cannot be opened, or somebody has cancelled us
            async with asking(self._session, deaf):
                for door in self.doors:
                    await door.stop()
                await asyncio.gather(*tasks)
                if self._sending is not None:
                    await self._sending.close()

    def _greeting(self) -> str:
        doing = "; ".join(door.describe() for door in self.doors) or "not listening"
        return f"listserv is ready: {', '.join(sorted(self._slugs)) or 'no dialogue yet'}; {doing}"

    def _put_right(self) -> None:
        if self._session.sqlite:
            self._session.write(outbox.free_leases)
            self._session.write(inbox.free_leases)
        index.mend(self._session)

    async def until_idle(self) -> Done:
        """Process and send until nothing is left to do now."""
        self._read_slugs()
        self._put_right()
        while await self._process() + (await self._sending.send() if self._sending else 0):
            pass
        await asyncio.to_thread(index.index_all, self._session)
        if self._sending is not None:
            await self._sending.close()
        return self.done
