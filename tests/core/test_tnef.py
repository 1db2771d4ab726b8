"""winmail.dat opened: as tnefparse reads what Outlook wrote, and in bounds whatever it holds."""

from __future__ import annotations

import logging
import random
import struct
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail import rtf, tnef
from listserv.core.mail.inmail import InboundMail, read

FOLDER = Path(__file__).parents[1] / "corpus" / "tnef"
FILES = sorted(FOLDER.glob("*.tnef"))
MESSAGE, FILE = 1, 2


def attribute(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, kind, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def stream(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def properties(*each: tuple[int, int, bytes]) -> bytes:
    """A list of (type, name, value as it stands)."""
    return struct.pack("<I", len(each)) + b"".join(struct.pack("<HH", kind, name) + value for kind, name, value in each)


def counted(data: bytes) -> bytes:
    return struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)


def file(name: str, content: bytes, *more: tuple[int, int, bytes]) -> bytes:
    return (
        attribute(FILE, 0x9002, bytes(14))
        + attribute(FILE, 0x8010, b"SHORT~1.PDF\0")
        + attribute(FILE, 0x800F, content)
        + attribute(FILE, 0x9005, properties((0x1F, 0x3707, counted(name.encode("utf-16-le") + b"\0\0")), *more))
    )


def text(words: str) -> bytes:
    return attribute(MESSAGE, 0x9003, properties((0x1F, 0x1000, counted(words.encode("utf-16-le") + b"\0\0"))))


def mail(octets: bytes, *, said: str = "", kind: str = "application/ms-tnef") -> InboundMail:
    head = f"From: anna@example.net\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{said}\r\n--b\r\n"
    part = f"Content-Type: {kind}; name=winmail.dat\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return read((head + part).encode() + octets + b"\r\n--b--\r\n")


def theirs(octets: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """What tnefparse finds: files, with the NULs that it takes off their ends, and HTML."""
    from tnefparse import TNEF

    logging.getLogger("tnefparse").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = TNEF(octets)
        html = found.htmlbody or b""
        files = [(one.long_filename(), bytes(one.data)) for one in found.attachments]
    return files, html.encode() if isinstance(html, str) else html


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_finds_what_tnefparse_finds(path: Path) -> None:
    octets = path.read_bytes()
    got = tnef.opened(octets)
    assert got is not None
    files, html = theirs(octets)
    assert [(one.name, one.content.rstrip(b"\0")) for one in got.files] == [
        (name, data.rstrip(b"\0")) for name, data in files
    ]
    assert got.html.split() == html.decode().rstrip("\0").split()


def test_there_are_files_with_text_html_and_rtf() -> None:
    found = {path.stem: tnef.opened(path.read_bytes()) for path in FILES}
    assert found["triples"].text.strip() == "Sample description"
    assert found["unicode-mapi-attr"].text == "\u200bhello world"
    assert "hello world" in found["unicode-mapi-attr"].html
    assert found["rtf"].rtf.startswith("aafgag'alga'kgk\n\nagka;kgag")
    assert [(one.name, len(one.content)) for one in found["two-files"].files] == [("AUTHORS", 244), ("README", 893)]


def test_the_text_is_taken_where_the_mail_has_none_and_the_file_itself_is_not_kept() -> None:
    got = mail(stream(text("Désolé: the plan."), file("plan für 2009.pdf", b"%PDF-1.4 x\0\0")))
    assert got.text == "Désolé: the plan."
    assert [(one.name, one.content) for one in got.attachments] == [("plan für 2009.pdf", b"%PDF-1.4 x\0\0")]
    assert [one for one in got.remarks if "winmail" in one or "Outlook" in one] == []


def test_the_mails_own_text_comes_first() -> None:
    assert mail(stream(text("The same again.")), said="We need a plan.").text == "We need a plan."


def test_its_html_is_read_like_any_other() -> None:
    html = b"<p onclick=x>We need <b>a plan</b>.</p>"
    got = mail(stream(attribute(MESSAGE, 0x9003, properties((0x102, 0x1013, counted(html))))))
    assert (got.text, got.html) == ("We need a plan.", "<p>We need <b>a plan</b>.</p>")


def test_its_rtf_gives_the_words() -> None:
    packed = struct.pack("<IIII", 20, 20, 0x414C454D, 0) + rb"{\rtf1\ansi We need {\b a plan}.\par Soon.}"
    got = mail(stream(attribute(MESSAGE, 0x9003, properties((0x102, 0x1009, counted(packed))))))
    assert got.text == "We need a plan.\nSoon."


@pytest.mark.parametrize(
    ("name", "want"),
    [("..\\..\\x.pdf", "x.pdf"), ("/etc/passwd", "passwd"), ("a\u202egpj.exe", "agpj.exe"), ("\0", "SHORT~1.PDF")],
)
def test_its_files_have_safe_names(name: str, want: str) -> None:
    (got,) = mail(stream(file(name, b"x"))).attachments
    assert (got.name, got.content_type) == (want, "application/octet-stream")


def test_its_files_bear_the_type_they_name_if_it_is_one() -> None:
    given = [b"application/pdf\0", b"text/html\r\nX: y\0"]
    kinds = [mail(stream(file("x", b"x", (0x1E, 0x370E, counted(one))))).attachments[0].content_type for one in given]
    assert kinds == ["application/pdf", "application/octet-stream"]


def test_a_mail_within_is_left_out_and_a_moderator_told() -> None:
    got = mail(stream(text("See below."), file("Re: secrets", b"x", (3, 0x3705, struct.pack("<I", 5)))))
    assert got.attachments == ()
    assert "Outlook put a mail or an object into it that could not be opened; it is left out." in got.remarks


@pytest.mark.parametrize("octets", [b"xx", b"\x78\x9f\x3e\x22", b"\x78\x9f\x3e\x22" + bytes(4000)])
def test_what_cannot_be_opened_is_kept_and_named(octets: bytes) -> None:
    got = mail(octets, said="See the file.")
    assert [one.name for one in got.attachments] == ["winmail.dat"]
    (remark,) = (one for one in got.remarks if "winmail.dat" in one)
    assert remark == "winmail.dat (Outlook's own format) could not be opened; it may hold text and attachments."


HOSTILE = {
    "a count of four thousand million": stream(attribute(MESSAGE, 0x9003, b"\xff\xff\xff\xff" + bytes(40))),
    "values of no size": stream(
        attribute(MESSAGE, 0x9003, properties(*[(0x1000, 1, b"\xff\xff\xff\xff")] * 2000)),
        *[attribute(MESSAGE, 0x9003, properties(*[(0, 1, b"")] * 4000))] * 50,
    ),
    "a million attributes": stream(attribute(MESSAGE, 0x9003, b"") * 1_000_000),
    "ten thousand files": stream(file("x", b"x") * 10_000),
    "torn off": stream(text("x" * 1000))[:500],
    "a long name of a property": stream(
        attribute(MESSAGE, 0x9003, b"\1\0\0\0\x1f\0\xff\xff" + bytes(16) + b"\1\0\0\0\xff\xff\xff\xff")
    ),
    "packed a million times": stream(
        attribute(
            MESSAGE,
            0x9003,
            properties(
                (0x102, 0x1009, counted(struct.pack("<IIII", 9, 9, 0x75465A4C, 0) + (b"\xff" + b"\0\x0f" * 8) * 60_000))
            ),
        )
    ),
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_bounded(octets: bytes) -> None:
    began = time.process_time()
    got = tnef.opened(octets)
    assert time.process_time() - began < 1
    assert got is None or len(got.files) <= 200


def test_mutants_are_opened_or_not_without_an_error() -> None:
    dice = random.Random(1325)
    sources = [path.read_bytes() for path in FILES]
    for _ in range(1500):
        octets = bytearray(dice.choice(sources))
        for _ in range(dice.randint(1, 12)):
            octets[dice.randrange(len(octets))] = dice.choice((0, 1, 255, dice.randrange(256)))
        tnef.opened(bytes(octets[: dice.randint(1, len(octets))] if dice.random() < 0.3 else octets))


@pytest.mark.parametrize(
    ("source", "want"),
    [
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (rb"{\rtf1\ansi\uc1 \u1055?\u1088?}", "Пр"),
        (rb"{\rtf1 {\fonttbl{\f0 Arial;}}{\*\generator X;}{\pict 00ff}Text}", "Text"),
        (rb"{\rtf1 a\tab b\line c\par\pard d}", "a\tb\nc\nd"),
        (rb"{\rtf1 \{braces\} and \\ and a\~b}", "{braces} and \\ and a b"),
        (rb"{\rtf1\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\b \htmlrtf0 bold\htmlrtf }\htmlrtf0 !}", "bold!"),
        (rb"{\rtf1 \u-10179?\u-8704?}", "\U0001f600"),
        (rb"{\rtf1 \u-10179?}", "\ufffd"),
        (b"", ""),
    ],
)  # fmt: skip
def test_words_of_rtf(source: bytes, want: str) -> None:
    assert rtf.to_text(source) == want


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_octets_are_rtf_or_packed_rtf(octets: bytes) -> None:
    rtf.to_text(octets).encode()
    rtf.unpacked(bytes(8) + b"LZFu" + octets)
    tnef.opened(stream(octets))
