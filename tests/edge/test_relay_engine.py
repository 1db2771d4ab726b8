"""The engine and a relay that is particular: what becomes of deliveries, what moderators hear, who is scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.clock import Clock
from listserv.core.mail.pacing import Halts, Limits
from listserv.edge.daemon import Daemon
from listserv.edge.relay import SmtpRelay
from listserv.edge.retries import Retries
from listserv.store import audit, outbox
from listserv.store.session import Connection
from tests.house import MODERATORS, House, folder, open_house
from tests.sink import Sink

POLICY = "550 5.7.515 Access denied, sending domain not authenticated"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as made:
        yield made


async def sent(house: House, sink: Sink, **limits: int) -> Counter[str]:
    """All that may go now goes out; the deliveries by state."""
    daemon = Daemon(
        session=house.session,
        site=house.site,
        clock=Clock(time=lambda: house.now),
        relay=SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="talk.example", connections=2),
        clock_runs=False,
        limits=Limits(**limits),
    )
    await daemon.until_idle()
    return Counter(row["state"] for row in house.rows("delivery"))


async def test_a_domain_that_refuses_us_waits_and_the_moderators_are_told_once(house: House) -> None:
    for number in range(12):
        house.join(f"p{number}@proud.example")
    house.released()
    async with Sink() as sink:
        sink.answer("end", POLICY, pattern="*@proud.example")
        states = await sent(house, sink)
        await sent(house, sink)
    proud = [row for row in house.rows("delivery") if row["address"].endswith("@proud.example")]
    assert {row["state"] for row in proud} == {"deferred"}
    assert {(row["code"], row["reply"]) for row in proud} == {(550, POLICY[4:])}
    assert sum(row["attempts"] for row in proud) <= 8  # what was put off does not count as tried
    assert states["failed"] == 0
    assert house.rows("bounce") == []
    notices = [mail for mail in sink.mails if b"Our mail is refused at proud.example" in mail.content]
    assert sorted(recipient for mail in notices for recipient in mail.recipients) == sorted(MODERATORS)
    assert {mail.sender for mail in notices} == {""}  # RFC 5321 §4.5.5
    assert len([mail for mail in sink.mails if mail.recipients == ("anna@example.net",)]) >= 2


async def test_a_relay_that_refuses_everybody_fails_nobody(house: House) -> None:
    for number in range(12):
        house.join(f"p{number}@d{number}.example")
    house.released()
    async with Sink() as sink:
        sink.answer("rcpt", "554 5.7.1 relay access denied")
        states = await sent(house, sink)
        again = await sent(house, sink)
    assert set(states) | set(again) <= {"deferred", "pending"}  # pending: made since then, when nothing is claimed
    assert house.rows("bounce") == []
    told = house.sent("relay_halted")
    assert [notice.subject for notice in told] == ["[nap] Our mail is refused by the relay"] * len(MODERATORS)


async def test_content_that_is_refused_fails_those_copies_and_scores_nobody(house: House) -> None:
    house.released()
    async with Sink() as sink:
        sink.answer("end", "554 5.6.0 content refused", pattern="anna@*", times=2)
        await sent(house, sink)
    assert {row["state"] for row in house.rows("delivery", address="anna@example.net")} >= {"failed"}
    assert house.rows("bounce") == []
    assert {notice.state for notice in house.sent("relay_refused")} == {"sent"}


async def test_people_who_are_gone_are_scored_as_ever(house: House) -> None:
    house.released()
    async with Sink() as sink:
        sink.refuse("anna@*", "550 5.1.1 no such user")
        await sent(house, sink)
    assert {row["verdict"] for row in house.rows("bounce")} == {"hard"}
    assert house.sent("relay_refused") + house.sent("relay_halted") == []


async def test_a_relay_without_SMTPUTF8_fails_that_recipient_softly(house: House) -> None:
    house.join("jörg@bücher.example")
    house.join("bea@bücher.example")
    house.released()
    async with Sink(smtputf8=False) as sink:
        await sent(house, sink)
    beyond = house.rows("delivery", address="jörg@bücher.example")
    assert {row["state"] for row in beyond} == {"failed"}
    assert all("lacks SMTPUTF8" in row["reply"] for row in beyond)
    assert "bea@xn--bcher-kva.example" in sink.recipients  # a domain alone needs none
    assert len(house.sent("relay_refused")) == len(MODERATORS)
    assert house.rows("bounce") == []


async def test_a_share_a_minute_leaves_the_rest_due_within_minutes(house: House) -> None:
    for number in range(9):
        house.join(f"p{number}@big.example")
    async with Sink() as sink:
        before = await sent(house, sink, domain_per_minute=3)
        assert len([one for one in sink.recipients if one.endswith("@big.example")]) == 3
    waiting = house.rows("delivery", state="deferred")
    assert before["deferred"] == len(waiting) > 0
    assert {row["attempts"] for row in waiting} == {0}
    assert {row["reply"] for row in waiting} == {"waits: big.example has had its share"}


async def test_what_waits_for_a_halt_goes_out_after_a_retry(house: House) -> None:
    """`outbox retry` from another process: the halt, which is in the engine's memory, does not put it off again."""
    for number in range(12):
        house.join(f"p{number}@proud.example")
    house.released()
    halts = Halts()
    async with Sink() as sink:
        relay = SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="talk.example", halts=halts)
        clock, retries = Clock(time=lambda: house.now), Retries(house.session, halts)

        async def run() -> None:
            engine = Daemon(
                session=house.session, site=house.site, clock=clock, relay=relay, clock_runs=False, retries=retries
            )
            await engine.until_idle()

        sink.answer("end", POLICY, pattern="*@proud.example")
        await run()
        sink._rules.clear()  # the domain's keeper has been convinced

        def retry(connection: Connection) -> None:
            outbox.retry(connection, [row["id"] for row in house.rows("delivery", state="deferred")])
            audit.record(connection, house.now, "op", "retry", "12 deliveries")

        house.session.write(retry)
        await run()
    proud = [row for row in house.rows("delivery") if row["address"].endswith("@proud.example")]
    assert {row["state"] for row in proud} == {"sent"}
