"""Outgoing mail, byte for byte: golden mails, header hygiene, and the joining of personal lines.

The golden mails in tests/core/golden/ are compared whole. After a change that is meant: GOLDEN=write, and read
the difference.
"""

import base64
import os
import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy
from email.header import Header, decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.model import Dialogue, Late, Moderation, Module, Policy, Reason, RoundupRule
from listserv.core.mail.addresses import Addresses
from listserv.core.mail.inmail import read
from listserv.core.mail.outmail import (
    GENERATED,
    LISTED,
    REPLIED,
    Mailbox,
    Rendering,
    _parts,
    clean,
    compose,
    is_identifier,
    list_headers,
    new_message_id,
)
from listserv.core.mail.splice import personal, splice
from listserv.core.publication.bundle import Item, parts
from listserv.core.publication.byline import Byline, via
from listserv.core.publication.material import Contribution
from listserv.core.publication.roundup import RoundupMaterial, draft
from listserv.core.publication.wording import Desk, Wording
from listserv.edge.files import catalogues

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
ADDRESSES = Addresses("dialogue.example.org", b"a secret of the tests, 32 bytes.")
ZONE = ZoneInfo("America/Santo_Domingo")
DATE = datetime(2008, 11, 3, 9, 0, 0, 123456, tzinfo=ZONE)
DIALOGUE_BOX = Mailbox("Planning for Action", "nap1325@dialogue.example.org")
INJECTION = "=?utf-8?q?a=0D=0ABcc=3A_x=40y?="


def mail(**changes: Any) -> Rendering:
    values: dict[str, Any] = {
        "sender": DIALOGUE_BOX,
        "to": DIALOGUE_BOX,
        "subject": "[nap1325 1] Our plan",
        "date": DATE,
        "message_id": "<contribution.1@dialogue.example.org>",
        "text": "Hello.\n",
    }
    return compose(**{**values, **changes})


