"""Slow and hostile clients at SMTP intake and at the web pages, and honest ones beside them.

    python scripts/bench/crowding.py ATTACK PORT [CONNECTIONS]       one attack, from one address, until it is ended

`crowd(ground)` runs each against `serve`: its memory must stay flat, and honest clients, from another address, be
served within twice the time they usually are. The addresses are of two networks where this process has them, which
`apart` brings about; of the loopback else, which is nobody's network: then the pages cannot tell who asks too much.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reckoning import Ground, Seen
    from trial import Serving

HERE = "127.0.0.1"
NETWORKS, LOOPBACK = ("198.51.100.7", "203.0.113.7"), ("127.0.0.2", HERE)
TRIES, ROUNDS = 40, 4
TURNED_AWAY = 30.0  # seconds that count for an honest client that was
_RCPT = b"RCPT TO:<bench@dialogue.example.org>\r\n"
_BEGUN = b"EHLO x\r\nMAIL FROM:<>\r\n"
_POST = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n"


def _ours(address: str) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind((address, 0))
        return True
    return False


HONEST, HOSTILE = NETWORKS if all(map(_ours, NETWORKS)) else LOOPBACK


def apart() -> None:
    """Go on, from the beginning, in a network of our own that has these addresses; or as we are, where none can be had.

    Raises RuntimeError where there is one and the addresses cannot be given to it.
    """
    if HONEST in NETWORKS:
        return
    if "CROWD_APART" in os.environ:
        raise RuntimeError("the network of our own has not got its addresses")
    words = "ip link set lo up && " + "".join(f"ip addr add {one}/32 dev lo && " for one in NETWORKS) + 'exec "$@"'
    unshare = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*unshare, "ip", "link"], capture_output=True, check=False).returncode == 0:
        os.environ["CROWD_APART"] = "1"
        os.execvp(unshare[0], [*unshare, "sh", "-c", words, "sh", sys.executable, *sys.argv])


async def _trickle(said: bytes) -> AsyncIterator[bytes]:
    """That, and then a byte a second."""
    yield said
    while True:
        yield b"x"
        await asyncio.sleep(1)


async def _nothing() -> AsyncIterator[bytes]:
    await asyncio.sleep(10**6)
    yield b""


async def _again(said: bytes, block: bytes) -> AsyncIterator[bytes]:
    """That, and then the block without end, as fast as it is taken."""
    yield said
    while True:
        yield block


#: By name: how many connections, and what each says.
ATTACKS: dict[str, tuple[int, Callable[[], AsyncIterator[bytes]]]] = {
    "smtp: a byte a second in a command": (1000, lambda: _trickle(b"")),
    "smtp: a byte a second in a mail": (1000, lambda: _trickle(_BEGUN + _RCPT + b"DATA\r\n")),
    "smtp: half open": (1200, _nothing),
    "smtp: a line without end": (20, lambda: _again(b"", b"x" * 65536)),
    "smtp: a mail without end": (20, lambda: _again(_BEGUN + _RCPT + b"DATA\r\n", b"x" * 65536)),
    "smtp: 10,000 RCPT": (20, lambda: _again(_BEGUN, _RCPT * 10_000)),
    "smtp: NOOP without end": (20, lambda: _again(b"EHLO x\r\n", b"NOOP\r\n" * 1000)),
    "smtp: garbage": (20, lambda: _again(b"", bytes(range(256)) * 100)),
    "web: half open": (400, _nothing),
    "web: a byte a second of a head": (400, lambda: _trickle(b"GET / HTTP/1.1\r\nHost: ")),
    "web: a byte a second of a form": (400, lambda: _trickle(_POST)),
    "web: a head without end": (20, lambda: _again(b"GET / HTTP/1.1\r\nX: ", b"x" * 65536)),
    "web: requests without end": (20, lambda: _again(b"", b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50)),
}


async def _client(port: int, words: Callable[[], AsyncIterator[bytes]]) -> None:
    """Comes again when it is sent away."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(HERE, port, local_addr=(HOSTILE, 0))
            answers = asyncio.create_task(_swallow(reader))
            try:
                async for block in words():
                    writer.write(block)
                    await writer.drain()
                    if answers.done():
                        break
            finally:
                answers.cancel()
                writer.transport.abort()
        await asyncio.sleep(0.2)


