"""The relay in a process of its own does what it does in ours, and what becomes of copies when that process does not.

Everything here goes through the real process and a real socket.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from listserv.cli.context import App
from listserv.cli.serve import engine
from listserv.core.mail.transfer import Copy, Lease, Phase, Result
from listserv.edge import apart
from listserv.edge.apart import ApartError, RelayApart
from listserv.edge.channel import Channel
from listserv.edge.relay import SmtpRelay
from listserv.errors import Refused
from tests.edge.outbox import Outbox, copies
from tests.house import folder
from tests.sink import Sink

FOREVER = float("inf")


@asynccontextmanager
async def away(
    sink: Sink, allowance: Callable[[], tuple[int, float]] = lambda: (8, FOREVER)
) -> AsyncIterator[RelayApart]:
    made = RelayApart(allowance, host=sink.host, port=sink.port, tls="none", hostname="mail.example.org", timeout=10.0)
    try:
        yield made
    finally:
        await made.close()


def process(made: RelayApart) -> Any:
    assert made._there is not None
    return made._there.process


async def claims_nothing(number: int) -> Sequence[Copy]:
    return ()


# The same as here


def refuses_some(sink: Sink) -> None:
    sink.refuse("p3@example.org")
    sink.refuse("p7@example.org", "451 4.2.1 later")
    sink.answer("end", "554 5.6.0 not this one", pattern="*", times=1)


def cuts_the_line(sink: Sink) -> None:
    sink.drop("mail", times=1, pattern="*bounces+9@*")


def is_full(sink: Sink) -> None:
    sink.answer("greeting", "421 4.3.2 not now")


def needs_more(sink: Sink) -> None:
    sink.refuse("*", "550 5.7.515 sending domain not authenticated")


@pytest.mark.parametrize("script", [lambda sink: None, refuses_some, cuts_the_line, is_full, needs_more])
async def test_its_answers_are_those_of_the_relay_here(script: Callable[[Sink], None]) -> None:
    found = []
    for far in (False, True):
        async with Sink() as sink, away(sink, lambda: (1, FOREVER)) as there:
            script(sink)
            here = SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="mail.example.org", connections=1)
            outbox = Outbox([*copies(30), *(replace(copy, delivery=100, sender="") for copy in copies(1))])
            handled = await (there if far else here).drain(outbox.claim, outbox.finish)
            await here.close()
            said = {
                one.delivery: (one.code, one.reply, one.phase, one.wait > 0, one.at_large) for one in outbox.results
            }
            found.append((handled, said, sorted(mail.content for mail in sink.mails), sorted(sink.recipients)))
            assert sink.breaches == []
    assert found[0] == found[1]


async def test_what_is_sent_is_what_was_claimed_once_each() -> None:
    async with Sink() as sink, away(sink) as there:
        outbox = Outbox(copies(700))
        assert await there.drain(outbox.claim, outbox.finish) == 700
        assert await there.drain(outbox.claim, outbox.finish) == 0
        assert there.open == len(sink.sessions) == 8
    assert sorted(sink.recipients) == sorted(f"p{number}@example.org" for number in range(1, 701))
    assert outbox.answers == dict.fromkeys(range(1, 701), (250, Phase.END))
    assert {mail.sender for mail in sink.mails} == {copy.sender for copy in copies(700)}


async def test_with_nothing_committed_no_connection_sends_more_than_ten() -> None:
    """The promise that a kill is measured by (DESIGN §3)."""
    async with Sink() as sink, away(sink, lambda: (2, FOREVER)) as there:
        committed, outbox = asyncio.Event(), Outbox(copies(200))

        async def finish(results: Sequence[Result]) -> None:
            await committed.wait()
            await outbox.finish(results)

        drain = asyncio.create_task(there.drain(outbox.claim, finish))
        await sink.until(20)
        async with asyncio.timeout(20):
            while there.open != 2:  # it has said something since: it is not dead, it waits
                await asyncio.sleep(0.01)
        assert len(sink.mails) == 20
        committed.set()
        assert await drain == 200
    assert len(sink.mails) == 200


@pytest.mark.parametrize("what", ["claim", "finish"])
async def test_what_a_claim_or_a_commit_raises_comes_out_and_the_next_drain_goes_on(what: str) -> None:
    async with Sink() as sink, away(sink) as there:
        outbox, broken = Outbox(copies(300)), [True]

        async def claim(number: int) -> Sequence[Copy]:
            if what == "claim" and len(outbox.waiting) < 250 and broken:
                raise OSError("no database")
            return await outbox.claim(number)

        async def finish(results: Sequence[Result]) -> None:
            if what == "finish" and broken:
                raise OSError("no database")
            await outbox.finish(results)

        with pytest.raises(OSError, match="no database"):
            await there.drain(claim, finish)
        first, broken = process(there).pid, []
        if what == "claim":  # what was answered by then is committed
            assert len(outbox.results) == len(sink.mails) > 0
        outbox = Outbox(copies(300))
        assert await there.drain(claim, finish) == 300
        assert process(there).pid == first
    assert outbox.answers == dict.fromkeys(range(1, 301), (250, Phase.END))


async def test_a_drain_that_is_cancelled_commits_what_was_answered() -> None:
    async with Sink() as sink, away(sink) as there:
        outbox = Outbox(copies(20))
        sink.stall("end", pattern="*", times=1)
        drain = asyncio.create_task(there.drain(outbox.claim, outbox.finish))
        await sink.until(19)
        drain.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drain
        assert len(outbox.results) == 19
        outbox = Outbox(copies(3))
        assert await there.drain(outbox.claim, outbox.finish) == 3  # the process is there as before


# What holds a copy


class Leased(Outbox):
    """Thirty copies under leases of `seconds`; the first answers are committed when their new end has been told."""

    def __init__(self, seconds: float, told: asyncio.Event) -> None:
        until = time.monotonic() + seconds
        super().__init__(replace(copy, deadline=until, lease=Lease(until)) for copy in copies(30))
        self.leases = [copy.lease for copy in self.waiting if copy.lease]
        self.told, self.then, self.first = told, 0.0, True

    async def finish(self, results: Sequence[Result]) -> None:
        if self.first:
            self.first = False
            for lease in self.leases:
                lease.until = self.then
            await asyncio.wait_for(self.told.wait(), 20)
        await super().finish(results)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once leases that have changed have been told."""
    event, tell = asyncio.Event(), Channel.tell

    def telling(channel: Channel, *message: object) -> None:
        tell(channel, *message)
        if message[0] == "leases":
            event.set()

    monkeypatch.setattr(Channel, "tell", telling)
    monkeypatch.setattr(apart, "PULSE", 0.01)
    return event


