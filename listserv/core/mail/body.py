"""The readable text of a parsed mail, and what it carries beside it.

read_body(message) -> Body. Chooses text/plain unless it is empty or a stub, else text out of HTML; joins the
texts of a mixed mail in order (RFC 2046 §5.1); unwraps format=flowed (RFC 3676 §4); names as attachments what
is not text. An attached mail (message/rfc822) is an attachment, never part of the text. Signed mail is read and
winmail.dat opened; what is encrypted or cannot be opened is named in the remarks. At most 500,000 characters and 20,000
lines of text are given. May raise on a message object the parser broke; inmail.read guards against that.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from listserv.core.mail import htmltext, signed, textforms, tnef
from listserv.core.mail.charsets import known, to_text
from listserv.core.mail.flowed import unwrap
from listserv.core.mail.headers import decoded, first, one_line, parameters
from listserv.core.mail.parts import children, content_type, is_attached, mended, name_of, parsed, payload, safe_name
from listserv.core.mail.sanitise import sanitise
from listserv.core.mail.textforms import clean, says
from listserv.core.sentence import Sentence

MOST: Final = 500_000
MOST_LINES: Final = 20_000  # whoever looks for quotes makes an object of every line
_TOO_LONG = Sentence("The text is longer than 500,000 characters or 20,000 lines; only its beginning is shown.")
_MOST_RAW: Final = 100_000  # octets of what could not be taken apart
_ENCRYPTED = {
    by: Sentence(
        "It is encrypted (%(by)s): nobody here can read it. Ask its author to send it again as plain mail.", by=by
    )
    for by in ("PGP", "S/MIME")
}
_UNOPENED = (
    Sentence(
        "It is compressed (S/MIME) in a form that could not be opened. Ask its author to send it again as plain mail."
    ),
    Sentence(
        "It is signed (S/MIME) in a form that could not be opened. Ask its author to send it again as plain mail."
    ),
)
_CMS = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TEXTS = ("text/plain", "text/html")
_OUTLOOK = ("application/ms-tnef", "application/vnd.ms-tnef")
_ENDINGS = {"text/plain": "txt", "text/calendar": "ics", "text/vcard": "vcf", "text/x-vcard": "vcf"}
_META_CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?(?!utf-?16)([\w.:-]{1,40})", re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9.+_-]{1,60}/[a-z0-9.+_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the text. `name`: without path, control or direction characters, at most 120 characters."""

    name: str
    content_type: str
    size: int
    sha256: str
    content: bytes = field(repr=False)
    content_id: str = ""  # without its angle brackets (RFC 2392 §2); "" if it has none
    inline: bool = False  # to be shown within the text, it says (RFC 2183 §2.1)


@dataclass(frozen=True, slots=True)
class Body:
    text: str  # LF line ends, no control characters but tab
    html: str
    attachments: tuple[Attachment, ...]
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Left:
    """What one mail may still cost, all its parts together."""

    html: int  # characters
    signatures: int = 3  # signatures around signatures that are taken off
    outlook: int = 5  # winmail.dat
    damaged: int = 3  # multiparts whose boundary has to be looked for


@dataclass(slots=True)
class _Reading:
    left: _Left
    texts: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)  # sources
    attachments: list[Attachment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    outlook: list[tnef.Opened] = field(default_factory=list)
    others: list[Message] = field(default_factory=list)  # text of a kind that we do not know, or with a name

    def remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)

    def absorb(self, form: _Reading) -> None:
        """All of another reading but its texts."""
        self.html += form.html
        self.attachments += form.attachments
        self.outlook += form.outlook
        self.others += form.others
        for remark in form.remarks:
            self.remark(remark)


def read_body(message: Message, *, html: bool = True) -> Body:
    """Text, sanitised HTML, attachments and remarks of a mail. Without `html` no HTML is read."""
    reading = _Reading(_Left(htmltext.MOST if html else 0))
    _walk(message, reading)
    if not any(map(says, reading.texts)):
        for inside in reading.outlook:
            _outlook_text(inside, reading)
        for part in [] if any(map(says, reading.texts)) else reading.others:
            _unknown_text(part, reading)
    text = "\n\n".join(text for text in reading.texts if text.strip())
    if len(text) > MOST or text.count("\n") >= MOST_LINES:
        reading.remark(_TOO_LONG)
        text = "\n".join(text[:MOST].split("\n")[:MOST_LINES])
    source = "\n".join(reading.html)
    if htmltext.has_hidden_text(source):
        reading.remark(Sentence("The HTML part has text that mail programs do not show."))
    return Body(text, sanitise(source), tuple(reading.attachments), tuple(reading.remarks))


