"""Signed sending: every copy on the wire verifies, none leaves without, and the helper may die as it likes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from listserv.core.mail.dkim import Key
from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge import keyfile, signed, signing
from listserv.edge.maildir import MaildirRelay
from listserv.edge.relay import SmtpRelay
from listserv.edge.signatory import SIGNED
from listserv.edge.signed import SignedRelay
from listserv.edge.signing import Signer, SigningError
from tests.edge.outbox import BODY, HEAD, Outbox, copies
from tests.sink import Sink
from tests.verifier import verdicts

KEYS = [
    keyfile.generate("dialogue.example.org", "d1", "rsa-sha256"),
    keyfile.generate("dialogue.example.org", "e1", "ed25519-sha256"),
]
RECORDS = {key.record_name: key.record for key in KEYS}
NOW = datetime(2008, 11, 4, 15, 0, tzinfo=UTC)
GOOD = [""] * len(KEYS)


@asynccontextmanager
async def signer(keys: Sequence[Key] = KEYS, **settings: Any) -> AsyncIterator[Signer]:
    made = Signer(keys, now=lambda: NOW, **settings)
    yield made
    await made.close()


def process(made: Signer) -> Any:
    assert made._helper is not None
    return made._helper._process


class Loopback:
    """A relay that hands its copies to a list; it asks for `limit` at a time."""

    def __init__(self, limit: int = 500) -> None:
        self.limit = limit
        self.copies: list[Copy] = []
        self.closed = 0

    async def drain(
        self, claim: Callable[[int], Awaitable[Sequence[Copy]]], finish: Callable[[Sequence[Result]], Awaitable[None]]
    ) -> int:
        before = len(self.copies)
        while given := await claim(self.limit):
            assert len(given) <= self.limit
            self.copies += given
            await finish([Result(copy.delivery, copy.epoch, 250, "ok", Phase.END) for copy in given])
        return len(self.copies) - before

    async def hang_up(self) -> None:
        self.closed += 1

    async def close(self) -> None:
        self.closed += 1


def whole(copy: Copy) -> bytes:
    return copy.head + b"\r\n" + copy.body


# What goes out


@pytest.mark.parametrize(("number", "connections"), [(1, 1), (40, 3), (330, 8)])
async def test_every_copy_on_the_wire_verifies(number: int, connections: int) -> None:
    async with Sink() as sink, signer() as made:
        relay = SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="m.example.org", connections=connections)
        outbox = Outbox(copies(number))
        out = SignedRelay(relay, made)
        assert await out.drain(outbox.claim, outbox.finish) == number
        await out.close()
    assert sink.breaches == []
    assert sorted(sink.recipients) == sorted(f"p{i}@example.org" for i in range(1, number + 1))
    assert [verdicts(mail.content, RECORDS) for mail in sink.mails] == [GOOD] * number
    assert outbox.answers == dict.fromkeys(range(1, number + 1), (250, Phase.END))


BODIES = [
    b"",
    b"no line end",
    b"blanks  \t\r\n \r\n\r\n",
    b"bare\nline\rends",
    "Für – مرحبا\r\n".encode() + b"\xff",
    b".\r\n..dots\r\n",
    b"nul\0\r\n",
    b"x" * 900 + b"\r\n" + b"long\r\n" * 9000,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("way", ["smtp", "maildir"])
async def test_what_is_signed_is_what_arrives(body: bytes, way: str, tmp_path: Path) -> None:
    head = "From: talk@dialogue.example.org\r\nTo: jürgen@example.org\r\nReferences: <a@b>\r\n\t<c@d>\r\n".encode()
    outbox = Outbox(copies(2, body=body, head=head))
    async with Sink() as sink, signer() as made:
        relay = SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="m.example.org")
        out = SignedRelay(relay if way == "smtp" else MaildirRelay(path=tmp_path), made)
        assert await out.drain(outbox.claim, outbox.finish) == 2
        await out.close()
    found = [mail.content for mail in sink.mails] or [file.read_bytes() for file in tmp_path.glob("*/new/*")]
    assert [verdicts(mail, RECORDS) for mail in found] == [GOOD] * 2


async def test_signatures_stand_on_top_and_name_the_time_given() -> None:
    async with signer() as made:
        (copy,) = await made.sign(copies(1))
    assert isinstance(copy, Copy)
    assert copy.head.endswith(b"\r\n" + HEAD)
    assert copy.head.count(SIGNED) == copy.head.count(b"t=1225810800;") == 2
    assert replace(copy, head=HEAD) == copies(1)[0]


async def test_a_body_is_hashed_once_for_all_its_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[bytes] = []
    real = signing.body_hash
    monkeypatch.setattr(signing, "body_hash", lambda body: hashed.append(body) or real(body))
    french = bytes(BODY + b"Bonjour\r\n")
    waiting = [replace(copy, body=french) if copy.delivery % 2 else copy for copy in copies(220)]
    async with signer(KEYS[1:]) as made:
        relay = Loopback()
        await SignedRelay(relay, made).drain(Outbox(waiting).claim, Outbox([]).finish)
    assert len(relay.copies) == 220
    assert sorted(hashed) == sorted([BODY, french])


# How it is paced


@pytest.mark.parametrize("limit", [1, 10, 49, 50, 51, 120, 500])
async def test_it_holds_at_most_twice_what_the_relay_asked_for(limit: int) -> None:
    outbox, relay, most = Outbox(copies(700)), Loopback(limit), 0

    async def claim(number: int) -> Sequence[Copy]:
        nonlocal most
        given = await outbox.claim(number)
        most = max(most, 700 - len(outbox.waiting) - len(relay.copies))
        return given

    async with signer(KEYS[1:]) as made:
        assert await SignedRelay(relay, made).drain(claim, outbox.finish) == 700
    assert [copy.delivery for copy in relay.copies] == list(range(1, 701))
    assert limit < most <= 2 * limit


async def test_the_next_copies_are_signed_while_these_are_sent() -> None:
    outbox, relay = Outbox(copies(400)), Loopback()
    async with signer(KEYS[1:]) as made:
        sign, done = made.sign, 0

        async def counted(chunk: Sequence[Copy]) -> list[Copy | str]:
            nonlocal done
            answers = await sign(chunk)
            done += len(answers)
            return answers

        async def finish(results: Sequence[Result]) -> None:
            async with asyncio.timeout(20):  # the relay is busy with its first copies, and asks for nothing
                while done < 400:
                    await asyncio.sleep(0.001)
            await outbox.finish(results)

        made.sign = counted  # type: ignore[method-assign]
        assert await SignedRelay(relay, made).drain(outbox.claim, finish) == 400
    assert len(outbox.groups) > 1


async def test_several_helpers_take_the_chunks_in_turn() -> None:
    async with signer(KEYS[1:]) as one, signer(KEYS[1:]) as other:
        signed_by: list[tuple[Signer, int]] = []
        for each in (one, other):

            async def counted(chunk: Sequence[Copy], each: Signer = each) -> list[Copy | str]:
                signed_by.append((each, len(chunk)))
                return await Signer.sign(each, chunk)

            each.sign = counted  # type: ignore[method-assign]
        relay = Loopback()
        assert await SignedRelay(relay, one, other).drain(Outbox(copies(400)).claim, Outbox([]).finish) == 400
    assert [copy.delivery for copy in relay.copies] == list(range(1, 401))
    assert [sum(number for who, number in signed_by if who is each) for each in (one, other)] == [200, 200]


@pytest.mark.parametrize("at", [1, 2, 5])
async def test_what_a_claim_raises_comes_out(at: int) -> None:
    outbox = Outbox(copies(2000))

    async def claim(number: int) -> Sequence[Copy]:
        if len(outbox.asked) + 1 == at:
            raise OSError("no database")
        return await outbox.claim(min(number, 100))

    async with signer(KEYS[1:]) as made:
        with pytest.raises(OSError, match="no database"):
            await SignedRelay(Loopback(), made).drain(claim, outbox.finish)


async def test_a_relay_that_stops_early_leaves_nothing_behind() -> None:
    class Stops(Loopback):
        async def drain(self, claim: Any, finish: Any) -> int:
            self.copies += await claim(500)
            return 0

    async with signer() as made:
        await SignedRelay(Stops(), made).drain(Outbox(copies(500)).claim, Outbox([]).finish)
        assert len(asyncio.all_tasks()) == 2  # this, and who reads what the helper says
        assert all(isinstance(copy, Copy) for copy in await made.sign(copies(3)))


async def test_connections_given_up_to_others_do_not_end_the_helper() -> None:
    async with signer() as made:
        relay = Loopback()
        out = SignedRelay(relay, made)
        await out.drain(Outbox(copies(1)).claim, Outbox([]).finish)
        first = process(made)
        await out.hang_up()
        assert relay.closed == 1
        await out.drain(Outbox(copies(1)).claim, Outbox([]).finish)
        assert process(made) is first
        await out.close()
        assert first.returncode == 0


# When something breaks


async def test_one_copy_that_cannot_be_signed_keeps_no_other_back(caplog: pytest.LogCaptureFixture) -> None:
    waiting = copies(5)
    waiting[2] = replace(waiting[2], head=b"To: secret@example.net\r\n")
    outbox, relay = Outbox(waiting), Loopback()
    async with signer() as made:
        await SignedRelay(relay, made).drain(outbox.claim, outbox.finish)
    assert [copy.delivery for copy in relay.copies] == [1, 2, 4, 5]
    (result,) = [result for result in outbox.results if not result.ok]
    assert (result.delivery, result.temporary, result.put_off) == (3, True, False)
    assert result.reply == "not signed: 0 From fields"
    assert "1 copies not signed, so not sent: not signed: 0 From fields; tried again later" in caplog.text
    assert "secret@" not in caplog.text


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_helper_that_died_is_replaced(how: int, caplog: pytest.LogCaptureFixture) -> None:
    async with signer() as made:
        await made.sign(copies(1))
        first = process(made)
        first.send_signal(how)
        await first.wait()
        (copy,) = await made.sign(copies(1))
        assert process(made) is not first
    assert isinstance(copy, Copy)
    assert verdicts(whole(copy), RECORDS) == GOOD
    assert f"the signing helper ended (status -{int(how)}); another is started" in caplog.text


async def test_it_may_die_in_the_midst_of_a_fan_out() -> None:
    outbox, relay, killed = Outbox(copies(600)), Loopback(200), []
    async with signer(KEYS[:1]) as made:

        async def claim(number: int) -> Sequence[Copy]:
            if not killed and made._helper is not None and len(outbox.waiting) < 500:
                killed.append(process(made).pid)
                process(made).kill()
            return await outbox.claim(number)

        assert await SignedRelay(relay, made).drain(claim, outbox.finish) == 600
    assert killed
    assert [copy.delivery for copy in relay.copies] == list(range(1, 601))
    assert all(copy.head.startswith(SIGNED) for copy in relay.copies)


async def test_a_helper_that_hangs_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    async with signer(patience=2.0) as made:
        await made.sign(copies(1))
        first = process(made)
        first.send_signal(signal.SIGSTOP)
        (copy,) = await made.sign(copies(1))
        assert isinstance(copy, Copy)
        assert await first.wait() == -signal.SIGKILL
    assert "did not answer within 2 s; another is started" in caplog.text


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python"])
async def test_without_a_helper_nothing_is_sent_and_nothing_is_lost(
    python: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, relay = Outbox(copies(3)), Loopback()
    async with signer(python=python) as made:
        out = SignedRelay(relay, made)
        assert await out.drain(outbox.claim, outbox.finish) == 0
        claimed = list(outbox.asked)
        assert await out.drain(outbox.claim, outbox.finish) == 0
        assert outbox.asked == claimed  # it rests, and takes nothing it could not send
    assert relay.copies == []
    assert "mail cannot be signed, so none is sent: the signing helper" in caplog.text
    assert [record for record in caplog.records if record.levelno >= logging.ERROR and record.exc_info] == []
    for result in outbox.results:  # what was claimed comes round again, its attempt not counted
        assert (result.temporary, result.put_off, result.phase) == (True, True, Phase.CONNECT)
        assert result.reply.startswith("not signed: the signing helper ended")
    assert len(outbox.waiting) + len(outbox.results) == 3

    monkeypatch.setattr(signed, "monotonic", lambda: time.monotonic() + signed.REST)
    async with signer(KEYS[1:]) as mended:
        out._signers = (mended,)
        outbox.waiting.extend(copies(3))
        assert await out.drain(outbox.claim, outbox.finish) >= 3


async def test_a_signer_says_why_it_cannot() -> None:
    async with signer(python="/nowhere/python") as made:
        with pytest.raises(SigningError, match=r"^the signing helper cannot be started: No such file or directory$"):
            await made.sign(copies(1))


# The helper as a process


async def test_it_survives_what_ends_the_service_and_ends_with_it(caplog: pytest.LogCaptureFixture) -> None:
    """A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group: what is claimed is still signed."""
    made = Signer(KEYS, now=lambda: NOW)
    relay = Loopback()
    out = SignedRelay(relay, made)
    await made.sign(copies(1))
    helper = process(made)
    helper.send_signal(signal.SIGINT)
    helper.send_signal(signal.SIGTERM)
    assert isinstance((await made.sign(copies(1)))[0], Copy)
    assert process(made) is helper
    await out.close()
    assert (helper.returncode, relay.closed, caplog.text) == (0, 1, "")
    await out.close()  # nothing is left to close


async def test_it_starts_again_after_close() -> None:
    async with signer() as made:
        await made.sign(copies(1))
        await made.close()
        assert isinstance((await made.sign(copies(1)))[0], Copy)


async def test_nothing_shows_the_key_or_our_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTSERV_SECRET", "a secret that helpers need not know")
    async with signer() as made:
        await made.sign(copies(1))
        place = Path(f"/proc/{process(made).pid}")
        if not place.exists():
            pytest.skip("no /proc here")
        shown = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        opened = [os.readlink(one) for one in (place / "fd").iterdir()]
    assert b"signatory" in shown
    assert b"PRIVATE KEY" not in shown
    assert b"a secret that" not in shown
    assert not [name for name in opened if name.endswith((".db", ".pem", ".toml"))]


PARENT = """
import asyncio, os, sys
from listserv.edge import keyfile
from listserv.edge.signing import Signer
async def main():
    signer = Signer([keyfile.generate("d.example", "e1", "ed25519-sha256")], now=None)
    print((await signer.start())._process.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_it_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    helper = int(parent.stdout.readline())
    assert not gone(helper)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while not gone(helper):
        assert time.monotonic() < deadline
        time.sleep(0.01)
