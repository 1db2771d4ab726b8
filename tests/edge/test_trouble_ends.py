"""The trouble that scripts/bench makes ends, and so do its processes and threads, whatever happens in the middle."""

from __future__ import annotations

import asyncio
import importlib
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.edge.test_faults import BENCH


class Mishap(Exception):
    """In the middle."""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.syspath_prepend(str(BENCH))
    names = ("beside", "killing", "outages", "trial", "intake_load")
    return SimpleNamespace(**{name: importlib.import_module(name) for name in names})


@contextmanager
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            yield process
        finally:
            process.kill()


def goes_wrong(trouble: AbstractContextManager[Any]) -> None:
    with pytest.raises(Mishap), trouble:
        raise Mishap


class Postgres:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.running, self.said = True, list[str]()

    def stop(self) -> None:
        self.running = False

    def start(self) -> None:
        self.running = True

    def execute(self, statement: str) -> None:
        self.said.append(statement)


def test_a_server_that_is_gone_comes_back(bench: SimpleNamespace) -> None:
    server = Postgres()
    goes_wrong(bench.outages._gone(server, server.stop))
    assert server.running


def test_a_server_that_only_reads_writes_again(bench: SimpleNamespace) -> None:
    server = Postgres()
    goes_wrong(bench.outages._standing_by(server))
    assert server.said[-2:] == ["ALTER SYSTEM SET default_transaction_read_only = off", "SELECT pg_reload_conf()"]


def test_writes_no_longer_fail(bench: SimpleNamespace) -> None:
    told: list[int] = []
    goes_wrong(bench.outages._refusing(SimpleNamespace(writes=told.append), 30))
    assert told == [30, 0]


def test_files_may_grow_again(bench: SimpleNamespace) -> None:
    with sleeper() as process:
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        goes_wrong(bench.outages.limited(None, process))
        assert resource.prlimit(process.pid, resource.RLIMIT_FSIZE) == before


def test_a_full_disk_is_emptied(bench: SimpleNamespace, tmp_path: Path) -> None:
    """Also where it does not become full, but fails in another way: no file may be so large."""
    usual, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, usual[1]))
    try:
        with pytest.raises(OSError, match="File too large"), bench.outages._filled(tmp_path):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.iterdir()) == []


def test_a_locked_file_is_free_again(bench: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    trouble = bench.outages._holding(SimpleNamespace(url="sqlite:///", folder=tmp_path), None)
    with pytest.raises(Mishap) as mishap, trouble:
        raise Mishap
    assert mishap.tb is not None  # it keeps alive what was not closed
    file = sqlite3.connect(tmp_path / "var/listserv.db", timeout=0)
    file.execute("CREATE TABLE written (x)")
    file.close()


def test_who_was_stopped_goes_on(bench: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise Mishap

    monkeypatch.setattr(bench.killing.time, "sleep", sleep)
    told: list[int] = []
    with pytest.raises(Mishap):
        bench.killing._stop(SimpleNamespace(signal=told.append), 65)
    assert told == [signal.SIGSTOP, signal.SIGCONT]


def program(folder: Path, text: str, trial: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "program"
    file.write_text(f"#!{sys.executable}\nimport os, signal, time\n{text}\ntime.sleep(60)\n")
    file.chmod(0o755)
    monkeypatch.setattr(trial, "PROGRAM", file)


def test_serve_is_gone_though_it_would_not_end(
    bench: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('listserv is ready')"
    program(tmp_path, deaf, bench.trial, monkeypatch)
    monkeypatch.setattr(bench.trial, "ENDING", 0.2)
    with pytest.raises(subprocess.TimeoutExpired), bench.trial.serving(tmp_path) as serving:
        pass
    assert not Path(f"/proc/{serving.pid}").exists()


def test_a_command_beside_ends_with_what_it_is_beside(
    bench: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "open('pid', 'w').write(f'{os.getpid()}\\n')", bench.trial, monkeypatch)
    pid = tmp_path / "pid"

    @contextmanager
    def begun() -> Iterator[None]:
        with bench.trial.Trial.start(SimpleNamespace(folder=tmp_path), "tick"):
            bench.trial.until(lambda: pid.exists() and pid.read_text().endswith("\n"), 0.01, 20)
            yield

    goes_wrong(begun())
    assert not Path(f"/proc/{int(pid.read_text())}").exists()


class TestBeside:
    def test_what_goes_wrong_there_is_raised(self, bench: SimpleNamespace) -> None:
        async def work() -> None:
            raise Mishap

        goes_wrong_there = bench.beside.beside(work(), 20)
        with pytest.raises(Mishap), goes_wrong_there:
            pass

    def test_it_ends_at_once_with_what_it_is_beside(self, bench: SimpleNamespace) -> None:
        before = threading.active_count()
        goes_wrong(bench.beside.beside(asyncio.sleep(60), 60))
        assert threading.active_count() == before

    def test_it_ends_when_it_takes_too_long(self, bench: SimpleNamespace) -> None:
        before = threading.active_count()
        with (
            pytest.raises(RuntimeError, match=r"did not end within 0\.1 s"),
            bench.beside.beside(asyncio.sleep(60), 0.1),
        ):
            pass
        assert threading.active_count() == before

    def test_a_client_that_knocks_tells_what_went_wrong(
        self, bench: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def load(*_: object) -> None:
            raise Mishap

        monkeypatch.setattr(bench.outages, "load", load)
        with pytest.raises(Mishap), bench.outages.knocking(SimpleNamespace(plan=lambda count: None)):
            pass
