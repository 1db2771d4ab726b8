"""Text that is not what it says, in kinds and charsets that programs get wrong; nothing of it is lost."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from listserv.core.mail import inmail
from listserv.core.mail.charsets import to_text
from listserv.core.mail.inmail import InboundMail

CATALOGUES = Path(__file__).parents[2] / "templates" / "catalogues"


def read(kind: str, content: bytes, more: str = "") -> InboundMail:
    head = f"From: Ana <ana@example.org>\r\nContent-Type: {kind}\r\n{more}\r\n"
    return inmail.read(head.encode() + content)


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1251", "windows-1256", "iso-8859-15"])
@pytest.mark.parametrize("said", ["Le plan a été prêt à l'été.", "Женщины и мир", "النساء والسلام", "dos años"])
def test_utf_8_that_says_it_is_something_else(charset: str, said: str) -> None:
    assert read(f"text/plain; charset={charset}", said.encode()).text == said


@pytest.mark.parametrize(
    ("language", "charset"),
    [("fr", "windows-1252"), ("es", "iso-8859-15"), ("ru", "windows-1251"), ("ru", "iso-8859-5"), ("ru", "koi8-r"),
     ("ar", "windows-1256"), ("ar", "iso-8859-6")],
)  # fmt: skip
def test_what_is_in_the_charset_it_says_is_read_in_it(language: str, charset: str) -> None:
    """Any two words of ours side by side, in each charset that programs used before UTF-8."""
    text = (CATALOGUES / f"{language}.po").read_text("utf-8")
    words = sorted(set(re.findall(r"[^\W\d_]{2,}", text)))
    for one, other in zip(words, reversed(words), strict=True):
        said = f"{one} {other}"
        try:
            octets = said.encode(charset)
        except UnicodeEncodeError:
            continue
        assert to_text(octets, charset) == said


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text/markdown", b"# Plan\n\nWe *need* it.", "# Plan\n\nWe *need* it."),
        ("text/x-unheard-of", b"We need it.", "We need it."),
        ("text/enriched", b"<bold>We</bold> need it, if 3 << 4.", "We need it, if 3 < 4."),
    ],
)
def test_text_of_an_unknown_kind_is_plain_text(kind: str, content: bytes, text: str) -> None:
    got = read(kind, content)
    assert (got.text, got.attachments, got.remarks) == (text, (), ())


@pytest.mark.parametrize("kind", ["text/csv", "text/vcard", "text/markdown; name=plan.md"])
def test_data_and_named_files_are_files(kind: str) -> None:
    got = read(kind, b"a,b,c")
    assert (got.text, len(got.attachments)) == ("", 1)


def test_beside_words_it_is_a_file() -> None:
    parts = b"--b\r\n\r\nWords.\r\n--b\r\nContent-Type: text/x-patch\r\n\r\n+1\r\n--b--\r\n"
    got = read("multipart/mixed; boundary=b", parts)
    assert (got.text, [one.content_type for one in got.attachments]) == ("Words.", ["text/x-patch"])


@pytest.mark.parametrize(
    "footer", ["-- \r\nA list of others\r\n", "This mail was scanned.\r\n", "_____________\r\nA list\r\n", ""]
)
@pytest.mark.parametrize("said", ["Le plan était prêt.", "Le plan était prêt !", "Le plan est prêt, à nous."])
def test_a_footer_put_below_base64_spoils_nothing(said: str, footer: str) -> None:
    content = base64.encodebytes(said.encode() * 9).replace(b"\n", b"\r\n") + b"\r\n" + footer.encode()
    got = read("text/plain; charset=utf-8", content, "Content-Transfer-Encoding: base64\r\n")
    assert got.text == said * 9


def test_base64_with_blank_lines_in_it_is_read_whole() -> None:
    content = base64.encodebytes(b"We need a plan. " * 30).replace(b"\n", b"  \r\n\r\n")
    got = read("text/plain", content, "Content-Transfer-Encoding: base64\r\n")
    assert got.text.count("We need a plan.") == 30


STUBS = [
    "Your client does not support HTML.",
    "This is an HTML message. To view it, use a browser: https://example.org/v/1",
    "This message is in MIME format. Since your mail reader does not understand it, some may not be legible.",
    "\u200b",
    "\xa0\ufeff",
]
WORDS = ["Your page's HTML is broken in my browser.", "Does not support a quota: we.", "We."]


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [*((stub, "<p>Twelve women.</p>", "Twelve women.") for stub in STUBS), *((one, f"<p>{one}", one) for one in WORDS)],
)
def test_a_plain_form_that_says_nothing_gives_way_to_html(plain: str, html: str, text: str) -> None:
    parts = f"--b\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
    assert read("multipart/alternative; boundary=b", parts.encode()).text == text


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("text/plain; charset=utf-8; name=ATT00001.txt", ""),
        ("text/plain; charset=utf-8", "Content-Disposition: inline; filename=body.txt\r\n"),
        ("text/html; charset=utf-8; name=mail.html", ""),
    ],
)
def test_the_only_text_is_the_text_although_it_has_a_name(kind: str, more: str) -> None:
    got = read(kind, "Zwölf Frauen".encode(), more)
    assert (got.text, got.attachments) == ("Zwölf Frauen", ())
    part = f"--b\r\nContent-Type: {kind}\r\n{more}\r\nZwölf Frauen\r\n--b\r\n\r\n{{}}\r\n--b--\r\n"
    assert read("multipart/mixed; boundary=b", part.format("").encode()).text == "Zwölf Frauen"
    beside = read("multipart/mixed; boundary=b", part.format("Words.").encode())
    assert (beside.text, len(beside.attachments)) == ("Words.", 1)


@pytest.mark.parametrize("said", ["multipart/mixed", "multipart/mixed; boundary=another", "multipart/mixed; boundary"])
def test_a_boundary_that_the_header_does_not_name_is_found(said: str) -> None:
    parts = "preamble\r\n--=_b/1\r\nContent-Type: text/plain; charset=utf-8\r\n"
    parts += "Content-Transfer-Encoding: quoted-printable\r\n\r\nZw=C3=B6lf\r\n--=_b/1\r\n"
    parts += "Content-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n--=_b/1--\r\n"
    got = read(said, parts.encode())
    assert (got.text, [one.name for one in got.attachments], got.remarks) == ("Zwölf", ["a.pdf"], ())
