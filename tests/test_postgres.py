"""The tests' own PostgreSQL: nothing is left of it, however the tests end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

HOLDER = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have us ignore it: one that waits for nobody
from tests.postgres import Server
server = Server.create()
print(server.folder, server._process.pid, flush=True)
input()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_the_tests(how: signal.Signals) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", HOLDER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=root, text=True, **pipes) as holder:
        assert holder.stdout is not None
        place, pid = holder.stdout.readline().split()
        postmaster = psutil.Process(int(pid))
        assert postmaster.is_running()
        assert Path(place).is_dir()
        holder.send_signal(how)
        holder.wait(20)
    deadline = time.monotonic() + 20
    while Path(place).exists() or (postmaster.is_running() and postmaster.status() != psutil.STATUS_ZOMBIE):
        assert time.monotonic() < deadline
        time.sleep(0.01)
