"""What the pages ask of the engine behind them: the site, the time, the database from a thread, and to be woken.

A flood of requests must not take the threads that the daemon's loops run in, so pages have a few of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from listserv.core.site import Site
from listserv.edge.web.meter import Meter
from listserv.edge.web.pages import Pages
from listserv.edge.web.shelf import Shelf
from listserv.store.session import Session

T = TypeVar("T")

#: Requests that read or write the database at the same time; the others wait.
THREADS = 4


@dataclass(frozen=True, slots=True)
class Engine:
    site: Site
    session: Session
    now: Callable[[], datetime]
    look: Callable[[], None]  # something was committed: called in the event loop
    pages: Pages
    threads: Executor
    meter: Meter = field(default_factory=Meter)
    made: Shelf[HTMLResponse] = field(default_factory=Shelf)  # see access.alike

    @property
    def root(self) -> str:
        """The path of base_url, "" or like "/talks": where our pages begin for those who follow a link."""
        return urlsplit(self.site.base_url).path.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether we are reached by https only."""
        return self.site.base_url.startswith("https://")

    async def run(self, work: Callable[[], T]) -> T:
        """What the database is asked for, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)
