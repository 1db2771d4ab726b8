"""The SMTP relay when the hop fails: each phase refused for now, for good, cut off, and silent.

Two kinds of failure. One of a copy (from MAIL on): that copy is answered, the others go on. One of the hop (before
MAIL): what was claimed is answered as temporary, nothing more is claimed, nobody is blamed for good.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import pytest

from listserv.core.mail.transfer import Copy, Phase
from listserv.edge import relay as relay_file
from listserv.edge.hop import BrokenError, Line
from listserv.edge.relay import SmtpRelay
from listserv.edge.tls import unreached
from tests.edge.outbox import Outbox, copies
from tests.sink import Sink

Bytes = tuple[asyncio.StreamReader, asyncio.StreamWriter]
OK = (250, Phase.END)


def relay_to(sink: Sink, **settings: Any) -> SmtpRelay:
    defaults: dict[str, Any] = {"tls": "none", "hostname": "mail.example.org", "timeout": 10.0, "connections": 1}
    return SmtpRelay(host=sink.host, port=sink.port, **(defaults | settings))


def fail(sink: Sink, how: str, phase: str, *, pattern: str = "*", times: int = -1) -> dict[str, Any]:
    """Writes the failure into the script; gives what the relay needs to notice it soon."""
    if how == "drop":
        sink.drop(phase, pattern=pattern, times=times)
    elif how == "stall":
        sink.stall(phase, pattern=pattern, times=times)
        return {"timeout": 0.25}
    else:
        sink.answer(phase, f"{how} 4.7.1 not now", pattern=pattern, times=times)
    return {}


HOWS = [("451", 451), ("421", 421), ("550", 550), ("drop", 0), ("stall", 0)]


# The hop fails


@pytest.mark.parametrize(
    ("scripted", "phase"),
    [("greeting", Phase.GREETING), ("ehlo", Phase.GREETING), ("starttls", Phase.TLS), ("auth", Phase.AUTH)],
)
@pytest.mark.parametrize(("how", "code"), HOWS)
async def test_a_hop_that_fails_before_MAIL_defers_what_was_claimed(
    scripted: str, phase: Phase, how: str, code: int
) -> None:
    async with Sink(starttls=True, auth=("dialogue", "secret")) as sink:
        quick = fail(sink, how, scripted)
        login = {"tls": "starttls", "user": "dialogue", "password": "secret", "tls_context": sink.client_context()}
        relay, outbox = relay_to(sink, connections=8, **login, **quick), Outbox(copies(1000))
        handled = await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert len(sink.sessions) == 1  # it knocked once
    assert handled == len(outbox.answers) == 1000 - len(outbox.waiting)
    assert 0 < handled < 100  # the outbox was not emptied into failures
    assert set(outbox.answers.values()) == {(code if code < 500 else 0, phase)}
    assert all(result.temporary and not result.permanent and not result.ok for result in outbox.results)
    assert max(len(group) for group in outbox.groups) <= 10
    assert sink.mails == []
    if how == "550":
        assert outbox.results[0].reply == "550 4.7.1 not now"


async def test_a_refused_connection_defers_what_was_claimed() -> None:
    with socket.socket() as nobody:  # bound, not listening
        nobody.bind(("127.0.0.1", 0))
        relay = SmtpRelay(host="127.0.0.1", port=nobody.getsockname()[1], tls="none", hostname="mail.example.org")
        outbox = Outbox(copies(1000))
        handled = await relay.drain(outbox.claim, outbox.finish)
    assert 0 < handled < 100
    assert set(outbox.answers.values()) == {(0, Phase.CONNECT)}
    assert re.fullmatch(r"Connection refused \(127\.0\.0\.1 port \d+\)", outbox.results[0].reply)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known (mx port 25)"),
        (
            OSError(
                "Multiple exceptions: [Errno 111] Connect call failed ('::1', 25, 0, 0), "
                "[Errno 113] Connect call failed ('192.0.2.1', 25)"
            ),
            "Connection refused (::1 port 25), No route to host (192.0.2.1 port 25)",
        ),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer (mx port 25)"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused (mx port 25)"),
        (ConnectionError(), "the connection was refused (mx port 25)"),
    ],
)
def test_why_it_is_not_reached_is_told_in_words(error: OSError, said: str) -> None:
    assert unreached(error, "mx port 25") == said


async def test_the_next_drain_tries_again() -> None:
    async with Sink() as sink:
        sink.answer("greeting", "421 4.3.2 starting up", times=1)
        relay, outbox = relay_to(sink), Outbox(copies(3))
        await relay.drain(outbox.claim, outbox.finish)
        assert outbox.answers == dict.fromkeys((1, 2, 3), (421, Phase.GREETING))
        outbox = Outbox(copies(3))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert outbox.answers == dict.fromkeys((1, 2, 3), OK)


async def test_a_hop_that_allows_fewer_connections_gets_all_copies_over_those() -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink, connections=6), Outbox(copies(300))
        sink.answer("ehlo", "250 sink", times=2)
        sink.answer("ehlo", "421 4.7.0 too many connections")
        assert await relay.drain(outbox.claim, outbox.finish) == 300
        await relay.close()
    assert set(outbox.answers.values()) == {OK}
    assert len(sink.sessions) == 6


@pytest.mark.parametrize("how", ["421", "drop"])
async def test_a_hop_that_ends_each_fresh_connection_at_MAIL_burns_one_copy(how: str) -> None:
    async with Sink() as sink:
        fail(sink, how, "mail")
        relay, outbox = relay_to(sink), Outbox(copies(1000))
        await relay.drain(outbox.claim, outbox.finish)
    code = 421 if how == "421" else 0
    assert len(sink.sessions) == 1
    assert outbox.answers[1] == (code, Phase.MAIL)
    assert {outbox.answers[i] for i in outbox.answers if i > 1} == {(code, Phase.CONNECT)}
    assert len(outbox.answers) < 100


async def test_a_hop_that_ends_every_connection_in_a_transaction_is_left_after_three() -> None:
    async with Sink() as sink:
        sink.drop("rcpt")
        relay, outbox = relay_to(sink), Outbox(copies(1000))
        await relay.drain(outbox.claim, outbox.finish)
    assert len(sink.sessions) == 3
    assert {outbox.answers[i] for i in (1, 2, 3)} == {(0, Phase.RCPT)}
    assert {outbox.answers[i] for i in outbox.answers if i > 3} == {(0, Phase.CONNECT)}


async def test_a_hop_gone_while_more_is_being_claimed_is_not_dialled_for_that() -> None:
    class Slow(Outbox):
        async def claim(self, number: int) -> Sequence[Copy]:
            if self.asked:
                while 2 not in self.answers:  # the carrier's last commit
                    await asyncio.sleep(0.001)
                for _ in range(10):
                    await asyncio.sleep(0)
            return await super().claim(number)

    async with Sink() as sink:
        sink.drop("rcpt", pattern="p2@*")
        sink.answer("greeting", "220 sink", times=1)
        sink.answer("greeting", "421 4.3.2 going down")
        relay, outbox = relay_to(sink, connections=2), Slow(copies(100))
        handled = await relay.drain(outbox.claim, outbox.finish)
    assert (
        len(sink.sessions) <= 3
    )  # the first, its successor, and perhaps the second carrier's: none for the last claim
    assert outbox.answers[1] == OK
    assert outbox.answers[2] == (0, Phase.RCPT)
    assert handled == len(outbox.answers) < 100
    assert {outbox.answers[i] for i in outbox.answers if i > 2} == {(421, Phase.GREETING)}


@pytest.mark.parametrize("how", ["421", "drop"])
async def test_kept_connections_to_a_hop_that_went_away_are_no_reason_to_hammer_it(how: str) -> None:
    async with Sink() as sink:
        relay, outbox = relay_to(sink, connections=4), Outbox(copies(100))
        await relay.drain(outbox.claim, outbox.finish)
        before = len(sink.sessions)
        fail(sink, how, "mail")
        fail(sink, how, "greeting")
        outbox = Outbox(copies(100))
        await relay.drain(outbox.claim, outbox.finish)
        assert len(sink.sessions) <= before + 1
        await relay.close()
    assert set(outbox.answers.values()) == {(421 if how == "421" else 0, Phase.GREETING)}


# One copy fails

SUBJECT = {"mail": "nap1325-bounces+4@*", "rcpt": "p4@*", "data": "p4@*", "end": "p4@*"}


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("scripted", ["mail", "rcpt", "data", "end"])
@pytest.mark.parametrize(("how", "code"), HOWS)
async def test_a_copy_that_fails_is_answered_and_the_others_arrive(
    scripted: str, how: str, code: int, pipelining: bool
) -> None:
    async with Sink(pipelining=pipelining) as sink:
        quick = fail(sink, how, scripted, pattern=SUBJECT[scripted], times=1)
        relay, outbox = relay_to(sink, **quick), Outbox(copies(20))
        assert await relay.drain(outbox.claim, outbox.finish) == 20
        await relay.close()
    ended = how in ("drop", "stall", "421")
    again = ended and scripted == "mail"  # nothing was said about the copy yet: a new connection takes it
    expected = dict.fromkeys(range(1, 21), OK) | ({} if again else {4: (code, Phase(scripted))})
    assert outbox.answers == expected
    assert sorted(sink.recipients) == sorted(f"p{i}@example.org" for i in range(1, 21) if again or i != 4)
    assert sink.breaches == []
    assert len(sink.sessions) == (2 if ended else 1)
    result = next(result for result in outbox.results if result.delivery == 4)
    assert (result.ok, result.temporary, result.permanent) == (again, not again and code < 500, code == 550)
    if not ended:
        assert result.reply == "4.7.1 not now"
        assert ("RSET" in sink.sessions[0].commands) == (scripted != "end")


async def test_a_mail_taken_whose_answer_was_lost_is_temporary_and_says_so() -> None:
    async with Sink() as sink:
        sink.drop("end", times=1, keep=True)
        relay, outbox = relay_to(sink), Outbox(copies(1))
        await relay.drain(outbox.claim, outbox.finish)
    assert len(sink.mails) == 1
    assert outbox.answers == {1: (0, Phase.END)}


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_refused_copy_at_the_end_of_a_drain_leaves_nothing_for_the_next(pipelining: bool) -> None:
    async with Sink(pipelining=pipelining) as sink:
        sink.refuse("p1@*")
        relay = relay_to(sink)
        for expected in ((550, Phase.RCPT), (550, Phase.RCPT)):
            outbox = Outbox(copies(1))
            await relay.drain(outbox.claim, outbox.finish)
            assert outbox.answers == {1: expected}
        await relay.close()
    assert len(sink.sessions) == 1


async def test_DATA_taken_without_a_recipient_is_ended_with_nothing_sent() -> None:
    async with Sink() as sink:
        sink.refuse("p2@*")
        sink.answer("data", "354 go on", pattern="", times=1)  # no recipient: RFC 2920 §3.1 allows that answer
        relay, outbox = relay_to(sink), Outbox(copies(3))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert outbox.answers == {1: OK, 2: (550, Phase.RCPT), 3: OK}
    assert sink.recipients == ["p1@example.org", "p3@example.org"]


async def test_a_whole_dialogue_refused_keeps_one_connection() -> None:
    async with Sink() as sink:
        sink.refuse("*")
        relay, outbox = relay_to(sink), Outbox(copies(200))
        assert await relay.drain(outbox.claim, outbox.finish) == 200
        await relay.close()
    assert set(outbox.answers.values()) == {(550, Phase.RCPT)}
    assert outbox.results[0].reply == "5.1.1 no such mailbox"
    assert len(sink.sessions) == 1


# A hop that does not speak SMTP


async def talk_to(script: Callable[[Bytes], Any], number: int) -> Outbox:
    """Drains `number` copies to a server that does as `script` says on each connection."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script((reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    relay = SmtpRelay(host="127.0.0.1", port=port, tls="none", hostname="mail.example.org", connections=1)
    outbox = Outbox(copies(number))
    await relay.drain(outbox.claim, outbox.finish)
    await relay.close()
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # the aborted transports close in the loop's next turn
    return outbox


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not an SMTP reply: SSH-2.0-OpenSSH_9.2"),
        (b"220-and\r\n" * 300, "not an SMTP reply"),
        (b"220 " + b"x" * 70000, "a reply without end"),
        (b"999 what\r\n", "not an SMTP reply"),
        (b"\xff\xfe\x1b[31m\r\n", "not an SMTP reply"),
    ],
)
async def test_a_greeting_that_is_none(greeting: bytes, said: str) -> None:
    async def script(peer: Bytes) -> None:
        reader, writer = peer
        writer.write(greeting)
        await reader.read()

    outbox = await talk_to(script, number=3)
    assert set(outbox.answers.values()) == {(0, Phase.GREETING)}
    assert outbox.results[0].reply.startswith(said)
    assert outbox.results[0].reply.isprintable()


