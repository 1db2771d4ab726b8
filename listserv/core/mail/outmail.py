"""Composes what we send: values in, header lines and body as bytes out. The only place where outgoing headers are made.

Inputs: plain text and values, decoded or not; nothing in them is trusted. Everything that came from people passes
`clean`, which decodes encoded words first and strips control characters after, so no value can begin a line of its own
(CVE-2024-6923). Output is 7-bit but for addresses that are not ASCII (RFC 6532; then `head` is not ASCII and the relay
needs SMTPUTF8). Same values, same bytes: no clock, no random boundary.

Never decides who gets a mail, and adds no personal header (see splice). Raises ValueError for what would make a broken
mail: an address that is none, a naive date, an identifier that is none, a header that stands twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import Charset
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TypeAlias

from listserv.core.mail import encoding, flowed, identity
from listserv.core.mail.addresses import Addresses
from listserv.core.mail.identity import Mailbox

Attachment: TypeAlias = tuple[str, str, bytes]  # file name, content type, content

_LINE = 78  # RFC 5322 §2.1.1: folded at 78, never more than 998
_LONGEST = 998
_SUBJECT = 250  # characters; longer ones are cut
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_INVISIBLE = re.compile(r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # bidi controls, zero widths
_BODY_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f]")
_ATEXT = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")  # RFC 5322 §3.2.3, and spaces
_WORD = r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff<>()\[\],;:\\\"@]+"
_ADDRESS = re.compile(f"(?P<local>{_WORD})@(?P<domain>{_WORD})")
_IDENTIFIER = re.compile(r"<[!-;=?-~]{1,900}>")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_TYPE = re.compile(r"(?P<main>[a-z]+)/(?P<sub>[a-z0-9][a-z0-9.+_-]*)")

_UTF8 = Charset("utf-8")
# Quoted-printable or base64, by content: no relay has to convert, and break DKIM. Lines of 76: RFC 2045 §6.7.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)

LISTED = (("Precedence", "list"),)
"""For what goes to all: contributions, announcements, round-ups. With `list_headers`."""

GENERATED = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
"""For notices we send of our own accord (RFC 3834 §5)."""

REPLIED = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
"""For answers to a mail: receipts, help, confirmations (RFC 3834 §5)."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """`head`: header lines ended by CRLF, without the blank line and without personal lines. `body`: all after it.

    The mail is head + personal lines + CRLF + body.
    """

    head: bytes
    body: bytes

    def message(self, personal: bytes = b"") -> bytes:
        return self.head + personal + b"\r\n" + self.body


def compose(
    *,
    sender: Mailbox,
    to: Mailbox | None,
    subject: str,
    date: datetime,
    message_id: str,
    text: str,
    html: str | None = None,
    attachments: Sequence[Attachment] = (),
    reply_to: str | None = None,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    headers: Sequence[tuple[str, str]] = (),
    language: str = "",
) -> Rendering:
    """One mail in the form all its recipients share (RFC 5322 §3.6, RFC 2046 §5.1).

    `to=None`: the personal lines bring the To. `date` is aware and shown in its own zone. Identifiers have their angle
    brackets. `headers`: more of them, by name; ASCII values stand as they are, others are encoded. `language`: a tag,
    of those who are to read it (Content-Language).
    """
    if date.tzinfo is None:
        raise ValueError(f"a date without a zone: {date!r}")
    lines = [_mailbox("From", sender)]
    if to is not None:
        lines.append(_mailbox("To", to))
    lines.append(_unstructured("Subject", clean(subject, _SUBJECT)))
    lines.append(f"Date: {format_datetime(date.replace(microsecond=0))}\r\n")
    lines.append(_identifiers("Message-ID", [message_id]))
    if reply_to is not None:
        lines.append(_mailbox("Reply-To", Mailbox("", reply_to)))
    if in_reply_to is not None:
        lines.append(_identifiers("In-Reply-To", [in_reply_to]))
    if references:
        lines.append(_identifiers("References", references))
    lines.extend(_more(name, value) for name, value in headers)
    if language:
        lines.append(_more("Content-Language", language))
    parts = None if html is not None or attachments else encoding.written(_body(text), _POLICY.max_line_length or 0)
    mime, body = parts or _parts(text, html, attachments, message_id)
    head = "".join(lines).encode() + b"MIME-Version: 1.0\r\n" + mime + b"\r\n"
    _check(head)
    return Rendering(head, body)


def list_headers(
    addresses: Addresses, slug: str, title: str, *, open_to_contributions: bool = True
) -> tuple[tuple[str, str], ...]:
    """The List-* headers that all copies share (RFC 2369 §3, RFC 2919 §3). List-Unsubscribe is personal: see splice."""
    name = _phrase("List-Id", clean(title, 120))
    at = {"Id": f"{name} <{slug}.{addresses.domain}>", "Help": f"<mailto:{addresses.help(slug)}>"}
    at["Post"] = f"<mailto:{addresses.dialogue(slug)}>" if open_to_contributions else "NO"
    at["Owner"] = f"<mailto:{addresses.owner(slug)}>"
    return tuple((f"List-{key}", value) for key, value in at.items())


def new_message_id(domain: str, kind: str, key: str) -> str:
    """`<kind.key@domain>`; `key` is the caller's and unique for this kind."""
    made = f"<{kind}.{key}@{domain}>"
    if not is_identifier(made) or "@" in kind + key:
        raise ValueError(f"not a message identifier: {made!r}")
    return made


