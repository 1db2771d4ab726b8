"""Cutting an inbound mail down to what the parser can bear, before the parser sees it.

bounded(octets) -> Bounded. A header block beyond 128 KiB ends early, a header beyond 16 KiB is shortened, and the mail
ends where the 21st level of nesting or the 201st part would begin: what stands before stays readable. The library's
parser makes an object of every line (25 MB cost it 560 MB), so in a mail of more than 256 KiB the content of each leaf
of more than 16 KiB is set aside and a mark put in its place: parts.py gives it back. So it is of smaller ones once they
come to 256 KiB together; with more than 512 KiB of parts' headers the mail ends too. What is a part and what a leaf is
asked of the library itself, header block by header block. Linear but for the depth, never raises.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

from listserv.core.sentence import Sentence

HEADER_BLOCK: Final = 128 * 1024
HEADER: Final = 16 * 1024
DEPTH: Final = 20
PARTS: Final = 200
LARGE: Final = 256 * 1024  # octets of a mail from which on leaves are set aside
LEAF: Final = 16 * 1024  # octets of a leaf that stay, even then
STAY: Final = 256 * 1024  # octets that may stay of all its leaves together
REPORTS: Final = 1000  # blocks of delivery reports, one a recipient
HEADERS: Final = 512 * 1024  # octets of the header blocks of all its parts, and of the mails within, together

_NESTED = Sentence("The mail is nested more than 20 levels deep; the rest was not read.")
_MANY = Sentence("The mail has more than 200 parts; the rest was not read.")
_HEADED = Sentence("The headers of its parts are longer than 512 KiB together; the rest was not read.")

_BLANK_LINE = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2}")
_TWO_ENDS = (b"\n\n", b"\n\r", b"\r\r")  # one of them stands in every blank line
_REST_OF_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")
_TRIES = 10_000  # lines that begin like a boundary and may be none
# "Subject : x" (RFC 5322 §4.5.3, obsolete but read): the library takes it for the text's first line.
_SPACED = re.compile(
    rb"(?im)^(from|to|cc|subject|date|message-id|in-reply-to|references|reply-to|sender|mime-version|content-[a-z-]{1,40})"
    rb"[ \t]{1,20}:"
)
_FIELD = re.compile(rb"(?:^|(?<=\n))[^\s:][^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")


@dataclass(slots=True)
class Aside:
    """Contents set aside from one mail. `mark` names them; it is made of the mail's hash, so that none can forge it."""

    octets: memoryview
    mark: bytes
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def put(self, begin: int, end: int) -> bytes:
        self.ranges.append((begin, end))
        return b"%s-%d-" % (self.mark, len(self.ranges) - 1)

    def back(self, text: bytes) -> bytes:
        """`text` with the contents where their marks stand."""
        pieces = re.split(re.escape(self.mark) + rb"-(\d{1,6})-", text)
        for at in range(1, len(pieces), 2):
            begin, end = self.ranges[int(pieces[at])]
            pieces[at] = bytes(self.octets[begin:end])
        pieces = [piece for piece in pieces if piece]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Bounded:
    octets: bytes
    remarks: tuple[str, ...]  # in plain words what was left out
    aside: Aside | None  # None in a mail that is not large


def bounded(octets: bytes) -> Bounded:
    """The mail within the bounds."""
    octets, remarks = headers_bounded(octets)
    lower = octets.lower()
    nesting = lower.count(b"boundary") + lower.count(b"message/")
    lines = lower.count(b"\n--") + lower.count(b"\r--")
    if len(octets) <= LARGE and nesting <= DEPTH and lines <= PARTS and b"delivery-status" not in lower:
        return Bounded(octets, remarks, None)  # nearly every mail
    del lower
    walk = _Walk(octets)
    try:
        walk.part(0, len(octets), 1)
    except _Enough as enough:
        remarks = (*remarks, str(enough))
    return Bounded(b"".join(walk.out), remarks, walk.aside if walk.aside and walk.aside.ranges else None)


