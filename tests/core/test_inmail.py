"""Reading one mail: what From may look like, what is bounded, and that no octets whatever make read() raise."""

from __future__ import annotations

import base64
import random
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail.automatic import Automatic
from listserv.core.mail.bounds import Bounded, bounded
from listserv.core.mail.charsets import to_text
from listserv.core.mail.flowed import NO_QUOTE, unwrap, wrap
from listserv.core.mail.headers import decoded
from listserv.core.mail.htmltext import to_text as to_text_of_html
from listserv.core.mail.inmail import InboundMail, Mailbox, read
from listserv.core.mail.parts import safe_name

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
        ("Jane Doe (UNDP) <jane@example.org>", Mailbox("Jane Doe (UNDP)", "jane@example.org")),
        ('"Jane Doe" (UNDP) <jane@example.org> (Kenya)', Mailbox("Jane Doe (UNDP)", "jane@example.org")),
        ("Jane (alice@example.org) <bob@evil.example>", None),
        ("Jane (=?utf-8?q?alice=40example.org?=) <bob@evil.example>", None),
        ("Jane ((a) b) <jane@example.org>", None),
        ("a" + " " * 1900 + "(x) <", None),  # in no time
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
    assert any(remark.startswith("From is") for remark in got.remarks) is (want is None)


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
        # Windows' letters under an ISO charset's name
        ("نحن في لبنان ننتظر".encode("cp1256"), "iso-8859-6", "نحن في لبنان ننتظر"),
        ("Płacimy – „sami”".encode("cp1250"), "iso-8859-2", "Płacimy – „sami”"),
        ("Płacimy sami".encode("iso-8859-2"), "iso-8859-2", "Płacimy sami"),
        ("– Άννα".encode("cp1253"), "iso-8859-7", "– Άννα"),
        ("L’été".encode("cp1252"), "iso-8859-15", "L’été"),
        ("私達 ①髙".encode("cp932"), "shift_jis", "私達 ①髙"),
        (b"\x1b$B;dC#-!|b\x1b(B ok", "iso-2022-jp", "私達①髙 ok"),
        # names that nobody registered
        ("Платим".encode("cp1251"), "win-1251", "Платим"),
        ("déjà".encode("cp1252"), "windows1252", "déjà"),
        # UTF-8 and UTF-16 that say they are something else
        ("Платим мы".encode(), "koi8-r", "Платим мы"),
        ("Платим мы, ёлка".encode("koi8-r"), "koi8-r", "Платим мы, ёлка"),
        ("Zwölf".encode("utf-16"), "utf-8", "Zwölf"),
        # a few octets that do not fit: a footer's, a torn end
        ("Zwölf Größen".encode() + b" M\xe9xico", "utf-8", "Zwölf Größen México"),
        (
            "Zwölf, je nach Größe, für süße Öfen".encode() + b" \xe9",
            "iso-8859-1",
            "Zwölf, je nach Größe, für süße Öfen é",
        ),
        ("مرحبا".encode()[:-1], "utf-8", "مرحب\ufffd"),
        ("我们自己付钱，从去年开始付".encode("gb18030")[:-1], "gb2312", "我们自己付钱，从去年开始\ufffd"),
        ("déjà vu, “là”".encode("cp1252"), "utf-8", "déjà vu, “là”"),
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
        (" From x\n >y", False, f"From x\n{NO_QUOTE}>y"),
        ("more \n >y", False, "more >y"),
        ("a\n-- \nJane", False, "a\n-- \nJane"),
        ("a \n-- \nJane", False, "a\n-- \nJane"),
    ],
)
def test_format_flowed(text: str, delete_space: bool, want: str) -> None:
    assert unwrap(text, delete_space) == want


def test_a_sign_that_stuffing_shows_to_be_the_authors_is_no_quote() -> None:
    flowed = mail("Content-Type: text/plain; format=flowed", "Figures:\n\n >50 % in Rwanda\n >30 % with us\n\n> Who?\n")
    assert (flowed.text, flowed.cut) == ("Figures:\n\n>50 % in Rwanda\n>30 % with us", "> Who?")