def parsed(rendering: Rendering) -> EmailMessage:
    message = message_from_bytes(rendering.message(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def wire_rules(raw: bytes) -> None:
    """What every mail must keep to: RFC 5322 §2.1.1 and §3.6, RFC 5321 §2.3.8."""
    assert b"\0" not in raw
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert len(names) == len(set(names))
    assert {b"from", b"to", b"date", b"message-id", b"subject", b"mime-version", b"content-type"} <= set(names)


# Golden mails


def golden_material() -> dict[str, bytes]:
    files = {f"mail/{p.name}": p.read_text("utf-8") for p in TEMPLATES.iterdir() if p.suffix in (".txt", ".html")}
    wording = Wording(files, catalogues())
    module = Module(
        1,
        "Getting started",
        "To learn from those who have begun, and to name what stands in the way.",
        ("Should a separate action plan be created?", "Who should lead the drafting, and why?"),
        datetime(2008, 11, 3, 9, tzinfo=ZONE),
        datetime(2008, 11, 7, 18, tzinfo=ZONE),
    )
    rule = Policy(
        "request", Moderation.ALL, Late.HOLD, timedelta(2), "participants", 600, RoundupRule(4, time(16), timedelta(0))
    )
    dialogue = Dialogue(1, "nap1325", "Planning for Action", ("UN-INSTRAW", "OSAGI"), "en", ZONE, rule, (module,))
    values: dict[str, Any] = {"dialogue": dialogue, "desk": Desk.of(ADDRESSES, "nap1325")}
    shared = (*list_headers(ADDRESSES, "nap1325", dialogue.title), *LISTED)
    text = "Chers collègues,\n\nAu Sénégal, le ministère a commencé par écouter.\nشكرا لكم\n"
    links = personal(unsubscribe=ADDRESSES.leave("nap1325", 7), one_click="https://dialogue.example.org/u/abc")

    words = wording.letter(
        "contribution",
        "en",
        **values,
        module=module,
        number=12,
        subject="Écouter d'abord",
        name="Aminata Diallo",
        organisation="Ministère du genre",
        via="",
        country="Sénégal",
        address="",
        text=text,
        attachments=[("plan d'action.pdf", 8, "")],
        withheld=[],
        ask=False,
        edited=False,
        late=False,
    )
    contribution = mail(
        sender=Mailbox(via("Aminata Diallo", dialogue.title), ADDRESSES.dialogue("nap1325")),
        subject=words.subject,
        message_id="<4911@mail.example.sn>",
        text=words.text,
        attachments=[("plan d'action é.pdf", "application/pdf", b"%PDF-1.4")],
        reply_to=ADDRESSES.reply("nap1325", 12),
        in_reply_to="<announcement.1@dialogue.example.org>",
        references=["<announcement.1@dialogue.example.org>"],
        headers=shared,
    )
    words = wording.letter("announcement", "fr", **values, module=module, moderators=["Mia Moderator"], late=False)
    announcement = mail(
        subject=words.subject,
        message_id="<announcement.1@dialogue.example.org>",
        text=words.text,
        html=wording.html(words.text, title=words.subject, language="fr"),
        reply_to=ADDRESSES.dialogue("nap1325"),
        headers=shared,
    )
    arabic = replace(module, title="كيف نبدأ؟", questions=("من يقود الصياغة، ولماذا؟", "Who pays?"))
    words = wording.letter(
        "welcome", "ar", **values, name="Layla Haddad", module=arabic, next_module=None, noted=[], brought=""
    )
    welcome = mail(
        to=Mailbox("ليلى حداد", "layla@example.jo"),
        subject=words.subject,
        message_id="<welcome.1@dialogue.example.org>",
        text=words.text,
        html=words.html,
        reply_to=ADDRESSES.owner("nap1325"),
        headers=GENERATED,
        language="ar",
    )
    words = wording.letter(
        "announcement", "zh", **values, module=module, moderators=["Mia Moderator", "李娜"], late=False
    )
    chinese = mail(
        sender=Mailbox("行动规划", ADDRESSES.dialogue("nap1325")),
        subject=words.subject,
        message_id="<announcement.2@dialogue.example.org>",
        text=words.text,
        html=wording.html(words.text, title=words.subject, language="zh"),
        reply_to=ADDRESSES.dialogue("nap1325"),
        headers=shared,
        language="zh",
    )
    author = Byline("Aminata Diallo", "Ministère du genre", "Sénégal")
    said = Contribution(
        *(12, 12, 1, 3, author, "Écouter d'abord", text, 9, "<12@example.sn>", DATE, DATE, (2,)), country="SN"
    )
    body = draft(
        RoundupMaterial(1, dialogue.title, "en", ZONE, DATE, module.closes_at, (module,), (said,), 452), wording
    )
    words = wording.letter("roundup", "en", **values, number=1, text=body)
    roundup = mail(
        subject=words.subject,
        message_id="<roundup.1@dialogue.example.org>",
        text=words.text,
        html=wording.html(words.text, title=words.subject, language="en"),
        headers=shared,
    )
    words = wording.letter(
        "held_notice",
        "en",
        **values,
        id=31,
        name="Aminata Diallo",
        address="aminata@example.sn",
        module=module,
        subject="Écouter d'abord",
        reasons=[Reason("all", "Every contribution is read before it goes out.")],
        text=text,
        files=[],
        waiting=3,
        more=False,
        changed=[],
        attribution="name",
        quotable=True,
    )
    notice = mail(
        to=Mailbox("Mia Moderator", "mia@example.org"),
        subject=words.subject,
        message_id="<held-notice.31@dialogue.example.org>",
        text=words.text,
        reply_to=ADDRESSES.moderate("nap1325", "abcdefghijkmnopqrstuvwxyz2"),
        headers=GENERATED,
    )
    items = [
        Item(
            *(12, 1, 2, "Aminata Diallo, Ministère du genre, Sénégal", "Écouter d'abord", text),
            reply_to=ADDRESSES.reply("nap1325", 12),
            files=(("plan d'action.pdf", 1_234_567, "https://dialogue.example.org/a/abc/plan%20d%27action.pdf"),),
        ),
        Item(
            *(13, 1, None, "Jo <b>Bold</b>", '5 < 6 & "quotes"', "<script>alert(1)</script>\n\n> quoted\n\nMine."),
            reply_to=ADDRESSES.reply("nap1325", 13),
            withheld=(("vote.exe", 4002),),
            edited=True,
        ),
    ]
    told = {"day": DATE, "parts": parts(items, (module,)), "count": 2, "ask": False}
    words = wording.letter("bundle", "en", **values, **told)
    bundle = mail(
        subject=words.subject,
        message_id="<bundle.1@dialogue.example.org>",
        text=words.text,
        html=wording.page("bundle", "en", words, **values, **told),
        reply_to=ADDRESSES.dialogue("nap1325"),
        in_reply_to="<announcement.1@dialogue.example.org>",
        references=["<announcement.1@dialogue.example.org>"],
        headers=shared,
    )
    return {
        "bundle": bundle.message(links),
        "contribution": contribution.message(links),
        "announcement": announcement.message(links),
        "announcement_zh": chinese.message(links),
        "welcome_ar": welcome.message(),
        "roundup": roundup.message(links),
        "held_notice": notice.message(),
    }


MADE = golden_material()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Plain words.", "7bit"),
        ("Le ministère a commencé par écouter, au Sénégal comme ailleurs.", "quoted-printable"),
        ("a { b: c; }\n" * 40 + "مرحبا بكم في هذا الحوار.\n" * 40 + ".", "base64"),
        ("这是一个对话。", "base64"),
    ],
)
def test_a_text_travels_in_the_shorter_way(text: str, encoding: str) -> None:
    part = parsed(mail(text=text))
    assert part["Content-Transfer-Encoding"] == encoding
    assert part.get_content().replace("\r\n", "\n") == text + "\n"


