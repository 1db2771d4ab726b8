"""The SMTP client of our one MSA (RFC 6409): takes claimed copies, sends them, hands back every answer.

Inputs are two callables of the caller: `claim(n)` gives up to n copies that are ours until their deadline,
`finish(results)` commits what became of them. `SmtpRelay.drain` sends until nothing is claimed any more. Its promises:

- a connection has at most 10 copies sent and not yet committed, the one in flight included; before an eleventh it
  waits for `finish`. That is what a kill can repeat;
- what reaches the socket has CRLF line ends only, no NUL, is dot-stuffed; an envelope cannot hold a second command;
- each copy is one write, with the next copy's envelope if the hop pipelines (RFC 2920 §3.1): one round trip each;
- a copy whose deadline has passed is never sent, and not reported: it belongs to somebody else by then;
- a hop that cannot be used (no connection, greeting, TLS, log-in) fails nobody for good: what was claimed is reported
  as temporary with that phase, and `drain` returns instead of dialling again.

It never looks up an MX, never retries an answered copy, never logs in without TLS. `drain` raises what `claim` or
`finish` raised, after committing what was already answered; to stop it gently let `claim` return nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from time import monotonic
from typing import Literal, cast

UNCOMMITTED = 10  # copies sent and not committed, per connection
GROUP = 5  # results per call of finish: two groups overlap within UNCOMMITTED, so the commit hides behind the sending
LINGER = 0.2  # seconds a result may wait for its group
LEASE = 60.0  # seconds a claim lasts at most
IDLE = 60.0  # seconds a connection is kept without work
MOST_AHEAD = 500  # copies claimed at once, at most
BARREN = 3  # connections in a row lost without one answered copy: the hop is not working

_ADDRESS = re.compile(r"[^\s<>@\x00-\x20\x7f-\x9f\ud800-\udfff]+@[^\s<>@\x00-\x20\x7f-\x9f\ud800-\udfff]+")
_REPLY = re.compile(rb"[2-5][0-9][0-9](?:[ -]|$)")
_UNREADABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufffd]+")


class Phase(StrEnum):
    """Where in the conversation the answer came."""

    CONNECT = "connect"
    GREETING = "greeting"  # the 220, and EHLO
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"  # after the final dot: with code 0 the copy may have arrived


_ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it goes over the wire; made once per rendering."""

    wire: bytes  # CRLF-clean and dot-stuffed, without the final CRLF.CRLF
    eight_bit: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "eight_bit", not self.wire.isascii())


@dataclass(frozen=True, slots=True)
class Copy:
    """One mailing for one recipient, claimed for us until `deadline`."""

    delivery: int
    epoch: int
    sender: str  # MAIL FROM without brackets; "" is the null sender
    recipient: str
    head: bytes  # header block, CRLF, without the blank line
    body: bytes  # raw; the same object for all copies of one rendering
    deadline: float  # time.monotonic() from which it must not be sent


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one copy."""

    delivery: int
    epoch: int
    code: int  # the hop's; 0 = no answer, or a session refused for good (its code then begins the reply)
    reply: str  # one line, at most 500 characters, without the code
    phase: Phase

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        return self.code == 0 or 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return self.code >= 500


Claim = Callable[[int], Awaitable[Sequence[Copy]]]
Finish = Callable[[Sequence[Result]], Awaitable[None]]


def is_address(text: str) -> bool:
    """Whether `text` can stand between < and > of MAIL or RCPT without becoming anything else (RFC 5321 §4.1.1.2)."""
    return len(text) <= 320 and _ADDRESS.fullmatch(text) is not None


def to_lines(content: bytes) -> bytes:
    """Any bytes -> LF line ends only, no CR, no NUL."""
    return content.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def to_wire(content: bytes) -> bytes:
    """Any bytes -> CRLF only, no bare CR or LF, no NUL, dot-stuffed (RFC 5321 §2.3.8, §4.5.2).

    The last line end is left out: the CRLF of CRLF.CRLF is it.
    """
    pairs = content.count(b"\r\n")
    if b"\0" in content or content.count(b"\r") != pairs or content.count(b"\n") != pairs:
        content = to_lines(content).replace(b"\n", b"\r\n")
    content = content.removesuffix(b"\r\n")
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") if b"\r\n." in content else content


@lru_cache(maxsize=16)
def _rendered(body: bytes) -> Body:
    # A bytes object keeps its hash and is compared by identity first: the second copy of a rendering costs nothing.
    return Body(to_wire(body))


def _readable(text: bytes) -> str:
    return _UNREADABLE.sub(" ", text[:2000].decode("utf-8", "replace")).strip()[:500]


class _BrokenError(Exception):
    """This connection is over. `code` is the hop's last word, or 0."""

    def __init__(self, code: int, text: str, phase: Phase) -> None:
        super().__init__(text)
        self.code, self.text, self.phase = code, text, phase


