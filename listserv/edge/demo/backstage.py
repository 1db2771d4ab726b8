"""The engine behind the stage: the daemon in a thread of its own, and how to wait until it has nothing left to do."""

from __future__ import annotations

import asyncio
import smtplib
import threading
import time
from collections.abc import Callable

from listserv.core.site import Site
from listserv.edge import loop
from listserv.edge.daemon import Daemon
from listserv.edge.demo.clock import Hand
from listserv.edge.receiver import Receiver
from listserv.errors import Refused
from listserv.steps import programme
from listserv.store import contributions, dialogues, inbox, occurrences, outbox, roundups, turns
from listserv.store.session import Session

_PATIENCE = 60.0  # seconds of real time
_POLL = 0.01


class Backstage:
    """Use as a context manager: inside it the engine runs."""

    def __init__(self, daemon: Daemon, session: Session, site: Site, hand: Hand, slug: str) -> None:
        self._daemon = daemon
        self._session = session
        self._hand = hand
        self._slug = slug
        self.site = site
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def __enter__(self) -> Backstage:
        self._thread.start()
        self._wait_for(self._ready.is_set, "start")
        return self

    def __exit__(self, *error: object) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._daemon.stop)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            await self._daemon.run(ready=lambda _: self._ready.set(), signals=False)

        loop.run(run())

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens for SMTP."""
        receiver = next(door for door in self._daemon.doors if isinstance(door, Receiver))
        where = receiver.address
        assert isinstance(where, tuple)
        return where

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Real SMTP, as somebody's mail server would."""
        with smtplib.SMTP(*self.address, local_hostname="mail.example.org", timeout=30) as smtp:
            smtp.sendmail(sender, [recipient], content)

    def settle(self) -> None:
        """Wait until every mail is processed, every copy delivered and nothing of the programme is due."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._daemon.look)
        self._wait_for(self._idle, "finish what is due")

    def _idle(self) -> bool:
        with self._session.read() as connection:
            if inbox.waiting(connection) or turns.next_due_in(connection) is not None:
                return False
        at = programme.next_at(self._session, self._slug)
        if at is not None and at <= self._hand.now():
            return False
        with self._session.read() as connection:  # what the programme has just brought about
            return turns.next_due_in(connection) is None

    def _wait_for(self, true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + _PATIENCE
        while not true():
            if not self._thread.is_alive():
                raise Refused("demo: the engine has stopped; what it said stands above")
            if time.monotonic() > until:
                raise Refused(f"demo: the engine did not {what} within {_PATIENCE:.0f} seconds")
            time.sleep(_POLL)

    # --- what the moderator looks at

    def waiting(self) -> dict[str, int]:
        """What is held: id by Message-ID."""
        with self._session.read() as connection:
            rows = contributions.rows(connection, None, ["held"])
        return {row["message_id"]: row["id"] for row in rows}

    def text_of(self, contribution_id: int) -> str:
        with self._session.read() as connection:
            row = contributions.get(connection, contribution_id)
        assert row is not None
        return str(row["text"])

    def draft(self, period: int) -> str:
        """The text of a round-up's draft."""
        with self._session.read() as connection:
            dialogue = dialogues.read(connection, self._slug)
            assert dialogue is not None
            row = roundups.of_period(connection, dialogue.id, period)
        assert row is not None
        return str(row["text"])

    def outbox(self) -> dict[str, int]:
        """Deliveries by state."""
        with self._session.read() as connection:
            return outbox.counts(connection)

    def occurrences(self) -> list[tuple[str, str, int]]:
        """What the clock has recorded as done."""
        with self._session.read() as connection:
            dialogue = dialogues.read(connection, self._slug)
            assert dialogue is not None
            return sorted(occurrences.done(connection, dialogue.id))
