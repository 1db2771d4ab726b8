"""`serve` on PostgreSQL, which is restarted, lost and taken over by its standby while mail comes in.

What was answered 250 is there once, what was not is answered 451 and comes again; nobody starts anything anew.
"""

from __future__ import annotations

import os
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.looking import look
from tests.postgres import Server

pytestmark = pytest.mark.long

READERS = 4
PAUSE = 0.2  # seconds between a client's mails
PATIENCE = 60.0  # seconds; only a failure waits so long

SETTINGS = """
[site]
domain = "dialogue.example.org"
[database]
url = "{url}"
[intake.smtp]
port = 0
[[dialogue]]
slug = "talk"
title = "A Talk"
timezone = "UTC"
[[dialogue.moderator]]
name = "Mo"
address = "mo@example.org"
[[dialogue.module]]
title = "One"
opens = 2020-01-01T00:00:00
closes = 2099-12-31T00:00:00
questions = ["Why?"]
"""


def until(condition: Callable[[], object], what: str = "", patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Host:
    """A machine with a settings file and a `serve`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.process = folder, None
        (folder / "listserv.toml").write_text(SETTINGS.format(url=url.replace("+psycopg", "")))

    def start(self, program: Sequence[str] = ("-m", "listserv")) -> None:
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve"],
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def listening(self) -> None:
        assert self.process
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        assert found, (line, self.log)
        self.port = int(found[1])

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def run(self, *words: str, status: int = 0) -> str:
        command = [sys.executable, "-m", "listserv", *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def copies(self, address: str) -> list[str]:
        """The Message-IDs of what an address has got."""
        box = self.folder / "var/mail" / address / "new"
        mails = [path.read_text() for path in box.iterdir()] if box.exists() else []
        return [found[1] for one in mails if (found := re.search(r"^Message-ID: (<\d+\.\d+@load>)", one, re.M))]

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.communicate()


class Load:
    """Clients that send one mail after the other, each until it is taken; as their servers' queues do, but faster."""

    def __init__(self, port: int, clients: int = 3, ends: tuple[type[Exception], ...] = ()) -> None:
        """`ends`: what a client may end with."""
        self._port, self._over, self._ends = port, threading.Event(), ends
        self.taken: list[str] = []
        self.refused: list[str] = []
        self.longest = 0.0  # between two that were taken, of anybody
        self._last = time.monotonic()
        self._threads = [threading.Thread(target=self._client, args=[number]) for number in range(clients)]

    def _client(self, number: int) -> None:
        count = 0
        with suppress(*self._ends), smtplib.SMTP("127.0.0.1", self._port) as client:
            while not self._over.is_set():
                count += 1
                self._send(client, f"<{number}.{count}@load>")
                self._over.wait(PAUSE)

    def _send(self, client: smtplib.SMTP, name: str) -> None:
        mail = f"From: ana@example.org\r\nSubject: Thought {name}\r\nMessage-ID: {name}\r\n\r\nI think {name}.\r\n"
        while True:
            try:
                client.sendmail("ana@example.org", ["talk@dialogue.example.org"], mail)
            except smtplib.SMTPDataError as error:
                self.refused.append(f"{error.smtp_code} {error.smtp_error.decode()}")
                self._over.wait(0.1)
            else:
                now = time.monotonic()
                self.longest, self._last = max(self.longest, now - self._last), now
                self.taken.append(name)
                return

    @contextmanager
    def begun(self) -> Iterator[None]:
        for one in self._threads:
            one.start()
        try:
            self.goes_on()
            yield
        finally:
            self._over.set()
            for one in self._threads:
                one.join()

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.begun():
            yield
            self.goes_on()

    def goes_on(self, more: int = 5) -> None:
        before = len(self.taken)
        until(lambda: len(self.taken) >= before + more, "no mail is taken")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server.create(port=0) as server:
        yield server


@contextmanager
def host(folder: Path, url: str) -> Iterator[Host]:
    folder.mkdir()
    host = Host(folder, url)
    try:
        yield host
    finally:
        host.stop()


def people(host: Host) -> None:
    rows = "".join(f"p{number}@example.org,P {number}\n" for number in range(READERS))
    (host.folder / "people.csv").write_text(f"address,name\n{rows}")
    host.run("participant", "import", "people.csv", "--yes")


def everything_taken_is_there_once_and_reaches_everybody_once(host: Host, server: Server, load: Load) -> None:
    def none(query: str) -> None:
        until(
            lambda: server.execute(query, "l") == [(0,)],
            f"the work is not done: {server.execute(query, 'l')}, {host.log}",
        )

    none("SELECT count(*) FROM inbox WHERE state = 'new'")
    repeats = "SELECT message_id FROM inbox WHERE outcome = 'duplicate'"  # committed, and nobody could be told
    rows = "SELECT message_id FROM inbox WHERE outcome IN ('held', 'released') ORDER BY id"
    assert sorted(name for (name,) in server.execute(rows, "l")) == sorted(load.taken)
    assert {name for (name,) in server.execute(repeats, "l")} <= set(load.taken)
    assert server.execute("SELECT count(*) FROM inbox WHERE state = 'parked'", "l") == [(0,)]
    host.run("queue", "release", "--all", "--yes")
    none("SELECT count(*) FROM delivery WHERE state IN ('pending', 'deferred')")
    for number in range(READERS):
        assert sorted(host.copies(f"p{number}@example.org")) == sorted(load.taken)


def test_it_waits_for_its_database_outlasts_it_and_goes_on_by_itself(tmp_path: Path, server: Server) -> None:
    with host(tmp_path / "host", server.database("l")) as one:
        server.stop()
        refused = one.run("status", status=75)
        assert refused.startswith("listserv: temporary failure, try again: ")
        assert "refused" in refused
        assert refused.count("\n") == 1
        one.start()
        until(lambda: "the database does not answer, trying for 60 s" in one.log)
        server.start()
        one.listening()
        people(one)
        load = Load(one.port)
        with load.running():
            one.run("queue", "release", "--all", "--yes")  # copies are under way when it is stopped
            server.stop("fast")
            until(lambda: len(load.refused) > 4, "no mail is refused")
            server.start()
        assert set(load.refused) == {"451 4.3.0 the mail could not be stored now, try again later"}
        everything_taken_is_there_once_and_reaches_everybody_once(one, server, load)
        assert "the database answers again" in one.log
        assert "@example.org" not in one.log
        assert one.log.count("the database does not answer; it is asked again") < 4  # not once for each try
        heard = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'listserv serve listening'"
        until(lambda: server.execute(heard), "it does not listen again")
        assert one.process
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("trouble", ["gone", "silent"])
def test_who_is_to_end_while_its_database_is_away_ends_soon(tmp_path: Path, server: Server, trouble: str) -> None:
    """What was answered 250 is there, what was not comes again; nothing waits for what does not answer."""
    with host(tmp_path / "host", server.database("l")) as one:
        one.start()
        one.listening()
        people(one)
        load = Load(one.port, ends=(smtplib.SMTPException,))
        with load.begun():
            one.run("queue", "release", "--all", "--yes")
            with away(server, trouble):
                time.sleep(2 * PAUSE)  # so that each client has written, and waits for an answer
                assert one.process
                one.process.send_signal(signal.SIGTERM)
                status = one.process.wait(PATIENCE / 2)
        assert status == (0 if trouble == "gone" else os.EX_TEMPFAIL), one.log
        assert "Traceback" not in one.log
        kept = server.execute("SELECT convert_from(content, 'UTF8') FROM inbox JOIN raw ON raw.id = raw_id", "l")
        names = Counter(found[1] for (mail,) in kept if (found := re.search(r"^Message-ID: (\S+)\r$", mail, re.M)))
        assert [name for name in load.taken if names[name] != 1] == []


@contextmanager
def away(server: Server, how: str) -> Iterator[None]:
    if how == "gone":
        server.stop()
        yield
        server.start()
    else:
        with server.silent():
            yield


def test_a_standby_takes_over_and_nothing_that_was_taken_is_lost(tmp_path: Path, server: Server) -> None:
    """The primary is killed with all its processes; every host knows both by one URL."""
    server.database("l")
    with server.standby(port=0) as standby:
        both = f"host=127.0.0.1:{server.port}&host=127.0.0.1:{standby.port}&target_session_attrs=read-write"
        with host(tmp_path / "host", f"postgresql://postgres@/l?{both}") as one:
            one.start()
            one.listening()
            people(one)
            load = Load(one.port)
            with load.running():
                one.run("queue", "release", "--all", "--yes")
                server.kill()
                standby.promote()
            print(f"{len(load.taken)} mails taken, {len(load.refused)} refused, longest wait {load.longest:.2f} s")
            everything_taken_is_there_once_and_reaches_everybody_once(one, standby, load)


#: The program, but what it is not told it does not see: it does not look by itself in the time that a test takes.
NEVER_LOOKS = """
from listserv.cli.main import main
from listserv.store import changes
changes.POLL = 3600.0
main()
"""


def test_a_release_elsewhere_is_heard_of_before_the_next_look(tmp_path: Path, server: Server) -> None:
    """The hint comes with the commit. Whether something is due is looked at a minute after the last time anyway."""
    with host(tmp_path / "host", server.database("l")) as one:
        one.start(("-c", NEVER_LOOKS))
        one.listening()
        one.run("participant", "add", "ana@example.org", "--name", "Ana")
        with smtplib.SMTP("127.0.0.1", one.port) as client:
            mail = "From: eve@example.org\r\nSubject: x\r\nMessage-ID: <1.1@load>\r\n\r\nI think.\r\n"
            client.sendmail("eve@example.org", ["talk@dialogue.example.org"], mail)
        until(lambda: look(one.folder, "queue list"))
        one.run("queue", "release", "1")
        until(lambda: one.copies("ana@example.org"), patience=20)
