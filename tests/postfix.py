"""A real Postfix with the configuration that scripts/deploy/postfix gives to operators, private to a test.

    with running(folder, lmtp=8024, onward=2525) as postfix:
        postfix.port         # where the world hands mail in
        postfix.submission   # where listserv hands its mail over
        postfix.queue()      # what waits, as `postqueue -j` tells it

Its queue, data and log lie in `folder`; it listens on free ports of the loopback and hands everything that is not for
the dialogues to 127.0.0.1:`onward`. Postfix's master only starts as root. `missing()` says why it cannot run here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import reserved

DEPLOY = Path(__file__).parents[1] / "scripts" / "deploy" / "postfix"
PATIENCE = 30.0  # seconds; only a failure waits so long


def missing() -> str:
    if shutil.which("postfix") is None:
        return "Postfix is not installed (Debian: apt-get install postfix); .ci/run does it"
    return "" if os.geteuid() == 0 else "Postfix's master starts as root only"


@dataclass(frozen=True, slots=True)
class Postfix:
    folder: Path
    port: int
    submission: int

    def queue(self) -> list[dict[str, Any]]:
        told = subprocess.run(["postqueue", "-c", self.folder / "etc", "-j"], capture_output=True, text=True)
        return [json.loads(line) for line in told.stdout.splitlines()]

    def flush(self) -> None:
        """Try everything that waits again, now."""
        subprocess.run(["postqueue", "-c", self.folder / "etc", "-f"], check=True)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextmanager
def place_for_others() -> Iterator[Path]:
    """A folder that Postfix's daemons can reach: pytest's are closed to others, anew whenever another pytest starts."""
    with tempfile.TemporaryDirectory(prefix="listserv-postfix-") as place:
        Path(place).chmod(0o711)
        yield Path(place)


@contextmanager
def running(folder: Path, *, lmtp: int, onward: int, extra: str = "") -> Iterator[Postfix]:
    """`folder`: not there yet, in a `place_for_others`. `lmtp`: listserv's port. `extra`: more lines of main.cf."""
    folder.mkdir()
    port, submission = reserved(), reserved()
    etc = folder / "etc"
    etc.mkdir()
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    deployed = (DEPLOY / "main.cf").read_text().replace("127.0.0.1:8024", f"127.0.0.1:{lmtp}")
    (etc / "main.cf").write_text(
        f"""{deployed}
# What is private to the test.
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
daemon_directory = {_default("daemon_directory")}
command_directory = {_default("command_directory")}
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
mynetworks = 192.0.2.0/24
relayhost = [127.0.0.1]:{onward}
smtpd_peername_lookup = no
smtp_host_lookup = native
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
{extra}
"""
    )
    dist = next(
        path for path in (Path("/usr/share/postfix/master.cf.dist"), Path("/etc/postfix/master.cf")) if path.exists()
    )
    services = re.sub(r"(?m)^smtp(\s+inet\s)", rf"127.0.0.1:{port}\1", dist.read_text())
    services = re.sub(r"(?m)^(\S+\s+(?:inet|unix|unix-dgram)\s+\S+\s+\S+\s+)y(\s)", r"\1n\2", services)  # no chroot
    ours = (DEPLOY / "master.cf").read_text().replace("127.0.0.1:10025", f"127.0.0.1:{submission}")
    (etc / "master.cf").write_text(services + ours)
    postfix = Postfix(folder, port, submission)
    started = subprocess.run(["postfix", "-c", etc, "start"], capture_output=True, text=True)
    try:
        assert started.returncode == 0, started.stderr + postfix.log
        _wait_for(port, postfix)
        yield postfix
    finally:
        subprocess.run(["postfix", "-c", etc, "stop"], capture_output=True)


def _default(name: str) -> str:
    return subprocess.run(["postconf", "-dh", name], capture_output=True, text=True, check=True).stdout.strip()


def _wait_for(port: int, postfix: Postfix) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
                if one.recv(3) == b"220":
                    return
        except OSError:
            pass
        assert time.monotonic() < deadline, postfix.log
        time.sleep(0.05)
