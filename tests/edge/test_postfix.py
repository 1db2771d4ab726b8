"""Between two Postfixes, as in real use: mail comes to listserv from Postfix by LMTP and goes out through it.

The configuration is the one that operators copy (scripts/deploy/postfix). The world beyond is tests/sink.py.
"""

from __future__ import annotations

import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests import postfix
from tests.looking import look
from tests.ports import reserved
from tests.sink import Mail, Sink
from tests.verifier import verdicts

pytestmark = pytest.mark.skipif(bool(postfix.missing()), reason=postfix.missing() or "Postfix runs here")

PATIENCE = 30.0  # seconds; only a failure waits so long
HERE = "talk@dialogue.example.org"

SETTINGS = """
[site]
domain = "dialogue.example.org"
[intake.smtp]
protocol = "lmtp"
port = {lmtp}
trusted_authserv_id = "mx.dialogue.example.org"
[relay]
kind = "smtp"
host = "127.0.0.1"
port = {relay}
tls = "none"
[dkim]
domain = "dialogue.example.org"
selector = "d1"
key_file = "dkim.pem"
[[dialogue]]
slug = "talk"
title = "A Talk"
timezone = "UTC"
[[dialogue.moderator]]
name = "Mo"
address = "mo@moderators.example"
[[dialogue.module]]
title = "One"
opens = 2020-01-01T00:00:00
closes = 2099-12-31T00:00:00
questions = ["Why?"]
"""


