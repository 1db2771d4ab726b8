"""Troubles of the machine while mail comes in and a contribution goes out: the disk full, the database locked,
read-only, restarted, failed over, and the clock put forward and back.

What is measured is from the end of the trouble to the next 250 and to the last copy, whichever is later. The clock,
and a disk that refuses, are those of meddle.c: `serve` alone sees them. A full disk is a small tmpfs where we are root.
"""

from __future__ import annotations

import asyncio
import errno
import mmap
import os
import resource
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from beside import beside
from intake_load import Result, load
from killing import held
from reckoning import Ground, Seen, count_copies, count_mails, say, until
from trial import Serving, Trial

from tests.postgres import Server
from tests.sink import Sink

PARTICIPANTS = 300
#: Of the disk that fills up.
DISK = "96m"


class Meddling:
    """The environment of a process, and what it is made to believe."""

    def __init__(self, folder: Path) -> None:
        source, library, told = Path(__file__).with_name("meddle.c"), folder / "meddle.so", folder / "told"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        told.write_bytes(bytes(16))
        self._file = told.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), 16)
        self.environment = {"LD_PRELOAD": str(library), "MEDDLE": str(told)}

    def clock(self, seconds: int) -> None:
        """So much ahead of the real one."""
        self._map[:8] = struct.pack("@q", seconds)

    def writes(self, error: int) -> None:
        """They fail so; 0 = they do not."""
        self._map[8:] = struct.pack("@q", error)

    def close(self) -> None:
        self._map.close()
        self._file.close()


@contextmanager
def meddling() -> Iterator[Meddling]:
    with tempfile.TemporaryDirectory(prefix="meddle-") as folder:
        made = Meddling(Path(folder))
        try:
            yield made
        finally:
            made.close()


@contextmanager
def knocking(serving: Serving) -> Iterator[Result]:
    """A client that comes again whenever it was sent away, until the end of this. What it was told."""
    result, over = Result(), threading.Event()

    async def knock() -> None:
        while not over.is_set():
            with suppress(OSError):
                await load(serving.plan(10), result)
            await asyncio.sleep(0.2)

    with beside(knock(), 120):
        yield result
        over.set()


Trouble = Callable[[Trial, Serving], AbstractContextManager[None]]


def troubled(
    ground: Ground,
    seen: Seen,
    trouble: Trouble,
    seconds: float,
    meddled: Meddling | None = None,
    *,
    refusing: bool = False,
    **options: Any,
) -> Seen:
    """One run: mail comes in and a contribution goes out, then trouble for so long, then none.

    `refusing`: it lasts until a client has been sent away.
    """
    with Sink.in_thread() as sink, ground.trial(sink.port, PARTICIPANTS, **options) as place:
        held(place, 1)
        sink.slow = 0.005
        believing = meddled.environment if meddled else {}
        with place.serving(**believing) as serving, knocking(serving) as told:
            until(lambda: len(told.acknowledged) > 20, "the first mails to be taken")
            place.command("queue", "release", "1", "--yes")
            before = len(sink.mails)
            until(lambda: len(sink.mails) > before + 20, "the first copies")
            with trouble(place, serving):
                time.sleep(seconds)
                if refusing:
                    until(lambda: bool(told.refused), f"{seen.fault}: a client to be sent away")
            sink.slow, taken = 0.0, len(told.acknowledged)
            one = until(lambda: len(told.acknowledged) > taken, f"{seen.fault}: the next mail to be taken")
            left = (
                "SELECT count(*) FROM delivery JOIN mailing ON mailing.id = mailing_id"
                " WHERE kind = 'contribution' AND state IN ('pending', 'deferred')"
            )
            seen.after.append(one + until(lambda: not place.query(left), f"{seen.fault}: the last copy", 130))
        with place.serving("--only", "work", **believing):
            until(place.settled, f"{seen.fault}: all to be done", 300)
        count_copies(seen, place, sink)
        count_mails(seen, place, told.acknowledged)
        said = Counter(reply[:9] for reply in told.refused)
        seen.remark = "; ".join(f"{reply} {number} times" for reply, number in said.items()) or "nobody was sent away"
        seen.runs += 1
        say(f"{seen.fault}: {seen.after[-1]:.1f} s, {seen.remark}")
    return seen