SUBJECTS = [
    "[nap1325 1] افتتاح الوحدة 2: الممارسات الجيدة في إعداد خطط العمل الوطنية بشأن المرأة والسلام والأمن",
    "[nap1325 1] Открывается модуль 2: «Передовая практика разработки национальных планов действий»",
    "[nap1325 1] 第2单元开放：制定国家行动计划的良好做法，以及妇女、和平与安全议程在各国的落实情况",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_encoded_word_of_a_subject_and_a_name_can_be_read_by_itself(subject: str) -> None:
    made = mail(subject=subject, sender=Mailbox(subject[12:60], ADDRESSES.dialogue("nap1325")), text="x")
    for line in made.head.decode("ascii").split("\r\n"):
        assert len(line) <= 78
    words = re.findall(r"=\?utf-8\?b\?([^?]*)\?=", made.head.decode("ascii"))
    assert len(words) > 4
    assert all(base64.b64decode(word).decode("utf-8") for word in words), "no letter is torn apart (RFC 2047 §5)"
    read_back = parsed(made)
    assert read_back["Subject"] == subject
    name = re.search(r"^From: (.*?)\s+<", made.head.decode("ascii"), re.DOTALL)
    assert name, made.head
    assert str(make_header(decode_header(name[1]))) == subject[12:60].strip()


@pytest.mark.parametrize("name", sorted(MADE))
def test_golden_mails(name: str) -> None:
    path = GOLDEN / f"{name}.eml"
    if os.environ.get("GOLDEN") == "write":
        path.write_bytes(MADE[name])
    assert MADE[name] == path.read_bytes()
    wire_rules(MADE[name])


def test_golden_mails_are_all_used() -> None:
    assert {path.stem for path in GOLDEN.glob("*.eml")} == set(MADE)


def test_the_same_values_give_the_same_bytes() -> None:
    assert golden_material() == MADE


# Headers


@pytest.mark.parametrize(
    ("subject", "got"),
    [
        (INJECTION, "a Bcc: x@y"),
        ("one\r\nBcc: x@y", "one Bcc: x@y"),
        ("one\u2028two\x85three\0four", "one two three four"),
        ("=?utf-8?b?0J/Qu9Cw0L0=?= 2", "План 2"),
        ("=?no-such-charset?q?a=0D=0Ab?=", "a b"),
        ("=?utf-8?b?!!!?= left", "left"),
        (Header(INJECTION, "utf-8").encode(), INJECTION),  # twice encoded: shown as it is, not decoded again
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("", ""),
        ("x" * 2000, "x" * 249 + "…"),
        ("\ud800 lone", "lone"),
        (
            "خطة العمل الوطنية بشأن المرأة والسلام والأمن في بلدنا",
            "خطة العمل الوطنية بشأن المرأة والسلام والأمن في بلدنا",
        ),
    ],
)
def test_subjects_are_decoded_then_cleaned(subject: str, got: str) -> None:
    rendering = mail(subject=subject)
    wire_rules(rendering.message())
    message = parsed(rendering)
    assert message["Subject"] == got
    assert message["Bcc"] is None


@given(st.text(max_size=300), st.text(max_size=80))
def test_no_subject_or_name_makes_another_header(subject: str, name: str) -> None:
    rendering = mail(subject=subject, sender=Mailbox(name, "nap1325@dialogue.example.org"))
    wire_rules(rendering.message())
    assert set(parsed(rendering).keys()) == set(parsed(mail()).keys())
    folded = rendering.head.split(b"\r\n")
    assert all(len(line) <= 78 or b" " not in line.strip() for line in folded), "folded wherever it can be"


@given(st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=100))
def test_what_can_be_shown_arrives_as_it_was(subject: str) -> None:
    if "=?" in subject:
        return
    assert parsed(mail(subject=subject))["Subject"] == clean(subject, 250)


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ("Amina Diallo", "Amina Diallo via Planning for Action"),
        ("Диалло, Амина", "Диалло, Амина via Planning for Action"),
        ("amina@example.sn", "amina via Planning for Action"),
        ("Amina <amina@example.sn>", "Amina amina via Planning for Action"),
        ("amina＠example.sn", "amina via Planning for Action"),
        ("@", "Planning for Action"),
        ("", "Planning for Action"),
        ("\u202eeman\u2066\r\nBcc: x", "eman Bcc: x via Planning for Action"),
        ('"O\'Neill" \\ (x)', "O'Neill (x) via Planning for Action"),
        ("=?utf-8?q?a=40b?=", "a via Planning for Action"),
        ("n" * 500, "n" * 59 + "… via Planning for Action"),
    ],
)
def test_via(name: str, got: str) -> None:
    shown = via(name, "Planning for Action")
    assert shown == got
    rendering = mail(sender=Mailbox(shown, "nap1325@dialogue.example.org"))
    # Not policy.default, which puts spaces between encoded words of a phrase (CPython 3.11).
    raw = message_from_bytes(rendering.message())["From"]
    display, address = parseaddr(raw)
    assert (str(make_header(decode_header(display))), address) == (got, "nap1325@dialogue.example.org")


