"""The wall clock of the host put forward or back: on SQLite what waits, waits as long as it was to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.clock import Clock
from listserv.core.mail.pacing import ALL
from listserv.edge.daemon import Daemon
from listserv.edge.jumps import Jumps
from listserv.edge.maildir import MaildirRelay
from listserv.store import budgets, leases
from listserv.store.tables import delivery
from listserv.store.types import database_now
from tests.house import House, folder, open_house

HOUR = 3600.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path, running=True)) as made:
        yield made


def waits(house: House) -> dict[int, float]:
    """Seconds until each unfinished delivery is due; below 0 where it is."""
    query = sa.select(delivery.c.id, delivery.c.due_at - database_now()).where(leases.unfinished)
    with house.session.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def put(house: House, **values: object) -> None:
    house.session.write(lambda connection: connection.execute(delivery.update().values(**values)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, house: House) -> list[float]:
    """How far the process's wall clock is ahead; the database's, the same one, is left alone."""
    ahead, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    return ahead


@pytest.mark.sqlite("a server has a clock of its own")
async def test_a_clock_put_back_keeps_nothing_waiting(house: House, clock: list[float]) -> None:
    jumps = Jumps(house.session)
    put(house, state="pending", due_at=database_now() + HOUR - 1)  # as it looks after the jump
    clock[0] = -HOUR
    assert await jumps.mended()
    assert waits(house)
    assert max(waits(house).values()) < 0
    assert not await jumps.mended()


@pytest.mark.sqlite("a server has a clock of its own")
async def test_a_clock_put_back_lengthens_no_pause(house: House, clock: list[float]) -> None:
    """A relay that asked to be left alone for a minute, as it looks after the jump."""
    jumps = Jumps(house.session)
    house.session.write(lambda connection: budgets.pause(connection, ALL, HOUR + 50, 421, "4.3.2 later"))
    clock[0] = -HOUR
    assert await jumps.mended()
    with house.session.read() as connection:
        assert 40 < budgets.pauses(connection)[ALL].seconds < 51


async def test_a_clock_put_back_leaves_what_has_come_since(house: House, clock: list[float]) -> None:
    jumps = Jumps(house.session)
    put(house, state="pending", due_at=database_now())
    clock[0] = -HOUR
    await jumps.mended()
    assert min(waits(house).values()) > -60


@pytest.mark.sqlite("a server has a clock of its own")
async def test_a_clock_put_forward_ends_no_lease(house: House, clock: list[float]) -> None:
    jumps = Jumps(house.session)
    put(house, state="pending", epoch=1, due_at=database_now() + 60 - HOUR)  # a lease, as it looks after the jump
    clock[0] = HOUR
    assert await jumps.mended()
    assert min(waits(house).values()) > 50


async def test_a_clock_put_forward_delays_nothing(house: House, clock: list[float]) -> None:
    """What has come since is due by the new clock, and what waits for another try may come sooner."""
    jumps = Jumps(house.session)
    put(house, state="pending", epoch=0, due_at=database_now())
    clock[0] = HOUR
    await jumps.mended()
    assert max(waits(house).values()) <= 0
    put(house, state="deferred", epoch=1, due_at=database_now() - 1)
    clock[0] = 2 * HOUR
    await jumps.mended()
    assert max(waits(house).values()) <= 0


@pytest.mark.sqlite("a server has a clock of its own")
async def test_a_clock_put_back_ends_no_lease_whoever_notices_it(house: House, clock: list[float]) -> None:
    """Who looks for commits asks, and who claims: were it moved twice, what is under way would go out again."""
    relay = MaildirRelay(path=house.place / "mail")
    daemon = Daemon(session=house.session, site=house.site, clock=Clock(), relay=relay, clock_runs=True)
    assert daemon._sending
    put(house, state="pending", epoch=1, due_at=database_now() + HOUR + 50)  # a lease, as it looks after the jump
    clock[0] = -HOUR
    await asyncio.gather(daemon._jumps.mended(), daemon._sending._claim(10), daemon._sending._claim(10))
    assert await daemon._sending._claim(10) == []
    left = waits(house).values()
    assert 40 < min(left) <= max(left) < 51


async def test_a_clock_that_is_slewed_has_not_jumped(house: House, clock: list[float]) -> None:
    jumps = Jumps(house.session)
    for _ in range(10):
        clock[0] += 0.5
        assert not await jumps.mended()