@pytest.mark.parametrize("extra", [b"250 2.0.0 more than asked\r\n", b"354 go on\r\n"])
async def test_an_answer_too_many_ends_the_connection_before_it_counts_for_another_copy(extra: bytes) -> None:
    async def script(peer: Bytes) -> None:
        reader, writer = peer
        writer.write(b"220 x\r\n")
        for answer in (b"250 x\r\n", b"250 a\r\n", b"250 b\r\n", b"354 c\r\n" + extra):
            await reader.readuntil(b"\n")
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")

    outbox = await talk_to(script, number=1)
    (result,) = outbox.results
    assert (result.code, result.phase) == (0, Phase.DATA)


async def test_a_multi_line_reply_becomes_one_readable_line() -> None:
    async def script(peer: Bytes) -> None:
        reader, writer = peer
        writer.write(b"220 x\r\n")
        for answer in (b"250-x\r\n250 y\r\n", b"550-5.7.1 \x1b[2Jno\r\n550 5.7.1 see \xc3\xa9\xff\r\n", b"250 x\r\n"):
            await reader.readuntil(b"\n")
            writer.write(answer)
        await reader.read()

    outbox = await talk_to(script, number=1)
    (result,) = outbox.results
    assert (result.code, result.phase, result.reply) == (550, Phase.MAIL, "5.7.1 [2Jno 5.7.1 see é")


