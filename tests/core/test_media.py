"""What a file really is: by its bytes, whatever its name or its mail says. Nothing is unpacked, nothing raises."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail import media
from listserv.core.mail.media_kinds import PROGRAMS, RUN

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."


def zipped(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        if mimetype:
            file.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name in names:
            file.writestr(zipfile.ZipInfo(name), "content")
    return out.getvalue()


def office(folder: str, *more: str) -> bytes:
    return zipped("[Content_Types].xml", "_rels/.rels", f"{folder}/main.xml", *more)


def compound(*entries: str, more: bytes = b"") -> bytes:
    """An OLE file as far as it is looked at: its beginning, and a directory ([MS-CFB] 2.6)."""
    directory = b"".join(entry.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for entry in ("Root Entry", *entries))
    return bytes.fromhex("d0cf11e0a1b11ae1").ljust(512, b"\xff") + directory + more


def png(width: int, height: int, size: int = 0) -> bytes:
    return (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\2\0\0\0").ljust(size, b"\1")


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0;"


def jpeg(width: int, height: int, size: int = 0) -> bytes:
    app = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    frame = b"\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + b"\3\1\x22\0\2\x11\1\3\x11\1"
    return (b"\xff\xd8" + app + frame).ljust(size, b"\1")


def bmp(width: int, height: int) -> bytes:
    return b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + struct.pack("<ii", width, height) + bytes(20)


MSI = compound("x", more=bytes.fromhex("84100c0000000000c000000000000046"))
MAIL = b"Received: from x by y\r\n\tfor z\r\nFrom: a@b.org\r\nTo: c@d.org\r\nMessage-ID: <1@b.org>\r\n\r\nHello.\r\n"

#: What it is, and bytes as such a file begins.
KINDS: list[tuple[str, bytes]] = [
    ("application/pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    ("application/pdf", b"\r\n\r\n%PDF-1.4\n"),  # readers take it with something before it
    ("image/png", png(10, 10)),
    ("image/jpeg", jpeg(10, 10)),
    ("image/gif", gif(10, 10)),
    ("image/bmp", bmp(10, 10)),
    ("image/tiff", b"II*\0\x08\0\0\0"),
    ("image/tiff", b"MM\0*\0\0\0\x08"),
    ("image/webp", b"RIFF\x24\0\0\0WEBPVP8 "),
    ("image/heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
    ("image/avif", b"\0\0\0\x1cftypavif\0\0\0\0"),
    (OFFICE + "wordprocessingml.document", office("word")),
    (OFFICE + "spreadsheetml.sheet", office("xl")),
    (OFFICE + "presentationml.presentation", office("ppt")),
    (OPEN + "text", zipped("content.xml", mimetype=OPEN + "text")),
    (OPEN + "spreadsheet", zipped("content.xml", mimetype=OPEN + "spreadsheet")),
    (OPEN + "presentation", zipped(mimetype=OPEN + "presentation")),
    ("application/epub+zip", zipped("META-INF/container.xml", mimetype="application/epub+zip")),
    ("application/msword", compound("WordDocument")),
    ("application/vnd.ms-excel", compound("Workbook")),
    ("application/vnd.ms-excel", compound("Book")),
    ("application/vnd.ms-powerpoint", compound("Current User", "PowerPoint Document")),
    ("application/vnd.ms-outlook", compound("__properties_version1.0")),
    ("application/x-ole-storage", compound("EncryptedPackage")),
    ("application/rtf", b"{\\rtf1\\ansi Hello}"),
    ("application/vnd.wordperfect", b"\xffWPC\x10\0\0\0"),
    ("application/postscript", b"%!PS-Adobe-3.0\n"),
    ("audio/mpeg", b"ID3\3\0\0\0\0\0\0"),
    ("audio/mpeg", b"\xff\xfb\x90\0\0\0"),
    ("audio/wav", b"RIFF\x24\0\0\0WAVEfmt "),
    ("audio/ogg", b"OggS\0\2\0\0"),
    ("audio/flac", b"fLaC\0\0\0\x22"),
    ("audio/amr", b"#!AMR\n\0"),
    ("audio/mp4", b"\0\0\0\x20ftypM4A \0\0\0\0"),
    ("video/mp4", b"\0\0\0\x20ftypisom\0\0\2\0"),
    ("video/quicktime", b"\0\0\0\x14ftypqt  \0\0\0\0"),
    ("video/3gpp", b"\0\0\0\x18ftyp3gp4\0\0\0\0"),
    ("video/x-msvideo", b"RIFF\x24\0\0\0AVI LIST"),
    ("video/x-matroska", b"\x1aE\xdf\xa3\1\0\0\0"),
    ("application/zip", zipped("plan.pdf")),
    ("application/gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
    ("application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c\0\4"),
    ("application/vnd.rar", b"Rar!\x1a\7\1\0"),
    ("application/x-tar", b"plan.txt".ljust(257, b"\0") + b"ustar\x0000"),
    ("application/vnd.microsoft.portable-executable", b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff"),
    ("application/x-elf", b"\x7fELF\2\1\1\0"),
    ("application/x-mach-binary", b"\xcf\xfa\xed\xfe\7\0\0\1"),
    ("application/java-vm", b"\xca\xfe\xba\xbe\0\0\0\x34"),
    ("application/java-archive", zipped("META-INF/MANIFEST.MF", "Main.class")),
    ("application/vnd.android.package-archive", zipped("AndroidManifest.xml", "META-INF/MANIFEST.MF")),
    ("application/x-msi", MSI),
    ("application/x-ms-shortcut", b"L\0\0\0\1\x14\2\0\0\0\0\0"),
    ("application/vnd.ms-htmlhelp", b"ITSF\3\0\0\0"),
    ("application/x-iso9660-image", bytes(0x8001) + b"CD001\1"),
    ("application/x-shockwave-flash", b"CWS\x0a"),
    ("text/x-script", b"#!/bin/sh\nrm -rf ~\n"),
    ("text/x-script", b"<?php echo 1;"),
    ("text/html", b"\xef\xbb\xbf <!DOCTYPE html><html>"),
    ("text/html", b"<!-- mine -->\n<HTML><body>"),
    ("text/html", b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'),
    ("text/html", "<script>alert(1)</script>".encode("utf-16")),
    ("image/svg+xml", b'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg">'),
    ("image/svg+xml", b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg>'),
    ("application/xml", b'<?xml version="1.0"?>\n<plan/>'),
    ("text/vcard", b"BEGIN:VCARD\r\nVERSION:3.0\r\n"),
    ("text/calendar", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"),
    ("application/ms-tnef", bytes.fromhex("789f3e22") + bytes(9)),
    ("application/pgp-encrypted", b"-----BEGIN PGP MESSAGE-----\n"),
    ("application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----\n"),
    ("application/pgp-keys", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"),
    ("message/rfc822", MAIL),
    ("application/mbox", b"From anna@example.net Mon Nov  3 09:00:00 2008\nReturn-Path: <a@b>\n"),
    ("text/plain", b"Notes of our meeting.\n"),
    ("text/plain", b"Send it as a PDF, which begins with %PDF-1.4.\n"),
    ("text/plain", "Ça alors.\r\n".encode("latin-1")),
    ("text/plain", "Notes.".encode("utf-16")),
    ("text/plain", b"MZ is how a program begins, and this letter too.\n"),
    ("text/plain", b"Subject: no mail\n\nOnly a memo that looks like one.\n"),
    ("application/octet-stream", bytes(range(256))),
    ("application/octet-stream", b""),
]


@pytest.mark.parametrize(("kind", "content"), KINDS, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(KINDS)])
def test_the_content_tells(kind: str, content: bytes) -> None:
    assert media.sniff(content) == kind
    if content and kind not in ("text/plain", "application/octet-stream", "application/zip", "application/xml"):
        assert media.sniff(content, "text/csv", "photo.jpg") == kind, "neither claim nor name changes what it is"


def test_forty_kinds_are_known() -> None:
    assert len({kind for kind, _ in KINDS}) >= 40


@pytest.mark.parametrize(
    ("content", "claimed", "name", "kind"),
    [
        (b"a,b\n1,2\n", "text/csv", "x", "text/csv"),
        (b"a,b\n1,2\n", "application/octet-stream", "table.CSV", "text/csv"),
        (b"a,b\n1,2\n", "application/vnd.ms-excel", "table.xls", "text/plain"),  # a lie about a text is not believed
        (b"# Plan\n", "", "plan.md", "text/markdown"),
        (b'{"a": 1}', "application/json", "", "application/json"),
        (b"plain words", "text/html", "x.txt", "text/html"),  # the worse of two claims
        (b"plain words", "image/svg+xml", "x", "text/html"),
        (b"Subject: x\n\ny", "message/rfc822", "x", "message/rfc822"),
        (b"Subject: x\n\ny", "text/plain", "saved.EML", "message/rfc822"),
        (b"0\x82\1\1\6\x09", "application/pkcs7-signature", "smime.p7s", "application/pkcs7-signature"),
        (b"0\x82\1\1\6\x09", "application/octet-stream", "smime.p7s", "application/pkcs7-signature"),
        (b"\1\2\3\0", "application/pkcs7-signature", "smime.p7s", "application/octet-stream"),
        (b"\1\2\3\0", "application/pdf", "plan.pdf", "application/octet-stream"),
        (b"\1\2\3\0", "text/csv", "plan.csv", "application/octet-stream"),
        (zipped("Index/Document.iwa"), "", "plan.pages", "application/vnd.apple.pages"),
        (zipped("Index/Document.iwa"), "", "plan.zip", "application/zip"),
    ],
)
def test_where_the_content_leaves_it_open_the_claim_and_the_ending_decide(
    content: bytes, claimed: str, name: str, kind: str
) -> None:
    assert media.sniff(content, claimed, name) == kind


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(300, 80), (300, 80)),
        (gif(1, 1), (1, 1)),
        (jpeg(640, 480), (640, 480)),
        (bmp(20, -30), (20, 30)),
        (b"\x89PNG\r\n", None),
        (b"GIF89a\1", None),
        (b"\xff\xd8\xff\xe0\0", None),
        (b"\xff\xd8" + b"\xff\xe0\0\0" * 5000, None),  # a segment of no length would be read for ever
        (b"%PDF-1.4", None),
    ],
)
def test_dimensions(content: bytes, size: tuple[int, int] | None) -> None:
    assert media.dimensions(content) == size


@pytest.mark.parametrize(
    ("content", "macros"),
    [
        (office("word"), False),
        (office("word", "word/vbaProject.bin"), True),
        (office("xl", "xl/VBAPROJECT.BIN"), True),
        (zipped("content.xml", "Basic/script-lc.xml", mimetype=OPEN + "text"), True),
        (zipped("content.xml", mimetype=OPEN + "text"), False),
        (compound("WordDocument"), False),
        (compound("WordDocument", "Macros", "_VBA_PROJECT"), True),
        (compound("Workbook", "_VBA_PROJECT_CUR"), True),
        (compound("WordDocument", more=b"x" + "_VBA_PROJECT\0".encode("utf-16-le")), False),  # words of its text
        (b"PK\3\4 torn", False),
        (b"_VBA_PROJECT", False),
    ],
)
def test_macros(content: bytes, macros: bool) -> None:
    assert media.holds_macros(content) is macros


@pytest.mark.parametrize("name", ["a.exe", "photo.jpg.SCR", "plan.pdf .js", "x.docm", "page.html", "x.exe. ", "y.lnk"])
def test_names_that_systems_run(name: str) -> None:
    assert media.runs(name)


@pytest.mark.parametrize("name", ["plan.pdf", "exe", "my.exe.txt", "photo.jpeg", "report.docx", "", "archive.zip"])
def test_names_that_they_do_not(name: str) -> None:
    assert not media.runs(name)


def test_the_names_in_a_zip() -> None:
    assert media.members(zipped("a.txt", "b/ç.txt")) == ["a.txt", "b/ç.txt"]
    assert media.members(b"garbage before it" + zipped("a.txt")) == ["a.txt"]
    assert len(media.members(zipped(*(f"{n}" for n in range(6000))))) == 5000
    assert media.members(zipped("a.txt")[:-1]) == []
    assert media.members(b"") == []


def test_the_tables_hold_what_they_seem_to() -> None:
    assert all(kind == kind.lower() and "/" in kind for kind in PROGRAMS)
    assert {"exe", "js", "docm", "html", "lnk"} < RUN
    assert not RUN & {"pdf", "docx", "jpg", "txt", "zip", "rtf", "odt"}


@given(st.binary(max_size=400), st.text(max_size=30), st.text(max_size=30))
def test_nothing_raises(content: bytes, claimed: str, name: str) -> None:
    starts = [b"", *(made[:60] for _, made in KINDS if made)]
    for start in starts:
        whole = start + content
        assert "/" in media.sniff(whole, claimed, name)
        media.dimensions(whole)
        media.holds_macros(whole)
        media.members(whole)
    media.runs(name)


#: Made when their turn comes: 80 MB.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "names that begin nowhere": lambda: (
        bytes.fromhex("d0cf11e0a1b11ae1") + b"x" + "WordDocument\0".encode("utf-16-le") * 400_000
    ),
    "a directory without end": lambda: b"PK\3\4" + b"PK\1\2" + bytes(12_000_000) + b"PK\5\6" + bytes(18),
    "many small members": lambda: zipped(*(str(n) for n in range(40_000))),
    "one long line": lambda: b"<" * 12_000_000,
    "header after header": lambda: b"a: b\n" * 2_000_000,
    "comments": lambda: b"<!--" * 3_000_000,
    "noise": lambda: random.Random(1).randbytes(12_000_000),
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_cost_little(made: Callable[[], bytes]) -> None:
    content = made()
    began = time.process_time()
    media.sniff(content, "text/plain", "x")
    media.holds_macros(content)
    media.dimensions(content)
    assert time.process_time() - began < 0.5
