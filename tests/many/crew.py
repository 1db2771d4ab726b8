"""Processes of `listserv serve --only …` on one PostgreSQL, as many hosts run them, and what went over the relay.

    with Crew(tmp_path, postgresql.database("x"), sink) as crew:
        crew.fan_out(500)
        one, two = crew.serve("work"), crew.serve("work")
        one.send_signal(signal.SIGKILL)
        crew.until(lambda: not crew.unsent())

Each process has the folder of settings (and so the secret) in common with the others, and nothing else. `lease`: for
how long copies and mails are claimed, in seconds; None = as shipped.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from listserv.core.dialogue.model import DeliveryMode, Participation
from listserv.store import dialogues, fanout, outbox, people
from listserv.store.session import Session
from listserv.store.tables import delivery, inbox, participation, person
from tests.sink import Sink

PATIENCE = 60.0  # seconds; only a failure waits so long

SETTINGS = """
[site]
domain = "dialogue.example.org"
base_url = "http://127.0.0.1"
contact = "keeper@example.org"
[database]
url = "{url}"
[intake.smtp]
host = "{host}"
port = 0
[relay]
kind = "smtp"
host = "{relay}"
port = {port}
tls = "none"
{limits}
{web}
[[dialogue]]
slug = "talk"
title = "A Talk"
timezone = "UTC"
moderation = "none"
participation = "open"
[[dialogue.moderator]]
name = "Mo"
address = "mo@example.org"
[[dialogue.module]]
title = "One"
opens = 2020-01-01T00:00:00
closes = {closes}
questions = ["Why?"]
"""

#: The program, with leases that end sooner.
QUICK = """
import sys
from listserv.steps import deliver, intake
deliver.LEASE = intake.LEASE = float(sys.argv.pop(1))
deliver.MARGIN = deliver.LEASE / 5
from listserv.cli.main import main
main()
"""


class Counting(Sink):
    """Counts the connections that are open at once."""

    open = most = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await super()._serve(reader, writer)
        finally:
            self.open -= 1


class Crew:
    def __init__(
        self,
        folder: Path,
        url: str,
        sink: Sink,
        *,
        limits: str = "",
        web: str = "",
        host: str = "127.0.0.1",
        lease: float | None = 2.0,
        closes: str = "2099-12-31T00:00:00",
    ) -> None:
        self.folder, self.sink, self.lease = folder, sink, lease
        self.processes: list[subprocess.Popen[str]] = []
        told = {"url": url, "host": host, "relay": sink.host, "port": sink.port, "limits": limits, "web": web}
        (folder / "listserv.toml").write_text(SETTINGS.format(closes=closes, **told))
        self.run("apply", "--yes")
        self.session = Session(url)
        with self.session.read() as connection:
            (self.slug,) = dialogues.slugs(connection)
            self.dialogue = dialogues.read(connection, self.slug).id
        self.session.write(lambda connection: connection.execute(delivery.delete()))  # of the opening

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:  # it waits for a host that is cut off
                process.kill()
                process.communicate()
        self.session.close()

    # --- processes

    def command(self, *words: str) -> list[str]:
        if self.lease is None:
            return [sys.executable, "-m", "listserv", *words]
        return [sys.executable, "-c", QUICK, str(self.lease), *words]

    def run(self, *words: str) -> str:
        done = subprocess.run(self.command(*words), cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self, parts: str, within: Sequence[str] = (), *, ready: bool = True) -> subprocess.Popen[str]:
        """`within`: a command before it, such as `ip netns exec NAME`."""
        with open(self.folder / "log", "a") as log:
            process = subprocess.Popen(
                [*within, *self.command("serve", "--only", parts)],
                cwd=self.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.processes.append(process)
        if ready:
            self.ready(process)
        return process

    def ready(self, process: subprocess.Popen[str]) -> str:
        """Once it is; what it says then."""
        assert process.stdout
        line = process.stdout.readline()
        assert "listserv is ready" in line, (line, (self.folder / "log").read_text())
        return line

    def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> float:
        """Wait for it; how many seconds that took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() < began + patience, (self.states(), (self.folder / "log").read_text()[-3000:])
            time.sleep(0.02)
        return time.monotonic() - began

    # --- what there is to do

    def join(self, addresses: Sequence[str], dialogue: int | None = None) -> None:
        """They take part, as if long since."""
        now = datetime.now(UTC)

        def write(connection: sa.Connection) -> None:
            ids = [people.add_person(connection, now, address, {"name": "Reader"}) for address in addresses]
            for one in ids:
                people.add_part(
                    connection,
                    now,
                    dialogue or self.dialogue,
                    one,
                    status=Participation.ACTIVE,
                    delivery=DeliveryMode.EACH,
                )

        self.session.write(write)

    def mail(self, addresses: Sequence[str], *, personal: bool = False, dialogue: int | None = None) -> int:
        """A mailing for them, due now; its id."""
        kind = "login" if personal else "contribution"
        values = {"dialogue_id": dialogue or self.dialogue, "kind": kind, "subject": "S", "personal": int(personal)}
        head = b"From: talk@dialogue.example.org\r\nSubject: S\r\nMessage-ID: <s@dialogue.example.org>\r\n"

        def write(connection: sa.Connection) -> int:
            columns = {**values, "message_id": f"<{len(addresses)}@dialogue.example.org>"}
            number, ids = outbox.add_mailing(connection, datetime.now(UTC), columns, {"en": (head, b"Because.\r\n")})
            if personal:
                for address in addresses:
                    outbox.add_delivery(connection, number, ids["en"], address)
            else:
                parts = sa.select(participation.c.id).join(person).where(person.c.address.in_(addresses))
                only = list(connection.execute(parts).scalars())
                modes = [DeliveryMode.EACH]
                fanout.fan_out(connection, values["dialogue_id"], number, ids, "en", modes, only=only)
            return number

        return self.session.write(write)

    def fan_out(self, count: int) -> list[str]:
        """To so many new participants; their addresses."""
        addresses = [f"r{number}@d{number % 20}.example" for number in range(count)]
        self.join(addresses)
        self.mail(addresses)
        return addresses

    # --- what became of it

    def states(self) -> Counter[str]:
        with self.session.read() as connection:
            query = sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)
            return Counter(dict(tuple(row) for row in connection.execute(query)))

    def unsent(self) -> int:
        states = self.states()
        return states.total() - states["sent"]

    def rows(self, query: Any) -> list[Any]:
        with self.session.read() as connection:
            return list(connection.execute(query).all())

    def inbox(self) -> Counter[tuple[str, str | None]]:
        return Counter((row.state, row.outcome) for row in self.rows(sa.select(inbox.c.state, inbox.c.outcome)))

    def repeats(self) -> int:
        """Copies that the relay took more than once."""
        seen = Counter(self.sink.recipients)
        return sum(count - 1 for count in seen.values())