class SlowTransport(asyncio.Transport):
    """Still had 300, 200, 200 … octets to send whenever it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.backlog = [300, 200, 200, 200, 200]
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.backlog.pop(0)

    def abort(self) -> None:
        self.aborted = True


async def test_a_slow_link_that_still_takes_bytes_is_not_silent() -> None:
    line, transport = Line(timeout=0.01), SlowTransport()
    line._transport = transport
    with pytest.raises(BrokenError, match=r"no answer within 0\.01 s"):
        await line.reply()
    assert transport.aborted
    assert transport.backlog == [200]  # asked four times: at the start and the end of two waits


# Silence, and the lease


@pytest.mark.parametrize("silent", ["greeting", "ehlo", "starttls"])
async def test_a_hop_silent_before_it_is_ready_is_given_up_in_time_to_say_so(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However patient we are with it in a transaction: what was claimed is to be reported under its lease."""
    monkeypatch.setattr(relay_file, "OPENING", 0.25)
    async with Sink(starttls=True) as sink:
        sink.stall(silent)
        relay = relay_to(sink, timeout=600.0, tls="starttls", tls_context=sink.client_context())
        outbox = Outbox(copies(100, deadline=monotonic() + 5))
        handled = await relay.drain(outbox.claim, outbox.finish)
    assert handled == len(outbox.answers) == 100 - len(outbox.waiting)
    assert len(sink.sessions) == 1
    assert all(result.reply.startswith("no answer within 0.25 s") for result in outbox.results)
    assert ("465" in outbox.results[0].reply) == (silent != "starttls")


# In the middle of the content, and at the end of the connection


@pytest.mark.parametrize(("how", "code"), [("421", 421), ("451", 451), ("drop", 0), ("stall", 0)])
async def test_a_hop_that_breaks_off_in_the_middle_of_a_copy_defers_that_one(how: str, code: int) -> None:
    async with Sink() as sink:
        quick = fail(sink, how, "content", times=1)
        relay, outbox = relay_to(sink, **quick), Outbox(copies(5))
        await relay.drain(outbox.claim, outbox.finish)
        await relay.close()
    assert sorted(outbox.answers.values()) == sorted([(code, Phase.END), *[OK] * 4])
    assert len(sink.mails) == 4


@pytest.mark.parametrize("how", ["421", "drop", "stall"])
async def test_how_a_hop_takes_QUIT_changes_nothing(how: str) -> None:
    async with Sink() as sink:
        quick = fail(sink, how, "quit")
        relay, outbox = relay_to(sink, **quick), Outbox(copies(2))
        await relay.drain(outbox.claim, outbox.finish)
        async with asyncio.timeout(5):
            await relay.close()
    assert set(outbox.answers.values()) == {OK}
