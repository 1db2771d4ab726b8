"""What people's mail programs write: the mails that a script's participants send, and the reports of their servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from tests.dialogues.script import Person
from tests.dialogues.wire import Copy

_FILE = re.compile(r"\+ (\S+?)(?:, (\d+) octets)?: (.*)")
TNEF = bytes.fromhex("789f3e22") + bytes(60)  # how a winmail.dat begins


def letter(
    person: Person,
    now: datetime,
    to: str,
    subject: str,
    message_id: str,
    block: Sequence[str],
    form: str,
    answers: Copy | None,
) -> bytes:
    """One mail. `{quoted}` in the block is the mail that is answered.

    At the block's top, lines `| Name: value` are headers, and lines `+ NAME: CONTENT` or `+ NAME, N octets: CONTENT`
    files that come with it.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((person.name, person.address))
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    if answers is not None and form != "bare":  # "bare": a program that says in no header what it answers
        mail["In-Reply-To"] = answers.message_id
        mail["References"] = " ".join([*answers.references, answers.message_id])
    lines = list(block)
    while lines and lines[0].startswith("| "):
        name, _, value = lines.pop(0)[2:].partition(": ")
        mail[name] = value
    files = []
    while lines and (found := _FILE.fullmatch(lines[0])):
        files.append((found[1], found[3].encode().ljust(int(found[2] or 0))))
        lines.pop(0)
    text = "\n".join(lines) + "\n"
    if answers is not None:
        text = text.replace("{quoted}", quoted(answers))
    match form:
        case "html":
            mail.set_content(text, subtype="html")
        case "winmail":
            mail.set_content(text)
            mail.add_attachment(TNEF, maintype="application", subtype="ms-tnef", filename="winmail.dat")
        case "plain" | "bare":
            mail.set_content(text)
        case _:
            raise ValueError(f"no mail program writes {form!r}")
    for name, content in files:
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    return mail.as_bytes()


def quoted(copy: Copy) -> str:
    """As most programs quote below one's own words."""
    lines = [f"> {line}".rstrip() for line in copy.text.rstrip().splitlines()]
    return "\n".join([f"On {copy.date:%a, %d %b %Y at %H:%M}, {copy.author} wrote:", "", *lines])


def report(copy: Copy, now: datetime, status: str, said: str) -> bytes:
    """A delivery report on a copy, as a mail server sends it to the return address (RFC 3464)."""
    parts = [
        ("text/plain; charset=us-ascii", f"Your mail could not be delivered.\r\n\r\n<{copy.to}>: {said}\r\n"),
        (
            "message/delivery-status",
            "Reporting-MTA: dns; mx.example.net\r\n\r\n"
            f"Final-Recipient: rfc822; {copy.to}\r\nAction: failed\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; 550 {status} {said}\r\n",
        ),
        ("text/rfc822-headers", f"Message-ID: {copy.message_id}\r\nSubject: Your mail\r\n"),
    ]
    head = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\r\n"
        f"To: {copy.sender}\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: {format_datetime(now)}\r\n"
        f"Message-ID: <report.{copy.sender.partition('+')[2]}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    body = "".join(f"--b\r\nContent-Type: {kind}\r\n\r\n{content}\r\n" for kind, content in parts)
    return (head + body + "--b--\r\n").encode()
