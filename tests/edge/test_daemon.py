"""What the daemon looks for by itself, what it hears of, and in which order it does what there is to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.clock import Clock
from listserv.edge.bell import ring
from listserv.edge.daemon import Daemon
from listserv.edge.hearing import hearing
from listserv.edge.maildir import MaildirRelay
from listserv.edge.sending import Relay
from listserv.steps import index
from listserv.steps.agenda import Agenda
from listserv.store import inbox
from listserv.store.session import GroupingSession, Session
from listserv.store.tables import inbox as rows
from tests.house import HERE, House, folder, mail, open_house

PATIENCE = 20.0  # seconds; only a failure waits so long


def daemon_of(house: House, relay: Relay, session: Session | None = None) -> Daemon:
    clock = Clock(time=lambda: house.now)
    return Daemon(session=session or house.session, site=house.site, clock=clock, relay=relay, clock_runs=True)


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[None]:
    """Ends by itself, with an error, where a test would wait for ever."""
    ready = asyncio.Event()
    life = asyncio.create_task(daemon.run(lambda text: ready.set(), signals=False))
    async with asyncio.timeout(PATIENCE):
        await ready.wait()
        yield
        daemon.stop()
        await life


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


async def test_what_a_dead_process_had_claimed_is_taken_up_when_its_lease_ends(tmp_path: Path) -> None:
    with open_house(folder(tmp_path)) as house:
        daemon = daemon_of(house, MaildirRelay(path=tmp_path / "mail"))

        def claimed(connection: sa.Connection) -> None:
            inbox.add(connection, house.now, "anna@example.net", [HERE], mail("A larch."), "smtp")
            connection.execute(rows.update().values(due_at=time.time() + 0.5))

        async with running(daemon):
            house.session.write(claimed)
            daemon.look()
            await until(lambda: daemon.done.mails)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Its session is a command's."""
    with open_house(folder(tmp_path)) as made:
        made.session.committed = partial(ring, made.session.path)
        yield made


@pytest.fixture
def engine(house: House) -> Iterator[GroupingSession]:
    made = GroupingSession(house.session.url)
    yield made
    made.close()


async def released(house: House, daemon: Daemon) -> None:
    """By a command, while it runs; until a copy has gone out."""
    row = house.contribute()  # before it runs: it would take the mail itself
    async with running(daemon):
        await until(lambda: {one.state for one in house.sent()} == {"sent"})
        before = daemon.done.copies["sent"]
        await asyncio.to_thread(house.release, row["id"])
        await until(lambda: daemon.done.copies["sent"] > before)


async def test_a_command_that_commits_is_heard(
    house: House, engine: GroupingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listserv.edge.hearing.RARELY", 2 * PATIENCE)  # too late for this test
    await released(house, daemon_of(house, MaildirRelay(path=house.place / "mail"), engine))


async def test_and_seen_where_it_cannot_be_heard(house: House, engine: GroupingSession) -> None:
    house.session.committed = None
    await released(house, daemon_of(house, MaildirRelay(path=house.place / "mail"), engine))


@pytest.mark.parametrize(("every", "again"), [(0.0, True), (2 * PATIENCE, False)])
async def test_who_rings_all_the_time_is_heard_now_and_then(house: House, every: float, again: bool) -> None:
    event = asyncio.Event()
    with hearing(house.session, event, every):
        for _ in range(2 if again else 1):
            ring(house.session.path)
            await asyncio.wait_for(event.wait(), PATIENCE)
            event.clear()
        if not again:
            ring(house.session.path)
            await asyncio.sleep(0.02)
            assert not event.is_set()


class Gate(MaildirRelay):
    """Sends once it is open."""

    def __init__(self, path: Path) -> None:
        super().__init__(path=path)
        self.entered, self.open = asyncio.Event(), asyncio.Event()

    async def drain(self, claim: Any, finish: Any) -> int:
        self.entered.set()
        await self.open.wait()
        return await super().drain(claim, finish)


@pytest.mark.parametrize("patient", [True, False])
async def test_what_nobody_waits_for_lets_copies_go_first_but_not_for_ever(
    house: House, engine: GroupingSession, monkeypatch: pytest.MonkeyPatch, patient: bool
) -> None:
    done: list[str] = []

    def note(what: str, step: Callable[..., int]) -> Callable[..., int]:
        def noted(*given: Any, **named: Any) -> int:
            done.append(what)
            return step(*given, **named)

        return noted

    monkeypatch.setattr("listserv.edge.daemon.COURTESY", 2 * PATIENCE if patient else 0.01)
    relay = Gate(house.place / "mail")
    daemon = daemon_of(house, relay, engine)
    house.contribute()  # before it runs: it would take the mail itself
    async with running(daemon):
        await asyncio.to_thread(house.release, 1)
        await relay.entered.wait()
        monkeypatch.setattr("listserv.edge.daemon.index.index", note("indexed", index.index))
        monkeypatch.setattr("listserv.edge.daemon.Agenda.tick", note("ticked", Agenda.tick))
        done.clear()
        for _ in range(3):
            daemon.look()
            await asyncio.sleep(0.02)
        if patient:
            assert done == []
        else:
            await until(lambda: {"indexed", "ticked"} <= set(done))
        relay.open.set()
        await until(lambda: {"indexed", "ticked"} <= set(done))
