"""Load for a receiver of mail: `sessions` kept-open connections, one mail at a time each, no pipelining.

    python scripts/bench/intake_load.py --host 127.0.0.1 --port 8025 --protocol smtp --sessions 10 \\
        --count 10000 --size 4096 --recipient nap1325@dialogue.example.org

Prints the mails acknowledged per second, and p50 and p99 of the time from the final dot to its reply, in ms. Each mail
has a Message-ID of its own; `load` returns those acknowledged, so that a caller who kills the server in between can
look for them. A connection that fails ends its session; what it had not been answered for is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Result:
    acknowledged: list[str] = field(default_factory=list)  # Message-IDs with their angle brackets, as answered 250
    refused: list[str] = field(default_factory=list)  # replies other than the one expected
    lost: int = 0  # sessions that ended before their time
    waits: list[float] = field(default_factory=list)  # seconds from the final dot to its 250
    seconds: float = 0.0  # from the first connection to the last reply

    @property
    def rate(self) -> float:
        """Acknowledged mails per second."""
        return len(self.acknowledged) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """Of `waits`, in milliseconds."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else 0.0


def mail(message_id: str, sender: str, recipient: str, size: int) -> bytes:
    """A plain mail of `size` octets (or a little more, if its header is longer), CRLF lines."""
    head = (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: A contribution under load\r\n"
        f"Date: Mon, 03 Nov 2008 09:00:00 -0400\r\nMessage-ID: {message_id}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    ).encode()
    line = b"Good practices in drafting national action plans, one line of many.\r\n"
    room = max(2, size - len(head) - 2)
    return head + line * (room // len(line)) + b"x" * (room % len(line)) + b"\r\n"


class _Session(asyncio.Protocol):
    """Says the next thing whenever a whole reply has come."""

    def __init__(self, mails: Iterator[int], run: str, result: Result, plan: Plan, sender: str) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._mails, self._run, self._result, self._plan, self._sender = mails, run, result, plan, sender
        self._buffer = b""
        self._steps = self._conversation()
        next(self._steps)

    def _conversation(self) -> Generator[None, bytes, None]:
        """Waits for a reply wherever it yields."""
        say, plan, sender = self._say, self._plan, self._sender
        template = mail(f"<0000000000@{self._run}.example>", sender, plan.recipient, plan.size)
        at = template.index(b"<0000000000@") + 1
        mail_from = f"MAIL FROM:<{sender}> SIZE={len(template)}\r\n".encode()
        rcpt_to = f"RCPT TO:<{plan.recipient}>\r\n".encode()
        yield from self._expect(b"220")
        say(b"%s load.example.org\r\n" % (b"LHLO" if plan.protocol == "lmtp" else b"EHLO"))
        yield from self._expect(b"250")
        for number in self._mails:
            say(mail_from)
            yield from self._expect(b"250")
            say(rcpt_to)
            yield from self._expect(b"250")
            say(b"DATA\r\n")
            yield from self._expect(b"354")
            digits = b"%010d" % number
            began = time.perf_counter()
            say(b"".join((template[:at], digits, template[at + 10 :], b".\r\n")))
            yield from self._expect(b"250")
            self._result.waits.append(time.perf_counter() - began)
            self._result.acknowledged.append(f"<{digits.decode()}@{self._run}.example>")
        say(b"QUIT\r\n")
        yield from self._expect(b"221")

    def _expect(self, code: bytes) -> Generator[None, bytes, None]:
        reply = yield
        if not reply.startswith(code):
            self._result.refused.append(reply.decode(errors="replace").strip())
            raise ConnectionAbortedError

    def _say(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        last = self._buffer.rfind(b"\n", 0, -1) + 1  # of the last line; "250-" means that there are more
        if self.done.done() or not self._buffer.endswith(b"\n") or self._buffer[last + 3 : last + 4] == b"-":
            return
        reply, self._buffer = self._buffer, b""
        try:
            self._steps.send(reply)
        except (StopIteration, ConnectionAbortedError) as end:
            self._finish(lost=isinstance(end, ConnectionAbortedError))
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(lost=True)

    def _finish(self, lost: bool) -> None:
        if not self.done.done():
            self._result.lost += lost
            self.done.set_result(None)


@dataclass(frozen=True, slots=True)
class Plan:
    host: str  # or "unix:/path"
    port: int
    recipient: str
    protocol: str = "smtp"  # or "lmtp"
    sessions: int = 10
    count: int = 10_000  # mails, over all sessions
    size: int = 4096  # octets of each
    senders: tuple[str, ...] = ("anna@load.example.org",)  # the sessions take them in turn


async def load(plan: Plan, result: Result | None = None) -> Result:
    """Send the mails of `plan`. Give a `result` to watch it grow, or to keep it when cancelled."""
    result = result if result is not None else Result()
    loop = asyncio.get_running_loop()
    mails, run = iter(range(plan.count)), uuid.uuid4().hex
    sessions = []
    began = time.perf_counter()
    try:
        for number in range(plan.sessions):
            session = _Session(mails, run, result, plan, plan.senders[number % len(plan.senders)])
            if plan.host.startswith("unix:"):
                await loop.create_unix_connection(lambda s=session: s, plan.host.removeprefix("unix:"))
            else:
                await loop.create_connection(lambda s=session: s, plan.host, plan.port)
            sessions.append(session)
        await asyncio.gather(*(session.done for session in sessions))
    finally:
        result.seconds = time.perf_counter() - began
        for session in sessions:  # also where one of them could not be connected
            session.abort()
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1", help='or "unix:/path"')
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--protocol", choices=["smtp", "lmtp"], default="smtp")
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--sender", dest="senders", action="append", help="may be repeated: the sessions take turns")
    parser.add_argument("--recipient", required=True)
    try:
        given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
        result = asyncio.run(load(Plan(**given)))
    except OSError as error:
        print(f"cannot connect: {error}", file=sys.stderr)
        return 1
    print(
        f"{result.rate:,.0f} acknowledged/s ({len(result.acknowledged)} in {result.seconds:.2f} s), "
        f"final dot to 250: p50 {result.percentile(50):.2f} ms, p99 {result.percentile(99):.2f} ms"
    )
    for reply in sorted(set(result.refused)):
        print(f"refused: {reply}", file=sys.stderr)
    if result.lost:
        print(f"{result.lost} sessions ended early", file=sys.stderr)
    return 1 if result.lost else 0


if __name__ == "__main__":
    sys.exit(main())
