"""Many mails in one file: mboxrd written (RFC 4155 and its quoting), every known variant read.

A mail begins with a line "From ADDRESS DATE" after a blank one; lines of the mail that look so bear a ">" more, which
is taken off again when they are read (mboxrd; so nothing is lost, as in mboxo it is). Lines end in LF, instants are in
UTC. Reading goes line by line: one mail at a time is held, and of one that is too large its beginning only. Never
raises for what stands in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from listserv.core.mail import identity

#: Octets of one mail that are read: more than any dialogue takes.
LARGEST = 40 * 2**20

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LOOKS = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED = re.compile(rb">+From ")
# "From anna@example.org  Tue Nov  4 15:00:00 2008", with a zone or without, "anna at example.org" (pipermail) too.
_SEPARATOR = re.compile(
    rb"From [^\r\n]{0,400}?\s(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s{1,3}"
    rb"(?:(?P<month>[A-Z][a-z]{2})\s{1,3}(?P<day>\d{1,2})|\d{1,2}\s[A-Z][a-z]{2})\s{1,3}"
    rb"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s[^\r\n]{0,40}?(?P<year>(?:19|20)\d\d)\b[^\r\n]{0,40}\r?\n?"
)
_HEADER = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail of a file: its octets without quoting, the line it begins on, and when its From_ line says it came."""

    content: bytes
    line: int
    at: datetime | None
    start: int = 0  # in the file: the octet its From_ line begins with, and the one after it
    end: int = 0
    cut_off: bool = False  # it was larger than LARGEST; the rest was not read


def entry(mail: bytes, sender: str, at: datetime) -> bytes:
    """A mail as it stands in an mboxrd file, with the blank line after it. `at`: aware."""
    content = mail.replace(b"\r\n", b"\n")
    content = _LOOKS.sub(rb">\1", content)
    if not content.endswith(b"\n"):
        content += b"\n"
    return f"From {sender if identity.valid(sender) else 'MAILER-DAEMON'} {_instant(at)}\n".encode() + content + b"\n"


def _instant(at: datetime) -> str:
    """As asctime() of C writes it, whatever the language of the machine (RFC 4155 app. A)."""
    utc = at.astimezone(UTC)
    day = f"{_DAYS[utc.weekday()]} {_MONTHS[utc.month - 1]} {utc.day:2d}"
    return f"{day} {utc:%H:%M:%S} {utc.year:04d}"


def entries(lines: Iterable[bytes]) -> Iterator[Entry]:
    """The mails of a file, in its order. What stands before the first From_ line is none.

    A line "From …" within a mail that nobody quoted begins none: a date has to stand in it, a blank line before it and
    a header after it.
    """
    held: list[bytes] = []
    size, begins, start, here, at, blank, cut = 0, 0, 0, 0, None, True, False
    pending: tuple[bytes, int, int] | None = None  # a From_ line of which the next has to tell whether it is one
    for number, line in enumerate(lines, 1):
        place, here = here, here + len(line)
        if pending is not None:
            mark, where, octet = pending
            pending = None
            if _HEADER.match(line) or _SEPARATED_TWICE.match(line):
                if begins:
                    yield replace(_made(held, begins, at, cut), start=start, end=octet)
                held, size, cut = [], 0, False
                begins, at, start = where, _said(mark), octet
            elif begins:
                held.append(mark)
        if (blank or not begins) and _SEPARATOR.fullmatch(line):
            pending = (line, number, place)
            blank = False
            continue
        blank = not line.strip(b"\r\n")
        if not begins:
            continue
        size += len(line)
        if size > LARGEST:
            cut = True
            continue
        held.append(line[1:] if line.startswith(b">") and _QUOTED.match(line) else line)
    if begins:
        if pending is not None:
            held.append(pending[0])
        yield replace(_made(held, begins, at, cut), start=start, end=here)


# Exports of some programs have ">From " or a second "From " as the first line of the headers.
_SEPARATED_TWICE = re.compile(rb">?From ")


def _made(held: list[bytes], begins: int, at: datetime | None, cut: bool) -> Entry:
    content = b"".join(held)
    for end in (b"\r\n\r\n", b"\n\n"):  # the blank line that ends an entry is not the mail's
        if content.endswith(end):
            content = content[: -len(end) // 2]
            break
    return Entry(content, begins, at, cut_off=cut)


def _said(line: bytes) -> datetime | None:
    found = _SEPARATOR.fullmatch(line)
    if found is None or not found["month"] or (month := found["month"].decode("ascii", "replace")) not in _MONTHS:
        return None
    hour, minute, second = (int(found[one] or 0) for one in ("hour", "minute", "second"))
    try:
        return datetime(
            int(found["year"]), _MONTHS.index(month) + 1, int(found["day"]), hour, minute, second, tzinfo=UTC
        )
    except ValueError:
        return None
