"""Results on their way to the database: what all connections have gathered while the commit before was under way.

One call of `finish` at a time, so that a commit costs little per copy; a result waits for its group at most LINGER.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from listserv.core.mail.transfer import Result

LINGER = 0.2  # seconds a result may wait for its group
MOST = 500  # results in one call of finish, at most

Finish = Callable[[Sequence[Result]], Awaitable[None]]


class Commits:
    """`failed` is told what `finish` raised; from then on nothing more is committed."""

    def __init__(self, finish: Finish, failed: Callable[[Exception], None]) -> None:
        self._finish, self._failed = finish, failed
        self._gathered: list[tuple[Result, Callable[[], None] | None]] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._again = False
        self.enough = 1  # results that make a group
        self.handled = 0

    def add(self, result: Result, committed: Callable[[], None] | None = None) -> None:
        """`committed` is called once it is (or never will be)."""
        self._gathered.append((result, committed))
        if len(self._gathered) >= self.enough:
            self.start()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER, self.start)

    def start(self) -> None:
        """Commit what has gathered: now, or as soon as the commit under way is done."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._again = True
        elif self._gathered:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._gathered:
                self._again = False
                group, self._gathered = self._gathered[:MOST], self._gathered[MOST:]
                try:
                    await self._finish([result for result, _ in group])
                    self.handled += len(group)
                except Exception as error:
                    self._failed(error)
                finally:
                    for _, committed in group:
                        if committed is not None:
                            committed()
                if not self._again and len(self._gathered) < self.enough:
                    break
        finally:
            self._task = None

    async def settle(self) -> None:
        """Until everything is committed."""
        while self._gathered or self._task:
            self.start()
            if self._task is not None:
                await asyncio.wait([self._task])
