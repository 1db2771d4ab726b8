"""The real program in a folder of its own: settings, a database, participants, and `serve` as a process.

What benchmarks need to look at it from outside: its commands, its database (read only), signals, /proc. Needs the
repository's .venv and Linux. Raises RuntimeError when a command fails or `serve` does not come up.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from intake_load import Plan, Result, load, mail

_LOAD = Path(__file__).with_name("intake_load.py")
PROGRAM = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "listserv"
DIALOGUE = "bench@dialogue.example.org"
ENDING = 30.0  # seconds that `serve` may take to end

_SETTINGS = """\
[site]
domain = "dialogue.example.org"
[database]
url = "{url}"
[intake.smtp]
port = 0
[relay]
kind = "smtp"
tls = "none"
host = "127.0.0.1"
port = {port}
[web]
port = 0
"""
_DIALOGUE = """\
[[dialogue]]
slug = "{slug}"
archive = "public"
title = "A dialogue under load"
[[dialogue.moderator]]
name = "Moderator"
address = "moderator@example.org"
[[dialogue.module]]
title = "The only one"
opens = {opens:%Y-%m-%dT%H:%M:%S}
closes = {closes:%Y-%m-%dT%H:%M:%S}
"""


def opened(slug: str) -> str:
    """Settings of a dialogue with one module, which is open."""
    now = datetime.now(UTC)
    return _DIALOGUE.format(slug=slug, opens=now - timedelta(days=1), closes=now + timedelta(days=30))


class Trial:
    """`participants` people named p1@people.example.net …; with the moderator, `recipients` get each contribution.

    `url`: of an empty database, else there is a SQLite file. `dialogue`: settings of another one than the usual, of
    the same address; its modules have not been announced. `bare`: nothing has been done yet but to write the settings.
    """

    def __init__(
        self,
        folder: Path,
        relay_port: int,
        participants: int,
        *,
        url: str = "",
        dialogue: str = "",
        bare: bool = False,
    ) -> None:
        self.folder, self.url = folder, url or f"sqlite:///{folder}/var/listserv.db"
        self._file: sqlite3.Connection | None = None
        self.recipients = participants + 1
        settings = _SETTINGS.format(url=self.url, port=relay_port) + (dialogue or opened("bench"))
        (folder / "listserv.toml").write_text(settings)
        rows = (f"{self.address(n)},Participant {n}\n" for n in range(1, participants + 1))
        (folder / "people.csv").write_text("address,name\n" + "".join(rows))
        if bare:
            return
        self.command("apply")
        if not dialogue:
            self.command("tick")  # the module's opening is announced before there is anybody to read it
        self.command("participant", "import", "--no-welcome", "--yes", "people.csv")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    @staticmethod
    def address(number: int) -> str:
        return f"p{number}@people.example.net"

    def command(self, *words: str) -> float:
        """Run one command; the seconds it took from outside."""
        began = time.perf_counter()
        self._run(*words)
        return time.perf_counter() - began

    def said(self, *words: str) -> Any:
        """What a command with --json says."""
        return json.loads(self._run(*words))

    def _run(self, *words: str) -> str:
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"listserv {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    @contextmanager
    def start(self, *words: str) -> Iterator[None]:
        """Run one command beside what is done meanwhile."""
        process = subprocess.Popen([PROGRAM, *words], cwd=self.folder, stdout=subprocess.DEVNULL)
        try:
            yield
            if process.wait(60):
                raise RuntimeError(f"listserv {' '.join(words)} failed")
        finally:
            process.kill()
            process.wait()

    def serving(self, *options: str, **environment: str) -> AbstractContextManager[Serving]:
        return serving(self.folder, *options, **environment)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Out of the database. A server's connection is a new one each time: it may have been restarted."""
        if self.url.startswith("sqlite"):
            if self._file is None:
                file = f"file:{self.folder}/var/listserv.db?mode=ro"
                self._file = sqlite3.connect(file, uri=True, check_same_thread=False)
            return self._file.execute(statement).fetchall()
        import sqlalchemy as sa

        with sa.create_engine(self.url, poolclass=sa.NullPool).connect() as server:
            return [tuple(row) for row in server.exec_driver_sql(statement)]

    def query(self, statement: str) -> int:
        """One number out of the database."""
        return int(self.rows(statement)[0][0] or 0)

    def unprocessed(self) -> int:
        return self.query("SELECT count(*) FROM inbox WHERE state = 'new'")

    def unsent(self) -> int:
        return self.query("SELECT count(*) FROM delivery WHERE state IN ('pending', 'deferred')")

    def settled(self) -> bool:
        return not self.unprocessed() and not self.unsent()

    def message_ids(self) -> list[str]:
        """Of each inbox row, read out of the mail as it was kept."""
        rows = self.rows("SELECT raw.content FROM inbox JOIN raw ON raw.id = inbox.raw_id")
        return [content.partition(b"\r\nMessage-ID: ")[2].partition(b"\r\n")[0].decode() for (content,) in rows]


