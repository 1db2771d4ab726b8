"""The ways in, as the daemon opens and closes them: also when one cannot be opened, or nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from listserv.clock import Clock
from listserv.edge.daemon import Daemon
from listserv.edge.maildir import MaildirRelay
from listserv.errors import Refused
from tests.house import House, folder, open_house

PATIENCE = 20.0  # seconds; only a failure waits so long


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as made:
        yield made


@dataclass
class Way:
    trouble: str = ""
    seen: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.seen.append("start")
        if self.trouble:
            raise Refused(self.trouble)

    async def stop(self) -> None:
        self.seen.append("stop")

    def describe(self) -> str:
        return "a door"


def daemon(house: House, tmp_path: Path, *ways: Way) -> Daemon:
    return Daemon(
        session=house.session,
        site=house.site,
        clock=Clock(time=lambda: house.now),
        relay=MaildirRelay(path=tmp_path / "mail"),
        doors=[lambda hooks, way=way: way for way in ways],  # type: ignore[misc]
        clock_runs=True,
    )


async def test_one_that_cannot_be_opened_ends_all(house: House, tmp_path: Path) -> None:
    first, second, third = ways = Way(), Way("[web]: cannot listen"), Way()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Refused, match="cannot listen"):
            await daemon(house, tmp_path, *ways).run(signals=False)
    assert (first.seen, second.seen, third.seen) == (["start", "stop"], ["start", "stop"], ["stop"])


async def test_whoever_is_cancelled_leaves_nothing_running(house: House, tmp_path: Path) -> None:
    way, ready = Way(), asyncio.Event()
    running = asyncio.create_task(daemon(house, tmp_path, way).run(lambda text: ready.set(), signals=False))
    async with asyncio.timeout(PATIENCE):
        await ready.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert way.seen == ["start", "stop"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