PARAGRAPH = "We asked two hundred women in nine villages what peace would change for them, and they spoke of the road."


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("short\n    an indented command\n", None),
        (f"    {PARAGRAPH}\n", None),  # nothing of a held mail begins a line of ours
        ("中" * 100, None),
        ("> https://example.org/" + "x" * 100, None),
        (PARAGRAPH, f"{PARAGRAPH[:72]}\n{PARAGRAPH[72:]}"),
        (f"> {PARAGRAPH}", f"> {PARAGRAPH[:72]}\n> {PARAGRAPH[72:]}"),
        (f"{'x' * 75} From here {PARAGRAPH[:20]}", f"{'x' * 75} \n From here {PARAGRAPH[:20]}"),
        (f"{PARAGRAPH}\n  two\n> q\n-- \nJane  ", f"{PARAGRAPH[:72]}\n{PARAGRAPH[72:]}\n   two\n> q\n-- \nJane"),
    ],
)
def test_what_is_sent_as_flowed(text: str, want: str | None) -> None:
    assert wrap(text) == want


PIECES = ["a", "word", "From", ">", "> ", "  ", "--", "-- ", "中文", "longer-than-most", "x" * 80, "\n", "\t"]


@given(st.lists(st.sampled_from(PIECES), max_size=80), st.sampled_from(["", " "]))
def test_flowed_text_comes_back(words: list[str], between: str) -> None:
    """But for spaces at ends of lines, and the space behind the mark of a quote."""
    text = between.join(words)
    flowed = wrap(text)
    if flowed is not None:
        told = [re.sub(r"^(>+) ?", r"\1 ", line) for line in text.split("\n")]
        want = [line if re.fullmatch("(>+ )?-- ", line) else line.rstrip(" ") for line in told]
        assert unwrap(flowed, False).split("\n") == want


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
        ("Subject: Automatic reply: Plans", "x", Automatic.GUESS),
        ("Subject: Respuesta automática: Planes", "x", Automatic.GUESS),
        ("Subject: رد تلقائي: خطة", "x", Automatic.GUESS),
        ("Subject: Автоответ: план", "x", Automatic.GUESS),
        ("Subject: Re: Automatic reply: Plans", "I saw this.", None),
        ("Subject: Out of office", "I am out of the office until Monday.", Automatic.GUESS),
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


#: A winmail.dat whose text is a megabyte when unpacked.
PACKED = (
    b"\x78\x9f\x3e\x22\1\0\1\x03\x90\6\0\xff\xff\xff\0"
    b"\1\0\0\0\2\1\x09\x10\1\0\0\0\xff\xff\0\0" + bytes(8) + b"LZFu" + bytes(4) + (b"\xfe\\" + b"\0\x0f" * 7) * 7000
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
    "80 heavy parts of HTML": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/html\n\n" + b"<p>x" * 70_000 + b"\n") * 80,
    "180 parts of Outlook's": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: application/ms-tnef\n\n" + PACKED + b"\n") * 180,
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
        assert bounded(path.read_bytes()) == Bounded(path.read_bytes(), (), None)


def test_200_parts_side_by_side_are_no_nesting() -> None:
    one = b"--b\nContent-Type: multipart/alternative; boundary=c%d\n\n--c%d\n\nx\n--c%d--\n"
    octets = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(one % (n, n, n) for n in range(90))
    assert bounded(octets).remarks == ()


LINES = b"a short line, of words\r\n" * 30_000  # 700 KB


def large(content: bytes, headers: bytes = b"Content-Type: application/pdf; name=x.pdf") -> bytes:
    head = b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n"
    return head + b"--b\r\n" + headers + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("headers", "written", "content"),
    [
        (b"Content-Transfer-Encoding: 8bit", LINES, LINES),
        (b"Content-Transfer-Encoding: binary", bytes(range(256)) * 2000, bytes(range(256)) * 2000),
        (b"Content-Transfer-Encoding: base64", base64.encodebytes(LINES), LINES),
        (b"Content-Transfer-Encoding: BASE64 ", base64.b64encode(LINES), LINES),
        (b"Content-Transfer-Encoding: base64", base64.encodebytes(LINES)[:-6] + b"!", LINES[:-4]),
        (b"Content-Transfer-Encoding: quoted-printable", b"=C3=A9 =\r\n" * 60_000, "é ".encode() * 60_000),
        (b"X-A: b", b"--b \t x\r\n" * 9_000 + b"--c\r\n" * 90_000, b"--b \t x\r\n" * 9_000 + b"--c\r\n" * 90_000),
        (b"X-A: b", b"\n" * 600_000, b"\n" * 600_000),
    ],
)
def test_what_is_set_aside_from_the_parser_comes_back(headers: bytes, written: bytes, content: bytes) -> None:
    octets = large(written, b"Content-Type: application/pdf; name=x.pdf\r\n" + headers)
    assert len(bounded(octets).octets) < 1000
    got = read(octets)
    assert (got.text, [(one.name, one.size) for one in got.attachments]) == ("See the file.", [("x.pdf", len(content))])
    assert got.attachments[0].content == content


