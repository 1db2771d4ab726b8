"""What costs us much goes one after the other for each network (edge/crowd), however many connections it has.

So that others are served meanwhile: a network that floods us waits for itself, and for nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

#: Seconds that a command or an error of no use takes, and a recipient of many.
USELESS, RECIPIENT = 0.005, 0.001
#: Octets of content a second: of a mail that may be ours yet, and of one that is refused already.
WANTED, REFUSED = 32_000_000, 12_000_000

#: Networks to know of, before those are forgotten that have had their turn.
_KNOWN = 1000

#: Takes so many seconds of its network's time.
Turn = Callable[[float], Awaitable[None]]


class Turns:
    def __init__(self) -> None:
        self._free: dict[str, float] = {}  # when all that a network has begun will have had its time

    async def take(self, network: str, seconds: float) -> None:
        """Wait until all that the network has begun before has had its time, and this its `seconds`."""
        now = asyncio.get_running_loop().time()
        if len(self._free) >= _KNOWN:
            self._free = {name: free for name, free in self._free.items() if free > now}
        end = self._free[network] = max(self._free.get(network, now), now) + seconds
        await asyncio.sleep(end - now)


async def at_once(seconds: float) -> None:
    """The turn of who is alone."""
