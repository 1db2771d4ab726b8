"""`listserv serve` as an operator runs it: a process of its own, mail over real SMTP, commands from other processes."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.looking import look

PATIENCE = 20.0  # seconds; only a failure waits so long

SETTINGS = """
[site]
domain = "dialogue.example.org"
[database]
url = "sqlite:///var/listserv.db"
[intake.smtp]
port = 0
[[dialogue]]
slug = "talk"
title = "A Talk"
timezone = "UTC"
[[dialogue.moderator]]
name = "Mo"
address = "mo@example.org"
[[dialogue.module]]
title = "One"
opens = 2020-01-01T00:00:00
closes = 2099-12-31T00:00:00
questions = ["Why?"]
"""


class Served:
    """A running `serve` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "listserv.toml").write_text(SETTINGS)
        databases.found(folder)
        self.start()

    def start(self) -> None:
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "listserv", "serve"],
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        assert found, (line, (self.folder / "log").read_text())
        self.port = int(found[1])

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "listserv", *words], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def send(self, sender: str, subject: str, message_id: str) -> None:
        mail = (
            f"From: {sender}\r\nTo: talk@dialogue.example.org\r\nSubject: {subject}\r\n"
            f"Message-ID: {message_id}\r\n\r\nBecause {subject}.\r\n"
        )
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.sendmail(sender, ["talk@dialogue.example.org"], mail)

    def mails(self, address: str) -> list[str]:
        box = self.folder / "var/mail" / address / "new"
        return [path.read_text() for path in sorted(box.iterdir())] if box.exists() else []

    def wait_for_mail(self, address: str, text: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for mail in self.mails(address):
                if text in mail:
                    return mail
            time.sleep(0.02)
        raise AssertionError(f"no mail with {text!r} for {address}: {(self.folder / 'log').read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    if served.process.poll() is None:
        served.stop(signal.SIGKILL)


def test_a_mail_is_held_released_from_another_process_and_reaches_everybody(served: Served) -> None:
    served.run("participant", "add", "ana@example.org", "--name", "Ana")
    served.wait_for_mail("ana@example.org", "Module 1 opens: One")
    served.send("ana@example.org", "we must", "<1@example.org>")
    served.wait_for_mail("mo@example.org", "Waiting for you: 1, we must")
    assert "released as number 1 to 2 participants" in served.run("queue", "release", "1")
    copy = served.wait_for_mail("ana@example.org", "Message-ID: <1@example.org>")
    assert "From: Ana via A Talk <talk@dialogue.example.org>" in copy
    assert "Because we must." in copy


def test_an_unknown_address_is_refused_before_the_mail(served: Served) -> None:
    with smtplib.SMTP("127.0.0.1", served.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("a@example.org", ["nobody@dialogue.example.org"], "Subject: x\r\n\r\nx")
    assert refused.value.recipients["nobody@dialogue.example.org"][0] == 550


@pytest.mark.sqlite("on a server there may be many")
def test_one_engine_at_a_time(served: Served) -> None:
    assert "set a PostgreSQL URL" in served.run("serve", status=1)
    assert "set a PostgreSQL URL" in served.run("work", "--until-idle", status=1)


def test_it_ends_on_sigterm_with_status_0(served: Served) -> None:
    assert served.stop() == 0


def test_what_was_acknowledged_survives_kill_9(served: Served) -> None:
    for number in range(20):
        served.send("stranger@example.org", f"thought {number}", f"<{number}@example.org>")
    served.stop(signal.SIGKILL)
    served.start()
    deadline = time.monotonic() + PATIENCE + 20  # as long as a lease of who was killed lasts, on a server
    while any(row["state"] == "new" for row in look(served.folder, "inbox list")) and time.monotonic() < deadline:
        time.sleep(0.05)
    listed = served.run("queue", "list", "--json")
    assert [listed.count(f'"thought {number}"') for number in range(20)] == [1] * 20


@pytest.mark.sqlite("clears the file")
def test_who_is_erased_while_it_runs_is_in_no_file_of_it(served: Served) -> None:
    served.run("participant", "add", "ana.ruiz@casa.example", "--name", "Ana Ruiz")
    served.send("Ana Ruiz <ana.ruiz@casa.example>", "peppermint", "<1.ana.ruiz@casa.example>")
    served.wait_for_mail("mo@example.org", "Waiting for you: 1, peppermint")
    said = served.run("person", "erase", "ana.ruiz@casa.example", "--yes")
    assert "serve or work is running: it clears the database's file" in said
    deadline = time.monotonic() + PATIENCE
    while "compact" not in served.run("audit"):
        assert time.monotonic() < deadline, (served.folder / "log").read_text()
    assert served.stop() == 0
    files = [path for path in served.folder.rglob("*") if path.is_file() and "mail" not in path.parts]
    assert {path.name for path in files} >= {"log", "listserv.db"}
    for path in files:
        content = path.read_bytes().lower()
        assert [word for word in (b"ruiz", b"casa.example", b"peppermint") if word in content] == [], path


def test_settings_that_make_no_sense_are_one_line_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "listserv.toml").write_text(SETTINGS.replace("[[dialogue.module]]", "[[dialogue.modul]]"))
    done = subprocess.run(
        [sys.executable, "-m", "listserv", "serve"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 1
    assert "unknown key" in done.stderr
    assert "Traceback" not in done.stderr