async def test_a_lease_that_is_renewed_here_is_renewed_there(told: asyncio.Event) -> None:
    async with Sink() as sink, away(sink, lambda: (1, FOREVER)) as there:
        outbox = Leased(2.0, told)
        outbox.then, end = time.monotonic() + 60.0, time.monotonic() + 2.0

        async def finish(results: Sequence[Result]) -> None:
            await outbox.finish(results)
            while time.monotonic() < end:  # until the lease as it was is over
                await asyncio.sleep(0.02)

        assert await there.drain(outbox.claim, finish) == 30
    assert len(sink.mails) == 30


async def test_a_lease_that_is_lost_here_is_lost_there(told: asyncio.Event) -> None:
    async with Sink() as sink, away(sink, lambda: (1, FOREVER)) as there:
        outbox = Leased(60.0, told)
        await there.drain(outbox.claim, outbox.finish)
    assert 5 <= len(sink.mails) == len(outbox.results) <= 10


async def test_with_fewer_connections_allowed_those_above_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PULSE", 0.01)
    async with Sink() as sink:
        outbox, allowed = Outbox(copies(3000)), [8]

        async def finish(results: Sequence[Result]) -> None:
            await outbox.finish(results)
            if len(outbox.results) > 100:
                allowed[0] = 3

        async with away(sink, lambda: (allowed[0], FOREVER)) as there:
            assert await there.drain(outbox.claim, finish) == 3000
            assert there.open == 3
        assert len(sink.sessions) == 8
    assert len(set(sink.recipients)) == 3000


async def test_an_allowance_that_has_run_out_is_none() -> None:
    async with Sink() as sink, away(sink, lambda: (8, time.monotonic() - 1)) as there:
        outbox = Outbox(copies(5))
        await there.drain(outbox.claim, outbox.finish)
    assert (sink.mails, outbox.results) == ([], [])
    assert len(outbox.waiting) == 5  # nothing was claimed that could not be sent


# What it learns


async def test_a_domain_that_refuses_us_halts_until_somebody_lifts_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with Sink() as sink, away(sink, lambda: (1, FOREVER)) as there:
        sink.refuse("*", "550 5.7.515 sending domain not authenticated")
        outbox = Outbox(copies(20))
        await there.drain(outbox.claim, outbox.finish)
        assert there.any(time.monotonic())
        assert not there.any(time.monotonic() + 3600)
        assert "sending to example.org halts for 3600 s: refused with 550 5.7.515" in caplog.text
        assert "p1@" not in caplog.text
        sink.forget()
        there.lift()
        assert not there.any(time.monotonic())
        outbox = Outbox(copies(20))
        await there.drain(outbox.claim, outbox.finish)
    assert outbox.answers == dict.fromkeys(range(1, 21), (250, Phase.END))