def full(ground: Ground) -> Iterator[Seen]:
    """SQLite's disk. That of a PostgreSQL server stops the server: see restarted."""
    if ground.server:
        return
    seen = Seen("disk full for 10 s")
    with tempfile.TemporaryDirectory(prefix="full-") as folder:
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", folder]).returncode:
            yield troubled(ground, seen, limited, 10, refusing=True)
            return
        try:
            yield troubled(ground, seen, lambda place, serving: _filled(Path(folder)), 10, refusing=True, folder=folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    file = folder / "filler"
    try:
        with file.open("wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        yield
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def limited(place: Trial, serving: Serving) -> Iterator[None]:
    """No file may grow."""
    before = resource.prlimit(serving.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # then it needs no more
            resource.prlimit(serving.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _refusing(meddled: Meddling, error: int) -> Iterator[None]:
    meddled.writes(error)
    try:
        yield
    finally:
        meddled.writes(0)


def readonly(ground: Ground) -> Iterator[Seen]:
    seen = Seen("database read-only for 10 s")
    if ground.server is not None:
        yield troubled(ground, seen, lambda place, serving: _standing_by(ground.server), 10)
        return
    with meddling() as meddled:
        yield troubled(ground, seen, lambda place, serving: _refusing(meddled, errno.EROFS), 10, meddled, refusing=True)


@contextmanager
def _standing_by(server: Server | None) -> Iterator[None]:
    assert server

    def readonly(value: str) -> None:
        server.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        server.execute("SELECT pg_reload_conf()")

    try:
        readonly("on")
        yield
    finally:
        readonly("off")


def locked(ground: Ground) -> Iterator[Seen]:
    """By somebody who does not know of our turns: shorter, and longer, than a writer waits."""
    for seconds in (5, 40):
        yield troubled(ground, Seen(f"database locked for {seconds} s"), _holding, seconds)


@contextmanager
def _holding(place: Trial, serving: Serving) -> Iterator[None]:
    if place.url.startswith("sqlite"):
        with closing(sqlite3.connect(place.folder / "var/listserv.db", isolation_level=None, timeout=60)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield  # to close it rolls back
        return
    import psycopg

    with psycopg.connect(place.url.replace("+psycopg", "")) as server:
        server.execute("LOCK TABLE delivery, inbox, raw IN ACCESS EXCLUSIVE MODE")
        yield
        server.rollback()


def restarted(ground: Ground) -> Iterator[Seen]:
    """PostgreSQL, in good order and by kill -9 of all its processes, gone for 3 s."""
    server = ground.server
    if server is None:
        return
    for fault, end in (("stopped for 3 s", server.stop), ("killed, back after 3 s", server.kill)):
        seen = Seen(f"PostgreSQL {fault}")
        yield troubled(ground, seen, lambda place, serving, end=end: _gone(server, end), 3)  # type: ignore[misc]


@contextmanager
def _gone(server: Server, end: Callable[[], None]) -> Iterator[None]:
    try:
        end()
        yield
    finally:
        if not server.running:
            server.start()


def failover(ground: Ground) -> Iterator[Seen]:
    """The primary is killed, and its synchronous standby promoted 2 s later; one URL names both."""
    if ground.server is None:
        return
    seen = Seen("PostgreSQL failed over to its standby after 2 s")
    with Server.create(port=0) as primary, primary.standby(port=0) as standby:
        primary.database("failover")
        hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in (primary, standby))
        url = f"postgresql+psycopg://postgres@/failover?{hosts}&target_session_attrs=read-write"

        @contextmanager
        def failing(place: Trial, serving: Serving) -> Iterator[None]:
            primary.kill()
            yield
            standby.promote()

        yield troubled(Ground(1, ground.rng), seen, failing, 2, url=url)


def jumps(ground: Ground) -> Iterator[Seen]:
    """The wall clock of `serve` in the middle of a fan-out: steps of NTP, and an hour forth and back."""
    if ground.server:  # its clock is its host's
        return
    for seconds in (-5, 5, -3600, 3600):
        with meddling() as meddled:

            def jump(place: Trial, serving: Serving) -> AbstractContextManager[None]:
                meddled.clock(seconds)  # noqa: B023 (used at once)
                return nullcontext()

            yield troubled(ground, Seen(f"clock jumps by {seconds:+,} s"), jump, 0.1, meddled)
