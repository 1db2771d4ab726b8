"""Header values of an inbound mail as text: unfolded, decoded, bounded, and free of control characters.

Reads email.message.Message objects parsed with policy compat32, whose raw values may hold any octet as a lone
surrogate. Decoding is ours because the library's raises on unknown charsets and is quadratic on hostile input.
Controls go *after* decoding: an encoded word may hold a line break (CVE-2024-6923). Never raises.
"""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from email.message import Message

from listserv.core.mail.charsets import to_octets, to_text

MOST = 16 * 1024  # characters of one header that are looked at

_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,4096})\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,80}\?[bBqQ]\?)")
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029]+"  # line breaks among them
)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_QUOTED_PAIR = re.compile(r"=([0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"\\([\"\\])")  # RFC 5322 §3.2.4 allows any; a path of Windows has others that are not meant so
_PARAMETER = re.compile(
    r";\s*([A-Za-z0-9_-]{1,40})(?:\*(\d{1,2}))?(\*)?"
    r"\s*=\s*(\"(?:[^\"\\]|\\.){0,8000}\"?|[^;]{0,8000})",
    re.DOTALL,
)


def raw(message: Message, name: str) -> list[str]:
    """The unfolded values of every header of this name, topmost first.

    Octets beyond ASCII, which only RFC 6532 allows, are UTF-8; else, from old programs, in the charset of the text.
    """
    wanted = name.lower()
    return [_unfold(value, message) for key, value in message.raw_items() if key.lower() == wanted]


def first(message: Message, name: str) -> str:
    """The first value of this name, "" without one."""
    return next(iter(raw(message, name)), "")


def decoded(value: str) -> str:
    """An unstructured value as text on one line (RFC 2047 §4-6); neighbouring encoded words are joined as octets."""
    value = _BETWEEN.sub(r"\1", value[:MOST])
    parts: list[str] = []
    pending, charset, at = b"", "", 0
    for word in _WORD.finditer(value):
        same = word.start() == at and word[1].lower() == charset and pending
        if not same:
            parts += [to_text(pending, charset), value[at : word.start()]] if pending else [value[at : word.start()]]
            pending, charset = b"", word[1].lower()
        pending += _octets(word[2], word[3], charset)
        at = word.end()
    if pending:
        parts.append(to_text(pending, charset))
    return one_line("".join(parts) + value[at:])


def one_line(text: str) -> str:
    """The text without control and bidi-override characters, runs of white space as one space."""
    text = _BIDI.sub("", _CONTROL.sub(" ", text))
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition value, names in lower case.

    RFC 2231 §3-4 continuations and charsets are put together, RFC 2047 words decoded although §5 forbids
    them there.
    """
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, number, star, text in _PARAMETER.findall(value[:MOST]):
        text = _ESCAPED.sub(r"\1", text[1:].removesuffix('"')) if text[:1] == '"' else text.strip()
        if number or star:
            pieces.setdefault(name.lower(), {}).setdefault(int(number or 0), (bool(star), text))
        else:
            plain.setdefault(name.lower(), decoded(text))
    for name, parts in pieces.items():
        charset, octets = "", b""
        for place, (star, text) in sorted(parts.items()):
            if star and place == 0 and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            octets += urllib.parse.unquote_to_bytes(text) if star else text.encode("utf-8", "replace")
        plain[name] = one_line(to_text(octets, charset))
    return plain


def _unfold(value: object, message: Message) -> str:
    text = str(value)[:MOST]
    if not text.isascii():
        octets = text.encode("utf-8", "surrogateescape")
        text = to_text(octets, "utf-8" if _is_utf8(octets) else _charset(message))
    return re.sub(r"\r?\n(?=[ \t])|[\r\n]+", "", text).strip()


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _charset(message: Message, depth: int = 5) -> str:
    """What a mail says of the text it begins with; "" if nothing."""
    kind = next((str(value)[:MOST] for key, value in message.raw_items() if key.lower() == "content-type"), "")
    inside = message.get_payload()
    if depth and isinstance(inside, list) and inside and isinstance(inside[0], Message):
        return _charset(inside[0], depth - 1)
    return parameters(kind).get("charset", "")


def _octets(kind: str, text: str, charset: str) -> bytes:
    if kind in "qQ":
        data = to_octets(text.replace("_", " "), charset).decode("latin-1")
        return _QUOTED_PAIR.sub(lambda pair: chr(int(pair[1], 16)), data).encode("latin-1")
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""
