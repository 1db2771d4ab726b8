"""The SMTP relay when it may have fewer connections than before: others send too (store/senders)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from listserv.core.mail.transfer import Phase, Result
from listserv.edge.relay import SmtpRelay
from tests.edge.outbox import Outbox, copies
from tests.sink import Sink


class Shared(Outbox):
    """Once so many answers are in, there are fewer connections."""

    def __init__(self, number: int, *, after: int, then: int) -> None:
        super().__init__(copies(number))
        self.connections, self._after, self._then = 8, after, then

    async def finish(self, results: Sequence[Result]) -> None:
        await super().finish(results)
        if len(self.results) >= self._after:
            self.connections = self._then


def relay_to(sink: Sink, outbox: Shared) -> SmtpRelay:
    return SmtpRelay(
        host=sink.host,
        port=sink.port,
        tls="none",
        hostname="mail.example.org",
        timeout=10.0,
        connections=lambda: outbox.connections,
    )


async def test_those_above_it_end_and_the_others_go_on() -> None:
    async with Sink() as sink:
        outbox = Shared(600, after=100, then=3)
        relay = relay_to(sink, outbox)
        assert await relay.drain(outbox.claim, outbox.finish) == 600
        assert relay.open == 3
        await relay.close()
    assert len(sink.sessions) == 8  # none was ended to be opened again
    assert len(outbox.answers) == len(set(sink.recipients)) == 600


async def test_those_above_it_may_take_long_to_say_goodbye() -> None:
    async with Sink() as sink:
        outbox = Shared(600, after=100, then=3)
        sink.stall("quit")
        relay = relay_to(sink, outbox)
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await asyncio.wait_for(sink.until(600), 10)
        assert len(set(sink.recipients)) == 600
        drain.cancel()
        await asyncio.wait([drain])


async def test_with_none_left_what_is_claimed_is_given_back_at_once() -> None:
    async with Sink() as sink:
        outbox = Shared(600, after=100, then=0)
        relay = relay_to(sink, outbox)
        await relay.drain(outbox.claim, outbox.finish)
        assert relay.open == 0
    asked = 600 - len(outbox.waiting)
    assert len(outbox.answers) == asked  # each claimed copy has its answer
    back = [result for result in outbox.results if not result.ok]
    assert back
    assert {(result.code, result.phase, result.put_off) for result in back} == {(0, Phase.CONNECT, True)}
    assert len(sink.recipients) == asked - len(back)
