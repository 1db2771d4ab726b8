"""What the daemon looks for by itself, while nothing tells it to."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import sqlalchemy as sa

from listserv.clock import Clock
from listserv.edge.daemon import Daemon
from listserv.edge.maildir import MaildirRelay
from listserv.store import inbox
from listserv.store.tables import inbox as rows
from tests.house import HERE, folder, mail, open_house

PATIENCE = 20.0  # seconds; only a failure waits so long


async def test_what_a_dead_process_had_claimed_is_taken_up_when_its_lease_ends(tmp_path: Path) -> None:
    with open_house(folder(tmp_path)) as house:
        daemon = Daemon(
            session=house.session,
            site=house.site,
            clock=Clock(time=lambda: house.now),
            relay=MaildirRelay(path=tmp_path / "mail"),
            clock_runs=False,
        )
        ready = asyncio.Event()
        life = asyncio.create_task(daemon.run(lambda text: ready.set(), signals=False))

        def claimed(connection: sa.Connection) -> None:
            inbox.add(connection, house.now, "anna@example.net", [HERE], mail("A larch."), "smtp")
            connection.execute(rows.update().values(due_at=time.time() + 0.5))

        async with asyncio.timeout(PATIENCE):
            await ready.wait()
            house.session.write(claimed)
            daemon.look()
            while not daemon.done.mails:
                await asyncio.sleep(0.01)
            daemon.stop()
            await life