# When it dies


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
async def test_one_that_died_is_replaced(how: int, caplog: pytest.LogCaptureFixture) -> None:
    async with Sink() as sink, away(sink) as there:
        await there.drain(claims_nothing, Outbox([]).finish)
        first = process(there)
        first.send_signal(how)
        await first.wait()
        outbox = Outbox(copies(3))
        assert await there.drain(outbox.claim, outbox.finish) == 3
        assert process(there) is not first
    assert len(sink.mails) == 3


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_it_may_die_or_freeze_in_the_midst_of_a_fan_out(
    how: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "SILENCE", 1.0)
    async with Sink() as sink, away(sink) as there:
        outbox, claimed, hit = Outbox(copies(600)), list[Copy](), list[int]()

        async def claim(number: int) -> Sequence[Copy]:
            if not hit and len(outbox.waiting) < 500:
                hit.append(process(there).pid)
                process(there).send_signal(how)
            given = await outbox.claim(number)
            claimed.extend(given)
            return given

        await there.drain(claim, outbox.finish)
        assert "the process that sends is lost" in caplog.text
        left = [copy for copy in claimed if copy.delivery not in outbox.answers]
        assert left
        doubtful = len(sink.mails) - len(outbox.results)
        assert doubtful <= 80  # ten a connection
        outbox.waiting.extend(left)  # once their leases are over
        await there.drain(outbox.claim, outbox.finish)
        assert process(there).pid not in hit
    assert outbox.answers == dict.fromkeys(range(1, 601), (250, Phase.END))
    assert len(sink.mails) <= 600 + 80
    with pytest.raises(ProcessLookupError):
        os.kill(hit[0], 0)


async def test_what_it_had_said_before_it_died_is_committed_before_the_drain_ends() -> None:
    """Else it would be sent again, though we know that it was taken."""
    async with Sink() as sink, away(sink) as there:
        outbox, waits, dead = Outbox(copies(200)), asyncio.Event(), asyncio.Event()

        async def finish(results: Sequence[Result]) -> None:
            waits.set()
            await dead.wait()
            await asyncio.sleep(0)
            await outbox.finish(results)

        drain = asyncio.create_task(there.drain(outbox.claim, finish))
        await waits.wait()
        process(there).kill()
        await process(there).wait()
        dead.set()
        await drain
        assert outbox.answers


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
async def test_one_that_does_not_start_claims_nothing(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.helper, "running", lambda module, call: [program])
    async with Sink() as sink, away(sink) as there:
        outbox = Outbox(copies(3))
        with pytest.raises(ApartError, match="does not start"):
            await there.drain(outbox.claim, outbox.finish)
        assert len(outbox.waiting) == 3
        monkeypatch.undo()
        assert await there.drain(outbox.claim, outbox.finish) == 3


async def test_a_fault_of_ours_in_it_comes_out_and_its_way_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with Sink() as sink, away(sink) as there:
        outbox = Outbox(copies(3))
        outbox.waiting[1] = replace(outbox.waiting[1], recipient=None)  # type: ignore[arg-type]
        with pytest.raises(ApartError, match="has failed"):
            await there.drain(outbox.claim, outbox.finish)
    assert "the relay failed: AttributeError" in caplog.text
    assert "Traceback" not in caplog.text


# As a process


