"""A mail taken apart: octets in, the library's tree of parts out, at a cost that does not grow with its attachments.

parsed(octets) -> (Message, remarks): bounded first, then parsed. Its parts are the library's Messages, but for the
content that bounds.py has set aside: get_payload gives it as if it had been parsed. children, content_type, payload and
name_of look into a part. May raise, as the parser does, on hostile mail; inmail.read guards against that.
"""

from __future__ import annotations

import binascii
import re
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

from listserv.core.mail.bounds import Aside, bounded, head, headers_bounded
from listserv.core.mail.headers import first, one_line, parameters

_UNSAFE_IN_NAMES = re.compile(r"[\\/:*?\"<>|\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_UU_BEGINS = re.compile(rb"^begin [0-7]{1,6} [^\r\n]{0,1000}\r?\n", re.MULTILINE)
_UU_LINES = 450_000  # of 45 octets each: more than 25 MB can hold
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PADDED = re.compile(rb"[A-Za-z0-9+/\s]+={1,2}")
_TOKEN = re.compile(r"[a-z0-9_-]+")
_BOUNDARY = re.compile(
    rb"^--([^\r\n\"\\]{1,70}?)[ \t]{0,8}\r?\n(?=Content-[a-z-]{1,30}:)", re.IGNORECASE | re.MULTILINE
)
_PADDING = re.compile(rb"=[ \t]+(?=\r?\n)")
_FOOTER = re.compile(
    rb"(?<=[A-Za-z0-9+/=])\r?\n[ \t]{0,8}\r?\n(?=[^\n]{0,200}(?:[^A-Za-z0-9+/=\s]|[A-Za-z] {1,3}[A-Za-z]))"
)


class Part(Message):
    """A part of a mail; its content may have been set aside."""

    aside: Aside | None = None

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:
        """As Message's, but it raises nothing, and knows a transfer encoding with white space around its name."""
        text = vars(self)["_payload"]
        if not isinstance(text, str):
            return Message.get_payload(self, i, decode)  # type: ignore[call-overload]
        octets = text.encode("ascii", "surrogateescape")
        if not decode and self.aside is None:
            try:
                return Message.get_payload(self)
            except (TypeError, ValueError):  # a charset that is a tuple (RFC 2231), or has a NUL
                return octets.decode("ascii", "replace")
        if self.aside is not None:
            octets = self.aside.back(octets)
        if not decode:
            return octets.decode("ascii", "surrogateescape")
        said = _TOKEN.search(str(self.get("Content-Transfer-Encoding", ""))[:200].lower())
        encoding = said[0] if said else ""
        if encoding == "base64":
            return _from_base64(octets)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(_PADDING.sub(b"=", octets))  # RFC 2045 §6.7(3): the library knows no padding
        if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
            return _from_uu(octets)
        return octets


def parsed(octets: bytes) -> tuple[Message, tuple[str, ...]]:
    """The mail's tree of parts, and in plain words what was left out of it."""
    within = bounded(octets)
    message = BytesParser(Part, policy=compat32).parsebytes(within.octets)
    if within.aside:
        mark = within.aside.mark.decode()
        for part in message.walk():
            content = vars(part)["_payload"]
            if isinstance(part, Part) and isinstance(content, str) and mark in content:
                part.aside = within.aside
    return message, within.remarks


def headers_of(octets: bytes) -> Message:
    """The mail's headers alone."""
    return BytesParser(Part, policy=compat32).parsebytes(head(headers_bounded(octets)[0]), headersonly=True)


def payload(part: Message) -> bytes:
    """The octets of a leaf, its transfer encoding undone as far as it goes."""
    data = part.get_payload(decode=True)
    if isinstance(data, bytes):
        return data
    try:
        return b"\n".join(_whole(child) for child in part.get_payload() if isinstance(child, Message))
    except Exception:  # the generator chokes on some attached mails that the parser took; only its copy is lost
        return b""


def children(part: Message) -> list[Message]:
    """The parts of a multipart, none for anything else."""
    inner = part.get_payload() if content_type(part).startswith("multipart/") else None
    return [child for child in inner if isinstance(child, Message)] if isinstance(inner, list) else []


def mended(part: Message) -> Message | None:
    """A multipart of which its header names no boundary, or a wrong one: the first line that may be one, above a header
    of a part, is taken for it."""
    octets = payload(part)
    found = _BOUNDARY.search(octets, 0, 64 * 1024)
    if found is None:
        return None
    head = b'Content-Type: %s; boundary="%s"\r\n\r\n' % (content_type(part).encode("ascii", "replace"), found[1])
    whole, _ = parsed(head + octets)
    return whole if isinstance(whole.get_payload(), list) else None


def content_type(part: Message) -> str:
    """The lower-case media type; text/plain where it is missing or makes no sense (RFC 2045 §5.2)."""
    return part.get_content_type()


def name_of(part: Message) -> str:
    """The file name a part has, as it stands; "" without one (RFC 2183 §2.3, RFC 2231)."""
    name = parameters("x;" + first(part, "Content-Disposition")).get("filename", "")
    return name or parameters(first(part, "Content-Type")).get("name", "")


def is_attached(part: Message, *, named: bool = True) -> bool:
    """Whether it says to be a file; by a name, too, unless not to be counted (RFC 2183 §2)."""
    says = first(part, "Content-Disposition").lower().startswith("attachment")
    return says or (named and bool(name_of(part)))


def safe_name(name: str) -> str:
    """A file name without path, control and direction characters, at most 120 characters, its ending kept."""
    name = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    name = _UNSAFE_IN_NAMES.sub("", name).strip(" .")
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 119 - len(ending)]}.{ending}" if dot and len(ending) <= 10 else name[:120]
    return name


