"""What a moderator waits for with a long queue: the listing, the screen, and releasing many at once.

Seconds are those from outside: from the start of the process to its end or, for the screen, to the whole of its first
picture in a terminal of 80 x 24 (a pty). Processor time stands beside them, for machines that have more to do.
Needs Linux. Raises RuntimeError when a picture or a delivery is missing.
"""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import select
import struct
import termios
import time
from collections.abc import Callable

from intake_load import Result
from trial import PROGRAM, Trial, until

WAITING = 2_000
MANY = 500
CALLS = 10
PARTICIPANTS = 100

Add = Callable[..., None]


def fill(place: Trial) -> Result:
    """So many held contributions, taken in by the engine, which is stopped again."""
    with place.serving() as serving:
        result = serving.load(WAITING)
        until(lambda: not place.unprocessed(), 0.25)
        until(place.settled, 0.25)
    return result


def measured(place: Trial, add: Add) -> None:
    waits = f"with {WAITING:,} waiting"
    tasks: tuple[tuple[str, str, Callable[[], float]], ...] = (
        (f"queue list, {waits}", "< 0.5", lambda: place.command("queue", "list")),
        (f"queue list --limit 20, {waits}", "", lambda: place.command("queue", "list", "--limit", "20")),
        (f"moderate, {waits}: start to first picture", "< 1", lambda: opened(place)),
    )
    for what, target, task in tasks:
        for _ in range(CALLS):
            before = _processor()
            add(what, "s", target, task())
            add(f"{what}, processor time to its end", "s", "", _processor() - before)
    what = f"queue release of {MANY} to {PARTICIPANTS:,}, to the last row"
    before = _processor()
    add(what, "contributions/s", ">= 50", MANY / place.command("queue", "release", f"1-{MANY}"))
    add(f"{what}, by processor time", "contributions/s", "", MANY / (_processor() - before))
    rows = place.query("SELECT count(*) FROM delivery JOIN mailing ON mailing.id = mailing_id"
                       " WHERE kind = 'contribution'")  # fmt: skip
    if rows != MANY * place.recipients:
        raise RuntimeError(f"{rows} deliveries of {MANY} contributions to {place.recipients}")


def _processor() -> float:
    """Seconds of processor time of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def opened(place: Trial) -> float:
    """Seconds from the start of `moderate` until the queue and the first contribution stand on the screen."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place.folder)
        os.execve(PROGRAM, [str(PROGRAM), "moderate"], os.environ | {"TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    shown = b""
    try:
        while not (f"{WAITING:,} waiting".encode() in shown and b"Subject" in shown and b"Received" in shown):
            if not select.select([terminal], [], [], 60)[0]:
                raise RuntimeError(f"no picture within a minute: {shown[-500:]!r}")
            shown += os.read(terminal, 65_536)
        took = time.perf_counter() - began
        os.write(terminal, b"q")
        while os.read(terminal, 65_536):
            pass
    except OSError:  # the other side of a pty has been closed
        pass
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"moderate ended with {status}: {shown[-500:]!r}")
    return took
