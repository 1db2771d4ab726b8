"""Fairness among recipient domains, seen at the socket: halts, and slow ones.

Put off means: reported with `wait`, so that its attempt does not count (tests/steps/test_deliver.py) and its lease is
given back; the others go on at full speed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from listserv.core.mail.transfer import Copy, Phase
from listserv.edge import carriers, lanes
from listserv.edge import relay as relay_file
from listserv.edge.relay import SmtpRelay
from tests.edge.outbox import Outbox, copies
from tests.sink import Sink

HOUR = 3600.0


def relay_to(sink: Sink, **settings: Any) -> SmtpRelay:
    defaults: dict[str, Any] = {"tls": "none", "hostname": "mail.example.org", "timeout": 10.0, "connections": 1}
    return SmtpRelay(host=sink.host, port=sink.port, **(defaults | settings))


def to(domains: Iterable[str]) -> list[Copy]:
    """Copies 1, 2, … to these domains: p1@…, p2@…"""
    domains = list(domains)
    made = zip(copies(len(domains)), domains, strict=True)
    return [replace(copy, recipient=f"p{copy.delivery}@{domain}") for copy, domain in made]


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for file in (relay_file, carriers):
        monkeypatch.setattr(file, "monotonic", lambda: made.now)
    return made


async def drained(relay: SmtpRelay, waiting: Iterable[Copy]) -> Outbox:
    outbox = Outbox(waiting)
    await relay.drain(outbox.claim, outbox.finish)
    return outbox


def at(domain: str, sink: Sink) -> list[str]:
    return [one for one in sink.recipients if one.endswith(f"@{domain}")]


# Halts


@pytest.mark.parametrize("scripted", ["rcpt", "data", "end"])
@pytest.mark.parametrize("answer", ["550 5.7.515 sending domain not authenticated", "451 4.7.650 bad reputation"])
async def test_a_domain_that_refuses_us_is_halted_and_the_others_go_on(
    scripted: str, answer: str, clock: Clock
) -> None:
    async with Sink() as sink:
        sink.answer(scripted, answer, pattern="*@proud.example")
        relay = relay_to(sink)
        outbox = await drained(relay, to(["proud.example", "kind.example"] * 50))
        assert len(at("kind.example", sink)) == 50
        asked = [line for line in sink.sessions[0].commands if "@proud.example" in line]
        assert len(asked) <= 6  # five, and the one whose envelope was under way
        refused = [result for result in outbox.results if not result.ok]
        assert len(refused) == 50
        assert all(result.code == int(answer[:3]) and result.reply == answer[4:] for result in refused)
        waits = [result.wait for result in refused]
        assert waits[:4] == [0, 0, 0, 0]  # not yet known to be about us all: by the ladder
        assert set(waits[4:]) == {HOUR}
        assert not any(result.at_large for result in refused)
        clock.now += HOUR
        sink._rules.clear()  # somebody has put it right
        outbox = await drained(relay, to(["proud.example"] * 45))
        await relay.close()
    assert all(result.ok for result in outbox.results)


async def test_a_halt_that_ends_too_early_costs_one_more_refusal_and_grows(clock: Clock) -> None:
    async with Sink() as sink:
        sink.refuse("*@proud.example", "550 5.7.1 no")
        relay = relay_to(sink)
        for length, most in ((HOUR, 6), (2 * HOUR, 2), (4 * HOUR, 2), (4 * HOUR, 2)):
            before = len(sink.sessions[0].commands) if sink.sessions else 0
            outbox = await drained(relay, to(["proud.example"] * 20))
            assert max(result.wait for result in outbox.results) == length
            asked = [line for line in sink.sessions[0].commands[before:] if line.startswith("RCPT")]
            assert len(asked) <= most
            clock.now += length
        await relay.close()


@pytest.mark.parametrize(("scripted", "most"), [("mail", 6), ("rcpt", 11), ("end", 11)])
async def test_a_relay_that_refuses_everything_is_left_alone(scripted: str, most: int, clock: Clock) -> None:
    async with Sink() as sink:
        sink.answer(scripted, "554 5.7.1 relay access denied")
        relay = relay_to(sink)
        outbox = await drained(relay, to(f"d{n}.example" for n in range(200)))
        await relay.close()
    assert len([line for line in sink.sessions[0].commands if line.startswith("MAIL")]) <= most
    assert len(outbox.results) == 200
    assert {(result.wait, result.at_large) for result in outbox.results[-180:]} == {(900.0, True)}
    assert sink.mails == []


async def test_refusals_of_people_and_of_content_halt_nothing() -> None:
    async with Sink() as sink:
        sink.refuse("*1@*", "550 5.1.1 no such mailbox")
        sink.answer("end", "554 5.6.0 malformed", pattern="*2@*")
        sink.answer("rcpt", "450 4.7.1 Greylisting in action", pattern="*3@*")
        relay = relay_to(sink)
        outbox = await drained(relay, to(["one.example"] * 100))
        await relay.close()
    assert not any(result.put_off for result in outbox.results)
    assert len(sink.mails) == 70


# Slow domains


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_slow_domain_holds_half_of_the_connections_and_its_copies_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "SLOW", 0.05)
    async with Sink() as sink:
        sink.stall("end", pattern="*@slow.example")
        relay = relay_to(sink, connections=8)
        outbox = Outbox(to(["slow.example", *["slow.example", "quick.example"] * 60, *["slow.example"] * 200]))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await until(lambda: len(at("quick.example", sink)) == 60 and not outbox.waiting)
        await until(lambda: any(result.put_off for result in outbox.results))
        stalled = {line for session in sink.sessions for line in session.commands if "@slow.example" in line}
        assert 0 < len(stalled) <= 4 + 4  # four under way, at most as many envelopes ahead of quick ones
        put_off = [result for result in outbox.results if result.put_off]
        assert {(result.code, result.wait, result.phase) for result in put_off} == {
            (0, carriers.CROWDED, Phase.CONNECT)
        }
        drain.cancel()
        await asyncio.wait([drain])
        await relay.close()


async def test_a_domain_is_slow_once_the_time_for_it_is_over_however_a_clock_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "SLOW", 0.05)
    now = next(at / 10 for at in range(10_000) if (at / 10 + lanes.SLOW) - at / 10 < lanes.SLOW)
    monkeypatch.setattr(carriers, "monotonic", lambda: now)
    async with Sink() as sink:
        sink.stall("end", pattern="*@slow.example")
        relay, outbox = relay_to(sink), Outbox(to(["slow.example"]))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await until(lambda: relay.slow.is_slow("slow.example", now))
        drain.cancel()
        await asyncio.wait([drain])
        await relay.close()


async def test_what_is_released_while_a_slow_domain_is_awaited_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "AGAIN", 0.01)
    monkeypatch.setattr(lanes, "SLOW", 0.05)
    async with Sink() as sink:
        sink.stall("end", pattern="*@slow.example")
        relay, outbox = relay_to(sink, connections=4), Outbox(to(["quick.example"] * 8 + ["slow.example"]))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await until(lambda: any("@slow.example" in line for one in sink.sessions for line in one.commands))
        outbox.waiting.extend(replace(copy, delivery=copy.delivery + 100) for copy in to(["quick.example"] * 5))
        await until(lambda: len(at("quick.example", sink)) == 13)
        drain.cancel()
        await asyncio.wait([drain])
        await relay.close()


async def test_a_domain_alone_may_use_all_connections_until_it_was_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sink() as sink:
        relay = relay_to(sink, connections=8)
        await drained(relay, to(["one.example"] * 400))
        assert {mail.session for mail in sink.mails} == set(range(8))
        monkeypatch.setattr(lanes, "SLOW", -1.0)  # from now on each answer counts as slow
        await drained(relay, to(["one.example"] * 20))
        before = len(sink.mails)
        await drained(relay, to(["one.example"] * 400))
        await relay.close()
    assert len({mail.session for mail in sink.mails[before:]}) <= 4