def _whole(part: Message) -> bytes:
    """An attached mail's octets, as far as the library writes them again; CRLF, as on the wire."""
    wire = part.policy.clone(linesep="\r\n")
    aside = next((one.aside for one in part.walk() if isinstance(one, Part) and one.aside), None)
    if aside is None:
        return part.as_bytes(policy=wire)
    for one in part.walk():  # what was set aside is put back into octets, not into lines
        if isinstance(one, Part):
            one.aside = None
    return aside.back(part.as_bytes(policy=wire))


def _from_base64(octets: bytes) -> bytes:
    """RFC 2045 §6.8: what is no letter of the alphabet is passed over; a torn end is left off, and so are words that a
    list or a scanner has put below it without encoding them. Pieces that are padded each are joined; what is words from
    its beginning is not encoded."""
    if _is_words(octets[:600]):
        return octets
    footer = _FOOTER.search(octets)
    octets = octets[: footer.start()] if footer else octets
    try:
        pieces = _padded(octets)
        return b"".join(map(binascii.a2b_base64, pieces)) if pieces else binascii.a2b_base64(octets)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", octets)
        whole = len(letters) - (len(letters) % 4 == 1)
        return binascii.a2b_base64(letters[:whole] + b"=" * (-whole % 4))


def _is_words(octets: bytes) -> bool:
    """Base64 has lines of 60 letters and more, or one short one; words are short, and many."""
    words = octets.split()[:-1]
    return len(words) >= 5 and sum(map(len, words)) < 12 * len(words)


def _padded(octets: bytes) -> list[bytes]:
    """The pieces of several encodings in a row, each whole; none where there is but one, or something between."""
    first = octets.find(b"=")
    if first < 0 or not octets[first:].strip(b"=\r\n\t "):
        return []
    pieces, at = list[bytes](), 0
    while len(pieces) < 20_000 and (found := _PADDED.match(octets, at)):
        pieces.append(found[0])
        at = found.end()
    rest = octets[at:].strip()
    whole = all(len(b"".join(piece.split())) % 4 == 0 for piece in (*pieces, rest))
    return [*pieces, rest] if pieces and whole and _NOT_BASE64.search(rest) is None else []


def _from_uu(octets: bytes) -> bytes:
    """POSIX uuencode, from its "begin" line on, as it is without one; a torn or odd line ends it, or is mended."""
    begins = _UU_BEGINS.search(octets, 0, 64 * 1024)
    if begins is None:
        return octets
    out, at = bytearray(), begins.end()
    for _ in range(_UU_LINES):
        end = octets.find(b"\n", at, at + 200) + 1 or len(octets)
        line = octets[at : min(end, at + 100)].rstrip(b"\r\n")
        at = end
        if not line or line in (b"end", b"`", b" "):
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:  # what some programs put behind the octets that the line says it has
            try:
                out += binascii.a2b_uu(line[: 1 + ((line[0] - 32 & 63) * 4 + 2) // 3])
            except binascii.Error:
                break
    return bytes(out)
