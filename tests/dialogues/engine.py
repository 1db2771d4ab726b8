"""The engine as a script's stage runs it: a real daemon from a real listserv.toml, in a thread; mail in over LMTP,
copies out to the sink, commands beside it on the same database, and a clock that shows what it is told.

`settle` waits until there is nothing left to do and returns the copies that came; nothing here sleeps. Raises Unlike
for what never ends, a mail that crashed a step, and copies that break a promise.
"""

from __future__ import annotations

import asyncio
import logging
import re
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from listserv.cli.context import App
from listserv.cli.main import main
from listserv.cli.serve import PARTS, engine
from listserv.core.dialogue.model import ContributionState, DeliveryState
from listserv.edge.daemon import Daemon
from listserv.edge.receiver import Receiver
from listserv.edge.web.server import Web
from listserv.steps import programme
from listserv.steps.moderate import PASSED
from listserv.store import contributions, dialogues, inbox, outbox
from tests import databases
from tests.dialogues.script import Unlike
from tests.dialogues.wire import Copy
from tests.sink import Sink
from tests.sound import broken

SAMPLE = Path(__file__).parents[2] / "listserv.toml"
FACILITATOR = ("invitation_again", "checkin", "midweek", "nudge", "frequent", "last_call", "survey", "thanks")
PATIENCE = 20.0  # seconds; what takes longer hangs
TURN = 0.008  # seconds between two looks


class Shown:
    """The engine's clock: it stands, and nobody waits for it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real_delay(self, until: datetime) -> float:
        return 0.0 if until <= self.at else 3600.0


class Troubles(logging.Handler):
    """What the engine logs as an error: then it would try again and again, and a script need not wait for that."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record))


