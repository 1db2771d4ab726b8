"""Cutting an inbound mail down to what the parser can bear, before the parser sees it.

bounded(octets) -> (octets, remarks). A header block beyond 128 KiB ends early, a header beyond 16 KiB is
shortened, and the mail ends where the 21st level of nesting or the 201st part would begin: what stands before
stays readable. Linear, never raises.
"""

from __future__ import annotations

import re
from typing import Final

HEADER_BLOCK: Final = 128 * 1024
HEADER: Final = 16 * 1024
DEPTH: Final = 20
PARTS: Final = 200

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_LANDMARK = re.compile(
    rb"(?im)^--([^\r\n]{1,200})|(?<![\w-])boundary\*?\s{0,5}=\s{0,5}(?:\"([^\"\r\n]{1,200})\"?|([^\s;\"]{1,200}))"
    rb"|^content-type:\s{0,20}(message/)"
)
_FIELD = re.compile(rb"(?:^|(?<=\n))[^\s:][^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")


def bounded(octets: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The mail within the bounds, and in plain words what was left out."""
    remarks: list[str] = []
    end = _END_OF_HEADERS.search(octets)
    head, body = (octets[: end.start()], octets[end.start() :]) if end else (octets, b"")
    if len(head) > HEADER_BLOCK:
        remarks.append("The headers are longer than 128 KiB; only their beginning was read.")
        head = head[: head.rfind(b"\n", 0, HEADER_BLOCK) if b"\n" in head[:HEADER_BLOCK] else HEADER_BLOCK]
    if len(head) > HEADER and any(len(field) > HEADER for field in _FIELD.findall(head)):
        remarks.append("A header is longer than 16 KiB; only its beginning was read.")
        head = _FIELD.sub(lambda field: field[0][:HEADER].rstrip(b"\r\n"), head)
    if remarks:
        octets = head + body
    if cut := _too_much(octets):
        octets = octets[: cut[0]]
        remarks.append(cut[1])
    return octets, tuple(remarks)


def _too_much(octets: bytes) -> tuple[int, str] | None:
    """Where nesting or number of parts goes beyond the bound."""
    lower = octets.lower()
    if lower.count(b"\n--") <= PARTS and lower.count(b"boundary") + lower.count(b"message/") <= DEPTH:
        return None  # nearly every mail
    del lower
    declared: set[bytes] = set()
    stack: list[bytes] = []
    place: dict[bytes, int] = {}
    parts = 0
    for mark in _LANDMARK.finditer(octets):
        line, quoted, bare, message = mark.groups()
        if line is not None:
            line = line.rstrip()
            name = line if line in declared else line.removesuffix(b"--")
            if name not in declared:
                continue
            if name in place:
                for inner in stack[place[name] + 1 :]:
                    place.pop(inner, None)
                del stack[place[name] + 1 :]
            else:
                place[name] = len(stack)
                stack.append(name)
            parts += name == line
        elif message is not None:
            stack.append(b"\n%d" % mark.start())  # no boundary is called so; goes when an outer boundary comes
        else:
            declared.add((quoted or bare).rstrip())
        if len(stack) > DEPTH:
            return mark.start(), "The mail is nested more than 20 levels deep; the rest was not read."
        if parts > PARTS:
            return mark.start(), "The mail has more than 200 parts; the rest was not read."
    return None
