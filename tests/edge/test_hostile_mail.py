"""Mail that was made to hurt, thrown at the engine from outside: what it costs, and what it may never bring about.

The reading process allows a mail 2 s of processor time and 256 MB and says so in a remark when that was not enough
(test_reading.py): here none of what an auditor could think of needs that remark. The rest is thrown at a dialogue with
moderation = "none", where whatever holds a mail is a rule and no moderator.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from listserv.core.mail.addresses import Role
from listserv.edge.reading import Reader
from listserv.steps import intake
from tests.house import DOMAIN, HERE, House, folder, open_house

ROUGH = random.Random(3)
MB = 1024 * 1024


def head(subject: bytes = b"Plans", more: bytes = b"", author: bytes = b"Anna <anna@example.net>") -> bytes:
    lines = [b"From: " + author, b"To: nap@talk.example", b"Subject: " + subject, b"MIME-Version: 1.0"]
    return b"".join(line + b"\r\n" for line in lines) + more


def text(body: bytes, kind: bytes = b"text/plain; charset=utf-8", more: bytes = b"") -> bytes:
    return head(more=b"Content-Type: " + kind + b"\r\n" + more) + b"\r\n" + body


def html(body: bytes) -> bytes:
    return text(body, b"text/html; charset=utf-8")


def parts(*each: bytes, kind: bytes = b"mixed") -> bytes:
    body = b"".join(b"--b\r\n" + one.replace(b"\n", b"\r\n") + b"\r\n" for one in each)
    return text(body + b"--b--\r\n", b"multipart/" + kind + b"; boundary=b")


def packed(content: bytes, headers: bytes) -> bytes:
    return headers + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)


WORDS = b"Content-Type: text/plain\n\nWe need a plan."
#: Made when their turn comes: together they are 400 MB.
COSTLY: dict[str, Callable[[], bytes]] = {
    "tags without end": lambda: html(b"<a " * 50_000),
    "one bracket": lambda: html(b"<" * MB),
    "nested lists": lambda: html(b"<ul><li>" * 20_000),
    "nested tables": lambda: html(b"<table><tr><td>" * 20_000),
    "200,000 paragraphs": lambda: html(b"<p>" * 200_000),
    "200,000 full paragraphs": lambda: html(b"<p>x</p>\n" * 200_000),
    "misnested": lambda: html(b"<a href=x><p>" * 30_000),
    "adopted": lambda: html(b"<b><i><u><font>" * 10_000 + b"</b></i>" * 10_000),
    "foreign": lambda: html(b"<svg><math><mi><table><mglyph>" * 10_000),
    "a million attributes": lambda: html(b"<p " + b"a=b " * 250_000 + b">x</p>"),
    "comments": lambda: html(b"<!--" * 200_000),
    "hidden": lambda: html(b"<span style='display:none'>x</span>" * 20_000),
    "100 html parts": lambda: parts(*[b"Content-Type: text/html\n\n" + b"<p>x<a " * 30_000] * 100),
    "10 MB of packed html": lambda: text(
        base64.encodebytes(b"<p>hello <a href=x>" * 500_000), b"text/html", b"Content-Transfer-Encoding: base64\r\n"
    ),
    "20,000 levels": lambda: head() + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 20_000,
    "5,000 mails within": lambda: head() + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "100,000 parts": lambda: parts(*[b"\nx"] * 100_000),
    "20,000 encoded words": lambda: head(b"\r\n ".join([b"=?utf-8?q?a=0D=0ABcc=3A_x=40y?="] * 20_000)) + b"\r\nx\r\n",
    "half encoded words": lambda: head(b"=?" * 100_000) + b"\r\nx\r\n",
    "100,000 recipients": lambda: head(more=b"Cc: " + b"a@b.example, " * 100_000 + b"\r\n") + b"\r\nx\r\n",
    "brackets in From": lambda: head(author=b"(" * 15_000 + b" anna@example.net") + b"\r\nx\r\n",
    "quotes in From": lambda: head(author=b'"\\' * 7_000 + b" anna@example.net") + b"\r\nx\r\n",
    "50,000 headers": lambda: head(more=b"X-A: b\r\n" * 50_000) + b"\r\nx\r\n",
    "3,000 parameters": lambda: text(
        b"x", b"text/plain; " + b"; ".join(b"name*%d*=utf-8''%%41" % i for i in range(3_000))
    ),
    "25 MB of one line": lambda: text(b"x" * (25 * MB)),
    "25 MB of lines": lambda: text(b"hello world this is text\r\n" * 960_000),
    "25 MB of colons": lambda: b":" * (25 * MB),
    "25 MB of file": lambda: parts(
        WORDS, packed(ROUGH.randbytes(18 * MB), b"Content-Type: application/zip; name=x.zip\n")
    ),
    "file name of 5,000": lambda: parts(
        WORDS, b'Content-Type: application/pdf\nContent-Disposition: attachment; filename="' + b"a" * 5_000 + b'"\n\nx'
    ),
    "attribution lines": lambda: text(b"On Mon, x <a@b.example> wrote:\r\n" * 20_000),
    "header blocks": lambda: text(b"From: x\r\nSent: y\r\nTo: z\r\n\r\n" * 20_000),
    "separators": lambda: text(b"-- \r\n" * 100_000),
    "NULs": lambda: text(b"a\0" * 300_000),
    "utf-7": lambda: text(b"+" * 500_000, b"text/plain; charset=utf-7"),
    "punycode": lambda: text(b"a" * 200_000, b"text/plain; charset=punycode"),
    "octets": lambda: ROUGH.randbytes(MB),
    "winmail.dat": lambda: parts(
        WORDS, packed(b"\x78\x9f\x3e\x22\x01\0" + ROUGH.randbytes(MB), b"Content-Type: application/ms-tnef\n")
    ),
    "nested signature": lambda: parts(WORDS, packed(b"\x30\x80" * 200_000, b"Content-Type: application/pkcs7-mime\n")),
    "12 million lines": lambda: text(b"x\n" * (12 * MB)),
    "12 million lines, encoded": lambda: text(
        b"=41=0A" * (4 * MB), b"text/plain", b"Content-Transfer-Encoding: quoted-printable\r\n"
    ),
    "3 million uuencoded lines": lambda: text(
        b"begin 644 a\r\n" + b"#0V%T\r\n" * (3 * MB), b"text/plain", b"Content-Transfer-Encoding: x-uuencode\r\n"
    ),
    "uuencode without a beginning": lambda: text(b"x\n" * (12 * MB), more=b"Content-Transfer-Encoding: uue\r\n"),
    "199 parts of 8,000 lines": lambda: parts(*[b"Content-Type: text/plain\n\n" + b"a\n" * 8_000] * 199),
    "199 parts of 10,000 headers": lambda: parts(*[b"X-A: b\n" * 10_000 + b"\nx"] * 199),
    "25 MB of headers": lambda: head(more=b"X-A: b\r\n" * 3_000_000) + b"\r\nx\r\n",
    "25 MB of one folded header": lambda: head(more=b"X-A: b" + b"\r\n b" * 6_000_000 + b"\r\n") + b"\r\nx\r\n",
    "24,000 reports in one small part": lambda: parts(
        WORDS, b"Content-Type: message/delivery-status\n\n" + b"a:b\n\n" * 24_000, kind=b"report"
    ),
    "150 parts of 24,000 reports": lambda: parts(
        *[b"Content-Type: message/delivery-status\n\n" + b"a:b\n\n" * 24_000] * 150, kind=b"report"
    ),
    "50,000 reports": lambda: parts(
        WORDS,
        b"Content-Type: message/delivery-status\n\n"
        + b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n" * 50_000,
        kind=b"report",
    ),
    "a flood of diagnostics": lambda: (
        head(b"Undelivered Mail Returned to Sender", author=b"MAILER-DAEMON@x.example")
        + b"\r\n"
        + b"<a@b.example>: host x said: 550 5.1.1 \r\n" * 100_000
    ),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as made:
        made.policy(moderation="none", word_limit=0)
        yield made


def thrown(house: House, reader: Reader, raw: bytes, to: str = HERE, sender: str = "anna@example.net") -> Any:
    """The inbox row of a mail that went the whole way."""
    number = house.receive(raw, to, sender)
    intake.intake(house.session, house.now, house.site, 10, intake.Reading(read=reader))
    house.work()
    return house.one("inbox", id=number)


@pytest.mark.parametrize("raw", COSTLY.values(), ids=COSTLY.keys())
def test_it_is_read_in_two_seconds_and_256_mb(reader: Reader, raw: Callable[[], bytes]) -> None:
    mail = reader(raw(), "anna@example.net")
    assert not [remark for remark in mail.remarks if "too long to read" in remark or "too much memory" in remark]
    assert len(mail.text) <= 600_000
    assert all(len(one.name) <= 120 for one in mail.attachments)


#: In none of these may anna be taken for the author, however many programs would.
NOT_ANNA = (
    b"anna@example.net@evil.example",
    b"evil@evil.example, anna@example.net",
    b"anna@example.net <evil@evil.example>",
    b"evil@evil.example <anna@example.net>",
    b"Anna <anna@example.net> <evil@evil.example>",
    b'"Anna <anna@example.net>" <evil@evil.example>',
    b"Anna <anna@example.net>(evil@evil.example)",
    b"(anna@example.net) evil@evil.example",
    b"evil@evil.example (anna@example.net)",
    b"undisclosed: anna@example.net;",
    b"=?utf-8?q?anna=40example=2Enet?= <evil@evil.example>",
    b"=?utf-8?q?evil=40evil.example=0D=0AFrom=3A_x?= <anna@example.net>",
    b"anna=?utf-8?q?@?=example.net",
    b"anna@example.net\0.evil.example",
    b"<@evil.example:anna@example.net>",
    b"Anna <anna@example.net>\r\nFrom: evil@evil.example",
    b"Anna <anna@example.net>\rFrom: evil@evil.example",
    b"Anna <anna@example.net>\r\nSender: evil@evil.example",
    b"anna@example.net\r\n <evil@evil.example>",
    b"<<anna@example.net>>",
    "Anna <аnna@example.net>".encode(),
    "Anna <anna@еxample.net>".encode(),
)


def test_no_trick_in_from_passes_for_a_participant(house: House, reader: Reader) -> None:
    rows = [thrown(house, reader, head(author=author) + b"\r\nLet me in.\r\n") for author in NOT_ANNA]
    became = {row["outcome"] for row in rows}
    assert became <= {"held", "duplicate"}
    assert not house.rows("contribution", state="released")


def test_a_name_that_holds_addresses_is_published_without_them(house: House, reader: Reader) -> None:
    row = thrown(house, reader, head(author=b"anna@example.net <evil@evil.example>") + b"\r\nWords of mine.\r\n")
    house.release(row["contribution_id"])
    (copy,) = house.sent("contribution", to="boris@example.net")
    assert "@" not in str(copy.mail["From"]).partition("<")[0]
    assert "Words of mine." in copy.text
    assert "evil.example" not in copy.text
    assert "anna@" not in copy.text


def report(to: str) -> bytes:
    status = b"Final-Recipient: rfc822; boris@example.net\nAction: failed\nStatus: 5.1.1\n"
    body = parts(b"\nIt could not be delivered.", b"Content-Type: message/delivery-status\n\n" + status, kind=b"report")
    return b"Return-Path: <>\r\nX-To: " + to.encode() + b"\r\n" + body.replace(b"Anna <anna", b"MAILER-DAEMON <daemon")


def test_a_report_about_anybody_sent_anywhere_does_nothing(house: House, reader: Reader) -> None:
    ours = house.site.addresses
    part = house.part("boris@example.net")["id"]
    places = [HERE, ours.owner("nap"), ours.request("nap"), ours.help("nap"), ours.leave("nap"), f"nap-join@{DOMAIN}"]
    places += [ours.confirm("nap", "a" * 26), ours.reply("nap", 1), ours.leave("nap", part), f"postmaster@{DOMAIN}"]
    before = len(house.sent())
    for to in places:
        for sender in ("", "anna@example.net"):
            row = thrown(house, reader, report(to), to, sender)
            assert (row["state"], row["outcome"], row["contribution_id"]) == ("done", "bounce", None), to
    assert house.part("boris@example.net")["status"] == "active"
    assert len(house.sent()) == before


def test_no_token_serves_another_purpose_and_all_survive_other_case(house: House) -> None:
    ours = house.site.addresses
    made = {
        Role.LEAVE: ours.leave("nap", 5),
        Role.BOUNCES: ours.bounces("nap", 5),
        Role.REPLY: ours.reply("nap", 5),
    }
    words = {Role.LEAVE: "-leave", Role.BOUNCES: "-bounces", Role.REPLY: ""}
    for role, address in made.items():
        for spelt in (address, address.upper(), address.title()):
            target = ours.parse(spelt)
            assert target is not None
            assert (target.role, target.payload) == (role, 5)
        token = address.partition("+")[2].partition("@")[0]
        for other, word in words.items():
            assert (ours.parse(f"nap{word}+{token}@{DOMAIN}") is not None) is (other is role)
            assert ours.parse(f"tap{word}+{token}@{DOMAIN}") is None
        assert [one for one in ("unsubscribe", "attachment", role.value) if ours.read_token(one, token)] == []
    link = ours.token("unsubscribe", 5)
    assert [word for word in words.values() if ours.parse(f"nap{word}+{link}@{DOMAIN}")] == []
    assert ours.read_token("attachment", link) is None


PDF, ICS = b"%PDF-1.4 x", b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR"
PGP = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"
#: What must wait for a person even where nothing else does, and the rule that says so.
HELD = {
    "PGP": (
        parts(
            b"Content-Type: application/pgp-encrypted\n\nVersion: 1",
            b"Content-Type: application/octet-stream\n\n" + PGP,
            kind=b"encrypted",
        ),
        "unreadable",
    ),
    "PGP within the text": (text(PGP), "unreadable"),
    "S/MIME": (text(b"MIIB", b"application/pkcs7-mime; smime-type=enveloped-data"), "unreadable"),
    "invitation": (
        parts(WORDS, b"Content-Type: text/calendar; method=REQUEST\n\n" + ICS, kind=b"alternative"),
        "automatic",
    ),
    "invitation without method": (
        parts(WORDS, b"Content-Type: text/calendar\n\n" + ICS, kind=b"alternative"),
        "attachment",
    ),
    "answer beside the text": (parts(WORDS, b"Content-Type: text/calendar; method=REPLY\n\n" + ICS), "attachment"),
    "a mail alone": (text(b"From: x@y.example\r\nSubject: leave\r\n\r\nleave", b"message/rfc822"), "unreadable"),
    "half a mail": (text(b"From: x\r\n\r\nx", b"message/partial; id=x; number=1; total=2"), "unreadable"),
    "a pointer": (text(b"Content-Type: text/plain\r\n\r\n", b"message/external-body; access-type=URL"), "unreadable"),
    "winmail.dat": (
        parts(WORDS, packed(b"\x78\x9f\x3e\x22junk", b"Content-Type: application/ms-tnef\n")),
        "unreadable",
    ),
    "an unknown charset": (text(b"caf\xe9", b"text/plain; charset=x-klingon"), "unreadable"),
    "what may be a machine's": (head(b"Automatic reply systems in ministries") + b"\r\nThey exist.\r\n", "automatic"),
    "another list": (head(more=b"List-Id: <other.example>\r\n") + b"\r\nx\r\n", "another list"),
}


@pytest.mark.parametrize(("raw", "rule"), HELD.values(), ids=HELD.keys())
def test_it_is_held_with_a_reason_though_nothing_is_moderated(
    house: House, reader: Reader, raw: bytes, rule: str
) -> None:
    row = thrown(house, reader, raw)
    contribution = house.contribution(row["contribution_id"])
    assert contribution["state"] == "held"
    assert rule in [name for name, _ in contribution["reasons"]]
    assert all(" " in why.rpartition(":")[2].strip() for name, why in contribution["reasons"] if name == "automatic")


def test_an_attached_mail_commands_nothing(house: House, reader: Reader) -> None:
    within = b"From: boris@example.net\nTo: nap-leave@talk.example\nSubject: leave\n\nleave"
    thrown(house, reader, parts(WORDS, b"Content-Type: message/rfc822\n\n" + within))
    thrown(house, reader, parts(b"Content-Type: message/rfc822\n\n" + within), house.site.addresses.request("nap"))
    assert {house.part(f"{name}@example.net")["status"] for name in ("anna", "boris")} == {"active"}
    assert house.sent("leave_confirm") == []


DISGUISES = {
    "a program named a paper": (b"application/pdf; name=plan.pdf", b"MZ\x90\0" + b"\0" * 60 + b"PE\0\0"),
    "turned around": (b"application/octet-stream; name*=utf-8''evil%E2%80%AEgpj.exe", b"MZ"),
    "two endings": (b"application/pdf; name=plan.pdf.scr", PDF),
    "spaces": (b'application/pdf; name="plan.pdf        .exe"', PDF),
    "a page named a picture": (b"image/png; name=a.png", b"<html><script>alert(1)</script>"),
    "a picture that runs": (
        b"image/svg+xml; name=a.svg",
        b"<svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>",
    ),
    "a link of Windows": (b"application/octet-stream; name=plan.lnk", b"L\0\0\0\x01\x14\x02\0"),
    "path": (b'application/x-msdownload; name="..\\\\..\\\\run.bat"', b"@echo off"),
}


@pytest.mark.parametrize(("kind", "content"), DISGUISES.values(), ids=DISGUISES.keys())
def test_what_can_run_goes_to_nobody(house: House, reader: Reader, kind: bytes, content: bytes) -> None:
    disposition = b"Content-Disposition: attachment\n"
    row = thrown(house, reader, parts(WORDS, packed(content, b"Content-Type: " + kind + b"\n" + disposition)))
    (file,) = house.rows("attachment", contribution_id=row["contribution_id"])
    assert file["state"] == "refused", file["reason"]
    assert not set("/\\\u202e") & set(file["name"])


OLD_PROGRAMS = {
    "Russian": ("Привет всем", "windows-1251"),
    "Russian, KOI8": ("Привет всем", "koi8-r"),
    "Arabic": ("مرحبا بالجميع", "windows-1256"),
    "French": ("Été à Genève", "iso-8859-1"),
    "Chinese": ("大家好", "gb2312"),
    "UTF-8 though it says otherwise": ("Привет всем", "utf-8"),
}


@pytest.mark.parametrize(("said", "charset"), OLD_PROGRAMS.values(), ids=OLD_PROGRAMS.keys())
@pytest.mark.parametrize("whole", [True, False], ids=["alone", "within"])
def test_raw_octets_in_headers_are_in_the_charset_of_the_text(
    reader: Reader, said: str, charset: str, whole: bool
) -> None:
    octets = said.encode(charset)
    named = b"text/plain; charset=" + (b"windows-1251" if charset == "utf-8" else charset.encode())
    body = text(octets, named) if whole else parts(b"Content-Type: " + named + b"\n\n" + octets)
    mail = reader(body.replace(b"Subject: Plans", b"Subject: " + octets).replace(b"Anna <", octets + b" <"), None)
    assert mail.subject == said
    assert mail.author is not None
    assert (mail.author.name, mail.author.address) == (said, "anna@example.net")


def test_nothing_hostile_in_a_subject_makes_a_header(house: House, reader: Reader) -> None:
    subject = b"=?utf-8?q?a=0D=0ABcc=3A_x=40y.example=0D=0A=0D=0Aand_a_body?= =?utf-8?b?AAoN?="
    thrown(house, reader, head(subject) + b"\r\nWords of mine.\r\n")
    for sent in house.sent():
        again = BytesParser(policy=policy.SMTP).parsebytes(bytes(sent.mail))
        assert not again["Bcc"]
        assert again.defects == []
