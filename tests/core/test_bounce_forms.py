"""Reports in the private forms of mail hosts, without our return address: whom they name, and whose fault it was."""

from __future__ import annotations

import base64
import quopri
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.automatic import Automatic
from listserv.core.mail.bounce import reports as bounces
from listserv.core.mail.bounce.freeform import Place, recipients
from listserv.core.mail.bounce.verdicts import Verdict, judge
from listserv.core.mail.inmail import read

CORPUS = Path(__file__).parents[1] / "corpus" / "bounces"  # after the forms that hosts use, nobody's real mail
TRUTH = [line.split("\t") for line in (CORPUS / "truth.tsv").read_text("utf-8").splitlines() if line[:1] != "#"]
WHO = "user@host.example"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without flufl.bounce: what our own reading finds."""
    monkeypatch.setattr(bounces, "_by_flufl", lambda message: ())


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("name", "who", "verdict"), TRUTH)
def test_a_hosts_own_form(name: str, who: str, verdict: str) -> None:
    mail = read((CORPUS / name).read_bytes(), "")
    assert mail.automatic is Automatic.BOUNCE
    assert mail.bounce is not None
    assert mail.bounce.recipients == (who,)
    assert mail.bounce.verdict.value == verdict, (mail.bounce.status, mail.bounce.diagnostic)
    assert mail.bounce.original_message_ids == ("<one@talk.example>",)
    assert mail.bounce.traces[0] == "nap-bounces@talk.example"


def test_all_of_them_are_named() -> None:
    assert sorted(name for name, *_ in TRUTH) == sorted(path.name for path in CORPUS.glob("*.eml"))
    assert len(TRUTH) >= 35


@pytest.mark.parametrize("name", [name for name, *_ in TRUTH])
def test_also_when_the_envelope_is_not_known(name: str) -> None:
    """No null sender to go by: a program's address or structure tells it, else it is for a person to judge."""
    mail = read((CORPUS / name).read_bytes())
    assert mail.automatic in (Automatic.BOUNCE, Automatic.UNDELIVERED)
    assert mail.bounce is not None
    assert mail.bounce.recipients
    by_words = {"courier", "dragonfly", "dragonfly-connect", "exchange-online", "notes", "surfcontrol", "verizon"}
    assert (mail.automatic is Automatic.UNDELIVERED) is (name.removesuffix(".eml") in by_words)


FIELDS = [  # of a delivery report: the recipient's group
    ("Original-Recipient: rfc822;user@Host.EXAMPLE\nFinal-Recipient: rfc822; inner@x.example", "user@host.example"),
    ("Final-Recipient: RFC822; <user@host.example>", WHO),
    ("Final-Recipient: RFC822; <>\nDiagnostic-Code: SMTP; 550 5.1.1 <user@host.example>... User unknown", WHO),
    ("Final-Recipient: rfc822;\nX-Actual-Recipient: rfc822; user@host.example", WHO),
    ("Final-Recipient: LOCAL;user\nX-Actual-Recipient: RFC822; user@host.example", WHO),
    ("Final-Recipient: rfc822; user..name.@docomo.example", "user..name.@docomo.example"),
    ("Final-Recipient: rfc822; User Name <user@host.example>", WHO),
    ("Final-Recipient: utf-8; Пользователь@host.example", "Пользователь@host.example"),
    ("Final-Recipient: utf-8; b\\x{FC}cher@host.example", "bücher@host.example"),  # RFC 6533 §3
    ("Final-Recipient: utf-8; user\\x{D800}\\x{FFFFFF}@host.example", WHO),
    # ORCPT's spelling of "+" and "=", but where both fields have it
    ("Original-Recipient: rfc822;user+2Btag@host.example\nFinal-Recipient: rfc822; user@x.example",
     "user+tag@host.example"),
    ("Original-Recipient: rfc822;user+2Btag@host.example\nFinal-Recipient: rfc822;user+2Btag@host.example",
     "user+2Btag@host.example"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "want"), FIELDS)
