"""Feedback reports: what their reader did with a mail of ours (RFC 5965), as standards have it or as Microsoft does.

kind(message) -> the report's Feedback-Type; whom(message) -> the addresses it is about; microsofts(message, subject).
complains(message) -> whether somebody asked that our mail stop: "not spam" says the contrary, and a failed DKIM or
DMARC check says nothing of any reader. Pure, never raises for a message the parser made.
"""

from __future__ import annotations

from email.message import Message

from listserv.core.mail.bounce.fields import address, groups, parts
from listserv.core.mail.headers import first, one_line
from listserv.core.mail.parts import content_type

#: Types of feedback that are no complaint (RFC 5965 §7.3, and the type that was added for DMARC).
_NO_COMPLAINT = frozenset(("not-spam", "auth-failure"))
_MICROSOFTS = "X-HmXmrOriginalRecipient"  # Hotmail's and Outlook.com's reports have no part of fields


def fields(message: Message) -> dict[str, str]:
    """Of all feedback parts together, by lower-case name."""
    found: dict[str, str] = {}
    for part in parts(message):
        if content_type(part) == "message/feedback-report":
            for group in groups(part):
                found |= group
    return found


def complains(message: Message) -> bool:
    return fields(message).get("feedback-type", "").strip().lower() not in _NO_COMPLAINT


def microsofts(message: Message, subject: str) -> bool:
    """Whether it is a complaint as Outlook.com's users' are told: our mail attached, with a field for the recipient."""
    told = subject.strip().lower().startswith("complaint about message from ")
    return told and bool(_recipient_of_microsofts(message))


def whom(message: Message) -> tuple[str, ...]:
    """Each address once, domains in lower case."""
    told = fields(message)
    named = [address(told.get(key, "")) for key in ("original-rcpt-to", "removal-recipient")]
    return tuple(dict.fromkeys(filter(None, named))) or tuple(filter(None, [_recipient_of_microsofts(message)]))


def kind(message: Message) -> str:
    """The Feedback-Type (RFC 5965 §3.1), one line; "" where there is none."""
    return one_line(fields(message).get("feedback-type", ""))[:100]


def _recipient_of_microsofts(message: Message) -> str:
    attached = [part.get_payload() for part in parts(message) if content_type(part) == "message/rfc822"]
    mails = [mail for inner in attached if isinstance(inner, list) for mail in inner if isinstance(mail, Message)]
    return next(filter(None, (address(first(mail, _MICROSOFTS)) for mail in mails)), "")