def _walk(part: Message, reading: _Reading) -> None:
    kind = content_type(part)
    if kind.startswith("multipart/") and isinstance(part.get_payload(), list):
        parts = children(part)
        if kind == "multipart/encrypted":
            reading.remark(_ENCRYPTED["PGP"])
            parts = [child for child in parts if content_type(child) != "application/pgp-encrypted"]
        if kind == "multipart/alternative":
            _alternative(parts, reading)
        else:  # of multipart/signed too: what is signed, and its signature as a file, which is not passed on
            for child in parts:
                _walk(child, reading)
    elif kind.startswith("multipart/"):
        reading.left.damaged -= 1
        if reading.left.damaged >= 0 and (whole := mended(part)) is not None:
            _walk(whole, reading)
            return
        reading.remark(Sentence("It is damaged: its parts could not be told apart, and are shown raw."))
        reading.texts.append(clean(to_text(payload(part)[:_MOST_RAW])).strip("\n"))
    elif kind in _TEXTS and not is_attached(part):
        text = _text(part, reading)
        if kind == "text/html":
            _take_html(text, reading)
        else:
            _take_plain(text, reading)
    elif kind in ("message/delivery-status", "message/global-delivery-status", "text/rfc822-headers"):
        pass  # bounces.py reads them
    else:
        _attach(part, kind, reading)
        named = kind in _TEXTS and not reading.others and not is_attached(part, named=False)
        if named or (textforms.is_words(kind) and not is_attached(part)):
            reading.others.append(part)


def _alternative(parts: list[Message], reading: _Reading) -> None:
    """RFC 2046 §5.1.4: one thing said in several forms. The plain one, unless it says less."""
    forms: list[_Reading] = []
    for child in [one for one in parts if content_type(one) not in textforms.OTHERS] or parts:
        form = _Reading(reading.left)
        _walk(child, form)
        forms.append(form)
        reading.absorb(form)
    plain = next((f for f in forms if not f.html and any(map(says, f.texts))), None)
    rich = next((f for f in forms if f.html and any(map(says, f.texts))), None)
    if plain and rich and textforms.is_stub("".join(plain.texts), "".join(rich.texts)):
        plain = None
    chosen = plain or rich
    if chosen:
        reading.texts += chosen.texts


def _take_plain(text: str, reading: _Reading) -> None:
    text, armour = signed.clear(text)
    if armour is signed.Kind.ENCRYPTED:
        reading.remark(_ENCRYPTED["PGP"])
    reading.texts.append(text)


def _take_html(source: str, reading: _Reading) -> None:
    """At most 300,000 characters of all the HTML of a mail; with nothing left, none was wanted or it came first."""
    if len(source) > reading.left.html:
        none = Sentence("The HTML part was not read: it took too long.")
        some = Sentence("The HTML is longer than 300,000 characters; only its beginning was read.")
        reading.remark(some if reading.left.html or reading.html else none)
        source = source[: reading.left.html]
    reading.left.html -= len(source)
    if source:
        reading.html.append(source)
        reading.texts.append(htmltext.to_text(source))


def _text(part: Message, reading: _Reading) -> str:
    options = parameters(first(part, "Content-Type"))
    charset = options.get("charset", "")
    if charset and not known(charset):
        said = repr(one_line(charset)[:40])
        reading.remark(Sentence("The charset %(charset)s is unknown; the text may read wrong.", charset=said))
    octets = payload(part)
    if not charset and content_type(part) == "text/html" and (meta := _META_CHARSET.search(octets, 0, 4096)):
        charset = meta[1].decode()
    if len(octets) > 4 * MOST:  # no encoding has more octets for a character
        reading.remark(_TOO_LONG)
        octets = octets[: 4 * MOST]
    text = clean(to_text(octets, charset))
    if options.get("format", "").lower() == "flowed" and content_type(part) == "text/plain":
        text = unwrap(text, options.get("delsp", "").lower() == "yes")
    return text.strip("\n")