@dataclass(frozen=True, slots=True)
class _Load:
    """A copy made ready for one connection."""

    copy: Copy
    commands: tuple[bytes, bytes, bytes]
    head: bytes
    body: bytes


class _Line(asyncio.Protocol):
    """One connection: commands out, replies in, in order."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.phase = Phase.CONNECT
        self.offers: dict[str, str] = {}  # EHLO keyword -> its parameters
        self.pipelining = False
        self.fresh = True  # it has not yet answered a copy: losing it now says that the hop does not work
        self.dirty = False  # the transaction before was refused: RSET first
        self.idle_since = 0.0
        self.ended = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._replies: deque[tuple[int, bytes]] = deque()
        self._tail = b""
        self._lines: list[bytes] = []
        self._gone = ""
        self._waiter: asyncio.Future[None] | None = None
        self._unsent = 0

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        wire = transport.get_extra_info("socket")
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or small writes wait for the peer's delayed ACK

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"connection lost: {exc}" if exc else "connection lost")
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        *lines, self._tail = (self._tail + data).split(b"\n")
        for line in lines:
            line = line.rstrip(b"\r")
            if not _REPLY.match(line) or len(self._lines) > 200:
                return self.abort(f"not an SMTP reply: {_readable(line)}")
            self._lines.append(line[4:])
            if line[3:4] != b"-":
                self._replies.append((int(line[:3]), b"\n".join(self._lines)))
                self._lines = []
        if len(self._tail) > 65536:
            return self.abort("a reply without end")
        if self._replies:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self, why: str) -> None:
        self._gone = self._gone or why
        self._wake()

    # What the carrier calls.

    def abort(self, why: str = "closed") -> None:
        self._end(why)
        if self._transport is not None:
            self._transport.abort()

    def write(self, data: bytes) -> None:
        if not self._gone and self._transport is not None:
            self._transport.write(data)

    async def reply(self) -> tuple[int, bytes]:
        """The next reply. Raises _BrokenError on 421 (RFC 5321 §3.8), a lost connection or silence."""
        while not self._replies:
            if self._gone:
                raise _BrokenError(0, self._gone, self.phase)
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(self.timeout, self._silent)
            self._unsent = self._backlog()
            try:
                await self._waiter
            finally:
                timer.cancel()
        code, text = self._replies.popleft()
        if code == 421:
            self.abort("421")
            raise _BrokenError(421, _readable(text), self.phase)
        return code, text

    def _backlog(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def _silent(self) -> None:
        if self._backlog() < self._unsent:
            self._wake()  # a slow link that still takes our bytes: wait once more
        else:
            self.abort(f"no answer within {self.timeout:g} s")

    async def ask(self, command: bytes, wanted: int) -> bytes:
        """One command of the session, its one good code. Raises _BrokenError for any other."""
        if command:
            self.write(command + b"\r\n")
        code, text = await self.reply()
        if code != wanted:
            raise _BrokenError(code, _readable(text), self.phase)
        return text

    async def hello(self, hostname: str) -> None:
        _, *lines = (await self.ask(b"EHLO " + hostname.encode("ascii"), 250)).decode("latin-1").split("\n")
        self.offers = {word.upper(): rest.strip() for word, _, rest in (line.partition(" ") for line in lines)}
        self.pipelining = "PIPELINING" in self.offers

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        if self._replies or self._tail or self._lines:  # said in clear, to be believed under TLS
            raise _BrokenError(0, "the relay spoke before TLS was up", self.phase)
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        secured = await loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=self.timeout
        )
        self._transport = secured

    async def log_in(self, user: str, password: str) -> None:
        """AUTH PLAIN, else LOGIN (RFC 4954 §4, RFC 4616). The caller has TLS up."""
        ways = self.offers.get("AUTH", "").upper().split()
        if "PLAIN" in ways:
            await self.ask(b"AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()), 235)
        elif "LOGIN" in ways:
            await self.ask(b"AUTH LOGIN", 334)
            await self.ask(b64encode(user.encode()), 334)
            await self.ask(b64encode(password.encode()), 235)
        else:
            raise _BrokenError(0, "the relay offers neither AUTH PLAIN nor LOGIN", self.phase)

    async def quit(self) -> None:
        self.timeout = min(self.timeout, 2.0)
        try:
            await self.ask(b"QUIT", 221)
        except _BrokenError:
            pass  # it was to end anyway
        self.abort()
        await self.ended.wait()

    def load(self, copy: Copy) -> _Load | Result:
        """The copy made ready for what this hop offers, or our own refusal of it."""
        body, head = _rendered(copy.body), to_wire(copy.head)
        size = len(head) + len(body.wire) + 6
        limit = self.offers.get("SIZE", "")
        eight_bit = body.eight_bit or not head.isascii()
        utf8 = not (copy.sender.isascii() and copy.recipient.isascii() and head.isascii())
        if copy.sender and not is_address(copy.sender):
            return _result(copy, 553, "not an address: MAIL FROM", Phase.MAIL)
        if not is_address(copy.recipient):
            return _result(copy, 553, "not an address: RCPT TO", Phase.RCPT)
        if utf8 and "SMTPUTF8" not in self.offers:
            return _result(copy, 550, "next hop lacks SMTPUTF8", Phase.MAIL)
        if eight_bit and "8BITMIME" not in self.offers:  # RFC 6152 §3: then it must not be sent as it is
            return _result(copy, 550, "next hop lacks 8BITMIME", Phase.MAIL)
        if limit.isdigit() and 0 < int(limit) < size:
            return _result(copy, 552, f"{size} octets, next hop takes {limit}", Phase.MAIL)
        options = (f" SIZE={size}" if "SIZE" in self.offers else "") + (" BODY=8BITMIME" if eight_bit else "")
        mail = f"MAIL FROM:<{copy.sender}>{options}{' SMTPUTF8' if utf8 else ''}\r\n".encode()
        return _Load(copy, (mail, f"RCPT TO:<{copy.recipient}>\r\n".encode(), b"DATA\r\n"), head, body.wire)

    def silent(self) -> None:
        """Raises _BrokenError if the hop spoke out of turn: what follows would be taken for answers to other copies."""
        if self._replies:
            code, text = self._replies[0]
            self.abort()
            raise _BrokenError(code if code == 421 else 0, _readable(text), self.phase)

    async def offer(self, load: _Load, *, sent: bool) -> Result | None:
        """MAIL, RCPT, DATA. None when the hop waits for the content, else its refusal.

        `sent`: the commands went out with the content before.
        """
        refusal: Result | None = None
        reset, self.phase, code = self.dirty, Phase.MAIL, 0
        if not sent:
            self.silent()
        try:
            if self.pipelining and not sent:
                self.write((b"RSET\r\n" if reset else b"") + b"".join(load.commands))
            elif reset:
                self.write(b"RSET\r\n")
            if reset:
                await self.reply()
            for phase, command in zip(_ENVELOPE, load.commands, strict=True):
                self.phase = phase
                if not self.pipelining:
                    self.write(command)
                code, text = await self.reply()
                if refusal is None and code // 100 != (3 if phase is Phase.DATA else 2):
                    refusal = self.answer(load.copy, code, text)
                    if not self.pipelining:
                        break
            if refusal is not None and code == 354:  # DATA taken without a recipient: RFC 2920 §3.1
                self.write(b".\r\n")
                await self.reply()
        except _BrokenError:
            if refusal is None:
                raise
        self.dirty = refusal is not None
        return refusal

    def answer(self, copy: Copy, code: int, text: bytes) -> Result:
        if 300 <= code < 400 or (code < 300 and self.phase is not Phase.END):
            self.abort()
            raise _BrokenError(0, f"unexpected reply: {code} {_readable(text)}", self.phase)
        return _result(copy, code, _readable(text), self.phase)


def _result(copy: Copy, code: int, text: str, phase: Phase) -> Result:
    return Result(copy.delivery, copy.epoch, code, text, phase)


class _Run:
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
        self.failure: _BrokenError | None = None  # why the last carrier gave up
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


class _Carrier:
    """One connection at work in one run, and its results on their way to the commit."""

    def __init__(self, relay: SmtpRelay, run: _Run) -> None:
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
                except _BrokenError as broken:
                    line.abort()
                    barren = barren + 1 if line.fresh else 0
                    if barren and (broken.phase is Phase.MAIL or barren == BARREN):
                        raise
                else:
                    self.relay.keep(line)
                line = None
        except _BrokenError as broken:
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

    async def _next(self, line: _Line) -> _Load | None:
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
            if isinstance(load, _Load):
                return load
            self.report(load)

    def _peek(self, line: _Line) -> _Load | None:
        """The next copy, if it is there and can be sent: its envelope goes out with this one's content."""
        buffer = self.run.buffer
        if not line.pipelining or not buffer or monotonic() >= buffer[0].deadline:
            return None
        load = line.load(buffer[0])
        if isinstance(load, Result):
            return None
        self.run.pop()
        return load

    async def _converse(self, line: _Line) -> None:
        """Copy after copy. Returns when the run is over; raises _BrokenError when the line is, nothing lost."""
        ahead: _Load | None = None
        while load := ahead or await self._next(line):
            copy, sent, ahead = load.copy, ahead is not None, None
            try:
                refusal = await line.offer(load, sent=sent)
                if refusal is None:
                    await self.room()
                    if monotonic() >= copy.deadline:  # after the 354 only ending the connection takes it back
                        raise _BrokenError(0, "lease over", Phase.DATA)
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
            except _BrokenError as broken:
                if ahead is not None:
                    self.run.buffer.appendleft(ahead.copy)
                if broken.phase is Phase.MAIL and not line.fresh:  # a stale line: nothing was said about this copy
                    self.run.buffer.appendleft(copy)
                elif monotonic() < copy.deadline or broken.phase is Phase.END:
                    self.report(_result(copy, broken.code, broken.text, broken.phase))
                raise


