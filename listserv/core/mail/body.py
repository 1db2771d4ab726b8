"""The readable text of a parsed mail, and what it carries beside it.

read_body(message) -> Body. Chooses text/plain unless it is empty or a stub, else text out of HTML; joins the
texts of a mixed mail in order (RFC 2046 §5.1); unwraps format=flowed (RFC 3676 §4); names as attachments what
is not text. An attached mail (message/rfc822) is an attachment, never part of the text. Signed mail is read,
encrypted mail and winmail.dat are named as unreadable in the remarks. At most 500,000 characters of text are
given. May raise on a message object the parser broke; inmail.read guards against that.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from listserv.core.mail import htmltext
from listserv.core.mail.charsets import known, to_text
from listserv.core.mail.flowed import unwrap
from listserv.core.mail.headers import decoded, first, one_line, parameters

MOST: Final = 500_000
_TOO_LONG = "The text is longer than 500,000 characters; only its beginning is shown."
_STUB = re.compile(r"html|browser|mail (?:client|program|reader)|does not support", re.IGNORECASE)
_UNSAFE_IN_NAMES = re.compile(r"[\\/:*?\"<>|\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the text. `name`: without path, control or direction characters, at most 120 characters."""

    name: str
    content_type: str
    size: int
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    text: str  # LF line ends, no control characters but tab
    html: str
    attachments: tuple[Attachment, ...]
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    texts: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)


def read_body(message: Message) -> Body:
    """Text, HTML source, attachments and remarks of a mail."""
    reading = _Reading()
    _walk(message, reading)
    text = "\n\n".join(text for text in reading.texts if text.strip())
    if len(text) > MOST:
        reading.remark(_TOO_LONG)
        text = text[:MOST]
    html = "\n".join(reading.html)
    if htmltext.has_hidden_text(html):
        reading.remark("The HTML part has text that mail programs do not show.")
    return Body(text, html, tuple(reading.attachments), tuple(reading.remarks))


def _walk(part: Message, reading: _Reading) -> None:
    kind = content_type(part)
    if kind.startswith("multipart/") and isinstance(part.get_payload(), list):
        parts = children(part)
        if kind == "multipart/encrypted":
            reading.remark("The mail is encrypted and could not be read.")
        if kind == "multipart/alternative":
            _alternative(parts, reading)
        else:
            for child in parts:
                _walk(child, reading)
    elif kind in ("text/plain", "text/html") and not _is_attached(part):
        text = _text(part, reading)
        if kind == "text/html":
            _take_html(text, reading)
        else:
            reading.texts.append(text)
    elif kind in ("message/delivery-status", "message/global-delivery-status", "text/rfc822-headers"):
        pass  # bounces.py reads them
    else:
        _attach(part, kind, reading)


def _alternative(parts: list[Message], reading: _Reading) -> None:
    """RFC 2046 §5.1.4: one thing said in several forms. The plain one, unless it says less."""
    forms: list[_Reading] = []
    for child in parts:
        form = _Reading()
        _walk(child, form)
        forms.append(form)
        reading.html += form.html
        reading.attachments += form.attachments
        for remark in form.remarks:
            reading.remark(remark)
    plain = next((f for f in forms if not f.html and any(t.strip() for t in f.texts)), None)
    rich = next((f for f in forms if f.html and any(t.strip() for t in f.texts)), None)
    if plain and rich and _is_stub("".join(plain.texts), "".join(rich.texts)):
        plain = None
    chosen = plain or rich
    if chosen:
        reading.texts += chosen.texts


def _is_stub(plain: str, rich: str) -> bool:
    """Whether the plain form only says that there is an HTML form."""
    return len(plain) < 300 and len(rich) > 3 * len(plain) and _STUB.search(plain) is not None


def _take_html(source: str, reading: _Reading) -> None:
    if len(source) > htmltext.MOST:
        reading.remark("The HTML is longer than 300,000 characters; only its beginning was read.")
    reading.html.append(source)
    reading.texts.append(htmltext.to_text(source))


def _text(part: Message, reading: _Reading) -> str:
    options = parameters(first(part, "Content-Type"))
    charset = options.get("charset", "")
    if charset and not known(charset):
        reading.remark(f"The charset {one_line(charset)[:40]!r} is unknown; the text may read wrong.")
    octets = payload(part)
    if len(octets) > 4 * MOST:  # no encoding has more octets for a character
        reading.remark(_TOO_LONG)
        octets = octets[: 4 * MOST]
    text = clean(to_text(octets, charset))
    if options.get("format", "").lower() == "flowed" and content_type(part) == "text/plain":
        text = unwrap(text, options.get("delsp", "").lower() == "yes")
    return text.strip("\n")


def clean(text: str) -> str:
    """LF line ends, no control characters but tab and LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    return re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]", "", text.replace("\x85", "\n"))


def payload(part: Message) -> bytes:
    """The octets of a leaf, its transfer encoding undone as far as it goes."""
    data = part.get_payload(decode=True)
    if isinstance(data, bytes):
        return data
    try:
        return b"\n".join(child.as_bytes() for child in part.get_payload() if isinstance(child, Message))
    except Exception:  # the generator chokes on some attached mails that the parser took; only its copy is lost
        return b""


def children(part: Message) -> list[Message]:
    """The parts of a multipart, none for anything else."""
    inner = part.get_payload() if content_type(part).startswith("multipart/") else None
    return [child for child in inner if isinstance(child, Message)] if isinstance(inner, list) else []


def content_type(part: Message) -> str:
    """The lower-case media type; text/plain where it is missing or makes no sense (RFC 2045 §5.2)."""
    return part.get_content_type()


def _is_attached(part: Message) -> bool:
    disposition = first(part, "Content-Disposition")
    return disposition.lower().startswith("attachment") or bool(_name(part))


def _name(part: Message) -> str:
    name = parameters("x;" + first(part, "Content-Disposition")).get("filename", "")
    return name or parameters(first(part, "Content-Type")).get("name", "")


def safe_name(name: str) -> str:
    """A file name without path, control and direction characters, at most 120 characters, its ending kept."""
    name = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    name = _UNSAFE_IN_NAMES.sub("", name).strip(" .")
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 119 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:120]
    return name


def _attach(part: Message, kind: str, reading: _Reading) -> None:
    content = payload(part)
    name = safe_name(_name(part))
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        name = name or "winmail.dat"
        reading.remark(f"{name} (Outlook's own format) could not be opened; it may hold text and attachments.")
    elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        smime = parameters(first(part, "Content-Type")).get("smime-type", "")
        if smime.lower() in ("signed-data", "certs-only"):
            reading.remark("The mail is signed in a form that could not be opened.")
        else:
            reading.remark("The mail is encrypted and could not be read.")
    elif kind == "message/rfc822" and not name:
        child = next((c for c in part.get_payload() if isinstance(c, Message)), None)
        name = safe_name(_subject(child) + ".eml") if child is not None else ""
    if not name:
        ending = {"text/plain": "txt"}.get(kind) or safe_name(kind.rpartition("/")[2])[:20] or "bin"
        name = f"unnamed.{ending}"
    digest = hashlib.sha256(content).hexdigest()
    reading.attachments.append(Attachment(name, kind, len(content), digest, content))


def _subject(message: Message) -> str:
    return decoded(first(message, "Subject"))[:80] or "attached mail"