async def test_it_survives_what_ends_the_service_and_ends_with_a_goodbye() -> None:
    """A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group: what is claimed is still sent."""
    async with Sink() as sink:
        async with away(sink) as there:
            await there.drain(claims_nothing, Outbox([]).finish)
            first = process(there)
            first.send_signal(signal.SIGINT)
            first.send_signal(signal.SIGTERM)
            outbox = Outbox(copies(20))
            assert await there.drain(outbox.claim, outbox.finish) == 20
            assert process(there) is first
        assert first.returncode == 0
        assert there.open == 0
        assert {session.commands[-1] for session in sink.sessions} == {"QUIT"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
async def test_no_process_list_shows_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTSERV_RELAY_PASSWORD", "sesame")
    login = {"user": "talk", "password": "sesame"}
    there = RelayApart(lambda: (1, FOREVER), host="127.0.0.1", port=1, tls="starttls", hostname="m.example", **login)
    await there.drain(claims_nothing, Outbox([]).finish)
    place = Path("/proc") / str(process(there).pid)
    seen = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    await there.close()
    assert b"despatch" in seen
    assert b"sesame" not in seen


async def test_connections_are_given_up_and_the_process_stays() -> None:
    async with Sink() as sink, away(sink) as there:
        outbox = Outbox(copies(20))
        await there.drain(outbox.claim, outbox.finish)
        first = process(there)
        assert there.open > 0
        await there.hang_up()
        assert there.open == 0
        assert {session.commands[-1] for session in sink.sessions} == {"QUIT"}
        outbox = Outbox(copies(2))
        assert await there.drain(outbox.claim, outbox.finish) == 2
        assert process(there) is first


_ENGINE = """
import asyncio, sys
from listserv.edge.apart import RelayApart
from tests.edge.outbox import Outbox, copies

async def main():
    options = {"host": "127.0.0.1", "port": int(sys.argv[1]), "tls": "none", "hostname": "m.example"}
    away = RelayApart(lambda: (4, float("inf")), **options)
    outbox = Outbox(copies(400))

    async def claim(number):
        print(away._there.process.pid, flush=True)
        return await outbox.claim(number)

    async def finish(results):
        await asyncio.Event().wait()

    await away.drain(claim, finish)

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
async def test_with_the_engine_killed_it_ends_at_once_with_at_most_ten_sent_a_connection() -> None:
    async with Sink() as sink:
        engine = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _ENGINE, str(sink.port)),
            cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE,
        )
        assert engine.stdout is not None
        number = int(await engine.stdout.readline())
        await sink.until(40)
        engine.kill()
        await engine.communicate()
        async with asyncio.timeout(20):
            while Path(f"/proc/{number}").exists() and ") Z " not in Path(f"/proc/{number}/stat").read_text():
                await asyncio.sleep(0.01)
        assert len(sink.mails) == 40


# The channel


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with theirs:
        channel = await Channel.over(ours)
        yield channel, theirs
        channel.close()


async def test_a_message_may_come_in_pieces_and_waiting_for_it_be_given_up(pair: tuple[Channel, socket.socket]) -> None:
    channel, wire = pair
    said = pickle.dumps(("claimed", [1, 2.5, b"x", None, "é"]))
    whole = len(said).to_bytes(4, "big") + said
    for octet in whole[:-1]:
        wire.send(bytes([octet]))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(channel.hear(), 0.001)
    wire.send(whole[-1:] + whole)
    assert [await channel.hear(), await channel.hear()] == [("claimed", [1, 2.5, b"x", None, "é"])] * 2


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("exit 1",)


@pytest.mark.parametrize(
    "said",
    [pickle.dumps(("log", Harm())), pickle.dumps(Phase.END), pickle.dumps([1]), pickle.dumps(()), b"no pickle", b""],
)
async def test_what_is_no_plain_message_is_not_believed(said: bytes, pair: tuple[Channel, socket.socket]) -> None:
    channel, wire = pair
    wire.send(len(said).to_bytes(4, "big") + said)
    with pytest.raises(ValueError, match="not a message of ours"):
        await channel.hear()


async def test_what_is_longer_than_may_be_said_is_not_read() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        channel = await Channel.over(ours, 100)
        said = pickle.dumps(("log", "x" * 60))
        theirs.send(len(said).to_bytes(4, "big") + said + (101).to_bytes(4, "big"))
        assert await channel.hear() == ("log", "x" * 60)
        with pytest.raises(ValueError, match="too long"):
            await channel.hear()
        channel.close()


async def test_the_end_of_the_other_is_heard(pair: tuple[Channel, socket.socket]) -> None:
    channel, wire = pair
    wire.send(b"\0\0\0\5abc")
    wire.close()
    assert await channel.hear() is None
    channel.tell("nobody hears that")


# Who needs it


def test_a_host_of_pages_alone_needs_no_password_of_the_relay(tmp_path: Path) -> None:
    place = folder(tmp_path) / "listserv.toml"
    text, way = place.read_text(), '[relay]\nkind = "smtp"\nhost = "127.0.0.1"\nport = 25\ntls = "starttls"\n'
    rest = re.sub(r"(?ms)^\[relay\]\n.*?(?=^\[)", "", text)
    place.write_text(f'{way}user = "talk"\npassword_file = "not-here"\n{rest}')
    app = App(str(place), None)
    try:
        engine(app, {"web", "intake", "clock"}, apart=True)
        with pytest.raises(Refused, match="not-here"):
            engine(app, {"work"}, apart=True)
    finally:
        app.close()
