"""One SMTP connection to the hop: its greeting, TLS, log-in, and a copy's three commands and content, answered."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from typing import cast

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.core.mail.wire import in_envelope, is_address, rendered, to_wire

_REPLY = re.compile(rb"[2-5][0-9][0-9](?:[ -]|$)")
_UNREADABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufffd]+")
ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)


def _readable(text: bytes) -> str:
    return _UNREADABLE.sub(" ", text[:2000].decode("utf-8", "replace")).strip()[:500]


class BrokenError(Exception):
    """This connection is over. `code` is the hop's last word, or 0."""

    def __init__(self, code: int, text: str, phase: Phase) -> None:
        super().__init__(text)
        self.code, self.text, self.phase = code, text, phase


@dataclass(frozen=True, slots=True)
class Load:
    """A copy made ready for one connection."""

    copy: Copy
    commands: tuple[bytes, bytes, bytes]
    head: bytes
    body: bytes


class Line(asyncio.Protocol):
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
        """The next reply. Raises BrokenError on 421 (RFC 5321 §3.8), a lost connection or silence."""
        while not self._replies:
            if self._gone:
                raise BrokenError(0, self._gone, self.phase)
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
            raise BrokenError(421, _readable(text), self.phase)
        return code, text

    def _backlog(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def _silent(self) -> None:
        if self._backlog() < self._unsent:
            self._wake()  # a slow link that still takes our bytes: wait once more
        else:
            self.abort(f"no answer within {self.timeout:g} s")

    async def ask(self, command: bytes, wanted: int) -> bytes:
        """One command of the session, its one good code. Raises BrokenError for any other."""
        if command:
            self.write(command + b"\r\n")
        code, text = await self.reply()
        if code != wanted:
            raise BrokenError(code, _readable(text), self.phase)
        return text

    async def hello(self, hostname: str) -> None:
        _, *lines = (await self.ask(b"EHLO " + hostname.encode("ascii"), 250)).decode("latin-1").split("\n")
        self.offers = {word.upper(): rest.strip() for word, _, rest in (line.partition(" ") for line in lines)}
        self.pipelining = "PIPELINING" in self.offers

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        if self._replies or self._tail or self._lines:  # said in clear, to be believed under TLS
            raise BrokenError(0, "the relay spoke before TLS was up", self.phase)
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
            raise BrokenError(0, "the relay offers neither AUTH PLAIN nor LOGIN", self.phase)

    async def quit(self) -> None:
        self.timeout = min(self.timeout, 2.0)
        try:
            await self.ask(b"QUIT", 221)
        except BrokenError:
            pass  # it was to end anyway
        self.abort()
        await self.ended.wait()

    def load(self, copy: Copy) -> Load | Result:
        """The copy made ready for what this hop offers, or our own refusal of it (its statuses: RFC 3463, RFC 5248)."""
        body, head = rendered(copy.body), to_wire(copy.head)
        size = len(head) + len(body.wire) + 6
        limit = self.offers.get("SIZE", "")
        sender, recipient = in_envelope(copy.sender), in_envelope(copy.recipient)
        eight_bit = body.eight_bit or not head.isascii()
        utf8 = not (sender.isascii() and recipient.isascii() and head.isascii())
        if sender and not is_address(sender):
            return result_of(copy, 553, "5.1.7 not an address: MAIL FROM", Phase.MAIL)
        if not is_address(recipient):
            return result_of(copy, 553, "5.1.3 not an address: RCPT TO", Phase.RCPT)
        if utf8 and "SMTPUTF8" not in self.offers:
            return result_of(copy, 550, f"5.6.7 the relay lacks SMTPUTF8, which {_who_needs(copy)}", Phase.MAIL)
        if eight_bit and "8BITMIME" not in self.offers:  # RFC 6152 §3: then it must not be sent as it is
            return result_of(copy, 550, "5.6.3 the relay lacks 8BITMIME, which this mail needs", Phase.MAIL)
        if limit.isdigit() and 0 < int(limit) < size:
            return result_of(copy, 552, f"5.3.4 {size} octets, the relay takes {limit}", Phase.MAIL)
        options = (f" SIZE={size}" if "SIZE" in self.offers else "") + (" BODY=8BITMIME" if eight_bit else "")
        mail = f"MAIL FROM:<{sender}>{options}{' SMTPUTF8' if utf8 else ''}\r\n".encode()
        return Load(copy, (mail, f"RCPT TO:<{recipient}>\r\n".encode(), b"DATA\r\n"), head, body.wire)

    def silent(self) -> None:
        """Raises BrokenError if the hop spoke out of turn: what follows would be taken for answers to other copies."""
        if self._replies:
            code, text = self._replies[0]
            self.abort()
            raise BrokenError(code if code == 421 else 0, _readable(text), self.phase)

    async def offer(self, load: Load, *, sent: bool) -> Result | None:
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
            for phase, command in zip(ENVELOPE, load.commands, strict=True):
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
        except BrokenError:
            if refusal is None:
                raise
        self.dirty = refusal is not None
        return refusal

    def answer(self, copy: Copy, code: int, text: bytes) -> Result:
        if 300 <= code < 400 or (code < 300 and self.phase is not Phase.END):
            self.abort()
            raise BrokenError(0, f"unexpected reply: {code} {_readable(text)}", self.phase)
        return result_of(copy, code, _readable(text), self.phase)


def _who_needs(copy: Copy) -> str:
    return "this address needs" if not in_envelope(copy.recipient).isascii() else "this mail needs"


def result_of(copy: Copy, code: int, text: str, phase: Phase) -> Result:
    return Result(copy.delivery, copy.epoch, code, text, phase)
