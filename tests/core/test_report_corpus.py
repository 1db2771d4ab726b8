"""What hosts write back, in tests/corpus/reports: bounces of some forty hosts, receipts, complaints, absences.

Each set was judged before its first run. None names us by VERP in its envelope.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.mail.automatic import GUESSES, Automatic
from listserv.core.mail.bounce import reports as bounces
from listserv.core.mail.inmail import InboundMail, read

CORPUS = Path(__file__).parents[1] / "corpus" / "reports"
TRUTH = [line.split("\t") for line in (CORPUS / "truth.tsv").read_text("utf-8").splitlines() if line[:1] != "#"]
FAILED = [row for row in TRUTH if row[2] == "bounce"]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without flufl.bounce: what our own reading finds."""
    monkeypatch.setattr(bounces, "_by_flufl", lambda message: ())


def taken(name: str, sender: str) -> InboundMail:
    return read((CORPUS / name).read_bytes(), sender.strip("<>"))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("name", "sender", "kind", "who", "verdict"), TRUTH)
def test_what_it_is_whom_it_names_and_whose_fault(name: str, sender: str, kind: str, who: str, verdict: str) -> None:
    mail = taken(name, sender)
    assert mail.automatic is not None
    assert (mail.automatic in GUESSES) if kind == "held" else (mail.automatic.value == kind)
    if kind in ("bounce", "complaint"):
        assert mail.bounce is not None
        assert mail.bounce.recipients == (who,)
        assert mail.bounce.verdict.value == verdict, (mail.bounce.status, mail.bounce.diagnostic)
    else:
        assert mail.bounce is None


BY_ENVELOPE = ("sophos.eml",)  # neither its address nor its words' order is a report's
TOLD = [(row[0], row[3]) for row in FAILED if row[0] not in BY_ENVELOPE]


@pytest.mark.parametrize(("name", "who"), TOLD)
def test_a_bounce_is_one_also_when_the_envelope_is_not_known(name: str, who: str) -> None:
    mail = read((CORPUS / name).read_bytes().replace(b"Return-Path: <>\n", b"", 1))
    assert mail.automatic in (Automatic.BOUNCE, Automatic.UNDELIVERED)
    assert mail.bounce is not None
    assert mail.bounce.recipients == (who,)


@pytest.mark.parametrize("name", [row[0] for row in FAILED])
def test_what_it_returns_leads_to_us(name: str) -> None:
    """The return address and the Message-ID, wherever a report holds our mail or its headers."""
    content = (CORPUS / name).read_bytes()
    mail = read(content, "")
    if b"\nMessage-ID: <one@talk.example>" in content:
        assert mail.bounce is not None
        assert mail.bounce.original_message_ids == ("<one@talk.example>",)
        if b"\nReturn-Path: <nap-bounces@talk.example>" in content:
            assert mail.bounce.traces[0] == "nap-bounces@talk.example"


def test_all_of_them_are_named() -> None:
    assert sorted(name for name, *_ in TRUTH) == sorted(path.name for path in CORPUS.glob("*.eml"))
    assert len(FAILED) >= 290


STATUS = (
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; user@host.example\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n"
)
RECEIPT = "Final-Recipient: rfc822; user@host.example\nDisposition: manual-action/MDN-sent-manually; displayed\n"
COMPLAINT = "Feedback-Type: abuse\nVersion: 1\nUser-Agent: x\nOriginal-Rcpt-To: user@host.example\n"
NDR = (
    "From: MAILER-DAEMON@x.example\nSubject: Undelivered\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=i\n\n"
    f"--i\nContent-Type: text/plain\n\nIt failed.\n--i\nContent-Type: message/delivery-status\n\n{STATUS}\n--i--\n"
)


class TestPassedOn:
    """A human who forwards or attaches a report says something of their own: held at most, never dropped."""

    @pytest.mark.parametrize(
        ("subject", "outer", "attached", "want"),
        [
            ("Fwd: Undelivered Mail", "multipart/mixed", f"message/delivery-status\n\n{STATUS}", "undelivered"),
            ("FW: Undeliverable: Plans", "multipart/mixed", f"message/rfc822\n\n{NDR}", None),
            ("Fwd: Read: Plans", "multipart/mixed", f"message/disposition-notification\n\n{RECEIPT}", "guess"),
            ("Fwd: abuse report", "multipart/mixed", f"message/feedback-report\n\n{COMPLAINT}", "guess"),
            ("Our report", "multipart/report", "application/pdf\n\nx", "undelivered"),
            ("Our report", "multipart/report; report-type=annual", "application/pdf\n\nx", "undelivered"),
            ("complaint about message from the king", "multipart/mixed", "message/rfc822\n\nSubject: x\n\nx\n", None),
            ("Report Domain: x.example Submitter: me", "multipart/mixed", "application/zip; name=a.zip\n\nx", None),
        ],
    )
    def test_it_is_theirs(self, subject: str, outer: str, attached: str, want: str | None) -> None:
        content = (
            f"From: Jane <jane@ministry.example>\nSubject: {subject}\nContent-Type: {outer}; boundary=b\n\n"
            "--b\nContent-Type: text/plain\n\nI got this. Our plan has three donors.\n"
            f"--b\nContent-Type: {attached}\n--b--\n"
        )
        mail = read(content.encode(), "jane@ministry.example")
        assert (mail.automatic and mail.automatic.value) == want
        assert mail.text.startswith("I got this.")

    @pytest.mark.parametrize("sender", ["", "MAILER-DAEMON"])
    def test_from_a_host_it_is_a_report_though_its_outer_type_is_wrong(self, sender: str) -> None:
        content = (
            "From: postmaster@mx.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
            f"--b\nContent-Type: text/plain\n\nFailed.\n--b\nContent-Type: message/delivery-status\n\n{STATUS}\n--b--\n"
        )
        mail = read(content.encode(), sender)
        assert mail.automatic is Automatic.BOUNCE


@pytest.mark.parametrize(
    ("sender", "author", "text", "want"),
    [
        ("", "Postmaster <postmaster@mx.example>", "Barua yako haikufika:\n\n  user@host.example\n", Automatic.BOUNCE),
        ("", "Postmaster <postmaster@mx.example>", "Niko likizo.\n", Automatic.REPLY),
        ("", "Jane <jane@host.example>", "Niko likizo:\n\n  user@host.example\n", Automatic.REPLY),
        ("postmaster@mx.example", "postmaster@mx.example", "Barua yako:\n\n  user@host.example\n", None),
    ],
)
def test_a_hosts_null_sender_and_a_recipient_are_a_bounce_in_any_language(
    sender: str, author: str, text: str, want: Automatic | None
) -> None:
    assert read(f"From: {author}\nSubject: Barua\n\n{text}".encode(), sender).automatic is want