class Engine:
    def __init__(self, folder: Path, sink: Sink) -> None:
        self.folder, self.sink = folder, sink
        self.path = folder / "listserv.toml"
        self._settings = re.sub(
            r"(?s)\[intake\.smtp\].*?(?=\[\[dialogue\]\])",
            f'[intake.smtp]\nprotocol = "lmtp"\nport = 0\ntrusted_authserv_id = ""\n\n'
            f'[relay]\nkind = "smtp"\ntls = "none"\nhost = "{sink.host}"\nport = {sink.port}\n\n',
            SAMPLE.read_text(encoding="utf-8"),
        )
        # A facilitator's mails come only where a script says when: the others are about something else.
        for key in FACILITATOR:
            self._settings = re.sub(rf'(?m)^{key} = ".*?"', f'{key} = "off"', self._settings, count=1)
        self._settings = databases.settled(self._settings)
        self._clock = Shown(datetime(2008, 10, 1, tzinfo=UTC))
        self._daemon: Daemon | None = None
        self._troubles = Troubles()
        self._idle = 0  # turns in which the daemon found no mail to process
        self._seen = 0  # of the sink's mails
        self.show(self.now)

    # Time and settings.

    @property
    def now(self) -> datetime:
        return self._clock.at

    @property
    def zone(self) -> ZoneInfo:
        found = re.search(r'(?m)^timezone = "(.+?)"', self._settings)
        assert found
        return ZoneInfo(found[1])

    def set(self, setting: str) -> None:
        """`key = value`, in place of the first of that key in listserv.toml; `moderator N: key = value` for one."""
        if found := re.fullmatch(r"moderator (\d+): ((\w+) = .+)", setting):
            whose = re.split(r"(?m)^\[\[dialogue\.moderator\]\].*\n", self._settings)
            theirs, others = re.split(r"(?m)^(?=\[)", whose[int(found[1])] + "[", maxsplit=1)
            theirs = re.sub(rf"(?m)^{found[3]} = .*\n", "", theirs)
            whose[int(found[1])] = f"{found[2]}\n{theirs}{others[:-1]}"
            self._settings = "[[dialogue.moderator]]\n".join(whose)
            self.show(self.now)
            return
        key = setting.partition(" ")[0]
        self._settings, count = re.subn(rf"(?m)^{key} = .*$", lambda _: setting, self._settings, count=1)
        assert count, f"listserv.toml has no {key}"
        self.show(self.now)

    def pages(self) -> None:
        """With the pages, on a free port."""
        self._settings = self._settings.replace("\n[[dialogue]]", "\n[web]\nport = 0\n\n[[dialogue]]", 1)
        self.show(self.now)

    def show(self, at: datetime) -> None:
        """The clock shows `at`: to the daemon, and to the commands to come, for which it all but stands."""
        self._clock.at = at
        clock = f"\n[clock]\nreal = {datetime.now(UTC).isoformat()}\nshows = {at.isoformat()}\nspeed = 1e-6\n"
        self.path.write_text(self._settings + clock, encoding="utf-8")
        self._wake()

    def next_at(self) -> datetime | None:
        """When the programme has something to do."""
        with self._app.session.read() as connection:
            slugs = dialogues.slugs(connection)
        return min((at for slug in slugs if (at := programme.next_at(self._app.session, slug))), default=None)

    # Life.

    @property
    def running(self) -> bool:
        return self._daemon is not None

    def start(self) -> None:
        logging.getLogger("listserv").addHandler(self._troubles)
        self._app = App(str(self.path), None)
        self._app.clock = self._clock  # type: ignore[assignment,misc]  # in the cached property's place
        self._daemon = engine(self._app, PARTS)
        process = self._daemon._process

        async def counted() -> int:
            done = await process()
            self._idle += not done
            return done

        self._daemon._process = counted  # type: ignore[method-assign]  # the only way to see that it found nothing
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        life = self._daemon.run(ready=lambda greeting: ready.set(), signals=False)
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(life,), name="engine")
        self._thread.start()
        assert ready.wait(PATIENCE)

    def stop(self) -> None:
        if self._daemon is not None:
            self._loop.call_soon_threadsafe(self._daemon.stop)
            self._thread.join()
            self._loop.close()
            self._app.close()
            self._daemon = None
            logging.getLogger("listserv").removeHandler(self._troubles)

    def verify(self) -> None:
        """What `doctor --deep` looks for in the data: none of it is there."""
        if found := broken(databases.url(self.folder), self.now):
            raise Unlike("\n".join(["invariants that do not hold:", *found]))

    def _wake(self) -> None:
        """As the clock would, if it could tell."""
        if self._daemon is not None:
            self._loop.call_soon_threadsafe(self._daemon._wake)

    def settle(self) -> list[Copy]:
        """Wait until everything is processed, sent and taken; the copies that came."""
        give_up, pause, idle = time.monotonic() + PATIENCE, threading.Event(), self._idle + 2
        while not self._troubles.told:
            left = self._left()
            if (
                not left and self._idle >= idle and not (left := self._due() or self._left())
            ):  # what was due may be sent
                break
            if left:
                idle = self._idle + 2  # the turn under way may have begun too early to see it
            else:
                self._wake()
            if time.monotonic() > give_up:
                raise Unlike(f"still left to do after {PATIENCE:g} s: {left}")
            pause.wait(TURN)
        with self._app.session.read() as connection:
            parked = [str(row["traceback"]) for row in inbox.rows(connection, None, "parked")]
        if troubles := [*self._troubles.told, *parked, *self.sink.breaches]:
            raise Unlike("\n".join(["errors logged, mails parked, or breaches of SMTP:", *troubles]))
        fresh = [Copy.read(mail, self._app.site.addresses) for mail in self.sink.mails[self._seen :]]
        self._seen += len(fresh)
        return fresh

    def _left(self) -> dict[str, Any]:
        with self._app.session.read() as connection:
            states = outbox.counts(connection)
            left = {
                "mails to process": inbox.waiting(connection),
                "copies to send": states.get(DeliveryState.PENDING, 0),
                "copies said to be sent": states.get(DeliveryState.SENT, 0) - len(self.sink.mails),
            }
        return {what: count for what, count in left.items() if count}

    def _due(self) -> dict[str, Any]:
        """What else is left, dearer to find out: asked once nothing else is."""
        with self._app.session.read() as connection:
            held = contributions.rows(connection, None, [ContributionState.HELD])
        passed = sum(row["decided_by"] == PASSED and bool(row["module"]) for row in held)
        if passed:
            return {"contributions to release": passed}
        at = self.next_at()
        return {"the programme": at} if at and at <= self.now else {}

    # Its two faces.

    def hand_in(self, sender: str, to: str, content: bytes) -> str:
        """Over LMTP, as the MTA before us does; the reply code."""
        assert self._daemon is not None, "the engine is stopped"
        receiver = next(door for door in self._daemon.doors if isinstance(door, Receiver))
        host, port = receiver.address
        try:
            with smtplib.LMTP(str(host), int(port), local_hostname="mx.example.org", timeout=PATIENCE) as client:
                client.sendmail(sender, [to], content)
        except smtplib.SMTPRecipientsRefused as error:
            return str(error.recipients[to][0])
        return "250"

    def fetch(self, url: str) -> list[str]:
        """A GET of one of our links: its status and type, and the lines of what came."""
        assert self._daemon is not None, "the engine is stopped"
        host, port = next(door for door in self._daemon.doors if isinstance(door, Web)).address
        path = url.removeprefix(self._app.site.base_url)
        connection = HTTPConnection(str(host), int(port), timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            said = f"{answer.status} {answer.headers.get_content_type()}"
            return [said, *answer.read().decode("utf-8", "replace").splitlines()]
        finally:
            connection.close()

    def command(self, actor: str, words: Sequence[str]) -> tuple[int, list[str]]:
        """At the command line, in this process: exit status and all it said."""
        runner, arguments = CliRunner(), ["listserv", *self._arguments(actor, words)]
        with runner.isolation(env={"COLUMNS": "200"}) as (_, _, said), mock.patch("sys.argv", arguments):
            try:
                main()
                status = 0
            except SystemExit as stop:
                status = int(stop.code or 0)
            return status, said.getvalue().decode().splitlines()

    def together(self, commands: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        """Several at the same time, each in a process of its own: all they said."""
        start = [sys.executable, "-c", "from listserv.cli.main import main; main()"]
        running = [
            subprocess.Popen(
                [*start, *self._arguments(actor, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for actor, words in commands
        ]
        return [line for process in running for line in process.communicate(timeout=PATIENCE)[0].splitlines()]

    def _arguments(self, actor: str, words: Sequence[str]) -> list[str]:
        """A word that names a file of the script's folder stands for its path."""
        files = {file.name: str(file) for file in self.folder.iterdir() if file.is_file()}
        return ["-c", str(self.path), "--as", actor, *(files.get(word, word) for word in words)]
