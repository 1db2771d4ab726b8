"""Calendar files: what another program reads out of them is what went in, and every line is as RFC 5545 has it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.publication.ics import Event, calendar

AT = datetime(2008, 11, 3, 9, tzinfo=ZoneInfo("America/Santo_Domingo"))
STAMP = datetime(2008, 10, 26, 14, tzinfo=UTC)


def event(**values: object) -> Event:
    return Event(**{"uid": "a-1@x.org", "begins": AT, "ends": AT + timedelta(hours=1), "summary": "s", **values})  # type: ignore[arg-type]


def test_a_file_as_it_stands() -> None:
    assert calendar("Plans; more, 1", [event(summary="Module 1, opens", description="a\nb", busy=True)], STAMP) == (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//listserv//plan//EN\r\nCALSCALE:GREGORIAN\r\n"
        "X-WR-CALNAME:Plans\\; more\\, 1\r\n"
        "BEGIN:VEVENT\r\nUID:a-1@x.org\r\nDTSTAMP:20081026T140000Z\r\nDTSTART:20081103T130000Z\r\n"
        "DTEND:20081103T140000Z\r\nSUMMARY:Module 1\\, opens\r\nDESCRIPTION:a\\nb\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )


TEXT = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufeff"), max_size=120
)


@given(TEXT, TEXT)
def test_another_program_reads_what_went_in(summary: str, description: str) -> None:
    text = calendar("Planning", [event(summary=summary, description=description)], STAMP)
    assert all(len(row.encode()) <= 75 for row in text.split("\r\n"))
    (read,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(read["SUMMARY"]) == summary
    assert str(read.get("DESCRIPTION", "")) == description
    assert (read.start, read.end) == (AT, AT + timedelta(hours=1))


def test_nothing_of_a_title_begins_a_line_of_its_own() -> None:
    hostile = "x\r\nATTENDEE:mailto:victim@example.org\u2028END:VEVENT\x00\x1b"
    text = calendar(hostile, [event(summary=hostile, uid=hostile)], STAMP)
    assert len(re.findall(r"(?m)^(?:ATTENDEE|END:VEVENT)", text.replace("\r\n", "\n"))) == 1
    assert not re.search("[\x00\x1b]", text)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        calendar("x", [event(begins=datetime(2008, 11, 3))], STAMP)
