"""An inbound mail, read: octets in, one frozen InboundMail out.

read(raw, envelope_sender, parent) never raises, but for MemoryError: whatever is odd, cut off or unreadable is said in
`remarks`, in words for a moderator. It decides nothing: whether a mail is released, held or answered is routing's and
moderation's. `author` says what From claims, no more; who really wrote is `authentication_results`' and the
edge's question.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from listserv.core.mail import automatic, headers, identity
from listserv.core.mail.automatic import Automatic
from listserv.core.mail.body import Attachment, Body, read_body
from listserv.core.mail.bounce import reports as bounces
from listserv.core.mail.bounce.reports import Bounce
from listserv.core.mail.charsets import to_text
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.parts import headers_of, parsed
from listserv.core.mail.reply.extractor import Extract, extract
from listserv.core.mail.threads import message_ids
from listserv.core.sentence import Sentence

__all__ = ["Attachment", "Automatic", "Bounce", "InboundMail", "Mailbox", "read", "return_path", "unread"]


@dataclass(frozen=True, slots=True)
class InboundMail:
    """All text is without control characters and lone surrogates; header texts are one line each."""

    message_id: str  # "<...>", or "" when it is missing or unusable
    author: Mailbox | None  # From, only when it is exactly one clean mailbox
    from_text: str  # From as shown to a moderator
    to: tuple[str, ...]  # the clean addresses of To and Cc
    delivered_to: tuple[str, ...]  # of X-Original-To, Delivered-To, Envelope-To, for mail read from a mailbox
    subject: str
    date: datetime | None  # aware
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    body: str  # the whole readable text, LF line ends
    text: str  # what the author wrote
    cut: str  # what stood beside it: quotes, signature
    html: str  # the HTML part, sanitised (sanitise.py), "" if none
    attachments: tuple[Attachment, ...]
    automatic: Automatic | None
    bounce: Bounce | None  # for Automatic.BOUNCE, UNDELIVERED and COMPLAINT
    list_ids: tuple[str, ...]  # what stands in the <> of List-Id, lower case
    loops: tuple[str, ...]  # the clean addresses of X-Loop
    received_count: int
    authentication_results: tuple[str, ...]  # unfolded values, topmost first
    remarks: tuple[str, ...]
    digest: str  # SHA-256, hex, of From, body and files: tells a copy from another mail with the same Message-ID
    to_many: bool = False  # through a list, or sent to many at once: never answered (RFC 3834 §2)
    sender: str = ""  # the address in Sender: who sent it for the author, "" if none is named (RFC 5322 §3.6.2)


def read(
    raw: bytes, envelope_sender: str | None = None, parent: str | None = None, *, html: bool = True
) -> InboundMail:
    """The mail in `raw`. `envelope_sender`: MAIL FROM, "" = the null sender, None = unknown. `parent`: the text
    answered.

    Without `html`, a second try at a mail that cost too much, HTML is passed over. Raises MemoryError where memory is
    limited, and nothing else.
    """
    try:
        message, remarks = parsed(raw)
        return _read(message, envelope_sender, parent, remarks, html)
    except MemoryError:
        raise
    except Exception as error:  # any: the parser's own faults on hostile mail are many and undocumented
        fault = type(error).__name__
        return unread(
            raw, Sentence("The mail could not be read in full (%(fault)s); the text shown is raw.", fault=fault)
        )


def return_path(raw: bytes) -> str | None:
    """The topmost Return-Path as it stands, "<>" for the null sender (RFC 5321 §4.4); None when none is usable."""
    try:
        value = headers.first(headers_of(raw), "Return-Path")
    except Exception:  # as in read
        return None
    return value if value == "<>" or _clean(value.removeprefix("<").removesuffix(">")) else None


def _read(
    message: Message, envelope_sender: str | None, parent: str | None, remarks: tuple[str, ...], html: bool
) -> InboundMail:
    body = read_body(message, html=html)
    subject = headers.decoded(headers.first(message, "Subject"))
    written = extract(body.text, parent)
    reason = automatic.judge(message, envelope_sender, subject, body.text, written.text)
    bounce = None
    if reason in (Automatic.BOUNCE, Automatic.UNDELIVERED):
        bounce = bounces.read_report(message, body.text) or bounces.read_plain(message, subject, body.text)
    elif reason is Automatic.COMPLAINT:
        bounce = bounces.read_complaint(message)
    return _mail(message, body, written, subject, reason, bounce, remarks)


def _mail(
    message: Message,
    body: Body,
    written: Extract,
    subject: str,
    reason: Automatic | None,
    bounce: Bounce | None,
    remarks: tuple[str, ...],
) -> InboundMail:
    from_text = "; ".join(headers.decoded(value) for value in headers.raw(message, "From"))
    author = _author(headers.raw(message, "From"))
    list_ids = tuple(filter(None, (_list_id(value) for value in headers.raw(message, "List-Id"))))
    said = [*remarks, *body.remarks]
    if author is None:
        shown = Sentence("From is: %(text)s", text=from_text[:200])
        said.append(shown if from_text else Sentence("From is missing."))
    to_many = bool(list_ids) or headers.first(message, "Precedence").strip().lower() in ("list", "bulk")
    if to_many and not list_ids:
        said.append(Sentence("It came through a list: its Precedence says so."))
    if written.forwarded:
        said.append(Sentence("It holds a forwarded mail."))
    if not body.text.strip() and not reason:
        said.append(Sentence("It has no readable text."))
    return InboundMail(
        message_id=next(iter(message_ids(headers.first(message, "Message-ID"))), ""),
        author=author,
        from_text=from_text,
        to=_addresses(message, "To", "Cc"),
        delivered_to=_addresses(message, "X-Original-To", "Delivered-To", "Envelope-To"),
        subject=subject,
        date=_date(headers.first(message, "Date")),
        in_reply_to=_ids(message, "In-Reply-To"),
        references=_ids(message, "References"),
        body=body.text,
        text=written.text,
        cut=written.cut,
        html=body.html,
        attachments=body.attachments,
        automatic=reason,
        bounce=bounce,
        list_ids=list_ids,
        loops=_addresses(message, "X-Loop"),
        received_count=len(headers.raw(message, "Received")),
        authentication_results=tuple(headers.one_line(v) for v in headers.raw(message, "Authentication-Results")),
        remarks=tuple(said),
        to_many=to_many,
        digest=_digest(
            author.address if author else from_text,
            body.text,
            *_otherwise(message),
            *map(_content, body.attachments),
        ),
        sender=next(iter(_addresses(message, "Sender")), ""),
    )


def unread(raw: bytes, why: str) -> InboundMail:
    """A mail that could not be read, and why: its octets as text, so that a moderator sees something."""
    text = "\n".join(headers.one_line(line) for line in to_text(raw[:100_000]).splitlines())
    return InboundMail(
        message_id="",
        author=None,
        from_text="",
        to=(),
        delivered_to=(),
        subject="",
        date=None,
        in_reply_to=(),
        references=(),
        body=text,
        text=text,
        cut="",
        html="",
        attachments=(),
        automatic=None,
        bounce=None,
        list_ids=(),
        loops=(),
        received_count=0,
        authentication_results=(),
        remarks=(why,),
        digest=hashlib.sha256(raw).hexdigest(),
    )


_WORDS = r"(?:\"(?:[^\"\\]|\\.){0,300}\"|[^\"<>@,;:()\\]{0,300})"
_ONE_MAILBOX = re.compile(
    rf"\s*(?:(?P<name>{_WORDS})\s*(?P<within>\([^()\\]{{0,300}}\))?\s*<\s*(?P<angle>[^<>\s]{{1,330}})\s*>"
    r"|(?P<bare>[^<>\s\"(),;:]{1,330}))\s*(?:\((?P<comment>[^()\\]{0,300})\))?\s*"
)
_ADDRESS_INSIDE = re.compile(r"[^\s<>()\[\]\\,;:@\"']{1,64}@[^\s<>()\[\]\\,;:@\"']{1,253}")


def _author(values: list[str]) -> Mailbox | None:
    """From, when it is one mailbox under two independent readings and its name claims no other address."""
    if len(values) != 1 or len(values[0]) > 2000 or "\0" in values[0]:
        return None
    value = " ".join(values[0].split())  # a run of blanks has many readings, all alike
    found = _ONE_MAILBOX.fullmatch(value)
    if found is None:
        return None
    address = _clean(found["angle"] or found["bare"] or "")
    theirs = [pair[1] for pair in getaddresses([value])]
    if not address or len(theirs) != 1 or _clean(theirs[0]) != address:
        return None
    name = (found["name"] or found["comment"] or "").strip()
    if name[:1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    name = headers.decoded(f"{name} {found['within'] or ''}")  # "Jane Doe (UNDP)": a comment that is meant as a name
    beside = f"{name} {headers.decoded(found['comment'] or '')}"
    if any(claimed.casefold() != address.casefold() for claimed in _ADDRESS_INSIDE.findall(beside)):
        return None
    return Mailbox("" if name.casefold() == address.casefold() else name, address)


def _clean(address: str) -> str:
    """The address with its domain in lower case, "" if it is not clean; an encoded word is not (RFC 2047 §5)."""
    local, _, domain = address.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    return address if identity.valid(address) and "=?" not in address else ""


def _addresses(message: Message, *names: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        for value in headers.raw(message, name)[:50]:
            bare = re.sub(r"\"(?:[^\"\\]|\\.){0,300}\"", " ", value)
            found += filter(None, map(_clean, _ADDRESS_INSIDE.findall(bare)))
    return tuple(dict.fromkeys(found))


def _ids(message: Message, name: str) -> tuple[str, ...]:
    return message_ids(" ".join(headers.raw(message, name)[:10]))


def _date(value: str) -> datetime | None:
    """RFC 5322 §3.3; a time in an unknown zone ("-0000") is taken as UTC; None for what is no date."""
    try:
        at = parsedate_to_datetime(value[:200])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        margin = timedelta(days=2)
        _ = (at + margin).astimezone(UTC), (at - margin).astimezone(UTC)
    except Exception:  # ValueError, TypeError, IndexError, OverflowError and more, by version
        return None
    return at


def _list_id(value: str) -> str:
    """RFC 2919 §2: what stands in the angle brackets; the last word where they are missing."""
    found = re.findall(r"<([^<>]{1,300})>", value)
    words = value.split()
    return headers.one_line(found[-1] if found else words[-1] if words else "").lower()[:300]


def _otherwise(message: Message) -> tuple[str, ...]:
    """What else tells a mail without a Message-ID from another of the same author with the same words."""
    if message_ids(headers.first(message, "Message-ID")):
        return ()
    return tuple(headers.first(message, name) for name in ("Subject", "Date", "In-Reply-To", "References"))


def _content(file: Attachment) -> str:
    """What tells a file from another; a text's line ends do not: they change with the way a mail comes."""
    return hashlib.sha256(file.content.replace(b"\r\n", b"\n")).hexdigest()


def _digest(author: str, body: str, *more: str) -> str:
    return hashlib.sha256("\0".join((author, body, *more)).encode("utf-8", "replace")).hexdigest()
