"""The SMTP relay when the hop works: what arrives, how it is paced, what is refused before it reaches the wire."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge import carriers
from listserv.edge import relay as relay_file
from listserv.edge.relay import SmtpRelay
from tests.edge.outbox import BODY, HEAD, Outbox, copies
from tests.sink import Sink


def relay_to(sink: Sink, **settings: Any) -> SmtpRelay:
    defaults: dict[str, Any] = {"tls": "none", "hostname": "mail.example.org", "timeout": 10.0, "connections": 1}
    return SmtpRelay(host=sink.host, port=sink.port, **(defaults | settings))


async def settled(sink: Sink) -> None:
    """The sink has had its turn: two conversations of our own went through."""
    for _ in range(2):
        reader, writer = await asyncio.open_connection(sink.host, sink.port)
        for _ in range(20):
            writer.write(b"NOOP\r\n")
        writer.write(b"QUIT\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()


# What arrives


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("connections", [1, 3])
async def test_each_copy_arrives_once_as_it_was_given(pipelining: bool, connections: int) -> None:
    async with Sink(pipelining=pipelining) as sink:
        relay, outbox = relay_to(sink, connections=connections), Outbox(copies(40))
        assert await relay.drain(outbox.claim, outbox.finish) == 40
        await relay.close()
    assert sink.breaches == []
    assert sorted(sink.recipients) == sorted(f"p{i}@example.org" for i in range(1, 41))
    assert outbox.answers == dict.fromkeys(range(1, 41), (250, Phase.END))
    assert {mail.content for mail in sink.mails} == {HEAD + b"\r\n" + BODY}
    for mail in sink.mails:
        number = mail.recipients[0].removeprefix("p").removesuffix("@example.org")
        assert mail.recipients == (f"p{number}@example.org",)  # one recipient per transaction
        assert mail.sender == f"nap1325-bounces+{number}@dialogue.example.org"


async def test_the_null_sender_is_an_empty_path() -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox(copies(1, sender=""))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert sink.mails[0].sender == ""
    assert b"MAIL FROM:<>\r\n" in sink.wire


async def test_with_pipelining_the_next_envelope_goes_out_with_the_content() -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox(copies(100))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    # RCPT and DATA lay there when MAIL and RCPT were answered; and nearly always MAIL when the content was.
    assert 280 < sink.sessions[0].ahead <= 299


HOSTILE = {
    "bare LF": b"a\nb\n",
    "bare CR": b"a\rb\r",
    "smuggled end, LF": b"a\n.\nMAIL FROM:<evil@example.org>\r\n",
    "smuggled end, CR": b"a\r.\rMAIL FROM:<evil@example.org>\r\n",
    "smuggled end, mixed": b"a\r\n.\nMAIL FROM:<evil@example.org>\n.\r\n",
    "true end": b"a\r\n.\r\nMAIL FROM:<evil@example.org>\r\n",
    "NUL": b"a\r\n\0.\r\nb\0\r\n",
    "CR CR LF": b"a\r\r\n.\r\r\n",
    "starts with a dot": b".\r\n.\r\n..",
    "no line end": b"abc",
    "empty": b"",
    "only line ends": b"\n\r\n\r",
}


@pytest.mark.parametrize("pipelining", [True, False])
async def test_no_body_breaks_out_of_its_transaction(pipelining: bool) -> None:
    batch = [replace(c, body=body) for c, body in zip(copies(len(HOSTILE)), HOSTILE.values(), strict=True)]
    async with Sink(pipelining=pipelining) as sink:
        relay, outbox = relay_to(sink), Outbox(batch)
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert sink.breaches == []  # no bare CR or LF, no NUL, each dot doubled: seen at the socket
    assert [mail.recipients for mail in sink.mails] == [(copy.recipient,) for copy in batch]
    for copy, mail in zip(batch, sink.mails, strict=True):
        lines = copy.body.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
        assert mail.content == HEAD + b"\r\n" + lines + (b"" if lines.endswith(b"\r\n") else b"\r\n")


# Connections


async def test_connections_are_kept_between_drains_and_closed_with_QUIT() -> None:
    async with Sink() as sink:
        relay = relay_to(sink)
        for _ in range(3):
            outbox = Outbox(copies(2))
            await relay.drain(outbox.claim, outbox.finish)
        assert len(sink.sessions) == 1
        await relay.close()
        assert sink.sessions[0].commands[-1] == "QUIT"
        assert len(sink.mails) == 6


async def test_a_connection_idle_for_a_minute_is_closed_by_the_next_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    for file in (relay_file, carriers):
        monkeypatch.setattr(file, "monotonic", lambda: now)
    async with Sink() as sink:
        relay = relay_to(sink)
        for step in (0.0, 59.0, 61.0):
            now += step
            outbox = Outbox(copies(1))
            await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert [session.commands[-1] for session in sink.sessions] == ["QUIT", "QUIT"]
    assert [mail.session for mail in sink.mails] == [0, 0, 1]


@pytest.mark.parametrize("end", ["drop", "421"])
async def test_a_kept_connection_found_dead_is_dialled_again_and_burns_nothing(end: str) -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox(copies(1))
        await relay.drain(outbox.claim, outbox.finish)
        if end == "drop":
            sink.drop("mail", times=1)
        else:
            sink.answer("mail", "421 4.4.2 idle too long", times=1)
        outbox = Outbox(copies(5))
        assert await relay.drain(outbox.claim, outbox.finish) == 5
        await relay.close()
    assert set(outbox.answers.values()) == {(250, Phase.END)}
    assert len(sink.sessions) == 2
    assert len(sink.mails) == 6


async def test_many_copies_use_all_connections_and_one_copy_uses_one() -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink, connections=4), Outbox(copies(1))
        await relay.drain(outbox.claim, outbox.finish)
        assert len(sink.sessions) == 1
        outbox = Outbox(copies(200))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert {mail.session for mail in sink.mails} == {0, 1, 2, 3}


# Pace


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_connection_stops_at_ten_copies_that_are_not_committed(pipelining: bool) -> None:
    gate = asyncio.Event()

    class Slow(Outbox):
        async def finish(self, results: Sequence[Result]) -> None:
            await gate.wait()
            await super().finish(results)

    async with Sink(pipelining=pipelining) as sink:
        relay, outbox = relay_to(sink), Slow(copies(35))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await sink.until(10)
        await settled(sink)
        assert len(sink.mails) == 10
        gate.set()
        assert await drain == 35
        await relay.close()
    assert len(sink.mails) == 35
    assert max(len(group) for group in outbox.groups) <= 10


async def test_never_more_than_ten_uncommitted_on_any_connection_at_any_time() -> None:
    worst: list[int] = []

    class Watching(Outbox):
        async def finish(self, results: Sequence[Result]) -> None:
            for _ in range(5):
                await asyncio.sleep(0)
            committed = {result.delivery for result in self.results}
            for number in range(len(sink.sessions)):
                taken = {int(m.recipients[0][1:].split("@")[0]) for m in sink.mails if m.session == number}
                worst.append(len(taken - committed))
            await super().finish(results)

    async with Sink() as sink:
        relay, outbox = relay_to(sink, connections=4), Watching(copies(300))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert 1 < max(worst) <= 10


async def test_copies_are_claimed_ahead_while_the_ones_before_are_still_being_sent() -> None:
    second = asyncio.Event()

    class Watched(Outbox):
        async def claim(self, number: int) -> Sequence[Copy]:
            if self.asked:
                second.set()
            return await super().claim(number)

    async with Sink() as sink:
        sink.stall("end")
        relay, outbox = relay_to(sink), Watched(copies(100))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await asyncio.wait_for(second.wait(), 5)
        assert outbox.results == []
        drain.cancel()
        await asyncio.wait([drain])


async def test_claims_grow_while_the_hop_is_fast_up_to_a_bound() -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink, connections=4), Outbox(copies(3000))
        assert await relay.drain(outbox.claim, outbox.finish) == 3000
        await relay.close()
    assert outbox.asked[0] == 16
    assert max(outbox.asked) == carriers.MOST_AHEAD


async def test_a_copy_whose_lease_is_over_is_neither_sent_nor_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    for file in (relay_file, carriers):
        monkeypatch.setattr(file, "monotonic", lambda: now)
    late = [replace(c, deadline=1000.0 if c.delivery % 2 else 1000.1) for c in copies(20)]
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox(late)
        assert await relay.drain(outbox.claim, outbox.finish) == 10
        await relay.close()
    assert sorted(outbox.answers) == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    assert b"p1@" not in sink.wire


async def test_a_lease_that_ends_while_the_commit_is_awaited_takes_the_copy_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, gate = 1000.0, asyncio.Event()
    for file in (relay_file, carriers):
        monkeypatch.setattr(file, "monotonic", lambda: now)

    class Slow(Outbox):
        async def finish(self, results: Sequence[Result]) -> None:
            await gate.wait()
            await super().finish(results)

    async with Sink() as sink:
        relay, outbox = relay_to(sink), Slow(copies(15, deadline=1060.0))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await sink.until(10)
        await settled(sink)
        now = 1061.0
        gate.set()
        assert await drain == 10
        await settled(sink)
    assert len(sink.mails) == 10
    assert sorted(outbox.answers) == list(range(1, 11))


# Errors of the caller


async def test_what_finish_raises_comes_out_and_stops_the_sending() -> None:
    class Broken(Outbox):
        async def finish(self, results: Sequence[Result]) -> None:
            raise RuntimeError("database is gone")

    async with Sink() as sink:
        relay, outbox = relay_to(sink, connections=2), Broken(copies(500))
        with pytest.raises(RuntimeError, match="database is gone"):
            await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert len(sink.mails) <= 20


async def test_what_claim_raises_comes_out_after_the_answers_are_committed() -> None:
    class Breaking(Outbox):
        async def claim(self, number: int) -> Sequence[Copy]:
            if self.asked:
                await sink.until(3)
                raise RuntimeError("database is gone")
            return await super().claim(number)

    async with Sink() as sink:
        relay, outbox = relay_to(sink), Breaking(copies(4))
        with pytest.raises(RuntimeError, match="database is gone"):
            await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
        assert len(outbox.results) == len(sink.mails)


async def test_a_cancelled_drain_commits_what_was_answered() -> None:
    async with Sink() as sink:
        sink.stall("data", pattern="p4@*")
        relay, outbox = relay_to(sink), Outbox(copies(10))
        drain = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
        await sink.until(3)
        await settled(sink)
        drain.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drain
        assert outbox.answers == dict.fromkeys((1, 2, 3), (250, Phase.END))


# What the hop must offer, and what never reaches it


@pytest.mark.parametrize(
    ("change", "parameters"),
    [
        ({}, ""),
        ({"body": "für alle\r\n".encode()}, "BODY=8BITMIME"),
        ({"head": HEAD + "Subject: für\r\n".encode()}, "BODY=8BITMIME SMTPUTF8"),
        ({"recipient": "jörg@example.org"}, "SMTPUTF8"),
        ({"sender": "björn@dialogue.example.org"}, "SMTPUTF8"),
    ],
)
async def test_8BITMIME_and_SMTPUTF8_are_asked_for_only_when_needed(change: dict[str, Any], parameters: str) -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox(copies(1, **change))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert [mail.parameters for mail in sink.mails] == [parameters]
    assert sink.breaches == []


THIS_MAIL = "which this mail needs"


@pytest.mark.parametrize(
    ("lacking", "change", "reply"),
    [
        ("smtputf8", {"recipient": "jörg@example.org"}, "5.6.7 the relay lacks SMTPUTF8, which this address needs"),
        ("smtputf8", {"head": HEAD + "Subject: für\r\n".encode()}, f"5.6.7 the relay lacks SMTPUTF8, {THIS_MAIL}"),
        ("eightbitmime", {"body": "für alle\r\n".encode()}, f"5.6.3 the relay lacks 8BITMIME, {THIS_MAIL}"),
    ],
)
async def test_what_the_hop_cannot_take_fails_that_copy_alone(lacking: str, change: dict[str, Any], reply: str) -> None:
    first, second, third = copies(3)
    async with Sink(**{lacking: False}) as sink:
        relay, outbox = relay_to(sink), Outbox([first, replace(second, **change), third])
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert Result(2, 1, 550, reply, Phase.MAIL) in outbox.results
    assert sink.recipients == ["p1@example.org", "p3@example.org"]


async def test_a_mail_over_the_announced_size_is_not_sent() -> None:
    small, large = copies(2)
    async with Sink(size=5000) as sink:
        relay, outbox = relay_to(sink), Outbox([small, replace(large, body=b"x" * 5000)])
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert outbox.answers == {1: (250, Phase.END), 2: (552, Phase.MAIL)}
    assert sink.mails[0].parameters == f"SIZE={len(sink.mails[0].content) + 2}"  # and the doubled dots
    assert b"xxxx" not in sink.wire


INJECTIONS = [
    "b@y.example>\r\nRCPT TO:<evil@z.example",
    "b@y.example\r\nDATA",
    "b@y.example\n",
    "b@y.example> SIZE=1",
    "b <b@y.example>",
    "b@y\0.example",
    "b@y.example\x85",
    "b@y.example\u2028",
    "@relay.example:b@y.example",
    "nobody",
    "@y.example",
    "b@",
    "\ud800@y.example",
    "a" * 400 + "@y.example",
]


@pytest.mark.parametrize("address", INJECTIONS)
@pytest.mark.parametrize(("field", "phase"), [("recipient", Phase.RCPT), ("sender", Phase.MAIL)])
async def test_what_is_not_an_address_never_reaches_the_wire(address: str, field: str, phase: Phase) -> None:
    first, second, third = copies(3)
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox([first, replace(second, **{field: address}), third])
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert outbox.answers == {1: (250, Phase.END), 2: (553, phase), 3: (250, Phase.END)}
    assert sink.breaches == []
    assert [line for line in sink.sessions[0].commands if line.startswith("MAIL")] == [
        f"MAIL FROM:<nap1325-bounces+{i}@dialogue.example.org>" for i in (1, 3)
    ]


# TLS and log-in


@pytest.mark.parametrize(("tls", "offer"), [("starttls", "starttls"), ("implicit", "implicit_tls")])
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN"])
async def test_log_in_over_tls(tls: str, offer: str, mechanisms: str) -> None:
    async with Sink(**{offer: True}, auth=("dialogue", "pässword"), mechanisms=mechanisms) as sink:
        relay = relay_to(sink, tls=tls, user="dialogue", password="pässword", tls_context=sink.client_context())
        outbox = Outbox(copies(12))
        assert await relay.drain(outbox.claim, outbox.finish) == 12
        await relay.close()
    assert sink.sessions[0].logged_in == "dialogue"
    assert sink.sessions[0].secure
    assert len(sink.mails) == 12
    assert sink.breaches == []


@pytest.mark.parametrize(("tls", "offer"), [("starttls", "starttls"), ("implicit", "implicit_tls")])
async def test_a_certificate_nobody_vouches_for_is_refused(tls: str, offer: str) -> None:
    async with Sink(**{offer: True}, auth=("dialogue", "secret")) as sink:
        relay, outbox = relay_to(sink, tls=tls, user="dialogue", password="secret"), Outbox(copies(3))
        await relay.drain(outbox.claim, outbox.finish)
    assert outbox.answers == dict.fromkeys((1, 2, 3), (0, Phase.TLS))
    assert "signed by itself" in outbox.results[0].reply
    assert b"AUTH" not in sink.wire


async def test_a_stripped_STARTTLS_ends_it_before_the_password() -> None:
    async with Sink(starttls=False) as sink:
        relay = relay_to(sink, tls="starttls", user="dialogue", password="s", tls_context=ssl.create_default_context())
        outbox = Outbox(copies(3))
        await relay.drain(outbox.claim, outbox.finish)
    assert outbox.answers == dict.fromkeys((1, 2, 3), (0, Phase.TLS))
    assert outbox.results[0].reply == "the relay offers no STARTTLS: nothing was sent"
    assert sink.sessions[0].commands == ["EHLO mail.example.org"]


async def test_what_was_said_in_clear_is_not_believed_under_tls() -> None:
    async with Sink(starttls=True) as sink:
        sink.answer("starttls", "220 go ahead\r\n250 injected")
        relay, outbox = relay_to(sink, tls="starttls", tls_context=sink.client_context()), Outbox(copies(1))
        await relay.drain(outbox.claim, outbox.finish)
    assert outbox.answers == {1: (0, Phase.TLS)}
    assert outbox.results[0].reply == "the relay spoke before TLS was up"


async def test_nothing_to_send_dials_nobody() -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink), Outbox([])
        assert await relay.drain(outbox.claim, outbox.finish) == 0
        await relay.close()
    assert sink.sessions == []


async def test_a_wrong_password_defers_and_is_tried_once() -> None:
    async with Sink(starttls=True, auth=("dialogue", "secret")) as sink:
        relay = relay_to(
            sink, tls="starttls", user="dialogue", password="typo", tls_context=sink.client_context(), connections=8
        )
        outbox = Outbox(copies(100))
        await relay.drain(outbox.claim, outbox.finish)
    assert set(outbox.answers.values()) == {(0, Phase.AUTH)}
    assert outbox.results[0].reply == "535 5.7.8 wrong user or password"
    assert all(result.temporary for result in outbox.results)
    assert len(sink.sessions) == 1


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"user": "dialogue", "tls": "none"}, "the password would travel in clear"),
        ({"tls": "ssl"}, "use starttls, implicit or none"),
        ({"connections": 0}, "above 0"),
        ({"hostname": "mail.example.org\r\nQUIT"}, "cannot stand in EHLO"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        relay_to(Sink(), **settings)


@pytest.mark.parametrize(
    ("recipient", "said", "parameters"),
    [
        ("x@bücher.example", "x@xn--bcher-kva.example", ""),
        ("X@BÜCHER.example", "X@xn--bcher-kva.example", ""),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example", ""),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example", "SMTPUTF8"),
    ],
)
async def test_a_domain_beyond_ASCII_travels_as_its_A_label(recipient: str, said: str, parameters: str) -> None:
    """So that only a local part beyond ASCII needs SMTPUTF8 (RFC 5891 §5, RFC 6531 §3.2)."""
    async with Sink(smtputf8=bool(parameters)) as sink:
        relay, outbox = relay_to(sink), Outbox(copies(1, recipient=recipient))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert [(mail.recipients, mail.parameters) for mail in sink.mails] == [((said,), parameters)]