@pytest.mark.parametrize(
    "address",
    ["", "x", "@x", "x@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "<a@b>", "a@b, c@d", "a@b(c)", "=?q?@x.org", "a@b>"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        mail(to=Mailbox("x", address))
    with pytest.raises(ValueError, match="not an address"):
        mail(reply_to=address)


def test_domains_travel_as_a_labels_and_only_local_parts_need_smtputf8() -> None:
    assert (
        b"\r\nTo: =?utf-8?q?B=C3=A9a?= <bea@xn--bcher-kva.example>\r\n"
        in mail(to=Mailbox("Béa", "bea@bücher.example")).head
    )
    head = mail(to=Mailbox("", "бэа@example.org")).head
    assert not head.isascii()
    assert "\r\nTo: бэа@example.org\r\n" in head.decode()


def test_long_identifiers_are_folded_and_never_encoded() -> None:
    long = [f"<{'a' * 90}{n}@example.org>" for n in range(12)]
    rendering = mail(references=long, in_reply_to=long[0], message_id=long[1])
    wire_rules(rendering.message())
    message = parsed(rendering)
    assert message["References"].split() == long
    assert (message["In-Reply-To"].strip(), message["Message-ID"].strip()) == (long[0], long[1])


@pytest.mark.parametrize(
    "identifier", ["", "x@y", "<>", "<a b@c>", "<a@b>\r\nBcc: x", "<a@b><c@d>", "<é@x>", f"<{'a' * 901}>"]
)
def test_identifiers_of_others_are_judged(identifier: str) -> None:
    assert not is_identifier(identifier)
    with pytest.raises(ValueError, match="not a message identifier"):
        mail(references=[identifier])


def test_new_identifiers() -> None:
    assert new_message_id("dialogue.example.org", "held-notice", "31") == "<held-notice.31@dialogue.example.org>"
    with pytest.raises(ValueError, match="not a message identifier"):
        new_message_id("dialogue.example.org", "receipt", "a b")


@pytest.mark.parametrize(
    "header",
    [
        ("Bcc x", "y"),
        ("X-A", "one\r\nBcc: x@y"),
        ("X-A", INJECTION),
        ("subject", "again"),
        ("Message-ID", "<again@x>"),
        ("Content-Type", "text/html"),
        ("X-A", "y" * 1000),
    ],
)
def test_more_headers_cannot_break_the_mail(header: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"not a header name|control characters|stands twice|broken header"):
        mail(headers=[header])


def test_list_headers() -> None:
    made = dict(list_headers(ADDRESSES, "nap1325", "Planning for Action"))
    assert made == {
        "List-Id": "Planning for Action <nap1325.dialogue.example.org>",
        "List-Help": "<mailto:nap1325-help@dialogue.example.org>",
        "List-Post": "<mailto:nap1325@dialogue.example.org>",
        "List-Owner": "<mailto:nap1325-owner@dialogue.example.org>",
    }
    closed = dict(list_headers(ADDRESSES, "nap1325", "Planifier, agir", open_to_contributions=False))
    assert closed["List-Post"] == "NO"
    assert closed["List-Id"] == '"Planifier, agir" <nap1325.dialogue.example.org>'


def test_a_title_in_any_script_stays_in_its_list_id() -> None:
    title = "Planification à l'action, un très long titre pour une très longue délibération"
    message = parsed(mail(headers=list_headers(ADDRESSES, "nap1325", title)))
    assert message["List-Id"] == f"{title} <nap1325.dialogue.example.org>"


@pytest.mark.parametrize(
    ("headers", "got"),
    [
        (LISTED, {"Precedence": "list"}),
        (GENERATED, {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}),
        (REPLIED, {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}),
    ],
)
def test_kinds(headers: tuple[tuple[str, str], ...], got: dict[str, str]) -> None:
    message = parsed(mail(headers=headers))
    kinds = ("Precedence", "Auto-Submitted", "X-Auto-Response-Suppress")
    assert {name: message[name] for name in kinds if message[name]} == got


def test_dates_are_aware_and_local() -> None:
    assert b"\r\nDate: Mon, 03 Nov 2008 09:00:00 -0400\r\n" in mail().head
    with pytest.raises(ValueError, match="without a zone"):
        mail(date=datetime(2008, 11, 3))


# Bodies


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello.\n-- \nfoot\n", "7bit"),
        ("From here.\n.\n..\n", "7bit"),
        ("Une réponse.\n", "quoted-printable"),
        ("مرحبا بكم في الحوار\n" * 9, "base64"),
        ("Добро пожаловать\n" * 9, "base64"),
        ("word-" * 900 + "\n", "quoted-printable"),
        ("\n\n", "7bit"),
    ],
)
def test_text_arrives_as_it_was(text: str, encoding: str) -> None:
    rendering = mail(text=text)
    wire_rules(rendering.message())
    message = parsed(rendering)
    assert message["Content-Transfer-Encoding"] == encoding
    assert message.get_content_charset() == "utf-8"
    if encoding != "7bit":
        assert all(len(line) <= 76 for line in rendering.body.split(b"\r\n")), "RFC 2045 §6.7, §6.8"
    assert message.get_payload(decode=True).replace(b"\r\n", b"\n") == text.encode()  # type: ignore[union-attr]


