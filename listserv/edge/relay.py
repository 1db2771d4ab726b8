"""The SMTP client of our one MSA (RFC 6409): takes claimed copies, sends them, hands back every answer.

Inputs are two callables of the caller: `claim(n)` gives up to n copies that are ours until their deadline,
`finish(results)` commits what became of them. `SmtpRelay.drain` sends until nothing is claimed any more. Its promises:

- a connection has at most 10 copies sent and not yet committed, the one in flight included; before an eleventh it
  waits for `finish`. That is what a kill can repeat;
- what reaches the socket has CRLF line ends only, no NUL, is dot-stuffed; an envelope cannot hold a second command;
- each copy is one write, with the next copy's envelope if the hop pipelines (RFC 2920 §3.1): one round trip each;
- a copy whose deadline has passed is never sent, and not reported: it belongs to somebody else by then;
- a hop that cannot be used (no connection, greeting, TLS, log-in) fails nobody for good: what was claimed is reported
  as temporary with that phase, and `drain` returns instead of dialling again;
- a recipient domain gets its share of the connections (edge/lanes), and nothing while it refuses us
  (core/mail/pacing). What may not go now is reported as put off, so no lease is held meanwhile, and the others go on;
- it opens no more connections than `connections` says at the time (edge/holding): those above it end after their copy.

`drain` claims on while a last slow copy is under way, so that none waits for it. It never looks up an MX, never retries
an answered copy, never logs in without TLS. `drain` raises what `claim` or
`finish` raised, after committing what was already answered; to stop it gently let `claim` return nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Literal

from listserv.core.mail.identity import domain_of
from listserv.core.mail.pacing import Halts
from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.core.mail.wire import rendered
from listserv.edge.carriers import AGAIN, GROUP, MOST_AHEAD, UNCOMMITTED, Carrier, Claim, Run
from listserv.edge.commits import Finish
from listserv.edge.hop import ENVELOPE, BrokenError, Line, result_of
from listserv.edge.lanes import Lanes, Slow
from listserv.edge.tls import in_words, unanswered, unreached

log = logging.getLogger("listserv")

IDLE = 60.0  # seconds a connection is kept without work
OPENING = 30.0  # seconds within which one must be ready, whatever the hop does: what waits for it is claimed by now


class SmtpRelay:
    """The client of one MSA. One drain at a time; connections stay open in between.

    tls: "starttls" and "implicit" verify the certificate unless `tls_context` says otherwise; "none" refuses a log-in.
    timeout: seconds of silence after which a connection is given up (RFC 5321 §4.5.3.2 has minutes). connections: at
    most so many, or what gives the number as it is now. Raises ValueError for settings that cannot work.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: Literal["none", "starttls", "implicit"],
        hostname: str,
        user: str = "",
        password: str = "",
        connections: int | Callable[[], int] = 8,
        timeout: float = 45.0,
        tls_context: ssl.SSLContext | None = None,
        halts: Halts | None = None,
    ) -> None:
        if tls not in ("none", "starttls", "implicit"):
            raise ValueError(f"relay tls is {tls!r}: use starttls, implicit or none")
        if user and tls == "none":
            raise ValueError("relay user with tls = none: the password would travel in clear; use starttls or implicit")
        if connections == 0 or timeout <= 0:
            raise ValueError("relay connections and timeout must be above 0")
        if not re.fullmatch(r"[!-~]+", hostname):
            raise ValueError(f"relay hostname {hostname!r} cannot stand in EHLO: use letters, digits, dots, hyphens")
        self._host, self._port, self._tls, self._hostname = host, port, tls, hostname
        self._user, self._password = user, password
        self._connections, self._timeout = connections, timeout
        self._context = tls_context or (ssl.create_default_context() if tls != "none" else None)
        self._idle: list[Line] = []
        self._run: Run | None = None
        self._turn = asyncio.Lock()
        self._halts = halts or Halts()
        self.slow = Slow()

    async def drain(self, claim: Claim, finish: Finish) -> int:
        """Sends until `claim(n)` gives nothing and every result is committed; how many results that were."""
        async with self._turn:
            run = self._run = Run(self, finish)
            try:
                await self._retire(monotonic() - IDLE)
                await self._feed(run, claim)
                while working := [carrier for carrier in run.carriers if not carrier.done()]:  # their number may grow
                    await asyncio.wait(working)
            finally:
                for carrier in run.carriers:
                    carrier.cancel()
                await asyncio.gather(*run.carriers, return_exceptions=True)
                await run.commits.settle()
                rendered.cache_clear()
            if run.error is None:
                await self._give_up(run, finish)
            if run.error is not None:
                raise run.error
            return run.commits.handled

    async def hang_up(self) -> None:
        """Says QUIT on every connection. The next drain dials anew."""
        await self._retire(float("inf"))

    async def close(self) -> None:
        await self.hang_up()

    async def _feed(self, run: Run, claim: Claim) -> None:
        """Claims ahead: as much as about ten seconds take, so that no lease runs out in the lanes.

        Where they empty quickly they are filled while as much again is in them: to claim takes as long as to send half.
        """
        ahead, quick = 4 * self.connections, False
        while not run.over:
            try:
                copies = await claim(ahead) if ahead else ()
            except Exception as error:
                return run.end(error)
            if not copies:
                if await run.more():
                    continue
                return run.end()
            run.fill(copies, ahead if quick else ahead // 2)
            self.staff(run)
            full = monotonic()
            if len(run.lanes) > run.mark and not run.over:
                await run.low.wait()
            took = monotonic() - full
            quick = took < 1
            if quick:
                ahead = min(2 * ahead, MOST_AHEAD)
            elif took > 5:
                ahead = max(ahead // 2, self.connections)

    async def _give_up(self, run: Run, finish: Finish) -> None:
        """The hop failed, or no connection may be had any more, and copies are left: each gets the reason."""
        now = monotonic()
        if (failure := run.failure) is None:
            why = "waits: others have the connections"
            rest = run.lanes.rest()
            left = [Result(c.delivery, c.epoch, 0, why, Phase.CONNECT, AGAIN) for c in rest if not c.over(now)]
        else:  # none is blamed for good
            phase = Phase.CONNECT if failure.phase in (*ENVELOPE, Phase.END) else failure.phase
            why = f": {failure.text}" if phase is Phase.TLS else ""  # other words of its may name people
            log.warning("the relay cannot be used (%s)%s; see: listserv outbox summary", phase, why)
            left = [result_of(c, failure.code, failure.text, phase) for c in run.lanes.rest() if not c.over(now)]
        for start in range(0, len(left), UNCOMMITTED):
            await finish(left[start : start + UNCOMMITTED])
        run.commits.handled += len(left)

    # What carriers call.

    def staff(self, run: Run) -> None:
        """One carrier finds out whether the hop works; then one for every four copies waiting. None is replaced."""
        if run.carriers and not run.alive:
            return  # they all gave up while more was being claimed
        wanted = 1 + len(run.lanes) // 4 if run.proven else 1
        while len(run.carriers) - run.dismissed < min(wanted, self.connections):
            run.alive += 1
            run.carriers.append(asyncio.create_task(Carrier(self, run).carry()))
        run.commits.enough = GROUP * max(run.alive, 1)

    @property
    def connections(self) -> int:
        """At most so many, now."""
        return self._connections if isinstance(self._connections, int) else self._connections()

    @property
    def open(self) -> int:
        """Connections that are open, or are being opened."""
        return self._run.alive + len(self._idle) if self._run else len(self._idle)

    def crowded(self, run: Run) -> bool:
        """Whether one of its carriers has to go: there may be fewer than when they came."""
        return run.alive - run.leaving > self.connections

    def lanes(self) -> Lanes:
        return Lanes(self.connections, self.slow)

    def not_now(self, copy: Copy, domain: str, now: float) -> Result | None:
        """That this copy is put off, and why; None: it may go."""
        if halt := self._halts.now(domain, now):
            return Result(
                copy.delivery, copy.epoch, halt.code, halt.reply, Phase.CONNECT, halt.until - now, not halt.domain
            )
        return None

    def heard(self, copy: Copy, result: Result) -> Result:
        """The answer as it is reported: a refusal that halts a domain, or comes while it is halted, puts off."""
        domain, now = domain_of(copy.recipient), monotonic()
        before = self._halts.now(domain, now)
        halt = self._halts.heard(domain, result, now)
        if halt is None:
            return result
        if halt is not before:  # the reply may name an address: it is not logged
            whom = f"to {halt.domain}" if halt.domain else "altogether"
            said = f"{result.code} {result.status}"
            log.warning("sending %s halts for %.0f s: refused with %s", whom, halt.until - now, said)
        return replace(result, wait=halt.until - now, at_large=not halt.domain)

    async def line(self) -> Line:
        """A connection ready for MAIL: a kept one, else a new one. Raises BrokenError, never with a permanent code."""
        if self._idle:
            return self._idle.pop()  # perhaps dead by now: then its first copy goes back and comes round again
        line = Line(self._timeout)
        try:
            async with asyncio.timeout(within := min(self._timeout, OPENING)):
                await self._open(line)
        except TimeoutError as error:
            line.abort()
            raise BrokenError(0, unanswered(within, line.phase, self._tls), line.phase) from error
        except (OSError, UnicodeError) as error:
            line.abort()
            where = f"{self._host} port {self._port}"
            text = in_words(error, self._host) if line.phase is Phase.TLS else unreached(error, where)
            raise BrokenError(0, text[:500], line.phase) from error
        except BrokenError as broken:
            line.abort()
            if broken.code < 500:
                raise
            raise BrokenError(0, f"{broken.code} {broken.text}", broken.phase) from broken
        except BaseException:
            line.abort()
            raise
        return line

    def keep(self, line: Line) -> None:
        line.fresh = False
        line.idle_since = monotonic()
        self._idle.append(line)

    async def _open(self, line: Line) -> None:
        await asyncio.get_running_loop().create_connection(lambda: line, self._host, self._port)
        if self._tls == "implicit" and self._context is not None:
            line.phase = Phase.TLS
            await line.secure(self._context, self._host)
        line.phase = Phase.GREETING
        await line.ask(b"", 220)
        await line.hello(self._hostname)
        if self._tls == "starttls" and self._context is not None:
            line.phase = Phase.TLS
            if "STARTTLS" not in line.offers:
                raise BrokenError(0, "the relay offers no STARTTLS: nothing was sent", Phase.TLS)
            await line.ask(b"STARTTLS", 220)
            await line.secure(self._context, self._host)
            line.phase = Phase.GREETING
            await line.hello(self._hostname)  # what was said in clear counts no more: RFC 3207 §4.2
        if self._user:
            line.phase = Phase.AUTH
            await line.log_in(self._user, self._password)

    async def _retire(self, before: float) -> None:
        old = [line for line in self._idle if line.idle_since <= before]
        self._idle = [line for line in self._idle if line.idle_since > before]
        await asyncio.gather(*(line.quit() for line in old))