def test_fields_in_odd_shapes(fields: str, want: str) -> None:
    report = (
        "From: postmaster@mx.example\nSubject: Delivery Status Notification (Failure)\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\n{fields}\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    bounce = read(report.encode()).bounce
    assert bounce is not None
    assert bounce.recipients == (want,)


REPORT = (
    b"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; user=tag@host.example\nAction: failed\nStatus: 5.1.1\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 <user=tag@host.example>: Recipient address rejected: User unknown in table\n"
)


@pytest.mark.parametrize(
    ("kind", "encoding", "encoded"),
    [
        ("message/delivery-status", "base64", base64.encodebytes(REPORT)),
        ("message/delivery-status", "quoted-printable", quopri.encodestring(REPORT)),
        ("message/global-delivery-status", "base64", base64.encodebytes(REPORT)),
        ("message/global-delivery-status", "quoted-printable", quopri.encodestring(REPORT)),
    ],
)
def test_a_report_whose_fields_are_encoded(kind: str, encoding: str, encoded: bytes) -> None:
    """And the mail that it returns."""
    returned = base64.encodebytes(RETURNED.encode())
    mail = read(
        b"From: postmaster@mx.example\nSubject: Delivery Status Notification (Failure)\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nIt failed.\n"
        + f"--b\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        + encoded
        + b"\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + returned
        + b"\n--b--\n"
    )
    assert mail.bounce is not None
    assert mail.bounce.recipients == ("user=tag@host.example",)
    assert mail.bounce.verdict is Verdict.HARD
    assert mail.bounce.traces == ("nap-bounces@talk.example",)


def test_what_postfix_has_folded_is_read_whole() -> None:
    """Two words that only together say why, in a report for people alone."""
    text = f"<{WHO}>: host mx.host.example[192.0.2.1] said: 550 5.1.1 User\n    unknown (in reply to RCPT TO command)\n"
    mail = read(f"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\n{text}".encode(), "")
    assert mail.bounce is not None
    assert mail.bounce.verdict is Verdict.HARD


@pytest.mark.parametrize(("lines", "asked"), [(1_000, True), (20_000, False)])
def test_no_long_mail_is_searched_by_what_reads_each_line_a_hundred_times(
    monkeypatch: pytest.MonkeyPatch, lines: int, asked: bool
) -> None:
    calls: list[object] = []
    monkeypatch.setattr("flufl.bounce.all_failures", lambda message: calls.append(message) or (set(), set()))
    read(b"From: MAILER-DAEMON@mx.example\nSubject: Returned mail\n\nIt failed.\n" + b"x\n" * lines)
    assert bool(calls) is asked


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("<léna@host.example>: user unknown", "léna@host.example"),  # RFC 6531 §3.3; not <na@host.example>
        ("<u@bücher.example>: user unknown", "u@bücher.example"),
        ("<почта@пример.рф>: user unknown", "почта@пример.рф"),
        ("<用户@例子.公司>: user unknown", "用户@例子.公司"),
        ("您发给user@host.example的邮件被退回", WHO),  # a sentence without spaces is no part of it
        ("ご指定のuser@host.exampleは存在しません", WHO),
        (f"<{WHO}>: user unknown\n\n> From: Jo <jo@x.example>\n> Subject: Plans\n> To: nap@talk.example", WHO),
    ],
)
def test_an_address_beyond_ascii_is_read_whole(line: str, who: str) -> None:
    mail = read(f"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\n{line}\n".encode(), "")
    assert mail.bounce is not None
    assert mail.bounce.recipients == (who,)


OUR_MAIL = "I wrote to focal@ministry.example, and it came back: 550 5.1.1 User unknown. Who knows them?"


@pytest.mark.parametrize(
    ("said", "below", "verdict"),
    [
        # the mail that came back, whose words are nobody's answer
        ("Your message to {} could not be delivered: mailbox full.", "--- Original message ---", "soft"),
        ("Die Nachricht an {} wurde nicht zugestellt: Postfach voll.", "--- Ursprüngliche Nachricht ---", "soft"),
        ("Le message à {} n'a pas pu être remis : boîte pleine.", "----- Message d'origine -----", "soft"),
        ("El mensaje para {} no se pudo entregar: buzón lleno.", "----- Mensaje original -----", "soft"),
        ("Il messaggio per {} non è stato consegnato: casella piena.", "---- Messaggio originale ----", "soft"),
        ("A mensagem para {} não foi entregue: caixa cheia.", "-----Mensagem original-----", "soft"),
        ("Письмо для {} не доставлено: ящик переполнен.", "----- Исходное сообщение -----", "soft"),
        ("تعذر تسليم الرسالة إلى {} : صندوق البريد ممتلئ.", "----- الرسالة الأصلية -----", "soft"),
        ("您发给 {} 的邮件被退回：邮箱已满。", "----- 原始邮件 -----", "soft"),
        ("{} 宛のメールは配信できませんでした。メールボックスがいっぱいです。", "----- 元のメッセージ -----", "soft"),
        ("Die Nachricht an {} wurde nicht zugestellt: Postfach voll.", "Von: jo@x.example\nAn: nap@x.example", "soft"),
        # a table with the sender's address in it
        ("Expéditeur : nap@talk.example\nDestinataire : {}\nMotif : boîte inexistante", "", "hard"),
        ("Отправитель: nap@talk.example\nПолучатель: {}\nПричина: пользователь не найден", "", "hard"),
        ("发件人：nap@talk.example\n收件人：{}\n原因：用户不存在", "", "hard"),
        ("المرسل: nap@talk.example\nالمستلم: {}\nالسبب: المستخدم غير موجود", "", "hard"),
        # whom to ask, and where else to write
        ("Ihre Nachricht an {} wurde nicht zugestellt: unbekannt.\nBei Fragen: hilfe@x.example", "", "hard"),
        ("{} no longer exists. Her new address is lena@other.example.", "", "hard"),
        ("<{}>: user has moved; please try <lena@other.example>", "", "hard"),
    ],
)
def test_neither_sender_nor_helper_nor_who_is_written_of(said: str, below: str, verdict: str) -> None:
    text = f"{said.format(WHO)}\n\n" + (f"{below}\n\n{OUR_MAIL}\n" if below else "")
    mail = read(f"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\n{text}".encode(), "")
    assert mail.bounce is not None
    assert (mail.bounce.recipients, mail.bounce.verdict.value) == ((WHO,), verdict)


