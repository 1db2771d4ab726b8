"""What becomes of the files that come with a contribution: kept, refused with a reason, or dropped as ornament."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.model import AttachmentRule
from listserv.core.mail import inmail
from listserv.core.mail.addresses import Addresses
from listserv.core.mail.body import Attachment
from listserv.core.mail.files import LOGO_OCTETS, LOGO_SIDE, Fate, File, sorted_out
from tests.core.test_media import KINDS, MAIL, compound, gif, jpeg, office, png, zipped

RULE = AttachmentRule("link", 100_000, 3)
PDF = b"%PDF-1.4\nplan\n"


def came(name: str, content: bytes, kind: str = "application/octet-stream", **more: object) -> Attachment:
    made = Attachment(name, kind, len(content), hashlib.sha256(content).hexdigest(), content)
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def fates(*files: Attachment, html: str = "", rule: AttachmentRule = RULE) -> list[str]:
    """ "kept", "refused: rule" or "dropped: rule", for each."""
    return [f"{one.fate}: {one.reason.rule}" if one.reason else str(one.fate) for one in sorted_out(files, html, rule)]


def test_what_is_kept_has_its_content_and_the_type_it_shows() -> None:
    one = came("photo.jpg", PDF, "image/jpeg")
    assert sorted_out([one], "", RULE) == (
        File("photo.jpg", "application/pdf", len(PDF), one.sha256, Fate.KEPT, None, PDF),
    )


def test_what_is_not_kept_has_a_sentence_why_and_no_content() -> None:
    (one,) = sorted_out([came("fun.exe", b"MZ\0\0")], "", RULE)
    assert (one.fate, one.content, one.size) == (Fate.REFUSED, b"", 4)
    assert one.reason
    assert one.reason.text == "It is a program, or a page or picture that can run one."


@pytest.mark.parametrize(
    ("name", "content", "fate"),
    [
        ("plan.pdf", PDF, "kept"),
        ("plan.docx", office("word"), "kept"),
        ("plan.doc", compound("WordDocument"), "kept"),
        ("papers.zip", zipped("plan.pdf", "notes/a.txt"), "kept"),
        ("song.mp3", b"ID3\3\0\0", "kept"),
        ("unknown.xyz", b"\1\2\3\0\xff", "kept"),
        ("empty.pdf", b"", "refused: empty"),
        ("photo.jpg", b"MZ\x90\0\3\0\0\0", "refused: program"),
        ("notes.txt", b"#!/bin/sh\n", "refused: program"),
        ("plan.pdf.js", b"var x;\n", "refused: program"),
        ("letter.scr", b"harmless words", "refused: program"),
        ("page.txt", b"<html><script>", "refused: program"),
        ("picture.png", b"<svg onload='x()'>", "refused: program"),
        ("plan.docx", office("word", "word/vbaProject.bin"), "refused: macros"),
        ("old.xls", compound("Workbook", "_VBA_PROJECT_CUR"), "refused: macros"),
        ("plan.docm", office("word"), "refused: program"),
        ("papers.zip", zipped("plan.pdf", "setup/run.exe"), "refused: program"),
        ("tool.pdf", zipped("META-INF/MANIFEST.MF"), "refused: program"),
        ("winmail.dat", bytes.fromhex("789f3e22") + b"rest", "refused: outlook"),
        ("forwarded.txt", MAIL, "refused: mail"),
        ("old.msg", compound("__properties_version1.0"), "refused: mail"),
        ("secret.txt", b"-----BEGIN PGP MESSAGE-----\n", "refused: encrypted"),
        ("signature.asc", b"-----BEGIN PGP SIGNATURE-----\n", "dropped: signature"),
        ("key.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "dropped: signature"),
        ("anna.vcf", b"BEGIN:VCARD\n", "dropped: card"),
        ("ATT00001.txt", b"-- \nsent by\n", "dropped: litter"),
        ("ATT00002.htm", b"<html></html>", "dropped: litter"),
    ],
)
def test_by_what_it_is(name: str, content: bytes, fate: str) -> None:
    assert fates(came(name, content)) == [fate]


@pytest.mark.parametrize(
    ("kind", "fate"),
    [
        ("application/pkcs7-signature", "dropped: signature"),
        ("application/pkcs7-mime", "refused: encrypted"),
        ("application/pgp-encrypted", "refused: encrypted"),
        ("message/rfc822", "refused: mail"),
    ],
)
def test_a_claim_is_believed_where_it_makes_a_file_worse(kind: str, fate: str) -> None:
    assert fates(came("x", b"\x30\x80\6\x09" if "pkcs7" in kind else b"Subject: x\n\n", kind)) == [fate]


HTML = "<p>Regards</p><img src='cid:logo@mail'><IMG SRC=CID:Other%20one@mail><img src='cid:a&amp;b@mail'>"


@pytest.mark.parametrize(
    ("what", "fate"),
    [
        (came("logo.png", png(200, 60, 20_000), content_id="logo@mail"), "dropped: logo"),
        (came("logo.png", png(200, 60, 20_000), content_id="LOGO@mail"), "dropped: logo"),
        (came("logo.png", png(200, 60, 20_000), content_id="Other one@mail"), "dropped: logo"),
        (came("logo.png", png(200, 60, 20_000), content_id="a&b@mail"), "dropped: logo"),
        (came("logo.png", png(200, 60, 20_000), content_id="unused@mail"), "kept"),
        (came("logo.png", png(200, 60, 20_000), content_id="unused@mail", inline=True), "dropped: logo"),
        (came("logo.png", png(200, 60, 20_000)), "kept"),  # attached on purpose
        (came("logo.png", png(200, 60, 20_000), inline=True), "kept"),  # Apple Mail says so of every picture
        (came("image001.png", png(200, 60, 20_000)), "dropped: logo"),
        (came("Outlook-a1b2c3.jpg", jpeg(90, 90, 20_000)), "dropped: logo"),
        (came("chart.png", png(800, 600, 20_000), content_id="logo@mail"), "kept"),  # pasted into the text
        (came("image002.png", png(800, 600, 20_000)), "kept"),
        (came("image003.jpg", jpeg(800, 600)), "kept"),  # few octets, and a chart all the same
        (came("image003.jpg", jpeg(900, LOGO_SIDE, 90_000)), "dropped: logo"),  # a banner
        (came("image003.jpg", jpeg(900, LOGO_SIDE + 1, 90_000)), "kept"),
        (came("image003.jpg", jpeg(200, 200, 90_000)), "dropped: logo"),
        (came("image003.jpg", jpeg(200, 201, 90_000)), "kept"),
        (came("image004.wmf", b"\xd7\xcd\xc6\x9a".ljust(LOGO_OCTETS)), "dropped: logo"),
        (came("image004.wmf", b"\xd7\xcd\xc6\x9a".ljust(LOGO_OCTETS + 1)), "kept"),
        (came("image005.pdf", PDF, content_id="logo@mail"), "kept"),  # no image, whatever refers to it
        (came("spacer.gif", gif(1, 1)), "dropped: pixel"),
        (came("photo.png", png(3, 3, 90_000)), "dropped: pixel"),
        (came("photo.png", png(4, 3, 90_000)), "kept"),
    ],
)
def test_ornament(what: Attachment, fate: str) -> None:
    assert fates(what, html=HTML) == [fate]


def test_size_and_count() -> None:
    good = [came(f"{n}.pdf", PDF + bytes(n)) for n in range(5)]
    assert fates(*good) == ["kept"] * 3 + ["refused: count"] * 2
    assert fates(came("a.pdf", PDF.ljust(100_000)), came("b.pdf", PDF.ljust(100_001))) == ["kept", "refused: size"]
    assert fates(good[0], rule=AttachmentRule("link", 100, 0)) == ["refused: count"]


def test_what_is_not_kept_takes_no_place() -> None:
    logo = came("image001.png", gif(20, 20))
    large = came("large.pdf", PDF.ljust(200_000))
    good = [came(f"{n}.pdf", PDF + bytes(n)) for n in range(3)]
    assert fates(logo, large, *good) == ["dropped: logo", "refused: size", "kept", "kept", "kept"]


def test_a_file_that_comes_twice_is_kept_once() -> None:
    assert fates(came("a.pdf", PDF), came("b.pdf", PDF)) == ["kept", "dropped: again"]
    assert fates(came("a.exe", b"MZ\0"), came("b.exe", b"MZ\0")) == ["refused: program"] * 2


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\x.pdf", "evil\u202efdp.exe", "a" * 5000 + ".pdf"])
def test_names_come_safe(name: str) -> None:
    raw = (
        b"From: a@b.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''"
        + "".join(f"%{octet:02x}" for octet in name.encode()).encode()
        + b"\r\n\r\n%PDF-1.4\r\n--b--\r\n"
    )
    (one,) = sorted_out(inmail.read(raw).attachments, "", RULE)
    assert one.name
    assert len(one.name) <= 120
    assert not {"/", "\\", "\u202e"} & set(one.name)
    assert one.fate is (Fate.REFUSED if name.endswith("exe") else Fate.KEPT)


def test_an_inline_image_of_a_mail_is_known_by_its_content_id() -> None:
    raw = (
        b"From: a@b.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        b'--b\r\nContent-Type: text/html\r\n\r\n<p>Hello.</p><img src="cid:one@b.org">\r\n'
        b"--b\r\nContent-Type: image/gif; name=mark.gif\r\nContent-ID: <one@b.org>\r\n"
        b"Content-Disposition: inline\r\n\r\nGIF89a\x20\0\x20\0;\r\n--b--\r\n"
    )
    mail = inmail.read(raw)
    (one,) = mail.attachments
    assert (one.content_id, one.inline) == ("one@b.org", True)
    assert fates(*mail.attachments, html=mail.html) == ["dropped: logo"]


def test_links_to_files_are_shared_and_stay_where_personal_ones_are_cut() -> None:
    ours = Addresses("dialogue.example.org", b"a secret of the tests, 32 bytes.")
    shared = f"https://x.org/a/{ours.token('attachment', 7)}/plan.pdf"
    assert (
        ours.without_tokens(f"{shared} https://x.org/u/{ours.token('unsubscribe', 7)}") == f"{shared} https://x.org/u/"
    )


@given(st.lists(st.sampled_from([content for _, content in KINDS]), max_size=8), st.text(max_size=200))
def test_every_file_gets_one_fate_in_its_place(contents: list[bytes], html: str) -> None:
    files = [came(f"{n}", content) for n, content in enumerate(contents)]
    out = sorted_out(files, html, RULE)
    assert [one.name for one in out] == [one.name for one in files]
    assert sum(one.fate is Fate.KEPT for one in out) <= RULE.count
    for one in out:
        assert (one.reason is None) == (one.fate is Fate.KEPT)
        assert bool(one.content) == (one.fate is Fate.KEPT)