def _attach(part: Message, kind: str, reading: _Reading) -> None:
    content = payload(part)
    name = safe_name(name_of(part))
    if kind in _OUTLOOK or name.lower() == "winmail.dat":
        name = name or "winmail.dat"
        reading.left.outlook -= 1
        if reading.left.outlook >= 0 and (inside := tnef.opened(content)) is not None:
            _take_outlook(inside, reading)
            return
        reading.remark(
            Sentence(
                "%(file)s (Outlook's own format) could not be opened; it may hold text and attachments.", file=name
            )
        )
    elif kind in _CMS or name.lower().endswith(".p7m"):
        if _open_cms(part, content, reading):
            return
    elif kind == "message/rfc822" and not name:
        child = next((c for c in part.get_payload() if isinstance(c, Message)), None)
        name = safe_name(_subject(child) + ".eml") if child is not None else ""
    ending = _ENDINGS.get(kind) or safe_name(kind.rpartition("/")[2])[:20] or "bin"
    if kind == "text/calendar" and not name.lower().endswith(".ics"):
        name = f"{name or 'unnamed'}.ics"
    content_id = one_line(first(part, "Content-ID")).strip(" <>")[:300]
    inline = first(part, "Content-Disposition").strip().lower().startswith("inline")
    _keep(reading, name or f"unnamed.{ending}", kind, content, content_id, inline)


def _keep(reading: _Reading, name: str, kind: str, content: bytes, content_id: str = "", inline: bool = False) -> None:
    digest = hashlib.sha256(content).hexdigest()
    reading.attachments.append(Attachment(name, kind, len(content), digest, content, content_id, inline))


def _open_cms(part: Message, content: bytes, reading: _Reading) -> bool:
    """Read what an S/MIME object holds; false, with a remark, if that cannot be."""
    said = parameters(first(part, "Content-Type")).get("smime-type", "")
    kind = signed.kind(content, said) or signed.Kind.ENCRYPTED
    inner = signed.content(content) if kind is signed.Kind.SIGNED else None
    if kind is signed.Kind.ENCRYPTED:
        reading.remark(_ENCRYPTED["S/MIME"])
    elif inner is None or not reading.left.signatures:
        reading.remark(_UNOPENED[kind is signed.Kind.SIGNED])
    else:
        reading.left.signatures -= 1
        message, remarks = parsed(inner)
        for remark in remarks:
            reading.remark(remark)
        _walk(message, reading)
        return True
    return False


def _take_outlook(inside: tnef.Opened, reading: _Reading) -> None:
    reading.outlook.append(inside)
    for file in inside.files:
        kind = one_line(file.content_type).lower()
        name = safe_name(file.name) or "unnamed.bin"
        _keep(reading, name, kind if _TYPE.fullmatch(kind) else "application/octet-stream", file.content)
    if inside.left_out:
        reading.remark(Sentence("Outlook put a mail or an object into it that could not be opened; it is left out."))


def _outlook_text(inside: tnef.Opened, reading: _Reading) -> None:
    """What winmail.dat says, for a mail that says nothing else."""
    if inside.text.strip() or not inside.html.strip():
        reading.texts.append(clean(inside.text if inside.text.strip() else inside.rtf).strip("\n"))
    else:
        _take_html(clean(inside.html), reading)


def _unknown_text(part: Message, reading: _Reading) -> None:
    """Text of a kind that we do not know, or that has a file's name, where the mail says nothing else."""
    kind, content = content_type(part), payload(part)
    text = _text(part, reading)
    if kind == "text/html":
        _take_html(text, reading)
    else:
        _take_plain(textforms.plain(text, kind), reading)
    files = [(one.content_type, one.content) for one in reading.attachments]
    if (kind, content) in files:
        del reading.attachments[files.index((kind, content))]


def _subject(message: Message) -> str:
    return decoded(first(message, "Subject"))[:80] or "attached mail"
