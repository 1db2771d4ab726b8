"""Hearing of other processes' commits as they happen, where they can be heard (edge/bell)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from listserv.edge.bell import Bell
from listserv.store.session import Session

#: Seconds between two looks of one's own where commits are heard, which is only a hint (DESIGN: noticed within 0.3 s).
RARELY = 0.25


@contextmanager
def hearing(session: Session, event: asyncio.Event, every: float) -> Iterator[float]:
    """Within it commands set `event` as they commit, once in `every` seconds at most: anybody on this host may ring.

    Gives the seconds after which to look in any case: `every` where nothing is heard. To be called in the loop that
    waits.
    """
    bell = Bell(session.path) if session.sqlite else None
    if bell is None or bell.fd is None:
        yield every
        return
    loop, fd = asyncio.get_running_loop(), bell.fd
    resting: asyncio.TimerHandle | None = None

    def rung() -> None:
        nonlocal resting
        loop.remove_reader(fd)
        bell.still()  # before anybody looks: who commits from here on rings again
        event.set()
        resting = loop.call_later(every, loop.add_reader, fd, rung)

    loop.add_reader(fd, rung)
    try:
        yield max(every, RARELY)
    finally:
        if resting is not None:
            resting.cancel()
        loop.remove_reader(fd)
        bell.close()
