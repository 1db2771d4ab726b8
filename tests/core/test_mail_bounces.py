"""Whose fault a delivery failure is, and reports in odd shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.mail.bounce.reports import Verdict, judge
from listserv.core.mail.inmail import read


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "want"),
    [
        ("failed", "5.1.1", "550 5.1.1 user unknown", Verdict.HARD),
        ("failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", Verdict.HARD),
        ("failed", "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", Verdict.HARD),
        ("failed", "5.4.4", "Host or domain name not found. Name service error for name=example.test", Verdict.HARD),
        ("failed", "5.0.0", "550 no such user here", Verdict.HARD),
        (
            "failed",
            "",
            "550 5.1.1 <a@b.c>: Recipient address rejected: User unknown in local recipient table",
            Verdict.HARD,
        ),
        ("failed", "5.1.1", "", Verdict.SOFT),  # a status alone is not believed
        ("failed", "5.1.1", "550 5.1.1 mailbox is full", Verdict.SOFT),
        ("failed", "5.2.2", "552 5.2.2 over quota", Verdict.SOFT),
        ("failed", "5.0.0", "554 5.2.2 mailbox full", Verdict.SOFT),
        ("failed", "4.4.7", "message expired", Verdict.SOFT),
        ("failed", "4.2.0", "450 greylisted", Verdict.SOFT),
        ("failed", "", "", Verdict.SOFT),
        ("failed", "5.7.1", "550 5.7.1 blocked by policy", Verdict.OURS),
        (
            "failed",
            "5.7.515",
            "550 5.7.515 Access denied, sending domain does not meet the required authentication level",
            Verdict.OURS,
        ),
        ("failed", "5.1.1", "550 5.1.1 message looks like spam", Verdict.OURS),
        ("failed", "5.3.4", "552 5.3.4 message too big", Verdict.OURS),
        ("failed", "5.6.0", "content rejected", Verdict.OURS),
        ("failed", "5.1.8", "sender address rejected: domain not found", Verdict.OURS),
        # Exchange Online says so of an address that its directory has not:
        ("failed", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied.", Verdict.HARD),
        ("failed", "5.1.1", "550 5.1.1 <a@b.example>: Recipient address rejected: b.example", Verdict.HARD),
        ("failed", "5.1.10", "556 5.1.10 Domain does not accept mail (nullMX)", Verdict.HARD),
        ("failed", "4.4.7", "550 5.1.1 user unknown", Verdict.HARD),  # the host's own answer counts
        ("failed", "5.1.1", "450 4.1.1 user unknown, try later", Verdict.SOFT),
        ("failed", "5.0.0", "550 mailbox unavailable or access denied", Verdict.SOFT),  # it does not know either
        ("failed", "5.2.1", "550 5.2.1 mailbox disabled, not accepting messages", Verdict.SOFT),
        ("failed", "5.2.1", "550 The account is currently disabled", Verdict.SOFT),
        ("failed", "5.1.1", "550 5.1.1 Host or domain name not found, try again", Verdict.SOFT),
        ("failed", "5.0.0", "552 quota violation for a@b.example", Verdict.SOFT),
        # Names, links and advice are nobody's answer:
        (
            "failed",
            "5.1.1",
            "550 5.1.1 <spam@policy.example>... User unknown, see https://blocked.example/",
            Verdict.HARD,
        ),
        ("failed", "5.0.0", "550 a@full.example...User unknown. Please check it and try again later", Verdict.HARD),
        ("failed", "5.0.0", "550 We do not accept mail from your network", Verdict.SOFT),
        ("failed", "5.0.0", "554 No mail from there, please", Verdict.SOFT),
        ("failed", "5.0.0", "550 mailbox unavailable, invalid DNS MX or A/AAAA resource record", Verdict.SOFT),
        ("failed", "5.1.8", "550 5.1.8 Sender address rejected: Domain not found", Verdict.OURS),
        ("delayed", "4.4.1", "no such user", Verdict.DELAYED),
        ("delivered", "2.1.5", "", Verdict.NONE),
        ("relayed", "2.0.0", "", Verdict.NONE),
    ],
)
def test_a_verdict_needs_status_and_words_to_agree(action: str, status: str, diagnostic: str, want: Verdict) -> None:
    assert judge(action, status, diagnostic) is want


REPLIES = (Path(__file__).parents[1] / "corpus" / "bounces" / "replies.tsv").read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", [line for line in REPLIES if line[:1] != "#"])
def test_what_hosts_say(line: str) -> None:
    """Sender or recipient, full or gone, our address or theirs: in the words of some thirty hosts, in 12 languages."""
    status, said, want = line.split("\t")
    assert judge("failed", status, said).value in want.split("/")


@pytest.mark.parametrize(
    ("command", "want"),
    [("MAIL FROM", Verdict.OURS), ("EHLO", Verdict.OURS), ("RCPT TO", Verdict.HARD)],
)
def test_an_answer_before_any_recipient_was_named_is_about_us(command: str, want: Verdict) -> None:
    """Only the part for people tells what was answered; the report itself is the same."""
    group = "Final-Recipient: rfc822; one@example.org\nAction: failed\nStatus: 5.1.0"
    mail = report(f"{group}\nDiagnostic-Code: smtp; 550 #5.1.0 Address rejected.")
    told = f"<one@example.org>: host mx said: 550 #5.1.0 Address\n    rejected. (in reply to {command}\n    command)"
    bounce = read(mail.replace(b"It failed.", told.encode())).bounce
    assert bounce is not None
    assert bounce.verdict is want


def report(*groups: str, kind: str = "message/delivery-status") -> bytes:
    fields = "\n\n".join(("Reporting-MTA: dns; mx.example.org", *groups))
    return (
        "From: MAILER-DAEMON@mx.example.org\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\nIt failed.\n--b\nContent-Type: {kind}\n\n{fields}\n\n--b--\n"
    ).encode()


def test_of_several_recipients_the_failed_ones_are_told() -> None:
    bounce = read(
        report(
            "Final-Recipient: rfc822; ok@example.org\nAction: delivered\nStatus: 2.0.0",
            "Final-Recipient: rfc822; slow@example.org\nAction: delayed\nStatus: 4.4.1",
            "Original-Recipient: rfc822;one@Example.org\nFinal-Recipient: rfc822; alias@example.org\nAction: failed\n"
            "Status: 5.1.1 (bad mailbox)\nDiagnostic-Code: smtp; 550 5.1.1\n user unknown",
            "Final-Recipient: RFC822; <two@example.org>\nAction: Failed\nStatus: 5.1.1",
        )
    ).bounce
    assert bounce is not None
    assert bounce.recipients == ("one@example.org", "two@example.org")
    assert (bounce.action, bounce.status, bounce.diagnostic) == ("failed", "5.1.1", "550 5.1.1 user unknown")
    assert bounce.verdict is Verdict.HARD


@pytest.mark.parametrize(
    "fields", ["", "nonsense", "Action: failed", "Final-Recipient: \0;;;\nAction: \xff\nStatus: x"]
)
def test_a_broken_report_is_still_a_bounce_and_convicts_nobody(fields: str) -> None:
    bounce = read(report(fields)).bounce
    assert bounce is not None
    assert bounce.verdict is Verdict.SOFT
    assert not any("\0" in address for address in bounce.recipients)


def test_a_delay_warning_in_free_form_never_counts() -> None:
    mail = read(
        b"From: Mail Delivery System <mailer-daemon@mx.example.net>\nSubject: Warning: message delayed 24 hours\n\n"
        b"No action is required on your part. Delivery attempts will continue to be made.\n\n  slow@example.org\n"
    )
    assert mail.bounce is not None
    assert mail.bounce.verdict is Verdict.DELAYED
    assert mail.bounce.recipients == ("slow@example.org",)
