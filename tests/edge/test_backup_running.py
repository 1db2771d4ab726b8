"""Backups of an installation that is at work: while mail comes in, and in the middle of a fan-out."""

from __future__ import annotations

import re
import shutil
import smtplib
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.edge import backups, files
from listserv.steps.enrol import Newcomer, enrol
from listserv.store.tables import delivery, inbox
from tests.cli.conftest import Cli
from tests.house import folder, open_house
from tests.postgres import Server
from tests.sink import Mail, Sink

READERS = 150
PATIENCE = 60.0  # seconds; only a failure waits so long


class Gated(Sink):
    """Takes so many mails, then no more until the gate is opened: to its clients it is slow."""

    def __init__(self, stops: Sequence[int]) -> None:
        super().__init__()
        self._stops = {stop: (threading.Event(), threading.Event()) for stop in stops}

    def take(self, mail: Mail) -> None:
        super().take(mail)
        if gate := self._stops.get(len(self.mails)):
            gate[0].set()
            assert gate[1].wait(PATIENCE)

    def reached(self, stop: int) -> None:
        assert self._stops[stop][0].wait(PATIENCE), len(self.mails)

    def open(self, stop: int) -> None:
        self._stops[stop][1].set()


@contextmanager
def running(place: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A part of listserv as a process of its own, killed at the end."""
    command = [sys.executable, "-m", "listserv", "-c", str(place / "listserv.toml"), *words]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def to_sink(cli: Cli, sink: Sink) -> None:
    there = f'kind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\ntls = "none"\nconnections = 4'
    text = re.sub(r"(?ms)^\[relay\]\n.*?(?=^\[)", f"[relay]\n{there}\n\n", cli.toml.read_text())
    assert there in text
    cli.toml.write_text(text)


def to_database(cli: Cli, url: str) -> None:
    cli.toml.write_text(re.sub(r'(?m)^url = "(sqlite|postgresql).*$', f'url = "{url}"', cli.toml.read_text()))


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Something was released to many, and nothing of it has gone out yet."""
    place = folder(tmp_path)
    with open_house(place) as house:
        readers = [Newcomer(f"reader{number}@example.net", "", {}) for number in range(READERS)]
        enrol(house.session, house.now, house.site, house.dialogue, readers, "test", welcome=False)
        house.released()
    return Cli(place, monkeypatch)


def unfinished(path: Path) -> set[str]:
    """Who had not got everything, as a backup has it: mailing and address."""
    with backups.opened(path, files.migrations()) as (_, connection):
        query = sa.select(delivery.c.mailing_id, delivery.c.address, delivery.c.state)
        return {f"{row[0]} {row[1]}" for row in connection.execute(query) if row[2] in ("pending", "deferred")}


def got(mails: list[Mail]) -> Counter[tuple[str, bytes]]:
    """How often somebody got a mail: address and Message-ID."""
    found: Counter[tuple[str, bytes]] = Counter()
    for mail in mails:
        (name,) = re.findall(rb"(?mi)^Message-ID: (\S+)\r$", mail.content.partition(b"\r\n\r\n")[0])
        found.update((recipient, name) for recipient in mail.recipients)
    return found


@pytest.mark.sqlite("stands on both by itself")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_restored_in_the_middle_of_a_fan_out_nobody_is_without_and_repeats_are_those_told(
    cli: Cli, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if kind == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        url = server.database("fan_out")
        cli.ok("db copy -", url)
        to_database(cli, url)
    everything = len(cli.json("outbox list"))
    assert everything > READERS
    path = cli.place / "backup"
    with Gated.in_thread(stops=(60, 110)) as sink:
        assert isinstance(sink, Gated)
        to_sink(cli, sink)
        with running(cli.place, "work") as engine:
            sink.reached(60)
            cli.ok(f"db backup {path}")
            sink.open(60)
            sink.reached(110)
            engine.kill()  # the machine is lost
            engine.wait()
            sink.open(110)
        sessions = len(sink.sessions)
        elsewhere = Cli(Path(shutil.copytree(cli.place, tmp_path / "elsewhere")), monkeypatch)
        if kind == "postgresql":
            to_database(elsewhere, server.database("fan_out_elsewhere"))
        for left in (elsewhere.place / "var").glob("listserv.db*"):
            left.unlink()
        (told,) = re.findall(r"(\d+) deliveries were unfinished in the backup", elsewhere.ok(f"db restore {path}"))
        elsewhere.ok("work --until-idle")
        mails = list(sink.mails)
    before = sum(1 for mail in mails if mail.session < sessions)
    waiting = len(unfinished(path))
    assert int(told) == waiting
    assert everything - 60 - 1 <= waiting <= everything - 60 + 4 * 11
    counted = got(mails)
    assert len(counted) == everything, "nobody is without"
    assert max(counted.values()) == 2
    # What was sent when the backup was made was sent once; of what was told as unfinished, what had gone out since.
    repeated = sum(1 for number in counted.values() if number == 2)
    assert repeated == before - (everything - waiting)
    assert len(mails) == before + waiting


def test_what_was_acknowledged_before_a_backup_began_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path)
    cli = Cli(place, monkeypatch)
    cli.toml.write_text(cli.toml.read_text() + "\n[intake.smtp]\nport = 0\n")
    done: list[str] = []
    stop = threading.Event()

    def write(name: str, port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            number = 0
            while not stop.is_set():
                number += 1
                identity = f"<{number}.{name}@example.net>"
                mail = (
                    f"From: a@example.net\r\nTo: nap@talk.example\r\nMessage-ID: {identity}\r\n\r\nWe need a plan.\r\n"
                )
                client.sendmail("a@example.net", ["nap@talk.example"], mail)
                done.append(identity)

    with running(place, "serve", "--only", "intake,work") as engine:
        assert engine.stdout
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", engine.stdout.readline())
        assert found
        writers = [threading.Thread(target=write, args=(name, int(found[1]))) for name in "ab"]
        for one in writers:
            one.start()
        try:
            for number in range(3):
                seen = len(done)
                while len(done) == seen and not stop.wait(0.001):
                    pass
                acknowledged = list(done)
                path = place / f"backup{number}"
                cli.ok(f"db backup {path}")
                later = len(done)
                assert later > len(acknowledged), "mail came in meanwhile"
                with backups.opened(path, files.migrations()) as (_, connection):
                    there = set(connection.execute(sa.select(inbox.c.message_id)).scalars())
                    raws = connection.exec_driver_sql("SELECT count(*) FROM raw").scalar_one()
                    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    rows = connection.execute(sa.select(inbox.c.raw_id)).scalars().all()
                assert orphans == []
                assert len(set(rows)) == raws
                assert len(rows) >= len(acknowledged)
                assert set(acknowledged) - there - _unread(path) == set()
        finally:
            stop.set()
            for one in writers:
                one.join()


def _unread(path: Path) -> set[str]:
    """Message-IDs of mails that were taken in and not processed yet."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        query = "SELECT content FROM raw JOIN inbox ON inbox.raw_id = raw.id WHERE inbox.message_id = ''"
        return {
            found.decode()
            for (content,) in connection.execute(query)
            for found in re.findall(rb"Message-ID: (\S+)", content)
        }