def headers_bounded(octets: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The mail with its own headers within the bounds, and what was left out of them."""
    remarks: list[str] = []
    end = _blank_line(octets)
    head, body = (octets[: end.start()], octets[end.start() :]) if end else (octets, b"")
    if len(head) > HEADER_BLOCK:
        remarks.append(Sentence("The headers are longer than 128 KiB; only their beginning was read."))
        head = head[: head.rfind(b"\n", 0, HEADER_BLOCK) if b"\n" in head[:HEADER_BLOCK] else HEADER_BLOCK]
    if len(head) > HEADER and any(len(field) > HEADER for field in _FIELD.findall(head)):
        remarks.append(Sentence("A header is longer than 16 KiB; only its beginning was read."))
        head = _FIELD.sub(lambda field: field[0][:HEADER].rstrip(b"\r\n"), head)
    head = _SPACED.sub(rb"\1:", head)
    return head + body if len(head) + len(body) != len(octets) else octets, tuple(remarks)


def head(octets: bytes) -> bytes:
    """The header block alone, its blank line with it."""
    end = _blank_line(octets)
    return octets[: end.end()] if end else octets


def _blank_line(octets: bytes) -> re.Match[bytes] | None:
    """The first one. Far behind, where only hostile mail has it, it is found by what is faster than the pattern."""
    if found := _BLANK_LINE.search(octets, 0, HEADER_BLOCK):
        return _BLANK_LINE.search(octets, found.start())  # whole, should its end be just beyond
    places = [at for two in _TWO_ENDS if (at := octets.find(two, HEADER_BLOCK - 3)) >= 0]
    return _BLANK_LINE.search(octets, min(places) - 1) if places else None


class _Enough(Exception):
    """The rest is not read; says why."""


class _Walk:
    """The mail's structure as the parser will see it, written to `out` as far as the bounds go."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.out: list[bytes] = []
        self.parts = -1  # the mail itself is none
        self.stay, self.headers = STAY, HEADERS + HEADER_BLOCK  # the mail's own come on top
        self.reports = REPORTS
        large = len(octets) > LARGE
        self.aside = Aside(memoryview(octets), _mark(octets)) if large else None

    def part(self, begin: int, end: int, depth: int, default: str = "text/plain") -> None:
        """One part with its headers; `depth` is the number of multiparts and mails it stands in, itself counted.

        `default` is what it is if it does not say (RFC 2046 §5.1.5).
        """
        self.parts += 1
        if self.parts > PARTS:
            raise _Enough(_MANY)
        body = self._body(begin, end)
        self.headers -= body - begin
        if self.headers < 0:
            raise _Enough(_HEADED)
        headers = BytesParser(Message, policy=compat32).parsebytes(self.octets[begin:body], headersonly=True)
        headers.set_default_type(default)
        kind, boundary = headers.get_content_type(), _boundary(headers)
        is_mail = kind.startswith("message/") and kind != "message/delivery-status"
        if (boundary or is_mail) and depth > DEPTH:
            raise _Enough(_NESTED)
        if boundary:
            inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            self._multipart(begin, body, end, boundary, depth, inner)
        elif is_mail:
            self.out.append(self.octets[begin:body])
            self.parts -= 1  # a mail within is no part of its own
            self.part(body, end, depth + 1)
        else:
            self.out.append(self.octets[begin:body])
            report = kind == "message/delivery-status"
            self._text(body, self._reports(body, end) if report else end, HEADER_BLOCK if report else LEAF)

    def _reports(self, begin: int, end: int) -> int:
        """Where the last block of a delivery report ends that is read: the library makes a Message of each."""
        for blank_line in _BLANK_LINE.finditer(self.octets, begin, end):
            self.reports -= 1
            if self.reports < 0:
                return blank_line.end()
        return end

    def _multipart(self, begin: int, body: int, end: int, boundary: bytes, depth: int, default: str) -> None:
        lines, stop = self._boundaries(begin, end, boundary)
        first = lines[0][0] if lines else stop
        self.out.append(self.octets[begin : min(body, first)])
        self._text(min(body, first), first)
        for number, (start, inner, last) in enumerate(lines, 1):
            self.out.append(self.octets[start:inner])
            if last:
                self._text(inner, end)
                return
            self.part(inner, lines[number][0] if number < len(lines) else stop, depth + 1, default)
        if stop < end:
            raise _Enough(_MANY)

    def _text(self, begin: int, end: int, most: int = LEAF) -> None:
        """A leaf's content, or what no mail program shows."""
        if self.aside is None or end - begin <= min(most, self.stay):
            self.stay -= end - begin
            self.out.append(self.octets[begin:end])
            return
        rest = self.octets[end - 2 : end]
        line_end = 2 if rest == b"\r\n" else 1 if rest[1:] in (b"\n", b"\r") else 0  # the boundary's, if one follows
        self.out += [self.aside.put(begin, end - line_end), self.octets[end - line_end : end]]

    def _body(self, begin: int, end: int) -> int:
        """Where the headers of a part end, the blank line counted; a part's header block is bounded like the mail's."""
        if self.octets[begin : begin + 1] in (b"\r", b"\n"):  # no headers
            return begin + (2 if self.octets[begin : begin + 2] == b"\r\n" else 1)
        most = min(end, begin + HEADER_BLOCK + 1024)
        found = _BLANK_LINE.search(self.octets, begin, most)
        return found.end() if found else most

    def _boundaries(self, begin: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int, bool]], int]:
        """Each boundary line: where it begins, where the next line does, whether it is the last (RFC 2046 §5.1.1);

        and where the search ended: before `end` if there are too many lines that look like one.
        """
        found: list[tuple[int, int, bool]] = []
        tries, stop = _TRIES, end
        for line in (b"\n--" + boundary, b"\r--" + boundary):
            at = max(begin - 1, 0)
            while (at := self.octets.find(line, at, stop)) >= 0:
                if not tries or len(found) > PARTS + 1:
                    stop = at + 1
                    break
                rest = _REST_OF_BOUNDARY.match(self.octets, at + len(line), end)
                at += 1
                tries -= 1
                if rest:
                    found.append((at, rest.end(), rest[1] is not None))
        return sorted(one for one in found if one[0] < stop), stop


def _boundary(headers: Message) -> bytes:
    """The boundary of a multipart; b"" for what is none, or has one that no line can match."""
    boundary = headers.get_boundary() if headers.get_content_maintype() == "multipart" else None
    try:
        return str(boundary or "").encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return b""


def _mark(octets: bytes) -> bytes:
    return b"aside-" + hashlib.sha256(octets).hexdigest().encode()