@given(st.text(max_size=400))
def test_no_text_breaks_the_wire(text: str) -> None:
    rendering = mail(text=text, html=f"<p>{text}</p>")
    wire_rules(rendering.message())
    plain = parsed(rendering).get_body(("plain",))
    assert plain is not None
    assert re.sub(r"[\s>]", "", plain.get_content()) == re.sub(
        r"[\s>]", "", re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]", "", text.encode("utf-8", "replace").decode())
    )


def test_parts_and_their_order() -> None:
    files = [
        ("../../etc/plan é\u202e.pdf", "application/pdf", b"\x00\x01"),
        ("note.txt", "text/plain", "é\r\n".encode()),
        ("old.txt", "text/plain", "é\r\n".encode("latin-1")),
        ("mail.eml", "message/rfc822", b"Subject: release\r\n\r\nrelease"),
        ("", "nonsense\r\nX: y", b""),
    ]
    rendering = mail(html="<p>Hello.</p>", attachments=files)
    wire_rules(rendering.message())
    message = parsed(rendering)
    assert message.get_content_type() == "multipart/mixed"
    alternative, *attached = message.iter_parts()
    assert [p.get_content_type() for p in alternative.iter_parts()] == ["text/plain", "text/html"]
    got = [(p.get_filename(), p.get_content_type(), p.get_payload(decode=True)) for p in attached]
    assert got == [
        ("plan é.pdf", "application/pdf", b"\x00\x01"),
        ("note.txt", "text/plain", "é\r\n".encode()),
        ("old.txt", "text/plain", "é\r\n".encode("latin-1")),
        ("mail.eml", "application/octet-stream", b"Subject: release\r\n\r\nrelease"),
        ("attachment", "application/octet-stream", b""),
    ]
    assert [p.get_content_charset() for p in attached] == [None, "utf-8", None, None, None]


