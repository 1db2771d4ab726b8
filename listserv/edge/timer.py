"""A timer that is set for each copy and hardly ever goes off: to set it and to clear it costs next to nothing.

`call_later` and `cancel` cost more, at each of thousands of replies a second, than reading the reply. Here the loop's
timer runs on when ours is cleared or set for later, and looks what holds by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

NEVER = float("inf")


class Timer:
    """`ring` is called `seconds` after `set`, once, unless it is cleared or set anew before. For one event loop."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring, self._due = ring, NEVER
        self._handle: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + seconds
        if self._handle is not None and self._handle.when() > self._due:
            self.stop()
        if self._handle is None:
            self._handle = loop.call_at(self._due, self._look)

    def clear(self) -> None:
        self._due = NEVER

    def stop(self) -> None:
        """Nothing of it stays with the loop; it may be set again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        self._handle, loop = None, asyncio.get_running_loop()
        if self._due <= loop.time():
            self._due = NEVER
            self._ring()
        elif self._due < NEVER:
            self._handle = loop.call_at(self._due, self._look)
