"""`serve` under a service manager: what it tells (sd_notify(3)) and the sockets it is handed (sd_listen_fds(3)).

The manager here is a datagram socket and a few listening ones; the protocol and the process are the real ones.
"""

from __future__ import annotations

import fcntl
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from listserv.edge.supervisor import Supervisor
from tests.edge.test_serve import SETTINGS

pytestmark = pytest.mark.sqlite("looks into the file")

WEB = "\n[web]\nport = 0\n"
PATIENCE = 60.0  # seconds; only a failure waits so long

#: What systemd does between fork and exec: the sockets become descriptors 3, 4, …, and the process learns its own id.
EXEC = """
import os, sys
count = int(sys.argv[1])
for number, one in enumerate(map(int, sys.argv[2 : 2 + count])):
    os.dup2(one, 3 + number)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "listserv", "serve", *sys.argv[2 + count :]])
"""


class Manager:
    """Holds the sockets, starts and ends `serve` in `folder`, and hears what it says."""

    def __init__(self, folder: Path, sockets: Mapping[str, socket.socket], protocol: str = "smtp") -> None:
        self.folder = folder
        (folder / "listserv.toml").write_text(SETTINGS.replace("port = 0", f'port = 0\nprotocol = "{protocol}"') + WEB)
        self.sockets = sockets
        self.hears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.hears.bind(str(folder / "notify"))
        self.hears.settimeout(PATIENCE)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        # From high numbers, so that what becomes 3 and 4 covers none that is still to be moved.
        moved = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in self.sockets.values()]
        numbers = [str(one) for one in moved]
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", EXEC, str(len(numbers)), *numbers, *options],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                pass_fds=moved,
                env={
                    **os.environ,
                    "NOTIFY_SOCKET": str(self.folder / "notify"),
                    "LISTEN_FDS": str(len(numbers)),
                    "LISTEN_FDNAMES": ":".join(self.sockets),
                    **environment,
                },
            )
        for one in moved:
            os.close(one)
        return self.process

    def hear(self, wanted: str) -> str:
        """The next message with that line; others pass by."""
        while True:
            said = self.hears.recv(4096).decode()
            if wanted in said.splitlines():
                return said

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


def listening(family: int = socket.AF_INET, place: object = ("127.0.0.1", 0)) -> socket.socket:
    one = socket.socket(family)
    one.bind(place)
    one.listen(64)
    return one


@pytest.fixture
def manager(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Manager]:
    if getattr(request, "param", "tcp") == "files":
        made = {name: listening(socket.AF_UNIX, str(tmp_path / name)) for name in ("intake", "web")}
        manager = Manager(tmp_path, made, "lmtp")
    else:
        manager = Manager(tmp_path, {name: listening() for name in ("intake", "web")})
    yield manager
    if manager.process and manager.process.poll() is None:
        manager.end(signal.SIGKILL)
    for one in (manager.hears, *manager.sockets.values()):
        one.close()


def mail(number: int) -> str:
    return f"From: a@example.org\r\nTo: talk@dialogue.example.org\r\nMessage-ID: <{number}@x.example>\r\n\r\nWhy not."


def page(where: socket.socket, path: str = "/health") -> int:
    """The status of a page, asked for over a connection of its own."""
    with socket.socket(where.family) as client:
        client.settimeout(PATIENCE)
        client.connect(where.getsockname())
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while some := client.recv(65536):
            answer += some
    return int(answer.split()[1]) if answer else 0


@pytest.mark.parametrize("manager", ["files"], indirect=True)
def test_it_says_when_it_is_ready_that_it_lives_and_that_it_stops(manager: Manager) -> None:
    """At socket files, which are the manager's and stay."""
    mails, pages = (manager.sockets[name].getsockname() for name in ("intake", "web"))
    early = socket.socket(socket.AF_UNIX)
    early.settimeout(PATIENCE)
    early.connect(mails)  # who comes before it runs waits
    manager.start(WATCHDOG_USEC="300000")
    said = manager.hear("READY=1")
    assert f"listserv is ready: talk; watched by a service manager; listening on {mails}; pages at {pages}" in said
    with early:
        assert early.recv(100).startswith(b"220 ")
    with smtplib.LMTP(mails) as client:  # ready means that it answers
        assert client.sendmail("a@example.org", ["talk@dialogue.example.org"], mail(1)) == {}
    assert page(manager.sockets["web"]) == 200
    for _ in range(3):
        manager.hear("WATCHDOG=1")
    assert manager.end() == 0
    assert "STATUS=stopping" in manager.hear("STOPPING=1")
    assert Path(mails).is_socket()
    assert Path(pages).is_socket()


def test_restarts_lose_no_connection_and_no_mail(manager: Manager) -> None:
    """Clients come all the while; it is stopped, and it is killed. Nobody is refused, all that was acknowledged is
    there."""
    manager.start()
    manager.hear("READY=1")
    over, taken, pages, refused = threading.Event(), [], [], []

    def writing() -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                with smtplib.SMTP(*manager.sockets["intake"].getsockname(), timeout=PATIENCE) as client:
                    client.sendmail(f"{number}@example.org", ["talk@dialogue.example.org"], mail(number))
                taken.append(number)
            except ConnectionRefusedError as error:
                refused.append(error)
            except (smtplib.SMTPException, ConnectionError):
                pass  # 421, or killed under it: the client keeps the mail

    def reading() -> None:
        while not over.is_set():
            try:
                pages.append(page(manager.sockets["web"]))
            except ConnectionRefusedError as error:
                refused.append(error)
            except ConnectionError:
                pass

    clients = [threading.Thread(target=one) for one in (writing, reading)]
    for one in clients:
        one.start()
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            before = len(taken), len(pages)
            manager.end(number)
            manager.start()
            manager.hear("READY=1")
            deadline = time.monotonic() + PATIENCE
            while (len(taken) <= before[0] + 5 or len(pages) <= before[1] + 5) and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        over.set()
        for one in clients:
            one.join()
    assert refused == [], manager.log
    assert set(pages) <= {200, 0}, manager.log  # 0: killed under it
    database = sqlite3.connect(manager.folder / "var" / "listserv.db")
    kept = {int(one) for (one,) in database.execute("SELECT replace(sender, '@example.org', '') FROM inbox")}
    database.close()
    assert len(taken) > 10
    assert kept >= set(taken)


def test_a_socket_that_nobody_would_answer_at_is_refused(manager: Manager) -> None:
    assert manager.start("--only", "intake").wait(PATIENCE) == 1
    assert "a socket was handed over for web, which this process does not serve" in manager.log
    assert manager.start(LISTEN_FDNAMES="listserv.socket:web").wait(PATIENCE) == 1
    assert "named 'listserv.socket'; write FileDescriptorName=intake or web, once each" in manager.log
    assert "Traceback" not in manager.log


def test_what_is_another_process_s_is_left_alone_and_nothing_is_passed_on() -> None:
    environment = {
        "NOTIFY_SOCKET": "/nowhere",
        "WATCHDOG_PID": "1",
        "WATCHDOG_USEC": "1000",
        "LISTEN_PID": "1",
        "LISTEN_FDS": "2",
        "LISTEN_FDNAMES": "intake:web",
        "HOME": "/",
    }
    supervisor = Supervisor(environment)
    assert environment == {"HOME": "/"}
    assert supervisor.handed("intake") is None
    supervisor.started("and nobody at the other end hinders it")
