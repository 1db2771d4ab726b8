"""A programme as a calendar file, for the calendar program that people have (RFC 5545).

Events in, text out: lines end in CRLF and are folded at 75 octets (§ 3.1), texts are escaped (§ 3.3.11), times are UTC.
A UID is the caller's and has to stay the same, so that a newer file replaces the older one's events. Never reads a
clock: `stamp` says when it was made. Raises ValueError for a time without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listserv.core.dialogue.model import aware

MAIL = timedelta(minutes=15)  # how long a mail's event lasts: short, and still to be seen
_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Event:
    """`busy`: it fills the time; a mail only marks it."""

    uid: str
    begins: datetime
    ends: datetime
    summary: str
    description: str = ""
    busy: bool = False


def calendar(name: str, events: Sequence[Event], stamp: datetime) -> str:
    """The whole file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//listserv//plan//EN", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{escaped(name)}")
    for one in events:
        lines += ["BEGIN:VEVENT", f"UID:{escaped(one.uid)}", f"DTSTAMP:{_utc(stamp)}"]
        lines += [f"DTSTART:{_utc(one.begins)}", f"DTEND:{_utc(max(one.ends, one.begins))}"]
        lines.append(f"SUMMARY:{escaped(one.summary)}")
        if one.description:
            lines.append(f"DESCRIPTION:{escaped(one.description)}")
        lines += [f"TRANSP:{'OPAQUE' if one.busy else 'TRANSPARENT'}", "END:VEVENT"]
    return "".join(folded(line) + "\r\n" for line in (*lines, "END:VCALENDAR"))


def escaped(text: str) -> str:
    """A TEXT value (§ 3.3.11). Control characters that may not stand in one are left out."""
    text = re.sub(r"\r\n?|\u2028|\u2029|\x85", "\n", text)
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", r"\n")


def folded(line: str) -> str:
    """At most 75 octets in a line, none cut within a character; what goes on begins with a space."""
    out, taken = [], 0
    for character in line:
        octets = len(character.encode())
        if taken + octets > _OCTETS:
            out.append("\r\n ")
            taken = 1
        out.append(character)
        taken += octets
    return "".join(out)


def _utc(at: datetime) -> str:
    return f"{aware(at).astimezone(UTC):%Y%m%dT%H%M%SZ}"
