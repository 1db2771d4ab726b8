"""`listserv serve` with [dkim], as an operator runs it: what its relay gets is signed, and no process stays behind."""

from __future__ import annotations

import re
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from listserv.cli.signing import SIGNERS, cores
from tests.sink import Sink
from tests.verifier import verdicts

SETTINGS = """
[site]
domain = "dialogue.example.org"
base_url = "https://dialogue.example.org"
[intake.smtp]
port = 0
[relay]
kind = "smtp"
host = "{sink.host}"
port = {sink.port}
tls = "none"
[web]
port = 0
[dkim]
domain = "example.org"
selector = "d1"
key_file = "var/dkim.pem"
[[dialogue]]
slug = "talk"
title = "A Talk"
moderation = "none"
[[dialogue.moderator]]
name = "Mo"
address = "mo@example.org"
[[dialogue.module]]
title = "One"
opens = 2020-01-01T00:00:00
closes = 2099-12-31T00:00:00
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink.in_thread() as made:
        yield made


def run(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "listserv", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def signatories(parent: int) -> list[int]:
    """The helpers that sign for that process (Linux only)."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # others come and go
            ours = f"PPid:\t{parent}\n" in (place / "status").read_text()
            if ours and b"signatory.main()" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def test_serve_signs_what_it_sends_and_its_helper_ends_with_it(tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "listserv.toml").write_text(SETTINGS.format(sink=sink))
    record = re.search(r"value  (.*)", run(tmp_path, "dkim", "new"))
    assert record
    records = {"d1._domainkey.example.org": record[1]}
    with (tmp_path / "log").open("w") as log:
        command = [sys.executable, "-m", "listserv", "serve", "--only", "intake,work,clock"]
        serve = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert serve.stdout is not None
        port = int(serve.stdout.readline().rpartition(":")[2])
        run(tmp_path, "participant", "add", "ana@example.net", "--name", "Ana")
        sink.wait(2)  # her welcome and the module's announcement
        mail = "From: ana@example.net\r\nTo: talk@dialogue.example.org\r\nSubject: Plans\r\n\r\nThey help.\r\n"
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("ana@example.net", ["talk@dialogue.example.org"], mail)
        sink.wait(5)  # her receipt, and a copy for her and for the moderator
        helpers = signatories(serve.pid)
        serve.send_signal(signal.SIGTERM)
        serve.communicate(timeout=20)
    finally:
        serve.kill()
        serve.communicate()
    told = (tmp_path / "log").read_text()
    assert serve.returncode == 0, told
    assert {tuple(verdicts(one.content, records)) for one in sink.mails} == {("",)}, told
    copies = [one.content for one in sink.mails if b"List-Unsubscribe-Post" in one.content]
    assert len(copies) >= 2
    for copy in copies:  # RFC 8058 §4
        (covered,) = re.findall(rb"[; ]h=([^;]*);", re.sub(rb"\s+", b" ", copy.partition(b" b=")[0]))
        names = covered.replace(b" ", b"").split(b":")
        assert names.count(b"list-unsubscribe") == names.count(b"list-unsubscribe-post") == 2
    if Path("/proc/self/stat").exists():
        assert len(helpers) == min(cores(), SIGNERS)
        assert not any((Path("/proc") / str(one)).exists() for one in helpers)
    assert "Traceback" not in told