class Between:
    """listserv behind and before a Postfix; `sink` is everybody's mail server."""

    def __init__(self, folder: Path, server: postfix.Postfix, sink: Sink, lmtp: int) -> None:
        self.folder, self.postfix, self.sink = folder, server, sink
        (folder / "listserv.toml").write_text(SETTINGS.format(lmtp=lmtp, relay=server.submission))
        record = re.search(r"value  (.*)", self.run("dkim", "new"))
        assert record
        self.records = {"d1._domainkey.dialogue.example.org": record[1]}
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
        assert "ready" in self.process.stdout.readline(), (self.folder / "log").read_text()

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "listserv", *words], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        return look(self.folder, " ".join(words))

    def send(self, content: bytes, sender: str, to: str = HERE, options: tuple[str, ...] = ()) -> None:
        """As the author's mail server hands it to our MTA."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=PATIENCE) as client:
            client.sendmail(sender, [to], content, mail_options=options)

    def mails(self, recipient: str, about: str = "") -> list[Mail]:
        mine = [mail for mail in self.sink.mails if recipient in mail.recipients]
        return [mail for mail in mine if about in str(message_from_bytes(mail.content, policy=policy.SMTP)["Subject"])]

    def wait(self, for_: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := for_()):
            assert time.monotonic() < deadline, f"{what}\n{self.postfix.log}\n{(self.folder / 'log').read_text()}"
            time.sleep(0.05)
        return found

    def held(self, subject: str) -> dict[str, Any]:
        def look() -> list[dict[str, Any]]:
            return [row for row in self.json("queue", "list") if row["subject"] == subject]

        return dict(self.wait(look, f"{subject} is not held")[0])

    def released(self, subject: str) -> None:
        self.run("queue", "release", str(self.held(subject)["id"]))


@pytest.fixture(scope="module")
def between() -> Iterator[Between]:
    lmtp = reserved()
    with (
        postfix.place_for_others() as folder,
        Sink.in_thread() as sink,
        postfix.running(folder / "postfix", lmtp=lmtp, onward=sink.port) as server,
    ):
        made = Between(folder, server, sink, lmtp)
        made.run("participant", "add", "ana@ministry.example", "--name", "Ana")
        made.run("participant", "add", "gone@ministry.example", "--name", "Gone")
        made.run("participant", "add", "зоя@почта.example", "--name", "Зоя")
        yield made
        if made.process.poll() is None:
            made.stop(signal.SIGKILL)


_numbers = iter(range(1, 1000))


def mail(subject: str, text: str = "We must.", *, head: str = "") -> bytes:
    number = next(_numbers)
    return (
        f"{head}From: Ana <ana@ministry.example>\r\nTo: {HERE}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@ministry.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    ).encode()


def test_a_mail_comes_by_lmtp_and_its_copies_leave_through_postfix(between: Between) -> None:
    text = "Il faut un plan — сейчас.\r\n.\r\n..two dots\r\nFrom the start"
    between.send(mail("Beginning", text), "ana@ministry.example", options=("BODY=8BITMIME",))
    between.released("Beginning")
    (copy,) = between.wait(lambda: between.mails("ana@ministry.example", "[talk 1] Beginning"), "no copy for Ana")[-1:]
    read = message_from_bytes(copy.content, policy=policy.SMTP)
    assert text.replace("\r\n", "\n") in read.get_content().replace("\r\n", "\n")
    assert read["List-Id"] == "A Talk <talk.dialogue.example.org>"
    assert re.fullmatch(r"talk-bounces\+[a-z0-9]{26}@dialogue\.example\.org", copy.sender)
    assert copy.recipients == ("ana@ministry.example",)
    assert verdicts(copy.content, between.records) == [""]  # Postfix has changed nothing that is signed


def test_an_address_beyond_ascii_gets_its_copy(between: Between) -> None:
    between.send(mail("For Zoya"), "ana@ministry.example")
    between.released("For Zoya")
    copies = between.wait(
        lambda: [one for one in between.sink.mails if "SMTPUTF8" in one.parameters and "зоя" in one.recipients[0]],
        "no copy for Зоя",
    )
    assert {one.recipients for one in copies} <= {("зоя@почта.example",), ("зоя@xn--80a1acny.example",)}
    assert {tuple(verdicts(one.content, between.records)) for one in copies} == {("",)}


@pytest.mark.parametrize(
    "address",
    ["nobody@dialogue.example.org", "talk-bounces+aaaaaaaaaaaaaaaaaaaaaaaaaa@dialogue.example.org", "x@far.example"],
)
def test_what_is_no_address_of_ours_is_refused_at_rcpt_and_never_bounced(between: Between, address: str) -> None:
    with smtplib.SMTP("127.0.0.1", between.postfix.port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail("victim@far.example")
        code, text = client.rcpt(address)
    assert 550 <= code <= 554, text
    assert not [one for one in between.sink.mails if "victim@far.example" in one.recipients]


def test_a_recipient_that_is_refused_comes_back_as_a_bounce_of_that_participant(between: Between) -> None:
    between.sink.refuse("gone@ministry.example", "550 5.1.1 <gone@ministry.example>: user unknown")
    between.send(mail("Who hears it"), "ana@ministry.example")
    between.released("Who hears it")

    def bounced() -> Any:
        rows = between.json("participant", "list")
        return [row for row in rows if row["address"] == "gone@ministry.example" and row["bounces"]]

    between.wait(bounced, "no bounce was counted")
    reports = [row for row in between.json("inbox", "list") if row["outcome"] == "bounce"]
    assert reports
    assert all(row["sender"] == "" and "gone@ministry.example: hard 5.1.1" in row["reason"] for row in reports)
    assert not [row for row in between.json("queue", "list") if "Undelivered" in row["subject"]]


def test_only_our_own_mta_says_who_wrote_a_mail(between: Between) -> None:
    forged = "Authentication-Results: mx.dialogue.example.org; dmarc=pass header.from=ministry.example\r\n"
    between.send(mail("Forged proof", head=forged), "ana@ministry.example")
    held = between.held("Forged proof")
    assert between.json("queue", "show", str(held["id"]))["authentication"] == "none"


@pytest.mark.parametrize("end", [b"\n.\r\n", b"\n.\n", b"\r.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r"], ids=repr)
def test_no_second_mail_is_smuggled_past_postfix(between: Between, end: bytes) -> None:
    name = f"smuggler {end!r}"
    evil = b"MAIL FROM:<e@far.example>\r\nRCPT TO:<" + HERE.encode() + b">\r\nDATA\r\nSubject: " + name.encode()
    with (
        socket.create_connection(("127.0.0.1", between.postfix.port), timeout=PATIENCE) as wire,
        wire.makefile("rb") as replies,
    ):
        replies.readline()
        for line in (b"EHLO far.example", b"MAIL FROM:<a@far.example>", f"RCPT TO:<{HERE}>".encode(), b"DATA"):
            wire.sendall(line + b"\r\n")
            while replies.readline()[3:4] == b"-":
                pass
        wire.sendall(b"Subject: carrier\r\n\r\nx" + end + evil + b"\r\n\r\nsmuggled\r\n.\r\nQUIT\r\n")
        wire.shutdown(socket.SHUT_WR)
        replies.read()
    between.send(mail(f"after {end!r}"), "ana@ministry.example")
    between.held(f"after {end!r}")  # what came before it has been processed
    assert not [row for row in between.json("inbox", "list") if row["sender"] == "e@far.example"]
    assert not [row for row in between.json("queue", "list") if row["subject"] == name]


def test_while_listserv_is_away_postfix_keeps_the_mail_and_it_comes_once(between: Between) -> None:
    between.send(mail("Before the outage"), "ana@ministry.example")  # now Postfix knows the address
    between.held("Before the outage")
    between.stop(signal.SIGKILL)
    between.send(mail("In the outage"), "ana@ministry.example")
    between.wait(between.postfix.queue, "Postfix does not keep it")
    between.start()
    between.postfix.flush()
    message_id = between.json("queue", "show", str(between.held("In the outage")["id"]))["message_id"]
    assert [row["outcome"] for row in between.json("inbox", "list") if row["message_id"] == message_id] == ["held"]
    between.wait(lambda: not between.postfix.queue(), "Postfix still keeps something")


def test_a_mail_too_large_is_refused_by_postfix_already(between: Between) -> None:
    with smtplib.SMTP("127.0.0.1", between.postfix.port, timeout=PATIENCE) as client:
        client.ehlo()
        assert client.mail("ana@ministry.example", [f"SIZE={26 * 2**20}"])[0] == 552


def test_the_samples_of_both_agree_with_each_other() -> None:
    main = (postfix.DEPLOY / "main.cf").read_text()
    assert "message_size_limit = 26214400" in main  # 25 MiB, the default of max_size
    assert "port = 10025" in main
    assert "127.0.0.1:10025" in (postfix.DEPLOY / "master.cf").read_text()