@contextmanager
def trial(relay_port: int, participants: int, *, folder: str | None = None, **options: Any) -> Iterator[Trial]:
    """In a folder of its own, inside of `folder` if that is given."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=folder, ignore_cleanup_errors=True) as made,
        closing(Trial(Path(made), relay_port, participants, **options)) as place,
    ):
        yield place


@contextmanager
def serving(folder: Path, *options: str, **environment: str) -> Iterator[Serving]:
    """`serve` of that folder as a process, its log added to serve.log; ended by SIGTERM, unless it was killed."""
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [PROGRAM, "serve", *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
        )
        try:
            greeting = process.stdout.readline() if process.stdout else ""
            if not greeting.startswith("listserv is ready"):
                raise RuntimeError(f"serve did not start: {(folder / 'serve.log').read_text()[-500:]}")
            mail, pages = re.search(r"listening on \S+:(\d+)", greeting), re.search(r"pages at \S+:(\d+)", greeting)
            yield Serving(process.pid, int(mail[1]) if mail else 0, int(pages[1]) if pages else 0)
        finally:
            process.terminate()
            try:
                process.wait(ENDING)
            finally:
                process.kill()  # also one that is stopped
                process.wait()
                if process.stdout:
                    process.stdout.close()


class Serving:
    """A running `serve`, as the kernel sees it."""

    def __init__(self, pid: int, port: int, pages: int) -> None:
        self.pid, self.port, self.pages = pid, port, pages

    def plan(self, count: int) -> Plan:
        """`count` mails of 4 kB over ten kept-open sessions, each session a participant of their own."""
        senders = tuple(map(Trial.address, range(1, 11)))
        return Plan("127.0.0.1", self.port, DIALOGUE, count=count, senders=senders)

    def load(self, count: int) -> Result:
        return asyncio.run(load(self.plan(count)))

    @contextmanager
    def under_load(self) -> Iterator[None]:
        """Mails without end, sent by a process of its own."""
        plan = self.plan(0)
        options = ("--port", str(plan.port), "--count", "10000000", "--recipient", plan.recipient)
        senders = (word for sender in plan.senders for word in ("--sender", sender))
        process = subprocess.Popen([sys.executable, _LOAD, *options, *senders], stdout=subprocess.DEVNULL)
        try:
            yield
            if process.poll() is not None:
                raise RuntimeError("the load ended before its time")
        finally:
            process.kill()
            process.wait()

    def one_mail(self, number: int = 1) -> None:
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            sender = Trial.address(number)  # each their own: who writes often is told so, in a mail more
            message = mail(f"<one-{number}@people.example.net>", sender, DIALOGUE, 4096)
            client.sendmail(sender, [DIALOGUE], message)

    def signal(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def peak(self) -> float:
        """Most resident memory so far, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1000

    def sockets(self) -> int:
        """How many it has open."""
        count = 0
        for one in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(OSError):  # closed by now
                count += os.readlink(one).startswith("socket:")
        return count

    def resident(self) -> float:
        """Resident memory now, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def written(self) -> int:
        """Octets it has caused to be written to disk."""
        return int(Path(f"/proc/{self.pid}/io").read_text().partition("\nwrite_bytes:")[2].split()[0])


def until(condition: Callable[[], bool], pause: float, limit: float = 600.0) -> float:
    """Look every `pause` seconds until it holds; time.perf_counter() of that look."""
    end = time.perf_counter() + limit
    while not condition():
        if time.perf_counter() > end:
            raise RuntimeError(f"it did not happen within {limit:g} s")
        time.sleep(pause)
    return time.perf_counter()


def machine() -> str:
    cpu = Path("/proc/cpuinfo").read_text().partition("model name\t: ")[2].partition("\n")[0] or "unknown"
    python = ".".join(map(str, sys.version_info[:3]))
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({cpu}), Python {python}, SQLite {sqlite3.sqlite_version}, load before: {busy:.2f}"