def test_a_large_attached_mail_is_kept_as_it_is() -> None:
    inner = b"From: b@example.org\r\nSubject: Inner\r\n\r\n" + LINES
    (got,) = read(large(inner, b"Content-Type: message/rfc822")).attachments
    assert (got.name, got.content_type, got.content) == ("Inner.eml", "message/rfc822", inner)


def test_a_mark_of_what_was_set_aside_cannot_be_forged() -> None:
    marks = [bounded(large(LINES)).octets, bounded(large(LINES + b"x")).octets]
    assert marks[0] != marks[1]
    got = read(large(LINES) + b"--b\r\n\r\n" + marks[0])
    assert got.text == "See the file."


@pytest.mark.parametrize("size", [1_000, 400_000])
def test_parts_are_bounded_however_their_boundary_is_written(size: int) -> None:
    many = b"Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\r\n\r\n" + b"--bc\r\n\r\nx\r\n" * 1000
    got = read(many + b"x" * size)
    assert "The mail has more than 200 parts; the rest was not read." in got.remarks
    assert len(got.body) < 1000


def test_lines_that_look_like_a_boundary_and_are_none_are_bounded() -> None:
    got = read(large(b"--b \t x\r\n" * 100_000))
    assert (got.text, got.attachments[0].size) == ("See the file.", 9 * 9_998 - 2)
    assert "The mail has more than 200 parts; the rest was not read." in got.remarks


def test_a_large_mail_of_many_small_parts_is_bounded_too() -> None:
    part = b"--b\r\nContent-Type: text/plain; name=x.txt\r\n\r\n" + b"x\r\n" * 40_000
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 150 + b"--b--\r\n"
    assert len(bounded(octets).octets) < 50_000
    assert {one.size for one in read(octets).attachments} == {120_000 - 2}


def test_without_html_the_text_is_read_all_the_same() -> None:
    html = b"--b\nContent-Type: text/html\n\n<p>We need a plan.</p>\n--b--\n"
    head = b"From: a@example.org\nContent-Type: multipart/alternative; boundary=b\n\n"
    got = read(head + b"--b\n\nWe need a plan.\n" + html, html=False)
    assert (got.text, got.html, got.remarks) == (
        "We need a plan.",
        "",
        ("The HTML part was not read: it took too long.",),
    )
    assert read(head + html, html=False).remarks[-1] == "It has no readable text."


def test_a_damaged_multipart_is_shown_raw() -> None:
    got = mail("From: a@example.org\nContent-Type: multipart/mixed; boundary=b", "--c\n\nWe need a plan.\n--c--")
    assert got.text.splitlines()[2] == "We need a plan."
    assert got.remarks == ("It is damaged: its parts could not be told apart, and are shown raw.",)


@pytest.mark.parametrize(
    ("declared", "meta", "octets", "want"),
    [
        ("", '<meta charset="windows-1251">', b"\xcf\xeb\xe0\xed", "План"),
        ("", '<META http-equiv=Content-Type content="text/html; charset=koi8-r">', b"\xf0\xcc\xc1\xce", "План"),
        ("; charset=utf-8", '<meta charset="windows-1251">', "План".encode(), "План"),  # the mail's own word counts
        ("", "<meta charset=utf-16>", "План".encode(), "План"),
        ("", "<meta charset=no-such>", "é".encode(), "é"),
        ("", "", "é".encode("latin-1"), "é"),
    ],
)
def test_html_may_name_its_charset_itself(declared: str, meta: str, octets: bytes, want: str) -> None:
    head = f"From: a@example.org\nContent-Type: text/html{declared}\n\n<html><head>{meta}</head><p>"
    assert read(head.encode() + octets).text == want