def is_identifier(text: str) -> bool:
    """Whether a Message-ID of somebody else may be kept: brackets around printable ASCII, at most 902 octets."""
    return _IDENTIFIER.fullmatch(text) is not None


def clean(text: str, limit: int) -> str:
    """One line of header text: encoded words decoded, then controls and bidi controls out, spaces and length cut."""
    decoded = _decoded(text[:4000])
    line = " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", decoded)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain(name: str, limit: int) -> str:
    """A name as all may see it: one clean line, and of an address in it only what stands before its @."""
    # ＠ and ﹫ look alike and count as one.
    return clean(re.sub(r"[@＠﹫]\S*|[<>\"\\]", "", clean(name, 4 * limit)), limit)


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(_CONTROL.sub(" ", text))
    except (HeaderParseError, ValueError):
        return text
    out = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            out.append(piece)
            continue
        try:
            out.append(piece.decode(charset or "ascii", "replace"))
        except LookupError:
            out.append(piece.decode("utf-8", "replace"))
    return "".join(out)


def _unstructured(name: str, text: str) -> str:
    charset = "us-ascii" if text.isascii() and "=?" not in text else _UTF8  # "=?" must not read as an encoded word
    if charset is _UTF8 or len(name) + len(text) > _LINE - 4:  # of a short one Header makes, slowly, the same
        text = Header(text, charset, maxlinelen=_LINE - 2, header_name=name).encode(linesep="\r\n")
    return f"{name}: {text}\r\n"


def _phrase(name: str, text: str) -> str:
    """Text as it may stand before <…>: atoms, a quoted string, or encoded words (RFC 5322 §3.2.5, RFC 2047 §5.3)."""
    if not text.isascii() or "=?" in text or len(text) > 60:
        return Header(text, _UTF8, maxlinelen=_LINE - 2, header_name=name).encode(linesep="\r\n")
    if _ATEXT.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mailbox(header: str, mailbox: Mailbox) -> str:
    address = _address(mailbox.address)
    name = _phrase(header, clean(mailbox.name, 130))
    if not name:
        return f"{header}: {address}\r\n"
    last = name.rpartition("\r\n")[2]
    start = 0 if "\r\n" in name else len(header) + 2
    gap = " " if start + len(last) + len(address) + 3 <= _LINE else "\r\n "
    return f"{header}: {name}{gap}<{address}>\r\n"


def _address(address: str) -> str:
    match = _ADDRESS.fullmatch(address)
    if match is None or "=?" in address or len(address.encode()) > 254:
        raise ValueError(f"not an address: {address!r}")
    domain = match["domain"]
    if not domain.isascii():
        try:
            domain = identity.a_label(domain)  # RFC 5891: domains travel as A-labels
        except ValueError:
            raise ValueError(f"not a domain: {domain!r}") from None
    return f"{match['local']}@{domain}"