class SmtpRelay:
    """The client of one MSA. One drain at a time; connections stay open in between.

    tls: "starttls" and "implicit" verify the certificate unless `tls_context` says otherwise; "none" refuses a log-in.
    timeout: seconds of silence after which a connection is given up. max_per_hour: copies in any 60 minutes, those
    that failed included; when they are used up `drain` claims nothing more and returns. Raises ValueError for
    settings that cannot work.
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
        connections: int = 8,
        timeout: float = 60.0,
        tls_context: ssl.SSLContext | None = None,
        max_per_hour: int | None = None,
    ) -> None:
        if tls not in ("none", "starttls", "implicit"):
            raise ValueError(f"relay tls is {tls!r}: use starttls, implicit or none")
        if user and tls == "none":
            raise ValueError("relay user with tls = none: the password would travel in clear; use starttls or implicit")
        if connections < 1 or timeout <= 0 or (max_per_hour is not None and max_per_hour < 1):
            raise ValueError("relay connections, timeout and max_per_hour must be above 0")
        if not re.fullmatch(r"[!-~]+", hostname):
            raise ValueError(f"relay hostname {hostname!r} cannot stand in EHLO: use letters, digits, dots, hyphens")
        self._host, self._port, self._tls, self._hostname = host, port, tls, hostname
        self._user, self._password = user, password
        self._connections, self._timeout, self._max_per_hour = connections, timeout, max_per_hour
        self._context = tls_context or (ssl.create_default_context() if tls != "none" else None)
        self._idle: list[_Line] = []
        self._claimed: deque[float] = deque()  # when, for max_per_hour: a copy goes out within LEASE of it, or never
        self._turn = asyncio.Lock()

    async def drain(self, claim: Claim, finish: Finish) -> int:
        """Sends until `claim(n)` gives nothing and every result is committed; how many results that were."""
        async with self._turn:
            run = _Run(finish)
            try:
                await self._retire(monotonic() - IDLE)
                await self._feed(run, claim)
                while working := [carrier for carrier in run.carriers if not carrier.done()]:  # their number may grow
                    await asyncio.wait(working)
            finally:
                for carrier in run.carriers:
                    carrier.cancel()
                await asyncio.gather(*run.carriers, return_exceptions=True)
                _rendered.cache_clear()
            if run.failure is not None and run.error is None:
                await self._give_up(run, run.failure)
            if run.error is not None:
                raise run.error
            return run.handled

    async def close(self) -> None:
        """Says QUIT on every connection. The next drain dials anew."""
        await self._retire(float("inf"))

    async def _feed(self, run: _Run, claim: Claim) -> None:
        """Claims ahead: as much as about ten seconds take, so that no lease runs out in the buffer."""
        ahead = 4 * self._connections
        while not run.over:
            wanted = min(ahead, self._allowance())
            try:
                copies = await claim(wanted) if wanted > 0 else ()
            except Exception as error:
                return run.end(error)
            if not copies:
                return run.end()
            run.buffer.extend(copies)
            if self._max_per_hour is not None:
                self._claimed.extend(monotonic() for _ in copies)
            run.mark = ahead // 2
            run.filled.set()
            run.low.clear()
            self.staff(run)
            full = monotonic()
            if len(run.buffer) > run.mark and not run.over:
                await run.low.wait()
            took = monotonic() - full
            if took < 1:
                ahead = min(2 * ahead, MOST_AHEAD)
            elif took > 5:
                ahead = max(ahead // 2, self._connections)

    async def _give_up(self, run: _Run, failure: _BrokenError) -> None:
        """The hop failed and copies are left: each gets the reason, none is blamed for good."""
        phase = Phase.CONNECT if failure.phase in (*_ENVELOPE, Phase.END) else failure.phase
        now = monotonic()
        left = [_result(c, failure.code, failure.text, phase) for c in run.buffer if now < c.deadline]
        for start in range(0, len(left), UNCOMMITTED):
            await run.finish(left[start : start + UNCOMMITTED])
        run.handled += len(left)

    # What carriers call.

    def staff(self, run: _Run) -> None:
        """One carrier finds out whether the hop works; then one for every four copies waiting. None is replaced."""
        if run.carriers and not run.alive:
            return  # they all gave up while more was being claimed
        wanted = 1 + len(run.buffer) // 4 if run.proven else 1
        while len(run.carriers) < min(wanted, self._connections):
            run.alive += 1
            run.carriers.append(asyncio.create_task(_Carrier(self, run).carry()))

    async def line(self) -> _Line:
        """A connection ready for MAIL: a kept one, else a new one. Raises _BrokenError, never with a permanent code."""
        if self._idle:
            return self._idle.pop()  # perhaps dead by now: then its first copy goes back and comes round again
        line = _Line(self._timeout)
        try:
            await self._open(line)
        except (OSError, UnicodeError) as error:
            line.abort()
            raise _BrokenError(0, str(error)[:500] or "no answer in time", line.phase) from error
        except _BrokenError as broken:
            line.abort()
            if broken.code < 500:
                raise
            raise _BrokenError(0, f"{broken.code} {broken.text}", broken.phase) from broken
        except BaseException:
            line.abort()
            raise
        return line

    def keep(self, line: _Line) -> None:
        line.fresh = False
        line.idle_since = monotonic()
        self._idle.append(line)

    async def _open(self, line: _Line) -> None:
        async with asyncio.timeout(self._timeout):
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
                raise _BrokenError(0, "the relay offers no STARTTLS: nothing was sent", Phase.TLS)
            await line.ask(b"STARTTLS", 220)
            await line.secure(self._context, self._host)
            line.phase = Phase.GREETING
            await line.hello(self._hostname)  # what was said in clear counts no more: RFC 3207 §4.2
        if self._user:
            line.phase = Phase.AUTH
            await line.log_in(self._user, self._password)

    def _allowance(self) -> int:
        if self._max_per_hour is None:
            return MOST_AHEAD * 2
        while self._claimed and self._claimed[0] <= monotonic() - 3600 - LEASE:
            self._claimed.popleft()
        return self._max_per_hour - len(self._claimed)

    async def _retire(self, before: float) -> None:
        old = [line for line in self._idle if line.idle_since <= before]
        self._idle = [line for line in self._idle if line.idle_since > before]
        await asyncio.gather(*(line.quit() for line in old))
