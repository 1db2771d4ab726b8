"""Whatever goes wrong, in whatever order: a drain ends, and every copy is answered once (no wake-up is lost)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from listserv.core.mail.transfer import Copy, Result
from listserv.edge import carriers, lanes
from listserv.edge.relay import SmtpRelay
from tests.edge.outbox import Outbox, copies
from tests.sink import PHASES, Sink


def misbehave(sink: Sink, chance: Random) -> None:
    """A script of up to a dozen mishaps, some of the connection, some of a copy."""
    for _ in range(chance.randrange(12)):
        phase, times = chance.choice(PHASES), chance.randrange(1, 4)
        pattern = "*" if phase in ("greeting", "ehlo", "mail") else chance.choice(["*", f"*{chance.randrange(10)}@*"])
        match chance.randrange(4):
            case 0:
                sink.drop(phase, times=times, pattern=pattern, keep=chance.random() < 0.5)
            case 1:
                sink.stall(phase, times=1, pattern=pattern)
            case _:
                reply = chance.choice(["421 4.3.2 going", "451 4.3.0 later", "550 5.1.1 unknown", "550 5.7.1 policy"])
                sink.answer(phase, reply, times=times, pattern=pattern)


class Slow(Outbox):
    """Gives and commits at its own pace; some copies come while the first are on their way."""

    def __init__(self, waiting: Sequence[Copy], chance: Random) -> None:
        super().__init__(waiting[: len(waiting) // 2])
        self.later, self.chance = list(waiting[len(waiting) // 2 :]), chance

    async def claim(self, number: int) -> Sequence[Copy]:
        for _ in range(self.chance.randrange(30)):
            await asyncio.sleep(0)
        found = await super().claim(min(number, self.chance.randrange(1, 40)))
        self.waiting.extend(self.later)
        self.later = []
        return found

    async def finish(self, results: Sequence[Result]) -> None:
        for _ in range(self.chance.randrange(30)):
            await asyncio.sleep(0)
        await super().finish(results)


@pytest.mark.parametrize("seed", range(60))
async def test_a_drain_ends_and_each_copy_has_one_answer(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(seed)
    monkeypatch.setattr(lanes, "SLOW", 0.02)
    monkeypatch.setattr(carriers, "AGAIN", 0.01)
    batch = [
        replace(copy, recipient=f"p{copy.delivery}@d{int(chance.paretovariate(0.5)) % 20}.example")
        for copy in copies(chance.randrange(1, 150))
    ]
    async with Sink(pipelining=chance.random() < 0.8) as sink:
        misbehave(sink, chance)
        outbox = Slow(batch, chance)
        relay = SmtpRelay(
            host=sink.host,
            port=sink.port,
            tls="none",
            hostname="mail.example.org",
            timeout=0.1,
            connections=chance.randrange(1, 9),
        )
        async with asyncio.timeout(20):
            handled = await relay.drain(outbox.claim, outbox.finish)
            await relay.close()
    untouched = {copy.delivery for copy in (*outbox.waiting, *outbox.later)}  # after the hop was given up
    assert set(outbox.answers) == {copy.delivery for copy in batch} - untouched
    assert handled == len(outbox.answers)
    taken = [int(recipient[1:].partition("@")[0]) for recipient in sink.recipients]
    assert set(taken) >= {result.delivery for result in outbox.results if result.ok}
    for number in set(taken):  # nothing was sent a second time
        assert taken.count(number) == 1
    assert sink.breaches == []
