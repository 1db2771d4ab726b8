"""What is under way stays ours as long as it takes, and is nobody's to send once it is another's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from listserv.clock import Clock
from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge import holding, outage, sending
from listserv.edge.holding import Holding
from listserv.edge.jumps import Jumps
from listserv.edge.sending import Sending
from listserv.steps import deliver
from listserv.store.tables import delivery
from tests.house import House, folder, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as made:
        made.released()
        yield made


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many of them in no time; everything is renewed at each."""
    monkeypatch.setattr(holding, "BEAT", 0.01)
    monkeypatch.setattr(holding, "RENEWED", 1000.0)


def claimed(house: House) -> list[Copy]:
    return deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 100)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def expire(house: House) -> None:
    house.session.write(lambda connection: connection.execute(delivery.update().values(due_at=1.0)))


async def test_a_copy_that_takes_longer_than_its_lease_is_not_given_to_another(house: House, beats: None) -> None:
    copies = claimed(house)
    first, held = copies[0].lease, Holding(house.session)
    assert first is not None
    before = first.until
    expire(house)  # so much time has passed for the database
    held.claimed(copies)
    async with held.kept():
        await until(lambda: all(copy.lease and copy.lease.until > before for copy in copies))
        assert claimed(house) == []
        assert not copies[0].over(before)


async def test_what_has_been_answered_is_not_due_again_before_that_is_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the database takes: what a locked table keeps us from recording has been sent all the same."""
    monkeypatch.setattr(sending, "OWED", 0.0)
    monkeypatch.setattr(outage, "FIRST", 0.01)
    recorded, tries, again = deliver.finish, 0, asyncio.Event()

    def finish(*given: Any) -> Future[Counter[str]]:
        nonlocal tries
        tries += 1
        if again.is_set():
            return recorded(*given)
        locked: Future[Counter[str]] = Future()
        locked.set_exception(OperationalError("", (), Exception("locked")))
        return locked

    monkeypatch.setattr(deliver, "finish", finish)
    found: list[Copy] = []

    class Relay:
        async def drain(self, claim: Any, finish: Any) -> int:
            first = await claim(100)
            under_way = asyncio.create_task(
                finish([Result(one.delivery, one.epoch, 250, "ok", Phase.DATA) for one in first])
            )
            await until(lambda: tries > 1)
            expire(house)
            found.extend(await claim(100))
            again.set()
            await under_way
            return len(first)

    clock, jumps, away = Clock(time=lambda: house.now), Jumps(house.session), outage.Outage()
    make = Sending(house.session, house.site, clock, Relay(), asyncio.Event(), away, jumps)
    assert await make.send() > 0
    assert found == []
    assert make.done["sent"] > 0


async def test_what_another_has_by_now_must_not_be_sent(house: House, beats: None) -> None:
    copies = claimed(house)
    expire(house)
    another = claimed(house)
    held = Holding(house.session)
    held.claimed(copies)
    async with held.kept():
        await until(lambda: all(copy.over(monotonic()) for copy in copies))
    assert {copy.epoch for copy in another} == {copies[0].epoch + 1}


async def test_what_is_finished_is_held_no_longer(house: House, beats: None) -> None:
    copies = claimed(house)
    held = Holding(house.session)
    held.claimed(copies)
    results = [Result(copy.delivery, copy.epoch, 451, "4.3.0 later", Phase.RCPT) for copy in copies]
    deliver.finish(house.session, house.now, results).result()
    held.finished(results)
    expire(house)
    async with held.kept():
        for _ in range(5):
            await asyncio.sleep(holding.BEAT)
    assert len(claimed(house)) == len(copies)  # they are due, as their ladder says


async def test_who_is_alone_has_all_connections(house: House) -> None:
    held = Holding(house.session, 8)
    assert (await held.ask(), held.connections, held.shared) == (8, 8, not house.session.sqlite)


class Elsewhere:
    """The session of a server's database. `trouble`: what each write of it raises."""

    sqlite = False

    def __init__(self) -> None:
        self.trouble: Exception | None = None

    def write(self, closure: Callable[[Any], Any]) -> int:
        if self.trouble is not None:
            raise self.trouble
        return 4  # connections: whatever was asked for is granted


async def test_connections_are_given_up_also_while_the_database_is_away() -> None:
    session: Any = Elsewhere()
    held = Holding(session, 8)
    assert (await held.ask(), held.connections, held.shared) == (4, 4, True)
    session.trouble = OperationalError("", {}, Exception("gone"))
    await held.leave()  # the row that says otherwise ends with its time
    assert held.connections == 0


async def test_what_is_no_trouble_of_the_databases_is_not_passed_over() -> None:
    session: Any = Elsewhere()
    held = Holding(session, 8)
    await held.ask()
    session.trouble = ValueError("a mistake of ours")
    with pytest.raises(ValueError, match="a mistake"):
        await held.leave()
