"""How much one network may ask for: a bucket each, which fills while it is quiet. For who must not keep others waiting.

Generous: half a hundred readers behind one address, with all that a page brings along. In memory, for what is refused
is only put off. Time in seconds, by any clock that does not go back. Not thread-safe: asked in the event loop.
"""

from __future__ import annotations

from math import ceil

#: Requests at once, and a second from then on.
BURST, RATE = 300, 20
#: Networks that are remembered; beyond it those that have asked for nothing for longest are forgotten.
MOST = 10_000


class Rates:
    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}  # the least lately asked first: what is left, when

    def wait(self, network: str, now: float) -> int:
        """Seconds until that network may ask again; 0: it may now, and that is counted. "" is never kept waiting."""
        if not network:
            return 0
        left, then = self._left.pop(network, (BURST, now))
        left = min(BURST, left + (now - then) * RATE)
        wait = 0 if left >= 1 else ceil((1 - left) / RATE)
        self._left[network] = (left if wait else left - 1), now
        while len(self._left) > MOST:
            del self._left[next(iter(self._left))]
        return wait
