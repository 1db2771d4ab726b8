"""The end of a process while its database gives no answer: nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from listserv.clock import Clock
from listserv.edge import outage
from listserv.edge.daemon import Daemon
from listserv.edge.maildir import MaildirRelay
from listserv.store.session import GroupingSession
from tests.house import folder, open_house

PATIENCE = 20.0  # seconds; only a failure waits so long


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "DEAF", 0.2)
    monkeypatch.setattr(outage, "ASK", 0.01)


class Asked(GroupingSession):
    """`asked`: how often."""

    asked = 0

    def submit(self, closure: Any) -> Future[Any]:
        self.asked += 1
        return super().submit(closure)


async def test_who_ends_waits_for_a_database_that_answers_and_for_no_other(tmp_path: Path) -> None:
    with open_house(folder(tmp_path)) as house:
        session = Asked(house.session.url.render_as_string(hide_password=False))
        daemon = Daemon(
            session=session,
            site=house.site,
            clock=Clock(time=lambda: house.now),
            relay=MaildirRelay(path=tmp_path / "mail"),
            clock_runs=True,
        )
        ready, deaf, answers = asyncio.Event(), asyncio.Event(), threading.Event()
        life = asyncio.create_task(daemon.run(lambda text: ready.set(), signals=False, deaf=deaf.set))
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
            session.asked = 0
            waits = session.submit(lambda connection: answers.wait(PATIENCE))
            daemon.look()
            while session.asked == 1:  # a loop of the daemon's waits for the database too
                await asyncio.sleep(0.01)
            daemon.stop()
            await deaf.wait()
            assert not life.done()  # it is whoever was told that ends it
            assert not waits.done()
            answers.set()
            await life
        session.close()


@pytest.mark.parametrize("fails", [False, True])
async def test_an_answer_is_an_answer_whatever_it_says(*, fails: bool) -> None:
    deaf, asked = asyncio.Event(), 0

    class Answering:
        def submit(self, closure: object) -> Future[None]:
            nonlocal asked
            asked += 1
            answer: Future[None] = Future()
            if fails:
                answer.set_exception(OperationalError("", (), Exception()))
            else:
                answer.set_result(None)
            return answer

    async with asyncio.timeout(PATIENCE), outage.asking(Answering(), deaf.set):
        while asked < 5:
            await asyncio.sleep(0.01)
    assert not deaf.is_set()
