"""Two OS locks beside a SQLite file; the kernel drops them with the process that held them.

`engine`: held by `serve` and `work` for their life, so that one process writes (DESIGN §3).
`turn`: held by a command for its one short transaction; the engine's writer takes and drops it before each
group, so that a command never starves behind a busy engine.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def private(path: Path) -> None:
    """Makes the file, for its owner alone, unless it is there: SQLite's journal and shared memory have its mode.

    One that is there is not opened: closing it would drop this process's locks on it.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


class FileLock:
    """An exclusive flock(2) on `path`, which is made when missing and never removed."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_acquire(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def pass_by(self) -> None:
        """Wait until nobody holds it, and hold it no longer than that."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Ctrl-Z stops who holds it only afterwards: everybody else waits for them."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        try:
            yield
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        os.close(self._fd)