def test_the_subject_alone_names_them() -> None:
    mail = read(f"From: MAILER-DAEMON@mx.example\nSubject: Delivery failure ({WHO})\n\nIt failed.\n".encode(), "")
    assert mail.bounce is not None
    assert mail.bounce.recipients == (WHO,)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("Gmail will retry for 46 more hours.\n\n451 4.3.0 Temporary failure", Verdict.DELAYED),
        ("4.3.0 Temporary failure", Verdict.SOFT),
        ("We have given up: 5.1.1 user unknown", Verdict.HARD),
        ("Сервер продолжит попытки доставки.", Verdict.DELAYED),
        ("Il server continuerà a tentare la consegna.", Verdict.DELAYED),
    ],
)
def test_what_is_tried_again_has_not_failed(said: str, verdict: Verdict) -> None:
    text = f"There was a problem with your message to {WHO}.\n\n{said}\n"
    mail = read(f"From: MAILER-DAEMON@mx.example\nSubject: Your mail\n\n{text}".encode(), "")
    assert mail.bounce is not None
    assert mail.bounce.verdict is verdict


def test_a_header_names_them() -> None:
    mail = read(
        b"From: Mail Delivery System <Mailer-Daemon@mx.example>\nSubject: Mail delivery failed\n"
        b"X-Failed-Recipients: user@host.example,\n two@host.example\n\nIt failed.\n"
    )
    assert mail.bounce is not None
    assert mail.bounce.recipients == (WHO, "two@host.example")


def test_octets_beyond_ascii_in_a_header_are_no_fault_of_others(caplog: pytest.LogCaptureFixture) -> None:
    mail = read("From: Système <MAILER-DAEMON@mx.example>\nSubject: Non délivré\n\nIt failed.\n".encode(), "")
    assert mail.automatic is Automatic.BOUNCE
    assert caplog.records == []


def test_a_report_wrapped_in_another_mail() -> None:
    inner = (
        "From: postmaster@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=i\n\n"
        "--i\nContent-Type: text/plain\n\nIt failed.\n--i\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; user@host.example\nAction: failed\nStatus: 5.1.1\n\n"
        "--i--\n"
    )
    outer = (
        "From: postmaster@mx.example\nSubject: Delivery Status Notification (Failure)\n"
        f"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    bounce = read(outer.encode()).bounce
    assert bounce is not None
    assert bounce.recipients == (WHO,)


RETURNED = (
    "Return-Path: <nap-bounces@talk.example>\nReceived: from a by b; Mon, 3 Nov 2008 10:00:00 +0000\n"
    "From: nap-bounces@talk.example\nTo: nap-bounces@talk.example\nMessage-ID: <one@talk.example>\n"
    "MIME-Version: 1.0\n\nWrite to chief@example.org.\n"
)


@pytest.mark.parametrize("text", ["", "It failed.", "Sorry.\n\nQuestions to helpdesk@mx.example\n"])
def test_nobody_is_guessed(text: str) -> None:
    """Neither us, nor the author, nor whoever helps."""
    head = "From: MAILER-DAEMON@mx.example\nTo: nap-bounces@talk.example\nSubject: Returned mail\n"
    bounce = read(f"{head}\n{text}\n{RETURNED}".encode()).bounce
    assert bounce is not None
    assert bounce.recipients == ()


PIECES = st.sampled_from(
    [
        *"<>@:;.,\"'()[]= \t\n",
        "a@b.example",
        "RCPT TO:",
        "550 5.1.1 ",
        "user unknown",
        "following recipient",
        "\0",
        "é",
        "@@",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_read_and_gives_clean_addresses(text: str) -> None:
    found = recipients(text)
    assert all(re.fullmatch(r"[^\s<>\x00-\x1f]+@[^\s<>@\x00-\x1f]+", one) for one in found.addresses)
    assert len({one.lower() for one in found.addresses}) == len(found.addresses)
    assert bool(found.addresses) is (found.place > Place.NONE)
    assert judge("failed", "", text) in Verdict


def test_of_a_version_number_no_success_is_made() -> None:
    head = "From: MAILER-DAEMON@mx.example\nSubject: Undeliverable: Mailman 2.0.12 released\n"
    mail = read(f"{head}\nSubject: Mailman 2.0.12\n\n<user@host.example>: 550 unknown user\n".encode())
    assert mail.bounce is not None
    assert (mail.bounce.status, mail.bounce.verdict.value) == ("", "hard")
