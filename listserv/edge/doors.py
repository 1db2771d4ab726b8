"""The ways in from outside, as the daemon sees them: each is started, stopped, and given the same hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from listserv.edge.envelope import Refusal, Transaction


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a door is given: may this recipient be written to, keep this mail (returns once it is committed; may raise
    StoreUnavailable), and look: something was committed in this process that the loops should see."""

    verdict: Callable[[str], Refusal | None]
    accept: Callable[[Transaction], Awaitable[None]]
    look: Callable[[], None]


class Door(Protocol):
    """A way in from outside: the receiver, the poller, the pages."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def describe(self) -> str:
        """What it does and where, for the greeting; only between start and stop."""
        ...