@pytest.mark.parametrize(
    "charset", ["charset*=utf-8''x", 'charset="a\0b"', "charset*0*=a'b'c", "charset=" + "x" * 5000]
)
@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/mixed", "message/delivery-status", "application/octet-stream"]
)
def test_a_charset_that_is_no_name_is_no_obstacle(charset: str, kind: str) -> None:
    for head in (b"From: a@example.org\n", b"From: a@example.org\nContent-Type: multipart/report; boundary=b\n\n--b\n"):
        got = read(head + f"Content-Type: {kind}; {charset}\n\n".encode() + b"Un plan \xe9crit.\n--b--\n", "")
        assert not any("in full" in remark for remark in got.remarks)


LONG = "The ministry of women should keep the budget line of the plan in every single year, and report on it."


@pytest.mark.parametrize(
    ("html", "want"),
    [
        (f"<p>{LONG}</p>", LONG),
        (
            f"<ul><li>{LONG}</ul>",
            "  - The ministry of women should keep the budget line of the plan in every\n"
            "    single year, and report on it.",
        ),
        (f"<blockquote>{LONG}</blockquote>Yes.", f"> {LONG}\n\nYes."),
        (f"<ul><li>See https://example.org/{'a' * 90}</ul>", f"  - See\n    https://example.org/{'a' * 90}"),
        (f"<p>{'x' * 90}</p>", "x" * 90),
    ],
)
def test_paragraphs_from_html_are_lines_and_lists_are_broken(html: str, want: str) -> None:
    """A paragraph goes out as flowed text, which lists, being indented, are not."""
    assert to_text_of_html(html) == want


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ('Content-Type: text/calendar; method=REQUEST; name="meeting.ics"', "meeting.ics"),
        ("Content-Type: text/calendar; method=REQUEST", "unnamed.ics"),
        ("Content-Type: text/calendar; name=meeting", "meeting.ics"),
        ('Content-Type: image/png; name="C:\\TEMP\\nsmail.png"', "nsmail.png"),
        ('Content-Type: image/png; name="..\\..\\x.png"', "x.png"),
        ('Content-Disposition: attachment; filename="a \\"b\\" \\\\ c.txt"', "c.txt"),
        ("Content-Type: text/plain; name*0*=utf-8''na%C3; name*1*=%AFve; name*2=.txt", "naïve.txt"),
        ("Content-Type: text/plain; name==?utf-8?q?na=C3=AFve.txt?=", "naïve.txt"),
        ("Content-Type: text/plain; name=" + "x" * 5000 + ".docx", "x" * 115 + ".docx"),
        ("Content-Type: text/plain; name=a\0b.txt", "a b.txt"),
        ("Content-Type: image/png; name=", "unnamed.png"),
    ],
)
def test_attachments_have_names(headers: str, name: str) -> None:
    octets = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n{headers}\n\nx\n--b--\n"
    got = read(octets.encode())
    assert [one.name for one in got.attachments] == [name]


@pytest.mark.parametrize("kind", ["text/x-amp-html", "text/watch-html", "text/enriched"])
def test_a_form_that_nobody_needs_is_no_attachment(kind: str) -> None:
    head = "From: a@example.org\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nWe need a plan.\n"
    got = read(f"{head}--b\nContent-Type: {kind}\n\n<x>We need a plan.</x>\n--b--\n".encode())
    assert (got.text, got.attachments) == ("We need a plan.", ())


