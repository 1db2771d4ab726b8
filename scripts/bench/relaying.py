"""The relay client alone: personal copies out of memory to the sink, over 8 connections, and plain smtplib beside it.

`alone(add)` sends COPIES copies of one contribution, each with header lines of its own, spliced while they are claimed:
with nothing behind it; with each answer committed to a synced SQLite file; and signed by the helper process. Then
smtplib sends the same bytes, over one connection and over 8 threads with a connection each. What arrived is counted:
RuntimeError when a recipient has no copy. Needs the repository's .venv.
"""

from __future__ import annotations

import asyncio
import smtplib
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from signing import BODY, HEAD
from sink import Sink, start_sink

from listserv.core.mail.addresses import Addresses
from listserv.core.mail.splice import personal, splice
from listserv.core.mail.transfer import Copy, Result
from listserv.edge import keyfile
from listserv.edge.relay import SmtpRelay
from listserv.edge.signed import SignedRelay
from listserv.edge.signing import Signer

COPIES = 20_000
CONNECTIONS = 8
DOMAINS = 50  # among the recipients, as in a real dialogue
_ADDRESSES = Addresses("dialogue.example.org", b"for measuring only, 32 octets of it")

Add = Callable[..., Any]  # name, unit, target, values
Finish = Callable[[Sequence[Result]], Awaitable[None]]


def copy(number: int) -> Copy:
    lines = personal(unsubscribe=_ADDRESSES.leave("bench", number))
    sender, recipient = _ADDRESSES.bounces("bench", number), f"p{number}@people{number % DOMAINS}.example.net"
    return Copy(number, 1, sender, recipient, splice(HEAD, lines), BODY, time.monotonic() + 55)


@contextmanager
def counted(copies: int) -> Iterator[Sink]:
    sink = start_sink()
    try:
        yield sink
        if sink.distinct() != copies or sink.count() != copies:
            raise RuntimeError(f"wrong: {sink.count()} copies to {sink.distinct()} recipients, for {copies}")
    finally:
        sink.stop()


async def _drain(sink: Sink, copies: int, finish: Finish, *, signed: bool) -> float:
    relay: Any = SmtpRelay(
        host=sink.host, port=sink.port, tls="none", hostname="dialogue.example.org", connections=CONNECTIONS
    )
    if signed:
        key = keyfile.generate("dialogue.example.org", "d1", "rsa-sha256")
        relay = SignedRelay(relay, Signer([key], now=lambda: datetime.now(UTC)))
    waiting = iter(range(copies))

    async def claim(limit: int) -> list[Copy]:
        return [copy(number) for number in islice(waiting, limit)]

    try:
        began = time.perf_counter()
        handled = await relay.drain(claim, finish)
        took = time.perf_counter() - began
    finally:
        await relay.close()
    if handled != copies:
        raise RuntimeError(f"wrong: {handled} results for {copies} copies")
    return copies / took


def ours(copies: int = COPIES, *, committed: bool = False, signed: bool = False) -> float:
    """Copies per second, from the first claim to the last answer."""

    async def nothing(results: Sequence[Result]) -> None:
        pass

    with counted(copies) as sink, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if not committed:
            return asyncio.run(_drain(sink, copies, nothing, signed=signed))
        database = sqlite3.connect(Path(folder) / "sent.db", check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE delivery (id INTEGER PRIMARY KEY, code INTEGER, reply TEXT)")

        def commit(results: Sequence[Result]) -> None:
            rows = [(one.delivery, one.code, one.reply) for one in results]
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO delivery VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")

        async def finish(results: Sequence[Result]) -> None:
            await asyncio.to_thread(commit, results)

        try:
            return asyncio.run(_drain(sink, copies, finish, signed=signed))
        finally:
            database.close()


def smtplib_alone(threads: int, copies: int = COPIES) -> float:
    """Copies per second by the standard library's client, the copies made beforehand."""
    with counted(copies) as sink:
        made = [copy(number) for number in range(copies)]
        contents = [(one.sender, one.recipient, one.head + b"\r\n" + one.body) for one in made]

        def send(mine: list[tuple[str, str, bytes]]) -> None:
            with smtplib.SMTP(sink.host, sink.port) as client:
                for sender, recipient, content in mine:
                    client.sendmail(sender, [recipient], content)

        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as workers:
            list(workers.map(send, [contents[one::threads] for one in range(threads)]))  # raises what one of them did
        return copies / (time.perf_counter() - began)


def alone(add: Add) -> None:
    what = f"relay client alone, {CONNECTIONS} connections"
    add(f"{what}, unsigned", "copies/s", ">= 8,000", ours())
    add(f"{what}, unsigned, each answer committed", "copies/s", ">= 8,000", ours(committed=True))
    add(f"{what}, signed (RSA-2048, in a helper)", "copies/s", ">= 3,000", ours(signed=True))
    add("beside it: smtplib, one connection", "copies/s", "", smtplib_alone(1))
    add(f"beside it: smtplib, {CONNECTIONS} threads", "copies/s", "", smtplib_alone(CONNECTIONS))


if __name__ == "__main__":
    alone(lambda name, unit, target, value: print(f"{name}: {value:,.0f} {unit} (aim: {target or 'none'})"))
