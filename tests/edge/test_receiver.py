"""The receiver over real sockets on loopback: what it takes, what it refuses and with which words."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import shutil
import smtplib
import socket
import ssl
import stat
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.edge import content, turns
from listserv.edge.content import checked_content, read_content
from listserv.edge.envelope import Refused, read_recipient, read_sender
from listserv.edge.patience import Patience
from listserv.edge.receiver import Limits, Receiver, Refusal, StoreUnavailable, Transaction
from tests.lmtp import Client

DIALOGUE = "nap1325@dialogue.example.org"
KNOWN = {DIALOGUE, "nap1325-join@dialogue.example.org", "postmaster", "диалог@dialogue.example.org"}
UNKNOWN = "550 5.1.1 no such dialogue address"
STORED = "250 2.0.0 the mail is stored"
MAIL = b"Subject: Hello\r\n\r\nGood practices.\r\n"
CERTIFICATE = Path(__file__).with_name("localhost.pem")


def verdict(recipient: str) -> Refusal | None:
    return None if recipient in KNOWN else Refusal(550, "5.1.1", "no such dialogue address")


class House:
    """A receiver and what it was given."""

    def __init__(self) -> None:
        self.taken: list[Transaction] = []
        self.receiver: Receiver

    async def accept(self, transaction: Transaction) -> None:
        self.taken.append(transaction)


@contextlib.asynccontextmanager
async def house(protocol: str = "smtp", **options) -> AsyncIterator[House]:
    it = House()
    settings = {"host": "127.0.0.1", "port": 0, "verdict": verdict, "accept": it.accept, "hostname": "mx.example.org"}
    it.receiver = Receiver(protocol=protocol, **(settings | options))
    await it.receiver.start()
    try:
        yield it
    finally:
        await it.receiver.stop()


@contextlib.asynccontextmanager
async def client(it: House, hello: str = "EHLO client.example", here: str | None = None) -> AsyncIterator[Client]:
    """A client that has said hello; `hello=""`: one that has said and read nothing yet."""
    one = await Client.connect(it.receiver.address, here)
    try:
        if hello:
            await one.greet(hello)
        yield one
    finally:
        await one.close()


def said(read: Callable[[], object]) -> object:
    """What it gives, or the words of its refusal."""
    try:
        return read()
    except Refused as refused:
        return str(refused.refusal)


# Taking a mail


async def test_a_mail_arrives_as_it_was_sent():
    content = b"Subject: caf\xe9\r\n\r\n.\x01 one dot\r\n..two\r\n\xff\xfe\r\n\r\n \t \r\n"
    async with house() as it, client(it) as one:
        answers = await one.mail(content.replace(b"\r\n.", b"\r\n..") + b".\r\n", DIALOGUE)
        assert answers == ["250 2.1.5 recipient noted", STORED]
        assert it.taken == [Transaction("anna@example.net", (DIALOGUE,), content, "smtp")]


@pytest.mark.parametrize(
    ("wire", "content"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b".x\r\n.\r\n", b"x\r\n"),  # RFC 5321 §4.5.2: a leading dot goes, doubled or not
        (b"\r\n..\r\n\r\n.\r\n", b"\r\n.\r\n\r\n"),
    ],
)
async def test_dots_at_the_edges(wire: bytes, content: bytes):
    async with house() as it, client(it) as one:
        assert (await one.mail(wire, DIALOGUE))[-1] == STORED
        assert it.taken[0].content == content


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_250_comes_only_after_accept_returned(protocol: str):
    asked, may = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        asked.set()
        await may.wait()

    async with house(protocol, accept=slow) as it, client(it, "LHLO x" if protocol == "lmtp" else "EHLO x") as one:
        answer = asyncio.create_task(one.mail(MAIL + b".\r\n", DIALOGUE))
        await asked.wait()
        _, pending = await asyncio.wait([answer], timeout=0.05)
        assert pending
        may.set()
        assert (await answer)[-1] == STORED


def cancelled() -> Exception:
    return asyncio.CancelledError()  # type: ignore[return-value]


@pytest.mark.parametrize("error", [StoreUnavailable, ValueError, lambda: OSError(28, "disk full"), cancelled])
async def test_any_failure_to_store_is_451_and_the_next_mail_goes_on(error: Callable[[], Exception], caplog):
    broken = [True]
    taken = []

    async def accept(transaction: Transaction) -> None:
        if broken.pop() if broken else False:
            failure = error()
            failure.args = (*failure.args, f"INSERT ... {transaction.sender} {transaction.recipients}")
            raise failure
        taken.append(transaction)

    with caplog.at_level(logging.DEBUG):
        async with house(accept=accept) as it, client(it) as one:
            answers = await one.mail(MAIL + b".\r\n", DIALOGUE)
            assert answers[-1] == "451 4.3.0 the mail could not be stored now, try again later"
            assert (await one.mail(MAIL + b".\r\n", DIALOGUE))[-1] == STORED
    assert len(taken) == 1
    ours = [record for record in caplog.records if record.name.startswith(("listserv", "mail"))]
    assert [record.getMessage().split(":")[0] for record in ours] == ["a mail was not stored and is left to its sender"]
    assert not any(word in caplog.text for word in ("anna@", "nap1325"))


async def test_a_client_that_vanishes_does_not_cut_a_commit_in_two():
    asked, may = asyncio.Event(), asyncio.Event()
    committed = []

    async def slow(transaction: Transaction) -> None:
        asked.set()
        await may.wait()
        committed.append(transaction)

    async with house(accept=slow) as it:
        sock = socket.create_connection(it.receiver.address)
        sock.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n%s.\r\n" % (DIALOGUE.encode(), MAIL))
        await asked.wait()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close with a reset
        sock.close()
        async with client(it):  # by now the server has seen the reset
            may.set()
    assert len(committed) == 1


async def test_a_client_that_only_stops_talking_still_hears_the_answers():
    async with house() as it, client(it) as one:
        one.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n%s.\r\n" % (DIALOGUE.encode(), MAIL))
        one.half_close()
        assert (await one.replies(5))[2:] == ["354 end with <CRLF>.<CRLF>", STORED, ""]
        assert len(it.taken) == 1


async def test_a_mail_cut_short_is_no_mail():
    async with house() as it, client(it) as one:
        one.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n%s" % (DIALOGUE.encode(), MAIL))
        one.half_close()
        assert (await one.replies(4))[-2:] == ["354 end with <CRLF>.<CRLF>", ""]
    assert it.taken == []


async def test_two_sessions_do_not_mix():
    async with house() as it, client(it) as one, client(it) as two:
        await one.ask("MAIL FROM:<one@example.net>", f"RCPT TO:<{DIALOGUE}>")
        await two.mail(MAIL + b".\r\n", DIALOGUE, sender="two@example.net")
        await one.ask("DATA", "1\r\n.")
        assert [(mail.sender, mail.content) for mail in it.taken] == [
            ("two@example.net", MAIL),
            ("one@example.net", b"1\r\n"),
        ]


# Recipients


async def test_an_unknown_recipient_is_refused_and_the_others_go_on():
    async with house() as it, client(it) as one:
        answers = await one.mail(MAIL + b".\r\n", "nobody@dialogue.example.org", DIALOGUE, "anna@elsewhere.example")
        assert answers == [UNKNOWN, "250 2.1.5 recipient noted", UNKNOWN, STORED]
        assert it.taken[0].recipients == (DIALOGUE,)


async def test_a_mail_without_an_accepted_recipient_has_no_content():
    async with house() as it, client(it) as one:
        answers = await one.ask("MAIL FROM:<>", "RCPT TO:<nobody@dialogue.example.org>", "DATA")
        assert answers[1:] == [UNKNOWN, "503 5.5.1 no recipient has been accepted"]
        assert it.taken == []


@pytest.mark.parametrize(
    "foreign",
    [
        "anna@elsewhere.example",
        "anna%elsewhere.example@dialogue.example.org",
        "elsewhere.example!anna@dialogue.example.org",
        '"anna@elsewhere.example"@dialogue.example.org',
        '"nap1325@dialogue.example.org"@elsewhere.example',
        "@dialogue.example.org:anna@elsewhere.example",
        "@dialogue.example.org,@b.example:anna@elsewhere.example",
        "anna@[127.0.0.1]",
        "nap1325@dialogue.example.org@elsewhere.example",
    ],
)
async def test_nothing_is_relayed(foreign: str):
    async with house() as it, client(it) as one:
        answers = await one.ask("MAIL FROM:<anna@dialogue.example.org>", f"RCPT TO:<{foreign}>", "DATA")
        assert answers[1] in (UNKNOWN, "553 5.1.3 this is not a mail address")
        assert answers[2].startswith("503 ")
        assert it.taken == []


async def test_a_verdict_that_fails_is_temporary():
    def broken(recipient: str) -> Refusal | None:
        raise KeyError(recipient)

    async with house(verdict=broken) as it, client(it) as one:
        answers = await one.ask("MAIL FROM:<>", f"RCPT TO:<{DIALOGUE}>", "NOOP")
        assert [answer[:9] for answer in answers] == ["250 2.1.0", "451 4.3.0", "250 2.0.0"]


async def test_the_null_sender_is_the_empty_string():
    async with house() as it, client(it) as one:
        await one.mail(MAIL + b".\r\n", DIALOGUE, sender="")
        assert it.taken[0].sender == ""


@pytest.mark.parametrize(
    ("argument", "address"),
    [
        ("FROM:<anna@example.net>", "anna@example.net"),
        ("from: <Anna.B@Example.NET>  body=8bitmime size=12", "Anna.B@Example.NET"),
        ("FROM:<> SIZE=0", ""),
        ("FROM:<@a.example,@b.example:anna@example.net>", "anna@example.net"),
        ('FROM:<"anna"@example.net>', "anna@example.net"),
        ('FROM:<"anna b"@example.net>', '"anna b"@example.net'),
        (r'FROM:<"a\"b>c"@example.net>', r'"a\"b>c"@example.net'),
        ("FROM:<a..b.@example.net>", "a..b.@example.net"),  # not allowed, but real
        ("FROM:<anna@[IPv6:::1]>", "anna@[IPv6:::1]"),
        ("FROM:<b+" + "x" * 100 + "@example.net>", "b+" + "x" * 100 + "@example.net"),
        ("FROM:<анна@пример.example> SMTPUTF8", "анна@пример.example"),
        ("FROM:<می\u200cخواهم@example.net> SMTPUTF8", "می\u200cخواهم@example.net"),
    ],
)
def test_senders_that_are_taken(argument: str, address: str):
    assert read_sender(argument, 100)[0] == address


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("", "501 5.5.4 write FROM:<address>"),
        ("FROM", "501 5.5.4 write FROM:<address>"),
        ("FROM:", "501 5.5.4 write FROM:<address>"),
        ("TO:<a@b.example>", "501 5.5.4 write FROM:<address>"),
        ("FROM:a@b.example", "501 5.5.4 write FROM:<address>"),
        *(
            (f"FROM:{path}", "553 5.1.7 this is not a mail address")
            for path in (
                "<anna>",
                "<@b.example>",
                "<anna@>",
                "<a b@c.example>",
                "<a@b@c.example>",
                "<a@b.example",
                "<a@b.example>\r",
                "<a\x00@b.example>",
                "<a\x7f@b.example>",
                "<a@b.example\t>",
                '<"a\x01"@b.example>',
                '<"a\\\x01"@b.example>',
                '<"a\r\nb"@c.example>',
                "<a\x85b@c.example> SMTPUTF8",
                "<a\u2028b@c.example> SMTPUTF8",
                "<a\u202eb@c.example> SMTPUTF8",
                "<a\udcffb@c.example> SMTPUTF8",  # a byte that is no UTF-8
            )
        ),
        ("FROM:<a@b.example>SIZE=1", "501 5.5.4 write FROM:<address> and then the parameters, each once"),
        ("FROM:<a@b.example> SIZE=1 SIZE=1", "501 5.5.4 write FROM:<address> and then the parameters, each once"),
        ("FROM:<a@b.example> =", "501 5.5.4 write FROM:<address> and then the parameters, each once"),
        ("FROM:<a@b.example> SIZE", "501 5.5.4 SIZE takes a number of octets"),
        ("FROM:<a@b.example> SIZE=-1", "501 5.5.4 SIZE takes a number of octets"),
        ("FROM:<a@b.example> SIZE=" + "9" * 21, "501 5.5.4 SIZE takes a number of octets"),
        ("FROM:<a@b.example> SIZE=101", "552 5.3.4 the mail is larger than 100 octets"),
        ("FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4 BODY is 7BIT or 8BITMIME"),
        ("FROM:<a@b.example> SMTPUTF8=yes", "501 5.5.4 SMTPUTF8 takes no value"),
        ("FROM:<a@b.example> RET=FULL", "555 5.5.4 a parameter we do not know"),
        ("FROM:<анна@b.example>", "553 5.6.7 this address needs SMTPUTF8 in MAIL"),
    ],
)
def test_senders_that_are_refused(argument: str, reply: str):
    assert said(lambda: read_sender(argument, 100)) == reply


@pytest.mark.parametrize(
    ("argument", "outcome"),
    [
        (f"TO:<{DIALOGUE}>", DIALOGUE),
        (f"to: <@front.example:{DIALOGUE}>", DIALOGUE),
        ('TO:<"nap1325"@dialogue.example.org>', DIALOGUE),
        ("TO:<PostMaster>", "postmaster"),  # RFC 5321 §4.5.1
        ("TO:<>", "553 5.1.3 this is not a mail address"),
        ("TO:<nap1325>", "553 5.1.3 this is not a mail address"),
        ("TO:<nap\x0b1325@dialogue.example.org>", "553 5.1.3 this is not a mail address"),
        (f"TO:<{DIALOGUE}> NOTIFY=NEVER", "555 5.5.4 a parameter we do not know"),
        ("TO:<диалог@dialogue.example.org>", "553 5.6.7 this address needs SMTPUTF8 in MAIL"),
    ],
)
def test_recipients(argument: str, outcome: str):
    assert said(lambda: read_recipient(argument, utf8=False)) == outcome


@given(st.text(), st.sampled_from(["", "FROM:<", "FROM:<a@b> ", 'FROM:<"']))
def test_any_argument_is_an_address_or_a_refusal(text: str, head: str):
    outcome = said(lambda: read_sender(head + text, 100))
    if isinstance(outcome, str):
        assert outcome[:3] in ("501", "552", "553", "555")
    else:
        address, utf8 = outcome
        assert address == "" or "@" in address
        assert not any(ord(character) < 32 or ord(character) == 127 for character in address)
        assert utf8 or address.isascii()


async def test_internationalised_addresses_arrive_as_text():
    async with house() as it, client(it) as one:
        answers = await one.ask(
            "MAIL FROM:<анна@пример.example> SMTPUTF8", "RCPT TO:<диалог@dialogue.example.org>", "DATA", "."
        )
        assert answers[-1] == STORED
        assert it.taken[0] == Transaction("анна@пример.example", ("диалог@dialogue.example.org",), b"", "smtp")


# Content that is refused

NOT_AN_END = [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\n.\r", b"\r\n\0.\r\n"]


@pytest.mark.parametrize("form", NOT_AN_END, ids=repr)
@pytest.mark.parametrize("split", [False, True], ids=["at once", "byte by byte"])
async def test_a_wrong_end_of_data_smuggles_nothing(form: bytes, split: bool):
    """CVE-2023-51764: whatever follows a wrong end is content, refused at the right end."""
    smuggled = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<%s>\r\nDATA\r\n%s" % (DIALOGUE.encode(), MAIL)
    async with house() as it, client(it) as one:
        await one.ask("MAIL FROM:<anna@example.net>", f"RCPT TO:<{DIALOGUE}>", "DATA")
        whole = b"Subject: x\r\n\r\ntext" + form + smuggled + b"\r\n.\r\nNOOP\r\n"
        for part in [bytes([byte]) for byte in whole] if split else [whole]:
            one.send(part)
            await asyncio.sleep(0)
        assert await one.replies(2) == [
            "550 5.6.0 the mail has a bare CR, a bare LF or a NUL in it",
            "250 2.0.0 still here",
        ]
        assert it.taken == []
        assert (await one.mail(MAIL + b".\r\n", DIALOGUE))[-1] == STORED


@pytest.mark.parametrize("evil", [b"a\nb", b"a\rb", b"a\0b", b"\n", b"a\r\r\n", b"a\n\r\n"], ids=repr)
async def test_bare_line_ends_and_nul_are_refused(evil: bytes):
    async with house() as it, client(it) as one:
        assert (await one.mail(evil + b"\r\n.\r\n", DIALOGUE))[-1].startswith("550 5.6.0 ")
        assert it.taken == []


@given(st.lists(st.sampled_from([b"\r", b"\n", b".", b"\0", b"x", b"\r\n", b"\r\n.", b"\r\n.\r\n"]), max_size=30))
def test_the_reference_reading_of_content_agrees(parts: list[bytes]):
    """Against a reading line by line as RFC 5321 §4.5.2 tells it, with a tiny buffer, so that every cut occurs."""
    wire = b"".join(parts) + b"\r\n.\r\n"
    expected: list[bytes] = []
    lines = wire.split(b"\r\n")
    while (line := lines.pop(0)) != b".":
        expected.append(line.removeprefix(b".") + b"\r\n")
    content, rest = b"".join(expected), b"\r\n".join(lines)

    async def read() -> tuple[bytes, bytes]:
        reader = asyncio.StreamReader(limit=7)
        reader.feed_data(wire)
        reader.feed_eof()
        return await read_content(reader, 1000, lambda octets: True), await reader.read()

    got, left = asyncio.run(read())
    assert left == rest
    clean = not any(evil in content.replace(b"\r\n", b"") for evil in (b"\r", b"\n", b"\0"))
    if clean:
        assert checked_content(got, Limits(), mend=False) == content
    else:
        with pytest.raises(Refused, match=r"5\.6\.0"):
            checked_content(got, Limits(), mend=False)


async def test_size_said_in_mail():
    async with house(limits=Limits(size=1000)) as it, client(it) as one:
        assert await one.ask("MAIL FROM:<> SIZE=1001", "MAIL FROM:<> SIZE=1000") == [
            "552 5.3.4 the mail is larger than 1000 octets",
            "250 2.1.0 sender noted",
        ]


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (b"x" * 998 + b"\r\n", True),
        (b"x" * 999 + b"\r\n", False),
        (b"..\r\n" * 333, True),  # the dots added for the way do not count
        (b"..\r\n" * 334, False),
        (b"x\r\n" * 500_000, False),  # many blocks
    ],
)
async def test_size_of_the_content(content: bytes, fits: bool):
    async with house(limits=Limits(size=1000)) as it, client(it) as one:
        answer = (await one.mail(content + b".\r\n", DIALOGUE))[-1]
        assert answer == (STORED if fits else "552 5.3.4 the mail is larger than 1000 octets")
        assert len(it.taken) == fits
        assert (await one.mail(MAIL + b".\r\n", DIALOGUE))[-1] == STORED


async def test_what_is_too_much_is_not_kept_in_memory():
    reader = asyncio.StreamReader(limit=2**16)
    kept = asyncio.create_task(read_content(reader, 2**16, lambda octets: True))
    tracemalloc.start()
    try:
        for _ in range(100):
            reader.feed_data(b"x" * 2**16)
            while len(reader._buffer) > 2**16 + 5:  # of less the reader takes nothing: it may end in half an end
                await asyncio.sleep(0)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    reader.feed_data(b"\r\n.\r\n")
    with pytest.raises(Refused, match=r"5\.3\.4"):
        await kept


async def test_all_mails_on_their_way_in_share_a_room():
    full = "452 4.3.1 too much mail at once, try again later"
    started, may = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        started.set()
        await may.wait()

    async with house(accept=slow, limits=Limits(memory=3000)) as it, client(it) as one, client(it) as two:
        first = asyncio.create_task(one.mail(b"x" * 2000 + b"\r\n.\r\n", DIALOGUE))
        await started.wait()
        assert (await two.mail(b"x" * 2000 + b"\r\n.\r\n", DIALOGUE))[-1] == full
        may.set()
        assert (await first)[-1] == STORED
        for _ in range(3):  # what was taken, and what was refused, has been given back
            assert (await two.mail(b"x" * 2000 + b"\r\n.\r\n", DIALOGUE))[-1] == STORED


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (["NOOP"] * 19, 0),  # with MAIL twenty
        (["NOOP"] * 29, 10 * turns.USELESS),
        (["HM"] * 3, 3 * turns.USELESS),
        ([f"RCPT TO:<{DIALOGUE}>"] * 20, 0),
        ([f"RCPT TO:<{DIALOGUE}>"] * 30, 10 * turns.RECIPIENT),
        (["x" * 600_000], 600_000 / turns.REFUSED + turns.USELESS),
    ],
    ids=["few", "many", "errors", "recipients", "many recipients", "a long line"],
)
async def test_what_costs_much_takes_its_turn(monkeypatch: pytest.MonkeyPatch, said: list[str], seconds: float):
    took: list[float] = []

    async def take(self: turns.Turns, network: str, seconds: float) -> None:
        assert network == "127.0.0.1"
        took.append(seconds)

    monkeypatch.setattr(turns.Turns, "take", take)
    async with house() as it, client(it) as one:
        await one.ask("MAIL FROM:<>", *said)
    assert sum(took) == pytest.approx(seconds, abs=0.02 if len(said) == 1 else 1e-9)


async def test_content_takes_its_turn_block_by_block():
    took: list[float] = []

    async def turn(seconds: float) -> None:
        took.append(seconds)

    reader = asyncio.StreamReader(limit=2**16)
    reader.feed_data(b"x" * 320_000)
    read = asyncio.create_task(read_content(reader, 2**18, lambda octets: True, turn))
    while not took:
        await asyncio.sleep(0)
    reader.feed_data(b"x" * 320_000)
    while len(took) < 2:
        await asyncio.sleep(0)
    reader.feed_data(b"\r\n.\r\n")
    with pytest.raises(Refused, match=r"5\.3\.4"):
        await read
    assert took == pytest.approx([320_000 / turns.WANTED, 320_000 / turns.REFUSED], rel=0.01)


async def test_who_sends_much_at_once_leaves_room_for_others():
    full = "452 4.3.1 too much mail at once, try again later"
    large, small = b"x" * 2000 + b"\r\n.\r\n", b"x" * 1000 + b"\r\n.\r\n"
    under_way, may = asyncio.Semaphore(0), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        under_way.release()
        await may.wait()

    async with (
        house(accept=slow, limits=Limits(memory=6000)) as it,
        client(it) as one,
        client(it) as two,
        client(it, here="127.0.0.2") as other,
        asyncio.TaskGroup() as group,
    ):
        begun = [group.create_task(one.mail(large, DIALOGUE))]
        await under_way.acquire()
        assert (await two.mail(large, DIALOGUE))[-1] == full  # with the first more than is left
        begun += [group.create_task(two.mail(small[:500] + b"\r\n.\r\n", DIALOGUE))]
        await under_way.acquire()
        elsewhere = group.create_task(other.mail(small, DIALOGUE))
        await under_way.acquire()  # it is taken
        may.set()
        assert [(await one)[-1] for one in begun] == [STORED, STORED]
        assert (await elsewhere)[-1] == STORED


@pytest.mark.parametrize("before", [b"", b"first\r\n" * 30], ids=["first line", "later line"])
@pytest.mark.parametrize("after", [b"", b"last\r\n"], ids=["last line", "not last line"])
async def test_a_line_may_be_as_long_as_the_limit(before: bytes, after: bytes):
    refused = "500 5.5.2 the mail has a line of more than 100 octets"
    async with house(limits=Limits(line=100)) as it, client(it) as one:
        for length, answer in ((100, STORED), (101, refused), (5000, refused), (100, STORED)):
            line = b"x" * (length - 2) + b"\r\n"
            assert (await one.mail(before + line + after + b".\r\n", DIALOGUE))[-1] == answer
        assert [mail.content for mail in it.taken] == [before + b"x" * 98 + b"\r\n" + after] * 2


async def test_lines_of_64_kib_are_taken_by_default():
    async with house() as it, client(it) as one:
        assert (await one.mail(b"x" * 65534 + b"\r\n.\r\n", DIALOGUE))[-1] == STORED


# Limits of a connection


async def test_recipients_over_the_limit():
    async with house(limits=Limits(recipients=2)) as it, client(it) as one:
        answers = await one.mail(MAIL + b".\r\n", *[DIALOGUE, "nap1325-join@dialogue.example.org", "postmaster"])
        assert answers[2] == "452 4.5.3 too many recipients, send the others another copy"
        assert answers[3] == STORED
        assert len(it.taken[0].recipients) == 2


@pytest.mark.parametrize("command", ["NOOP", "RCPT TO:<nobody@dialogue.example.org>", "RSET", "VRFY anna"])
async def test_201_commands_without_a_mail_are_too_many(command: str):
    async with house() as it, client(it) as one:
        before = await one.ask("MAIL FROM:<>") if command.startswith("RCPT") else []
        answers = await one.ask(*[command] * (200 - len(before)))
        assert not any(answer.startswith("421") for answer in answers)
        assert await one.ask(command) == ["421 4.7.0 too many commands without a mail"]
        assert await one.reply() == ""


async def test_a_connection_that_delivers_may_stay():
    async with house(limits=Limits(commands=5, errors=1)) as it, client(it) as one:
        for _ in range(50):
            await one.ask("NONSENSE", "NOOP")
            assert (await one.mail(MAIL + b".\r\n", DIALOGUE, DIALOGUE, "postmaster"))[-1] == STORED
        assert len(it.taken) == 50


async def test_a_mail_to_many_is_no_flood():
    async with house(limits=Limits(commands=5)) as it, client(it) as one:
        assert (await one.mail(MAIL + b".\r\n", *[DIALOGUE] * 100))[-1] == STORED


@pytest.mark.parametrize("wrong", ["NONSENSE", "DATA", "MAIL", "x" * 3000, "x" * 300_000, "É", ""])
async def test_21_errors_are_too_many(wrong: str):
    async with house() as it, client(it) as one:
        answers = await one.ask(*[wrong] * 20)
        assert all(answer.startswith(("500 5.5.", "501 5.5.", "503 5.5.")) for answer in answers)
        assert await one.ask(wrong) == ["421 4.7.0 too many errors"]
        assert await one.reply() == ""


async def test_unknown_recipients_are_no_errors_of_the_client():
    async with house() as it, client(it) as one:
        answers = await one.mail(MAIL + b".\r\n", *["nobody@dialogue.example.org"] * 50, DIALOGUE)
        assert answers == [UNKNOWN] * 50 + ["250 2.1.5 recipient noted", STORED]


async def test_nothing_said_after_a_421_has_an_effect():
    async with house(limits=Limits(errors=0)) as it, client(it) as one:
        one.send(b"NONSENSE\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n%s.\r\n" % (DIALOGUE.encode(), MAIL))
        assert await one.replies(2) == ["421 4.7.0 too many errors", ""]
    assert it.taken == []


@pytest.mark.parametrize("said", [[], ["MAIL FROM:<>"], ["MAIL FROM:<>", f"RCPT TO:<{DIALOGUE}>", "DATA"]])
async def test_an_idle_client_is_told_and_left(said: list[str]):
    async with house(limits=Limits(idle=0.05)) as it, client(it) as one:
        await one.ask(*said)
        assert await one.replies(2) == ["421 4.4.2 idle for too long", ""]


async def test_content_that_comes_slowly_is_not_idle():
    async with house() as it, client(it) as one:
        await one.ask("MAIL FROM:<>", f"RCPT TO:<{DIALOGUE}>", "DATA")
        (conversation,) = it.receiver._open
        long_ago = conversation._patience._heard = conversation._patience._heard - 1000
        one.send(b"a piece ")
        async with asyncio.timeout(5):
            while conversation._patience._heard == long_ago:
                await asyncio.sleep(0.001)
        conversation._timeout_handle.cancel()
        conversation._timeout_cb()  # as the timer would
        assert await one.ask("of a mail\r\n.") == [STORED]


async def test_content_that_never_gets_anywhere_is_left_though_something_always_comes():
    """A byte now and then is never idle; after `patience` each second wants `pace` octets."""
    slow = Limits(idle=5, patience=0.1, pace=1_000_000)
    async with house(limits=slow) as it, client(it) as one:
        await one.ask("MAIL FROM:<>", f"RCPT TO:<{DIALOGUE}>", "DATA")
        (conversation,) = it.receiver._open
        conversation._timeout_handle.cancel()
        conversation._timeout_cb()
        while not conversation.closed.done():
            one.send(b"x")
            await asyncio.sleep(0.001)
    assert it.taken == []


def test_content_that_comes_fast_enough_buys_time_for_more():
    now = [0.0]
    patience = Patience(Limits(), lambda: now[0])
    with patience.content():
        for _ in range(100):
            now[0] += 100
            assert patience.left > 0
            patience.heard(50_000)
        now[0] += 250
        assert patience.left == 50  # idle
    assert patience.since == 10_000


async def test_a_line_without_end_is_hung_up_on():
    async with house() as it, client(it) as one:
        one.send(b"x" * 2**21)
        assert await one.reply() == "421 4.7.0 this has no end"


async def test_a_mail_without_end_is_hung_up_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(content, "ENDLESS", 2**20)
    async with house(limits=Limits(size=1000)) as it, client(it) as one:
        assert (await one.mail(b"x\r\n" * 2**20, DIALOGUE))[-1] == "421 4.7.0 this has no end"
    assert it.taken == []


async def test_a_commit_is_not_idle():
    started, may = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        started.set()
        await may.wait()

    async with house(accept=slow, limits=Limits(idle=0.05)) as it, client(it) as one:
        answer = asyncio.create_task(one.mail(MAIL + b".\r\n", DIALOGUE))
        await started.wait()
        async with client(it) as other:  # came later, and is idle for the whole time
            assert (await other.reply()).startswith("421 4.4.2 ")
        may.set()
        assert (await answer)[-1] == STORED


async def test_one_connection_too_many():
    async with house(limits=Limits(connections=2)) as it:
        async with client(it), client(it), client(it, hello="") as third:
            assert await third.replies(2) == ["421 4.3.2 too many connections, try again later", ""]
        async with client(it) as later:  # the others have gone
            assert (await later.ask("NOOP")) == ["250 2.0.0 still here"]


async def test_who_holds_on_to_all_connections_keeps_nobody_else_out():
    async with house(limits=Limits(connections=3)) as it, client(it) as silent, client(it) as busy, client(it):
        (longest,) = (one for one in it.receiver._open if one.session.peer == silent.here)
        longest._patience._heard -= 1
        async with client(it, hello="") as one_more:
            assert await one_more.replies(2) == ["421 4.3.2 too many connections, try again later", ""]
        other = await Client.connect(it.receiver.address, "127.0.0.2")
        await other.greet()
        assert (await other.mail(MAIL + b".\r\n", DIALOGUE))[-1] == STORED
        assert await silent.replies(2) == ["421 4.3.2 too many connections, try again later", ""]
        assert (await busy.ask("NOOP")) == ["250 2.0.0 still here"]
        await other.close()


async def test_a_mail_that_is_being_committed_gives_way_to_nobody():
    started, may = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        started.set()
        await may.wait()

    async with house(accept=slow, limits=Limits(connections=2)) as it, client(it) as one, client(it) as idle:
        answer = asyncio.create_task(one.mail(MAIL + b".\r\n", DIALOGUE))
        await started.wait()
        other = await Client.connect(it.receiver.address, "127.0.0.2")
        await other.greet()
        assert (await idle.reply()).startswith("421 4.3.2 ")
        may.set()
        assert (await answer)[-1] == STORED
        await other.close()


# The words of the protocols


async def test_what_ehlo_states():
    async with house(limits=Limits(size=5000)) as it, client(it, hello="") as one:
        assert await one.reply() == "220 mx.example.org ESMTP"
        assert (await one.ask("EHLO client.example"))[0].split("\n") == [
            "250-mx.example.org",
            "250-SIZE 5000",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250-ENHANCEDSTATUSCODES",
            "250 PIPELINING",
        ]


async def test_pipelined_commands_are_answered_in_order():
    async with house() as it, client(it) as one:
        one.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nRCPT TO:<x@y.example>\r\nDATA\r\n" % DIALOGUE.encode())
        assert [answer[:9] for answer in await one.replies(4)] == ["250 2.1.0", "250 2.1.5", "550 5.1.1", "354 end w"]
        one.send(MAIL + b".\r\nMAIL FROM:<two@example.net>\r\nRSET\r\nQUIT\r\nNOOP\r\n")
        assert await one.replies(5) == [
            STORED, "250 2.1.0 sender noted", "250 2.0.0 forgotten", "221 2.0.0 goodbye", ""
        ]  # fmt: skip
        assert it.taken == [Transaction("", (DIALOGUE,), MAIL, "smtp")]


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("HELO client.example", "250 mx.example.org"),
        ("EHLO", "501 5.5.4 say who you are"),
        ("LHLO client.example", "500 5.5.1 this is SMTP, say EHLO"),
        ("NOOP anything", "250 2.0.0 still here"),
        ("rset", "250 2.0.0 forgotten"),
        ("VRFY anna@example.net", "252 2.0.0 send a mail and see"),
        ("VRFY", "252 2.0.0 send a mail and see"),
        ("EXPN nap1325", "502 5.5.1 not offered"),
        ("HELP", "502 5.5.1 not offered"),
        ("AUTH PLAIN AGEAYg==", "502 5.5.1 not offered"),
        ("STARTTLS", "502 5.5.1 not offered"),
        ("BDAT 10 LAST", "500 5.5.1 unknown command"),
        ("NO\x00OP", "500 5.5.1 unknown command"),
        (f"RCPT TO:<{DIALOGUE}>", "503 5.5.1 say MAIL first"),
        ("DATA", "503 5.5.1 no recipient has been accepted"),
        ("NOOP " + "x" * 2100, "500 5.5.2 a command has at most 2048 octets"),
        ("QUIT", "221 2.0.0 goodbye"),
    ],
)
async def test_commands(command: str, reply: str):
    async with house() as it, client(it) as one:
        assert await one.ask(command) == [reply]


async def test_the_order_of_commands():
    async with house() as it, client(it, hello="") as one:
        await one.reply()
        assert await one.ask("MAIL FROM:<>") == ["503 5.5.1 say EHLO first"]
        await one.ask("HELO x", "MAIL FROM:<>")
        assert await one.ask("MAIL FROM:<>") == ["503 5.5.1 a mail has been begun already"]
        assert await one.ask(f"RCPT TO:<{DIALOGUE}>", "DATA now", "RSET", "DATA") == [
            "250 2.1.5 recipient noted",
            "501 5.5.4 DATA stands alone",
            "250 2.0.0 forgotten",
            "503 5.5.1 no recipient has been accepted",
        ]


# LMTP


async def test_lmtp_answers_once_for_each_accepted_recipient():
    async with house("lmtp") as it, client(it, "LHLO client.example") as one:
        for _ in range(2):
            answers = await one.mail(MAIL + b".\r\n", DIALOGUE, "nobody@dialogue.example.org", "postmaster", DIALOGUE)
            assert [answer[:3] for answer in answers] == ["250", "550", "250", "250", "250"]
            assert await one.replies(2) == [STORED, STORED]
            assert await one.ask("NOOP") == ["250 2.0.0 still here"]
        assert it.taken == [Transaction("anna@example.net", (DIALOGUE, "postmaster"), MAIL, "lmtp")] * 2


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"Received: x\r\n" * 51 + b"\r\n.\r\n", "554 5.4.6"),
        (b"x" * 2000 + b"\r\n.\r\n", "552 5.3.4"),
        (b"fail\r\n.\r\n", "451 4.3.0"),
    ],
)
async def test_lmtp_refuses_content_once_for_each_accepted_recipient(content: bytes, reply: str):
    async def unavailable(transaction: Transaction) -> None:
        raise StoreUnavailable

    async with house("lmtp", accept=unavailable, limits=Limits(size=1000)) as it, client(it, "LHLO x") as one:
        answers = [*await one.mail(content, DIALOGUE, "postmaster"), await one.reply()]
        assert [answer[:9] for answer in answers] == ["250 2.1.5"] * 2 + [reply] * 2
        assert await one.ask("NOOP") == ["250 2.0.0 still here"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"a\nb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\rb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\r\r\nb\0c\r\n.\r\n", b"a\r\n\r\nbc\r\n"),
        (b"a\n.\nMAIL FROM:<evil@example.org>\r\n.\r\n", b"a\r\n.\r\nMAIL FROM:<evil@example.org>\r\n"),
    ],
)
async def test_lmtp_mends_line_ends_since_refusing_would_only_trouble_the_author(sent: bytes, kept: bytes):
    async with house("lmtp") as it, client(it, "LHLO client.example") as one:
        assert (await one.mail(sent, DIALOGUE))[-1].startswith("250 ")
        assert [mail.content for mail in it.taken] == [kept]


@pytest.mark.parametrize(("hops", "reply"), [(30, "250 2.0.0"), (50, "250 2.0.0"), (51, "554 5.4.6")])
async def test_a_mail_that_goes_in_circles_is_refused(hops: int, reply: str):
    async with house("smtp") as it, client(it, "EHLO client.example") as one:
        head = b"".join(b"Received: from h%d\r\n\tby x\r\n" % number for number in range(hops))
        answered = await one.mail(head + b"\r\nReceived: in the text\r\n.\r\n", DIALOGUE)
        assert answered[-1].startswith(reply)


async def test_lmtp_wants_lhlo():
    async with house("lmtp") as it, client(it, hello="") as one:
        assert await one.reply() == "220 mx.example.org LMTP"
        assert await one.ask("HELO x", "EHLO x", "MAIL FROM:<>", "LHLO") == [
            "500 5.5.1 this is LMTP, say LHLO",
            "500 5.5.1 this is LMTP, say LHLO",
            "503 5.5.1 say LHLO first",
            "501 5.5.4 say who you are",
        ]
        assert "ENHANCEDSTATUSCODES" in (await one.ask("LHLO x"))[0]


async def test_lmtp_at_a_socket_file(tmp_path: Path):
    path = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    async with house("lmtp", host=f"unix:{path}") as it:
        assert it.receiver.address == str(path)
        second = Receiver(host=f"unix:{path}", port=0, protocol="lmtp", verdict=verdict, accept=it.accept, hostname="x")
        with pytest.raises(OSError, match="another process listens here"):
            await second.start()
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        async with client(it, "LHLO x") as one:
            assert (await one.mail(MAIL + b".\r\n", DIALOGUE))[-1] == STORED
    assert not path.exists()


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path):
    path = tmp_path / "lmtp"
    path.write_text("precious")
    receiver = Receiver(host=f"unix:{path}", port=0, protocol="lmtp", verdict=verdict, accept=None, hostname="x")
    with pytest.raises(OSError, match="in use"):
        await receiver.start()
    await receiver.stop()
    assert path.read_text() == "precious"


# STARTTLS


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


async def test_a_mail_over_tls():
    async with house(tls_context=server_tls()) as it, client(it, hello="") as one:
        await one.reply()
        assert "STARTTLS" in (await one.ask("EHLO x"))[0]
        assert await one.ask("MAIL FROM:<plain@example.net>", "STARTTLS") == [
            "250 2.1.0 sender noted",
            "220 2.0.0 ready to start TLS",
        ]
        await one.starttls(client_tls())
        # RFC 3207 §4.2: what was said before is forgotten
        assert await one.ask("MAIL FROM:<>") == ["503 5.5.1 say EHLO first"]
        assert "STARTTLS" not in (await one.ask("EHLO x"))[0]
        assert await one.ask("STARTTLS") == ["502 5.5.1 not offered"]
        assert (await one.mail(MAIL + b".\r\n", DIALOGUE))[-1] == STORED
        assert it.taken == [Transaction("anna@example.net", (DIALOGUE,), MAIL, "smtp")]


async def test_plaintext_pipelined_after_starttls_has_no_effect():
    """CVE-2024-34083."""
    injected = f"EHLO evil\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<{DIALOGUE}>\r\nDATA\r\nevil\r\n.\r\n"
    async with house(tls_context=server_tls()) as it, client(it) as one:
        one.send(b"STARTTLS\r\n" + injected.encode())
        assert (await one.reply()).startswith("220 ")
        await one.starttls(client_tls())
        assert await one.ask("NOOP", "MAIL FROM:<>") == ["250 2.0.0 still here", "503 5.5.1 say EHLO first"]
    assert it.taken == []


async def test_a_handshake_that_fails_frees_the_connection():
    async with house(tls_context=server_tls(), limits=Limits(connections=1)) as it:
        for words in (b"NOOP\r\n" * 10, b""):
            async with client(it) as one:
                await one.ask("STARTTLS")
                one.send(words)
                if not words:
                    one.half_close()
                with contextlib.suppress(ConnectionError, UnicodeDecodeError, AssertionError):
                    while await one.reply():
                        pass
        async with client(it) as later:
            assert await later.ask("NOOP") == ["250 2.0.0 still here"]


async def test_a_handshake_that_never_comes_frees_the_connection():
    async with house(tls_context=server_tls(), limits=Limits(connections=1, idle=0.05)) as it:
        async with client(it) as one:
            assert await one.ask("STARTTLS") == ["220 2.0.0 ready to start TLS"]
            assert await one.reply() == ""
        async with client(it) as later:
            assert await later.ask("NOOP") == ["250 2.0.0 still here"]


# Stopping


async def test_stopping_lets_a_running_mail_finish_and_takes_no_more():
    async with house() as it, client(it) as busy, client(it) as idle:
        await busy.ask("MAIL FROM:<>")
        address = it.receiver.address
        stopped = asyncio.create_task(it.receiver.stop())
        assert await idle.replies(2) == ["421 4.3.2 the service is stopping, try again later", ""]
        with pytest.raises(OSError, match="Connect"):
            await Client.connect(address)
        await busy.ask(f"RCPT TO:<{DIALOGUE}>", "DATA")
        busy.send(MAIL + b".\r\n")
        assert await busy.replies(3) == [STORED, "421 4.3.2 the service is stopping, try again later", ""]
        await stopped
        assert len(it.taken) == 1


async def test_stopping_waits_only_so_long():
    async with house() as it, client(it) as one:
        await one.ask("MAIL FROM:<>")
        await it.receiver.stop(grace=0.05)
        assert await one.reply() == ""


async def test_before_the_start_there_is_no_address():
    with pytest.raises(RuntimeError, match="not started"):
        _ = Receiver(
            host="127.0.0.1", port=0, protocol="smtp", verdict=verdict, accept=House().accept, hostname="x"
        ).address


async def test_a_port_that_is_taken_is_told():
    async with house() as it:
        with pytest.raises(OSError, match="in use"):
            async with house(port=it.receiver.address[1]):
                pass


# Other people's clients


async def test_smtplib():
    def send(host: str, port: int) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP(host, port, timeout=10) as smtp:
            smtp.starttls(context=client_tls())
            return smtp.sendmail("anna@example.net", ["x@y.example", DIALOGUE], MAIL, ["BODY=8BITMIME"])

    async with house(tls_context=server_tls()) as it:
        refused = await asyncio.to_thread(send, *it.receiver.address)
        assert refused == {"x@y.example": (550, b"5.1.1 no such dialogue address")}
        assert it.taken == [Transaction("anna@example.net", (DIALOGUE,), MAIL, "smtp")]


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks, a mail client for tests, is not installed")
@pytest.mark.parametrize("options", [(), ("--pipeline",), ("--protocol", "LMTP")], ids=lambda given: " ".join(given))
async def test_swaks(options: tuple[str, ...]):
    async with house("lmtp" if "LMTP" in options else "smtp") as it:
        host, port = it.receiver.address
        process = await asyncio.create_subprocess_exec(
            "swaks", "--server", host, "--port", str(port), "--from", "anna@example.net", "--to", DIALOGUE,
            "--helo", "client.example", "--header", "Subject: swaks", "--body", ".one\n..two", *options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        assert it.taken[0].recipients == (DIALOGUE,)
        assert b"\r\n\r\n.one\r\n..two\r\n" in it.taken[0].content


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_the_load_generator_counts_what_was_taken(protocol: str):
    name = "intake_load"
    file = Path(__file__).parents[2] / "scripts" / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    async with house(protocol) as it:
        host, port = it.receiver.address
        plan = module.Plan(host, port, DIALOGUE, protocol=protocol, sessions=10, count=300, size=4096)
        result = await module.load(plan)
        assert (len(result.acknowledged), result.refused, result.lost) == (300, [], 0)
        assert sorted(result.acknowledged) == sorted(
            line.split(b" ", 1)[1].decode()
            for mail in it.taken
            for line in mail.content.split(b"\r\n")
            if line.startswith(b"Message-ID:")
        )
        assert {len(mail.content) for mail in it.taken} == {4096}