# Personal lines

LEAVE = ADDRESSES.leave("nap1325", 7)


def test_personal_lines_with_https_and_without() -> None:
    assert personal(unsubscribe=LEAVE) == f"List-Unsubscribe: <mailto:{LEAVE}>\r\n".encode()
    assert (
        personal(unsubscribe=f"mailto:{LEAVE}", one_click="https://x.org/u/t", to="a@b.org")
        == (
            "To: a@b.org\r\n"
            f"List-Unsubscribe: <https://x.org/u/t>,\r\n <mailto:{LEAVE}>\r\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"unsubscribe": "a@b>\r\nBcc: x@y"}, "not an address to leave by"),
        ({"unsubscribe": "nobody"}, "not an address to leave by"),
        ({"unsubscribe": LEAVE, "one_click": "http://x.org/u"}, "needs an https URL"),
        ({"unsubscribe": LEAVE, "one_click": "https://x.org/u>\r\nBcc: x@y"}, "needs an https URL"),
        ({"unsubscribe": LEAVE, "one_click": "https://x.org/ü"}, "needs an https URL"),
        ({"unsubscribe": LEAVE, "to": "a@b\r\nBcc: x@y"}, "not an address"),
        ({"unsubscribe": LEAVE, "to": "a@b, c@d"}, "not an address"),
    ],
)
def test_personal_lines_cannot_be_broken(values: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        personal(**values)  # type: ignore[arg-type]


def test_splicing_touches_no_body_and_repeats_no_header() -> None:
    rendering = mail(to=None)
    copies = [
        splice(rendering.head, personal(unsubscribe=LEAVE, to=to)) + b"\r\n" + rendering.body
        for to in ("a@b.org", "c@d.org")
    ]
    for copy in copies:
        wire_rules(copy)
    assert copies[0] != copies[1]
    assert len({copy.partition(b"\r\n\r\n")[2] for copy in copies}) == 1
    with pytest.raises(ValueError, match="to: would stand twice"):
        splice(mail().head, personal(unsubscribe=LEAVE, to="a@b.org"))
    for head, lines in (
        (b"A: b", b"C: d\r\n"),
        (b"A: b\r\n\r\n", b""),
        (b"A: b\r\n", b"\r\nC: d\r\n"),
        (b"A: b\r\n", b"C: d"),
    ):
        with pytest.raises(ValueError, match="whole lines"):
            splice(head, lines)


@pytest.mark.parametrize(
    "paragraph", ["We asked them and they said. " * 20, "Nous avons demandé à toutes. " * 20, "نعم " * 60]
)
def test_long_paragraphs_are_sent_as_flowed_text_and_come_back(paragraph: str) -> None:
    """RFC 3676 §4.2: lines that any program shows whole, one paragraph to those that know the form."""
    text = f"Dear all,\n\n{paragraph.strip()}\n\nJane\n"
    rendering = mail(text=text)
    wire_rules(rendering.message())
    part = parsed(rendering)
    assert part["Content-Type"].params["format"] == "flowed"
    assert all(len(line) <= 78 for line in part.get_content().splitlines())
    assert read(rendering.message()).text.rstrip() == text.rstrip()


def test_a_text_of_short_lines_says_nothing_of_flowing() -> None:
    assert "format" not in parsed(mail(text="Dear all,\n\nyes.\n"))["Content-Type"].params


_PIECES = ("word ", " ", "\n", ">", "From x", "-- \n", "\n\n", "a", "é", "=", "x" * 30, "x" * 74, "x" * 79, "\t")


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_a_plain_text_has_the_bytes_that_the_email_package_gives_it(text: str) -> None:
    made = mail(text=text)
    mime, body = _parts(text, None, (), "")
    assert made.head.endswith(b"\r\nMIME-Version: 1.0\r\n" + mime + b"\r\n")
    assert made.body == body
