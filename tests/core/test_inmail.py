"""Reading one mail: what From may look like, what is bounded, and that no octets whatever make read() raise."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail.automatic import Automatic
from listserv.core.mail.body import safe_name
from listserv.core.mail.bounds import bounded
from listserv.core.mail.charsets import to_text
from listserv.core.mail.flowed import unwrap
from listserv.core.mail.headers import decoded
from listserv.core.mail.inmail import InboundMail, Mailbox, read

MAILS = sorted((Path(__file__).parents[1] / "corpus" / "mail").glob("*.eml"))


def mail(headers: str, body: str = "Hello.\n") -> InboundMail:
    return read(f"{headers}\n\n{body}".encode())


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("jane@example.org", Mailbox("", "jane@example.org")),
        ("Jane Doe <jane@EXAMPLE.org>", Mailbox("Jane Doe", "jane@example.org")),
        ('"Doe, Jane \\"JD\\"" <jane@example.org>', Mailbox('Doe, Jane "JD"', "jane@example.org")),
        ("jane@example.org (Jane Doe)", Mailbox("Jane Doe", "jane@example.org")),
        ('"jane@example.org" <jane@example.org>', Mailbox("", "jane@example.org")),
        ("=?utf-8?q?Jos=C3=A9?= =?utf-8?q?_Ruiz?= <j@example.org>", Mailbox("José Ruiz", "j@example.org")),
        ("José <josé@bücher.example>", Mailbox("José", "josé@bücher.example")),
        ("alice@example.org<bob@evil.example>", None),
        ("<alice@good.example>@evil.example", None),
        ("alice@example.org, bob@example.org", None),
        ("Friends: alice@example.org, bob@example.org;", None),
        ("Friends:;", None),
        ("=?utf-8?q?alice=40example.org?= <bob@evil.example>", None),
        ("=?utf-8?q?alice=40example.org?=", None),
        ('"alice@example.org" <bob@evil.example>', None),
        ("alice@example.org\0 <bob@evil.example>", None),
        ("alice", None),
        ("<>", None),
        ("", None),
        ("alice@@example.org", None),
        ("alice@example.org>", None),
        ("(" * 5000 + "alice@example.org", None),
        ("a" * 70 + "@example.org", None),
    ],
)
def test_from_counts_only_when_it_is_one_clean_mailbox(value: str, want: Mailbox | None) -> None:
    got = mail(f"From: {value}\nSubject: x")
    assert got.author == want
    assert any(remark.startswith("From is not") for remark in got.remarks) is (want is None)


def test_two_from_headers_are_nobodys() -> None:
    assert mail("From: a@example.org\nFrom: a@example.org").author is None


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("plain text", "plain text"),
        ("=?iso-8859-1?Q?Fr=F6sche?=", "Frösche"),
        ("=?utf-8?B?w4k=?= =?utf-8?B?Z2FsaXTDqQ==?=", "Égalité"),
        ("=?utf-8?B?w?= =?utf-8?B?4k=?=", "4k="),  # cut in the middle of a letter and of base64
        ("=?utf-8?q?=C3?= =?utf-8?q?=89galit=C3=A9?=", "Égalité"),  # one letter over two words
        ("=?x-unknown?q?abc?= tail", "abc tail"),
        ("=?utf-8?q?a=0D=0ABcc=3A_x=40y?=", "a Bcc: x@y"),
        ("a\tb\x00c\x1b[31m", "a b c [31m"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("=?utf-8*fr?q?Bonjour?=", "Bonjour"),
        ("=?not an encoded word?=", "=?not an encoded word?="),
    ],
)
def test_header_text(value: str, want: str) -> None:
    if "4k=" not in want:
        assert decoded(value) == want
    assert "\ud800" not in decoded(value)


@pytest.mark.parametrize(
    ("octets", "declared", "want"),
    [
        ("é".encode(), "", "é"),
        (b"\xe9", "", "é"),
        (b"\xe9", "us-ascii", "é"),
        (b"\xe9", "utf-8", "é"),
        (b"\x93x\x94", "iso-8859-1", "“x”"),
        (b"\xcf\xf0\xe8\xe2\xe5\xf2", "Windows-1251", "Привет"),
        (b"\xe3\xd1\xcd\xc8\xc7", "windows-1256", "مرحبا"),
        ("é".encode(), "rot13", "é"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        (b"abc", "\0\0", "abc"),
        (b"\xef\xbb\xbfx", "utf-8", "x"),
    ],
)
def test_charsets(octets: bytes, declared: str, want: str) -> None:
    assert to_text(octets, declared) == want


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("..\\..\\x.pdf", "x.pdf"),
        ("/etc/passwd", "passwd"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\r\nb.txt", "a b.txt"),
        ("x" * 5000 + ".docx", "x" * 115 + ".docx"),
        ("..", ""),
    ],
)
def test_file_names(name: str, want: str) -> None:
    assert safe_name(name) == want


@pytest.mark.parametrize(
    ("text", "delete_space", "want"),
    [
        ("a \nb\nc", False, "a b\nc"),
        ("a \nb", True, "ab"),
        ("> a \n> b \nmine", False, "> a b\nmine"),
        (" From x\n >y", False, "From x\n>y"),
        ("a\n-- \nJane", False, "a\n-- \nJane"),
        ("a \n-- \nJane", False, "a\n-- \nJane"),
    ],
)
def test_format_flowed(text: str, delete_space: bool, want: str) -> None:
    assert unwrap(text, delete_space) == want


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("Mon, 3 Nov 2008 10:00:00 +0000", datetime(2008, 11, 3, 10, tzinfo=UTC)),
        ("Mon, 3 Nov 2008 10:00:00 -0000", datetime(2008, 11, 3, 10, tzinfo=UTC)),
        ("3 Nov 2008 10:00", datetime(2008, 11, 3, 10, tzinfo=UTC)),
        ("yesterday", None),
        ("Mon, 3 Nov 99999 10:00:00 +0000", None),
        ("Mon, 3 Nov 2008 10:00:00 +9999", None),
        ("", None),
    ],
)
def test_dates_are_aware_or_none(value: str, want: datetime | None) -> None:
    assert mail(f"Date: {value}").date == want


def test_a_null_sender_is_automatic_whatever_it_says() -> None:
    octets = b"From: Jane <jane@example.org>\nSubject: Hello\n\nHi\n"
    assert read(octets).automatic is None
    assert read(octets, envelope_sender="jane@example.org").automatic is None
    assert read(octets, envelope_sender="").automatic is Automatic.REPLY
    assert read(b"Return-Path: <>\n" + octets).automatic is Automatic.REPLY


@pytest.mark.parametrize(
    ("headers", "body", "want"),
    [
        ("Subject: Hello\nAuto-Submitted: no", "x", None),
        ("Subject: Hello\nAuto-Submitted: auto-generated (rule)", "x", Automatic.REPLY),
        ("Subject: Hello\nPrecedence: auto_reply", "x", Automatic.REPLY),
        ("Subject: Hello\nPrecedence: bulk", "x", None),
        ("Subject: Hello\nX-Autoreply: yes", "x", Automatic.REPLY),
        ("Subject: Automatic reply: Plans", "x", Automatic.REPLY),
        ("Subject: Respuesta automática: Planes", "x", Automatic.REPLY),
        ("Subject: رد تلقائي: خطة", "x", Automatic.REPLY),
        ("Subject: Автоответ: план", "x", Automatic.REPLY),
        ("Subject: Re: Automatic reply: Plans", "I saw this.", None),
        ("Subject: Out of office", "I am out of the office until Monday.", Automatic.REPLY),
        ("Subject: Out of office politics", "Women leave office early.", None),
        ("Subject: On leave for peacekeepers", "Parental leave matters.", None),
        ("Subject: Re: Plans", "I am away next week, but I agree with Ana.", None),
        ("Subject: Delivery of services", "Clinics could not be delivered to the villages.", None),
        ("Subject: X\nX-Failed-Recipients: a@example.org", "x", Automatic.BOUNCE),
    ],
)
def test_machines_are_told_from_humans(headers: str, body: str, want: Automatic | None) -> None:
    assert mail(f"From: Jane <jane@example.org>\n{headers}", body).automatic is want


def test_hops_and_results_are_counted_and_kept_in_order() -> None:
    got = mail(
        "Received: a\nReceived: b\nAuthentication-Results: mx.example.org;\n dkim=pass\n"
        "Authentication-Results: other; x"
    )
    assert got.received_count == 2
    assert got.authentication_results == ("mx.example.org; dkim=pass", "other; x")


def test_the_digest_tells_copies_from_others() -> None:
    first = mail("From: jane@example.org\nReceived: a", "x")
    assert first.digest == mail("From: Jane <jane@example.org>\nReceived: b", "x").digest
    assert first.digest != mail("From: jane@example.org", "y").digest
    assert first.digest != mail("From: bob@example.org", "x").digest


def test_the_parents_text_finds_an_unmarked_quote() -> None:
    parent = "The ministry of gender should hold the budget line for the plan, every year."
    got = read(f"From: a@example.org\n\nI agree.\n\n{parent}\n".encode(), parent=parent)
    assert (got.text, got.cut) == ("I agree.", parent)


def nested(levels: int) -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=b0\n\n--b0\nContent-Type: text/plain\n\nFirst words.\n"
    return head + b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(levels)
    )


HOSTILE = {
    "nothing": b"",
    "one NUL": b"\0",
    "2,000 levels": nested(2000),
    "5,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 5000,
    "2,000 mails in mails": b"Content-Type: message/rfc822\n\n" * 2000,
    "subject of 20,000 words": b"Subject: " + b"=?utf-8?q?x?= " * 20000 + b"\n\nx",
    "a megabyte of headers": b"X-A: b\n" * 150_000 + b"\nx",
    "a header of a megabyte": b"To: " + b"a" * 1_000_000 + b"\n\nx",
    "parentheses": b"From: " + b"(" * 5000 + b"\nTo: " + b"(" * 5000 + b"\n\nx",
    "parameters": b"Content-Type: text/plain" + b'; a="' * 3000 + b"\n\nx",
    "unclosed tags": b"Content-Type: text/html\n\n" + b"<a " * 100_000,
    "nested lists": b"Content-Type: text/html\n\n" + b"<ul><li>" * 3000,
    "paragraphs": b"Content-Type: text/html\n\n" + b"<p>" * 200_000,
    "attributes": b"Content-Type: text/html\n\n<p " + b"a=1 " * 100_000 + b">",
    "comments": b"Content-Type: text/html\n\n" + b"<!--" * 75_000,
    "ampersands": b"Content-Type: text/html\n\n" + b"&" * 300_000,
    "references": b"References: " + b"<a@b> " * 20_000 + b"\n\nx",
    "bad name*": b"Content-Type: text/plain; name*\n\nx",
    "empty report": b"Content-Type: multipart/report; boundary=b\n\n--b\n\n--b--\n",
    "strange id": b"Message-ID: <[x@y]>\nTo: (c):\n\nx",
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_bounded(octets: bytes) -> None:
    began = time.process_time()
    got = read(octets)
    assert time.process_time() - began < 2
    assert len(got.body) <= 500_000


@pytest.mark.parametrize(
    ("octets", "remark"),
    [
        (nested(30), "The mail is nested more than 20 levels deep; the rest was not read."),
        (HOSTILE["2,000 mails in mails"], "The mail is nested more than 20 levels deep; the rest was not read."),
        (HOSTILE["5,000 parts"], "The mail has more than 200 parts; the rest was not read."),
        (HOSTILE["a megabyte of headers"], "The headers are longer than 128 KiB; only their beginning was read."),
        (HOSTILE["subject of 20,000 words"], "The headers are longer than 128 KiB; only their beginning was read."),
        (
            b"To: " + b"a" * 20_000 + b"\nSubject: x\n\nx",
            "A header is longer than 16 KiB; only its beginning was read.",
        ),
    ],
)
def test_what_was_left_out_is_said(octets: bytes, remark: str) -> None:
    assert remark in read(octets).remarks


def test_what_stands_before_a_bound_is_read() -> None:
    assert read(nested(2000)).text == "First words."


def test_an_ordinary_mail_passes_the_bounds_untouched() -> None:
    for path in MAILS:
        assert bounded(path.read_bytes()) == (path.read_bytes(), ())


def test_200_parts_side_by_side_are_no_nesting() -> None:
    one = b"--b\nContent-Type: multipart/alternative; boundary=c%d\n\n--c%d\n\nx\n--c%d--\n"
    octets = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(one % (n, n, n) for n in range(90))
    assert bounded(octets)[1] == ()


PIECES = (
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff",
    b"=?utf-8?q?=0D=0A?=",
    b"multipart/mixed",
    b"boundary=",
    b"--b",
    b"charset=x",
    b'"',
    b"<",
    b">",
    b"base64",
    b"message/rfc822",
    b"=",
    b"@",
    b"(",
    b"\xe2\x80\xae",
    b"From: ",
    b"Content-Type: ",
    b"message/delivery-status",
)


def mutant(source: bytes, dice: random.Random) -> bytes:
    octets = bytearray(source)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(octets) + 1)
        kind = dice.randrange(4)
        if kind == 0 and octets:
            octets[at % len(octets)] = dice.randrange(256)
        elif kind == 1:
            octets[at:at] = dice.choice(PIECES)
        elif kind == 2:
            del octets[at : at + dice.randint(1, 40)]
        else:
            begin = dice.randrange(len(octets) + 1)
            octets[at:at] = octets[begin : begin + dice.randint(1, 200)]
    return bytes(octets)


def test_2000_mutants_are_read_without_an_error() -> None:
    """read() never raises, and what it gives can be stored and shown: no surrogates, no controls in header texts."""
    dice = random.Random(1325)
    sources = [path.read_bytes() for path in MAILS]
    for _ in range(2000):
        got = read(mutant(dice.choice(sources), dice), dice.choice((None, "", "a@example.org")))
        shown = "\n".join((got.subject, got.from_text, got.body, got.text, got.cut, got.html, *got.remarks))
        shown.encode("utf-8")
        assert "\0" not in shown
        assert not any(ord(c) < 32 for c in got.subject + got.from_text + got.message_id + "".join(got.to))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets_are_read(octets: bytes) -> None:
    assert isinstance(read(octets), InboundMail)
