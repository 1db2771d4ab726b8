"""Work in a thread of its own, beside what is done meanwhile: it ends in any case, and what went wrong is told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def beside(work: Coroutine[Any, Any, Any], patience: float) -> Iterator[None]:
    """In an event loop of its own. At the end of this it has so many seconds to end by itself; if this fails, none.

    Raises what the work raised, RuntimeError where it had to be cancelled; but what this raised comes first.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def life() -> None:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        await work

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(asyncio.run, life())
        loop, task = started.result()
        try:
            yield
            wait([done], patience)
            if not done.done():
                raise RuntimeError(f"what was done beside did not end within {patience:g} s")
            done.result()
        finally:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(task.cancel)