def _identifiers(name: str, identifiers: Sequence[str]) -> str:
    for identifier in identifiers:
        if not is_identifier(identifier):
            raise ValueError(f"not a message identifier: {identifier!r}")
    return f"{name}:{_folded(len(name) + 1, identifiers)}\r\n"


def _more(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a header name: {name!r}")
    unfolded = value.replace("\r\n ", " ")
    if _CONTROL.search(unfolded) or _CONTROL.search(_decoded(unfolded)):
        raise ValueError(f"control characters in {name}: {value!r}")
    if not value.isascii():
        return _unstructured(name, clean(value, 900))
    return f"{name}:{_folded(len(name) + 1, unfolded.split())}\r\n"


def _folded(used: int, words: Iterable[str]) -> str:
    """Words joined by spaces, a line ended before it grows beyond 78; the email package would encode long ones."""
    out: list[str] = []
    for word in words:
        if used + 1 + len(word) > _LINE and out:
            out.append("\r\n")
            used = 0
        out.append(" " + word)
        used += 1 + len(word)
    return "".join(out)


def _parts(text: str, html: str | None, attachments: Sequence[Attachment], seed: str) -> tuple[bytes, bytes]:
    mime, _, body = _content(text, html, attachments, seed).as_bytes(policy=_POLICY).partition(b"\r\n\r\n")
    return mime, body


def _content(text: str, html: str | None, attachments: Sequence[Attachment], seed: str) -> MIMEPart:
    part = MIMEPart(_POLICY)
    broken = flowed.wrap(_body(text))  # long lines: programs that know flowed text fit them to their window
    shown, params = broken or _body(text), {"format": "flowed"} if broken else None
    part.set_content(shown, charset="utf-8", cte=encoding.shorter(shown), params=params)
    if html is not None:
        part.add_alternative(_body(html), subtype="html", charset="utf-8", cte=encoding.shorter(_body(html)))
    for name, content_type, content in attachments:
        match = _TYPE.fullmatch(content_type.lower())
        main, sub = (match["main"], match["sub"]) if match else ("application", "octet-stream")
        if main in ("multipart", "message"):  # opaque bytes: nobody is to read commands out of them
            main, sub = "application", "octet-stream"
        charset = {"charset": "utf-8"} if main == "text" and _is_utf8(content) else None  # others guess it, and wrong
        part.add_attachment(content, maintype=main, subtype=sub, filename=_file_name(name), params=charset)
    # Boundaries are drawn from the content, so that the same mail has the same bytes.
    digest = sha256(repr((seed, text, html, attachments)).encode("utf-8", "replace")).hexdigest()
    for depth, inner in enumerate(p for p in part.walk() if p.is_multipart()):
        inner.set_boundary(f"=_{digest[:24]}_{depth}")
    return part


def _is_utf8(content: bytes) -> bool:
    try:
        return bool(content.decode("utf-8")) and not content.isascii()
    except UnicodeDecodeError:
        return False


def _file_name(name: str) -> str:
    shown = clean(re.split(r"[/\\]", name)[-1].replace('"', ""), 100).strip(". ")
    return shown or "attachment"


def _body(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BODY_CONTROL.sub("", lines).encode("utf-8", "replace").decode().removesuffix("\n") + "\n"


def _check(head: bytes) -> None:
    """Exactly one of each header, no line beyond 998 octets, no bare CR or LF (RFC 5322 §3.6, §2.1.1, §2.3)."""
    seen: set[bytes] = set()
    for line in head.removesuffix(b"\r\n").split(b"\r\n"):
        if len(line) > _LONGEST or b"\r" in line or b"\n" in line or not line.strip():
            raise ValueError(f"a broken header line: {line[:80]!r}")
        if line[:1] in b" \t":
            continue
        name = line.partition(b":")[0].lower()
        if name in seen:
            raise ValueError(f"{name.decode('ascii', 'replace')} stands twice")
        seen.add(name)