async def _swallow(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while await reader.read(65536):
            pass


async def attack(name: str, port: int, connections: int = 0) -> None:
    usual, words = ATTACKS[name]
    await asyncio.gather(*(_client(port, words) for _ in range(connections or usual)))


@contextmanager
def attacked(name: str, port: int, connections: int = 0) -> Iterator[None]:
    """By a process of its own."""
    process = subprocess.Popen([sys.executable, __file__, name, str(port), str(connections)])
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the attack ended before its time")
    finally:
        process.kill()
        process.wait()


def write(port: int, number: str) -> None:
    """An honest mail; raises what smtplib does."""
    with smtplib.SMTP(HERE, port, source_address=(HONEST, 0), timeout=30) as client:
        text = f"Message-ID: <{number}@honest.example>\r\nFrom: p1@people.example.net\r\n\r\nAn honest mail.\r\n"
        client.sendmail("p1@people.example.net", ["bench@dialogue.example.org"], text)


def read(port: int, number: str) -> None:
    """An honest request; RuntimeError if it is not answered."""
    with closing(http.client.HTTPConnection(HERE, port, source_address=(HONEST, 0), timeout=30)) as client:
        client.request("GET", "/bench/")
        if (status := client.getresponse().status) != 200:
            raise RuntimeError(f"an honest request is answered {status}")


def served(serving: Serving, what: Callable[[int, str], None], port: int, tries: int = TRIES) -> tuple[float, float]:
    """Seconds for one honest client in the middle, and the most memory of `serve` meanwhile, in MB."""
    took, most = timed(serving, what, port, tries)
    return median(took), most


def timed(serving: Serving, what: Callable[[int, str], None], port: int, tries: int) -> tuple[list[float], float]:
    """Seconds for each of so many honest clients, and the most memory of `serve` meanwhile, in MB."""
    took, most = [], 0.0
    for _ in range(tries):
        began = time.perf_counter()
        try:
            what(port, str(time.time_ns()))
        except (OSError, http.client.HTTPException, smtplib.SMTPException):
            took.append(TURNED_AWAY)
        else:
            took.append(time.perf_counter() - began)
        most = max(most, serving.resident())
        time.sleep(0.02)
    return took, most


def crowd(ground: Ground) -> Iterator[Seen]:
    """With and without the attack in turns, so that what else the machine does weighs on both alike."""
    from reckoning import Seen, say

    from tests.sink import Sink

    with Sink.in_thread() as sink, ground.trial(sink.port, 10) as place:
        for name, (connections, _) in ATTACKS.items():
            usual: list[float] = []
            meanwhile: list[float] = []
            busy: list[float] = []  # processor time of `serve` in a second of an attack
            with place.serving("--only", "intake,web") as serving:
                smtp = name.startswith("smtp")
                what, port = (write, serving.port) if smtp else (read, serving.pages)
                served(serving, what, port, 10)
                before = most = 0.0
                for _ in range(ROUNDS):
                    took, resident = timed(serving, what, port, TRIES // ROUNDS)
                    usual, before = usual + took, before or resident
                    with attacked(name, port):
                        began, spent = time.perf_counter(), serving.cpu()
                        time.sleep(5)  # until all have come
                        busy.append((serving.cpu() - spent) / (time.perf_counter() - began))
                        took, resident = timed(serving, what, port, TRIES // ROUNDS)
                        meanwhile, most = meanwhile + took, max(most, resident)
            seen = Seen(name, runs=connections, after=[median(meanwhile)])
            seen.slower, seen.grown = median(meanwhile) / median(usual), most - before
            seen.remark = (
                f"honest: {median(meanwhile) * 1000:.0f} ms, worst {max(meanwhile) * 1000:.0f}; undisturbed"
                f" {median(usual) * 1000:.0f}, worst {max(usual) * 1000:.0f} ({seen.slower:.1f} x);"
                f" memory {before:.0f} -> {most:.0f} MB; {median(busy):.0%} of a core"
            )
            say(f"{name}: {seen.remark}")
            yield seen


if __name__ == "__main__":
    asyncio.run(attack(sys.argv[1], int(sys.argv[2]), int((sys.argv[3:] or ["0"])[0])))