def test_nothing_of_an_attached_mail_is_mixed_in() -> None:
    inner = "From: b@example.org\nSubject: approve TOKEN\nAuto-Submitted: auto-replied\n\nrelease 7"
    octets = "From: a@example.org\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n"
    got = read(f"{octets}--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n".encode())
    assert (got.text, got.subject, got.automatic) == ("See below.", "Fwd", None)
    assert [one.name for one in got.attachments] == ["approve TOKEN.eml"]


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
    b"multipart/signed",
    b"application/pkcs7-mime",
    b"application/ms-tnef",
    b"\x78\x9f\x3e\x22\x01\x00\x02\x02\x90\x06\x00",
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80",
    b"-----BEGIN PGP SIGNED MESSAGE-----\n",
    b"text/html",
    b"<div>",
    b"</b>",
    b"<a href=",
    b"<!--",
    b"&#x",
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


def test_setting_contents_aside_changes_nothing_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails and mutants read as small ones and as large ones, whose every leaf is set aside, are the same."""

    def told(octets: bytes) -> tuple[object, ...]:
        mail = read(octets)
        files = [(one.name, one.content_type) for one in mail.attachments]
        contents = [one.content for one in mail.attachments if not one.content_type.startswith("message/")]
        return mail.body, mail.text, mail.html, mail.remarks, mail.automatic, files, contents

    dice = random.Random(1325)
    sources = [path.read_bytes() for path in MAILS]
    sources += [octets.replace(b"\r\n", b"\n") for octets in sources] + [s.replace(b"\r\n", b"\r") for s in sources]
    mails = sources + [mutant(dice.choice(sources), dice) for _ in range(600)]
    small = [told(octets) for octets in mails]
    monkeypatch.setattr("listserv.core.mail.bounds.LARGE", -1)
    monkeypatch.setattr("listserv.core.mail.bounds.LEAF", 5)
    assert [told(octets) for octets in mails] == small


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets_are_read(octets: bytes) -> None:
    assert isinstance(read(octets), InboundMail)


def test_a_blank_before_a_headers_colon_ends_no_headers() -> None:
    """RFC 5322 §4.5.3: obsolete, to be read all the same."""
    mail = read(b"From: Anna <anna@example.net>\r\nTo : nap@talk.example\r\nSubject\t: S\r\n\r\nA colon : stays.\r\n")
    assert (mail.subject, mail.to, mail.text) == ("S", ("nap@talk.example",), "A colon : stays.")


def uuencoded(lines: bytes) -> str:
    octets = b"From: anna@example.net\nContent-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\n" + lines
    return read(octets, "anna@example.net").text


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        (b"begin 644 a.txt\n#0V%T\n`\nend\n", "Cat"),
        (b"begin 644 a.txt\r\n#0V%T\r\n#0V%T\r\n`\r\nend\r\n", "CatCat"),
        (b"A word before.\nbegin 644 a.txt\n#0V%T\n`\nend\nA word after.\n", "Cat"),
        (b"begin 644 a.txt\n#0V%TX\n", "Cat"),  # a checksum behind the octets
        (b"begin 644 a.txt\n#0V%T\n\xff\xff\n#0V%T\n", "Cat"),
        (b"begin 644 a.txt\n#0V%T", "Cat"),
        (b"begin\nwithout\n", "begin\nwithout"),
        (b"", ""),
    ],
)
def test_uuencode(lines: bytes, want: str) -> None:
    assert uuencoded(lines) == want


@pytest.mark.parametrize(
    ("encoding", "written", "want"),
    [
        ("quoted-printable", b"the li=  \r\nne goes =\t\r\non", "the line goes on"),
        ("quoted-printable", b"2 = 3 =zz 50=%", "2 = 3 =zz 50=%"),
        ("quoted-printable;", b"Zw=C3=B6lf", "Zwölf"),
        ("quoted-printable (so it says)", b"Zw=C3=B6lf", "Zwölf"),
        ('"base64"', b"WndvZWxm", "Zwoelf"),
        ("base64", base64.b64encode(b"Zwoelf ") + b"\r\n" + base64.b64encode(b"Frauen"), "Zwoelf Frauen"),
        ("base64", base64.b64encode(b"Zwoelf!") + b"\r\nFooter", "Zwoelf!"),
        (
            "base64",
            b"We pay it ourselves, from what the districts have.",
            "We pay it ourselves, from what the districts have.",
        ),
    ],
)
def test_transfer_encodings_as_programs_damage_them(encoding: str, written: bytes, want: str) -> None:
    head = f"From: anna@example.net\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    assert read(head.encode() + written).text == want
