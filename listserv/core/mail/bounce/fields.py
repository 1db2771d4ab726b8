"""The fields of reports for machines: groups of "Name: value", and the addresses in them (RFC 3464 §2, RFC 5965 §3).

groups(part) -> each group's fields by lower-case name; address("rfc822; <a@b>"), xtext("a+2Bb@c"); unwrapped(part) ->
the text of a message in a message that was encoded; parts(message) -> the parts in which a report may stand. Pure,
never raises for a message the parser made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from listserv.core.mail.bounce.freeform import shape
from listserv.core.mail.charsets import to_text
from listserv.core.mail.headers import first
from listserv.core.mail.parts import Part, children, payload

MOST_TEXT = 100_000


def groups(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a report's part, whichever way the parser understood it; the first of each name."""
    inner = part.get_payload()
    blocks: list[str] = []
    if (text := unwrapped(part)) is not None:
        inner, blocks = [], re.split(r"\n[ \t]*\n", text)
    for child in inner if isinstance(inner, list) else [part]:
        if isinstance(child, Message):
            blocks.append("\n".join(f"{name}: {_utf8(value)}" for name, value in child.raw_items()))
            if not child.is_multipart():
                blocks += re.split(r"\n[ \t]*\n", to_text(payload(child)).replace("\r\n", "\n")[:MOST_TEXT])
    for block in blocks:
        fields: dict[str, str] = {}
        for line in re.sub(r"\r?\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        if fields:
            yield fields


def unwrapped(part: Message) -> str | None:
    """What a message/* part holds, its transfer encoding undone: RFC 6533 §3 allows one, others write it unasked.

    None where there is none: the parser has read it then.
    """
    encoding = first(part, "Content-Transfer-Encoding").strip().lower()
    if encoding not in ("base64", "quoted-printable") or not isinstance(part.get_payload(), list):
        return None
    leaf = Part()
    leaf["Content-Transfer-Encoding"] = encoding
    whole = re.sub(rb"=\r?\n\r?\n", b"=\n", payload(part).strip())  # the parser took a broken line for the headers' end
    leaf.set_payload(whole.decode("ascii", "surrogateescape"))
    return to_text(payload(leaf)[: 4 * MOST_TEXT]).replace("\r\n", "\n")[:MOST_TEXT]


def _utf8(value: object) -> str:
    """A field as the parser gives it, with octets beyond ASCII read as UTF-8 (RFC 6533 §3)."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def address(value: str) -> str:
    """The address of "rfc822; <a@b>" with its domain in lower case, "" if it is none (RFC 3464 §2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    text = (rest if semicolon else kind).strip()
    if kind.strip().lower() == "utf-8":
        text = _POINT.sub(_character, text)
    inside = re.search(r"<([^<>]{3,330})>", text)
    return shape(inside[1] if inside else text.strip("<>").split(" ")[0])


_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # utf-8-addr-xtext and -unitext (RFC 6533 §3)


def _character(found: re.Match[str]) -> str:
    point = int(found[1], 16)
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else ""


def xtext(value: str) -> str:
    """The value with the "+" and "=" that ORCPT has encoded, as Postfix passes it on (RFC 3464 §2.3.1)."""
    return value.replace("+2B", "+").replace("+3D", "=")


def parts(message: Message) -> list[Message]:
    """The mail and its parts two levels deep: a report is not deeper, an attached mail's own parts do not count."""
    found, level = [message], [message]
    for _ in range(2):
        level = [child for part in level for child in children(part)]
        found += level
    return found
