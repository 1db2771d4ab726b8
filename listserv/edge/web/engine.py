"""What the pages ask of the engine behind them: the site, the time, the database from a thread, and to be woken.

A flood of requests must not take the threads that the daemon's loops run in, so pages have a few of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from starlette.exceptions import HTTPException
from starlette.responses import Response

from listserv.core.dialogue.model import Dialogue
from listserv.core.site import Site
from listserv.edge.web.meter import Meter
from listserv.edge.web.pages import Pages
from listserv.edge.web.shelf import IDLE, Shelf
from listserv.steps.agenda import Agenda
from listserv.steps.health import Health, health
from listserv.store import audit, dialogues
from listserv.store.session import Connection, Session

T = TypeVar("T")

#: Requests that read or write the database at the same time; the others wait.
THREADS = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """`now`: the dialogues' time (dialogues.lived). `done`: what differs once a page may (audit.state)."""

    now: datetime
    done: tuple[int, int]

    @property
    def minute(self) -> tuple[float, ...]:
        """The same within a minute of the dialogues' time in which nothing is done."""
        return *self.done, self.now.timestamp() // 60


@dataclass(frozen=True, slots=True)
class Engine:
    site: Site
    session: Session
    clock: Callable[[], datetime]
    look: Callable[[], None]  # something was committed: called in the event loop
    pages: Pages
    threads: Executor
    meter: Meter = field(default_factory=Meter)
    made: Shelf[Response] = field(default_factory=Shelf)  # see access.alike and strangers
    known: Shelf[Dialogue] = field(default_factory=Shelf)
    _agenda: Agenda = field(init=False)
    _asked: Lock = field(default_factory=Lock)  # one thread at a time asks it
    views: WeakKeyDictionary[Connection, Standing] = field(default_factory=WeakKeyDictionary)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_agenda", Agenda(self.session))

    def now(self) -> datetime:
        """The dialogues' time (dialogues.lived)."""
        with self.session.read() as connection:
            return dialogues.lived(connection, self.clock())

    def health(self) -> Health:
        """Whether all goes on."""
        with self._asked:
            return health(self.session, self.now(), self._agenda)

    def standing(self, connection: Connection) -> Standing:
        """How things stand in that view of the database; it is asked once."""
        if (found := self.views.get(connection)) is None:
            found = Standing(dialogues.lived(connection, self.clock()), audit.state(connection, IDLE))
            self.views[connection] = found
        return found

    def dialogue(self, connection: Connection, slug: str) -> Dialogue:
        """As it is in that view. Raises HTTPException 404 where there is none of that name."""

        def read() -> Dialogue:
            if (found := dialogues.read(connection, slug)) is None:
                raise HTTPException(404)
            return found

        return self.known.take(self.standing(connection).done, (slug,), read)

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
