"""A scriptable SMTP server for tests: it keeps what it is sent, byte for byte, and misbehaves on demand.

    async with Sink() as sink:                      # a free port of the loopback interface: sink.host, sink.port
        sink.refuse("*@gone.example", "550 5.1.1 no such mailbox")      # at RCPT, by pattern
        sink.answer("mail", "451 4.3.0 later", times=1)                 # instead of the usual reply, so often
        sink.drop("end", keep=True)                 # cuts the connection there; keep: the mail had been taken
        sink.stall("data")                          # never answers there
        sink.away(); sink.back()                    # nobody listens; from another thread. Of a port that is `reserved`
        ...
        sink.mails[0].content; sink.sessions[0].wire; sink.breaches     # what came, raw, and what broke the protocol

    with Sink.in_thread() as sink: ...              # for tests without an event loop

Phases: greeting, ehlo, starttls, auth, mail, rcpt, data, content (in the middle of it), end, quit. `slow`: seconds
before each reply. Commands are ehlo, helo, starttls, auth (PLAIN, LOGIN),
mail, rcpt, data, rset, noop, quit. `breaches` names bare CR or LF, NUL, 8-bit bytes not announced, and anything sent
before a reply that had to be awaited (RFC 2920 §3.1). TLS needs the `openssl` program, once, for the certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
import functools
import ssl
import subprocess
import tempfile
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

PHASES = ("greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "end", "quit")


@dataclass(frozen=True, slots=True)
class Mail:
    """One transaction that was answered 250 after the dot."""

    sender: str
    parameters: str  # of MAIL FROM, e.g. "BODY=8BITMIME SMTPUTF8"
    recipients: tuple[str, ...]
    content: bytes  # dot-stuffing undone, CRLF line ends as they came
    session: int  # index into Sink.sessions


@dataclass(slots=True)
class Session:
    """One connection."""

    number: int
    wire: bytes = b""  # everything the client sent (after TLS came up: in clear)
    commands: list[str] = field(default_factory=list)  # without content
    secure: bool = False
    logged_in: str = ""
    ahead: int = 0  # replies given while the next command lay there already


@dataclass(slots=True)
class _Rule:
    phase: str
    reply: str  # "" = none
    drop: bool
    keep: bool
    pattern: str
    times: int  # -1 = always


class _Cut(Exception):
    """The script ends this connection."""


class Sink:
    def __init__(
        self,
        *,
        pipelining: bool = True,
        eightbitmime: bool = True,
        smtputf8: bool = True,
        starttls: bool = False,
        implicit_tls: bool = False,
        auth: tuple[str, str] | None = None,
        mechanisms: str = "PLAIN LOGIN",
        size: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.host, self.port, self.slow = host, port, 0.0
        self.mails: list[Mail] = []
        self.sessions: list[Session] = []
        self.breaches: list[str] = []
        self._auth, self._mechanisms = auth, mechanisms
        self._starttls, self._implicit = starttls, implicit_tls
        self._pipelining, self._eightbitmime = pipelining, eightbitmime
        words = [("PIPELINING", pipelining), ("8BITMIME", eightbitmime), ("SMTPUTF8", smtputf8), (f"SIZE {size}", size)]
        self._offers = [word for word, wanted in words if wanted]
        self._rules: list[_Rule] = []
        self._news = threading.Condition()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # The script.

    def answer(self, phase: str, reply: str, *, times: int = -1, pattern: str = "*") -> None:
        """`reply` instead of the usual one. `pattern` matches the line (RCPT, MAIL: the address)."""
        assert phase in PHASES
        self._rules.append(_Rule(phase, reply, False, False, pattern, times))

    def refuse(self, pattern: str, reply: str = "550 5.1.1 no such mailbox", *, times: int = -1) -> None:
        self.answer("rcpt", reply, times=times, pattern=pattern)

    def drop(self, phase: str, *, times: int = -1, pattern: str = "*", keep: bool = False) -> None:
        assert phase in PHASES
        self._rules.append(_Rule(phase, "", True, keep, pattern, times))

    def stall(self, phase: str, *, times: int = -1, pattern: str = "*") -> None:
        self.answer(phase, "", times=times, pattern=pattern)

    # What came.

    @property
    def wire(self) -> bytes:
        return b"".join(session.wire for session in self.sessions)

    @property
    def recipients(self) -> list[str]:
        return [recipient for mail in self.mails for recipient in mail.recipients]

    def wait(self, mails: int, timeout: float = 10.0) -> list[Mail]:
        """Blocks until that many mails are here (from another thread than the sink's)."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.mails) >= mails, timeout), f"{len(self.mails)} of {mails} mails"
        return self.mails

    async def until(self, mails: int) -> list[Mail]:
        """The same for a test with an event loop."""
        await asyncio.to_thread(self.wait, mails)
        return self.mails

    @staticmethod
    def client_context() -> ssl.SSLContext:
        """Trusts the sink's certificate, for 127.0.0.1 and localhost."""
        return ssl.create_default_context(cafile=str(_certificate() / "cert.pem"))

    # Life.

    async def __aenter__(self) -> Self:
        context = _server_context() if self._implicit else None
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=context, limit=2**26)
        self._loop, self.port = asyncio.get_running_loop(), self._server.sockets[0].getsockname()[1]
        return self

    @property
    def listening(self) -> bool:
        return self._server is not None and self._server.is_serving()

    def away(self) -> None:
        asyncio.run_coroutine_threadsafe(self.__aexit__(), self._loop).result(10)

    def back(self) -> None:
        asyncio.run_coroutine_threadsafe(self.__aenter__(), self._loop).result(10)

    def forget(self) -> None:
        """The script: from now on it behaves. What is stalled stays so."""
        self._rules.clear()

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # the aborted transports close in the loop's next turn

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, **options: object) -> Iterator[Self]:
        sink = cls(**options)  # type: ignore[arg-type]
        ready, loop = threading.Event(), asyncio.new_event_loop()
        stop = asyncio.Event()

        async def life() -> None:
            async with sink:
                ready.set()
                await stop.wait()

        def run() -> None:
            try:
                loop.run_until_complete(life())
            finally:
                ready.set()
                loop.close()

        thread = threading.Thread(target=run, name="sink")
        thread.start()
        ready.wait()
        try:
            yield sink
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()

    # One connection.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        session = Session(len(self.sessions), secure=self._implicit)
        self.sessions.append(session)
        try:
            await _Talk(self, session, reader, writer).run()
        except (_Cut, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    def rule(self, phase: str, subject: str) -> _Rule | None:
        for rule in self._rules:
            if rule.phase == phase and rule.times and fnmatch.fnmatchcase(subject, rule.pattern):
                rule.times -= 1
                return rule
        return None

    def take(self, mail: Mail) -> None:
        with self._news:
            self.mails.append(mail)
            self._news.notify_all()


class _Talk:
    def __init__(
        self, sink: Sink, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sink, self.session, self.reader, self.writer = sink, session, reader, writer
        self.sender: str | None = None
        self.parameters = ""
        self.recipients: list[str] = []

    async def run(self) -> None:
        await self.say("greeting", "220 sink ESMTP", "")
        while True:
            line = await self.line()
            self.session.commands.append(line)
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    await self.say("ehlo", "\r\n".join(self.ehlo()), rest)
                case "STARTTLS" if self.sink._starttls and not self.session.secure:
                    await self.starttls()
                case "AUTH" if self.sink._auth and self.session.secure:
                    await self.auth(rest)
                case "MAIL":
                    await self.mail(rest)
                case "RCPT":
                    await self.rcpt(rest)
                case "DATA":
                    await self.data()
                case "RSET":
                    self.sender, self.recipients = None, []
                    self.send("250 2.0.0 forgotten")
                case "NOOP":
                    self.send("250 2.0.0 fine")
                case "QUIT":
                    await self.say("quit", "221 2.0.0 bye", "")
                    raise _Cut
                case _:
                    self.send("502 5.5.1 not here")

    # Replies.

    def send(self, reply: str, *, alone: bool = False) -> None:
        """`alone`: the client has to wait for it, also when it pipelines."""
        buffered = self.reader._buffer  # type: ignore[attr-defined]
        self.session.ahead += bool(buffered)
        if buffered and (alone or not self.sink._pipelining):
            self.sink.breaches.append(f"sent before {reply[:3]}: {bytes(buffered[:40])!r}")
        self.writer.write(reply.encode() + b"\r\n")

    async def say(self, phase: str, usual: str, subject: str, *, alone: bool = False, mail: Mail | None = None) -> str:
        """Replies as usual or as the script wants, and says what it replied."""
        rule = self.sink.rule(phase, subject)
        if rule is not None and rule.keep and mail is not None:
            self.sink.take(mail)
        if rule is not None and rule.drop:
            raise _Cut
        reply = usual if rule is None else rule.reply
        if not reply:
            await asyncio.Event().wait()  # until the sink closes
        if self.sink.slow:
            await asyncio.sleep(self.sink.slow)
        self.send(reply, alone=alone)
        if reply.startswith("421") or (phase == "greeting" and not reply.startswith("2")):
            await self.writer.drain()
            self.writer.close()
            await self.writer.wait_closed()
            raise _Cut
        return reply

    async def interrupt(self, rule: _Rule) -> None:
        """In the middle of what the client says."""
        if not rule.drop and not rule.reply:
            await asyncio.Event().wait()
        if rule.reply:
            self.writer.write(rule.reply.encode() + b"\r\n")  # no fault of the client that it has said more
            await self.writer.drain()
        raise _Cut

    async def line(self) -> str:
        raw = await self.reader.readuntil(b"\n")
        self.session.wire += raw
        if raw.count(b"\r") != 1 or not raw.endswith(b"\r\n") or b"\0" in raw or len(raw) > 1000:
            self.sink.breaches.append(f"command line {raw!r}")
        return raw.decode("utf-8", "surrogateescape").rstrip("\r\n")

    # Commands.

    def ehlo(self) -> list[str]:
        offers = list(self.sink._offers)
        if self.sink._starttls and not self.session.secure:
            offers.append("STARTTLS")
        if self.sink._auth and self.session.secure:
            offers.append(f"AUTH {self.sink._mechanisms}")
        lines = ["sink greets you", *offers]
        return [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]

    async def starttls(self) -> None:
        if (await self.say("starttls", "220 2.0.0 go ahead", "", alone=True)).startswith("2"):
            await self.writer.drain()
            await self.writer.start_tls(_server_context())
            self.session.secure = True

    async def auth(self, rest: str) -> None:
        way, _, initial = rest.partition(" ")
        if way.upper() == "PLAIN":
            _, user, password = b64decode(initial).decode().split("\0")
        else:
            answers = []
            for question in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
                self.send(question)
                answers.append(b64decode(await self.line()).decode())
            user, password = answers
        good = (user, password) == self.sink._auth
        usual = "235 2.7.0 welcome" if good else "535 5.7.8 wrong user or password"
        if (await self.say("auth", usual, user)).startswith("2"):
            self.session.logged_in = user

    async def mail(self, rest: str) -> None:
        address, _, parameters = rest.removeprefix("FROM:<").partition(">")
        if self.sink._auth and not self.session.logged_in:
            self.send("530 5.7.0 log in first")
        elif self.sender is not None:
            self.send("503 5.5.1 nested MAIL")
        elif (await self.say("mail", "250 2.1.0 sender ok", address)).startswith("2"):
            self.sender, self.parameters, self.recipients = address, parameters.strip(), []

    async def rcpt(self, rest: str) -> None:
        address = rest.removeprefix("TO:<").partition(">")[0]
        if self.sender is None:
            self.send("503 5.5.1 MAIL first")
        elif (await self.say("rcpt", "250 2.1.5 recipient ok", address)).startswith("2"):
            self.recipients.append(address)

    async def data(self) -> None:
        subject = self.recipients[0] if self.recipients else ""
        usual = "354 end with a dot" if self.recipients else "503 5.5.1 RCPT first"
        if not (await self.say("data", usual, subject, alone=True)).startswith("354"):
            return
        content, sender, self.sender = await self.content(), self.sender, None
        if sender is None or not self.recipients:  # a script had us say 354 all the same
            self.send("554 5.5.1 no valid recipients")
            return
        mail = Mail(sender, self.parameters, tuple(self.recipients), content, self.session.number)
        if (await self.say("end", "250 2.0.0 taken", subject, mail=mail)).startswith("2"):
            self.sink.take(mail)

    async def content(self) -> bytes:
        lines = []
        while (raw := await self.reader.readuntil(b"\n")) != b".\r\n":
            if len(lines) == 3 and (rule := self.sink.rule("content", self.recipients[0] if self.recipients else "")):
                await self.interrupt(rule)
            self.session.wire += raw
            if raw.count(b"\r") != 1 or not raw.endswith(b"\r\n") or b"\0" in raw:
                self.sink.breaches.append(f"content line {raw!r}")
            if not raw.isascii() and "BODY=8BITMIME" not in self.parameters:
                self.sink.breaches.append(f"8-bit line not announced {raw!r}")
            if raw.startswith(b".") and not raw.startswith(b".."):
                self.sink.breaches.append(f"dot not doubled {raw!r}")
            lines.append(raw.removeprefix(b"."))
        self.session.wire += raw
        return b"".join(lines)


@functools.cache
def _certificate() -> Path:
    """A folder with cert.pem and key.pem for 127.0.0.1 and localhost, made once per process."""
    keeper = tempfile.TemporaryDirectory(prefix="sink-", ignore_cleanup_errors=True)
    _keep.append(keeper)
    folder = Path(keeper.name)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    return folder


_keep: list[tempfile.TemporaryDirectory[str]] = []


@functools.cache
def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate() / "cert.pem", _certificate() / "key.pem")
    return context
