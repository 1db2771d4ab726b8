"""How long a client is waited for: between two commands, and for the content of a mail.

Times are the event loop's, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from listserv.edge.envelope import Limits


class Patience:
    def __init__(self, limits: Limits, time: Callable[[], float]) -> None:
        self._limits, self._time = limits, time
        self._heard = time()  # a command, or something of the content
        self._due: float | None = None  # when the content that is being read should be here
        self._ours = False  # the client waits for us

    def heard(self, octets: int = 0) -> None:
        """A whole command came; or `octets` of content, which buy time for more."""
        self._heard = self._time()
        if self._due is not None:
            self._due += octets / self._limits.pace

    @contextmanager
    def content(self) -> Iterator[None]:
        self._due = self._time() + self._limits.patience
        try:
            yield
        finally:
            self._due = None

    @contextmanager
    def ours(self) -> Iterator[None]:
        """The client waits for us."""
        self._ours = True
        try:
            yield
        finally:
            self._ours = False
            self.heard()

    @property
    def reading(self) -> bool:
        return self._due is not None

    @property
    def left(self) -> float:
        """After how many seconds to look again; 0 or less: it has lasted too long."""
        if self._ours:
            return self._limits.idle
        end = self._heard + self._limits.idle
        return (end if self._due is None else min(end, self._due)) - self._time()

    @property
    def since(self) -> float:
        """When the client last did its part; with slow content, when the same would have begun to come in time."""
        if self._ours:
            return float("inf")
        return self._heard if self._due is None else min(self._heard, self._due - self._limits.patience)
