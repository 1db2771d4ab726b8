"""Wall-clock times and instants, over every kind of change that clocks have been put through."""

from datetime import UTC, datetime, time, timedelta
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.calendar import from_local, to_local, weekly

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = 4
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "America/Santo_Domingo",
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",  # half an hour of summer time
        "Pacific/Apia",  # left out a whole day
        "Africa/Casablanca",  # goes back for Ramadan
    )
]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("America/Santo_Domingo", "2008-11-03T09:00", "2008-11-03T13:00"),
        ("Europe/Berlin", "2008-07-01T09:00", "2008-07-01T07:00"),
        ("Europe/Berlin", "2008-12-01T09:00", "2008-12-01T08:00"),
        # does not exist: the next time that does
        ("Europe/Berlin", "2008-03-30T01:59", "2008-03-30T00:59"),
        ("Europe/Berlin", "2008-03-30T02:00", "2008-03-30T01:00"),
        ("Europe/Berlin", "2008-03-30T02:30", "2008-03-30T01:00"),
        ("Europe/Berlin", "2008-03-30T02:59:59.999999", "2008-03-30T01:00"),
        ("Europe/Berlin", "2008-03-30T03:00", "2008-03-30T01:00"),
        ("Europe/Berlin", "2008-03-30T03:01", "2008-03-30T01:01"),
        ("America/New_York", "2008-03-09T02:15", "2008-03-09T07:00"),
        ("Australia/Lord_Howe", "2008-10-05T02:10", "2008-10-04T15:30"),
        ("America/Sao_Paulo", "2008-10-19T00:00", "2008-10-19T03:00"),  # midnight itself is missing
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00"),  # the day is missing: 31 December 00:00
        # exists twice: the first
        ("Europe/Berlin", "2008-10-26T02:30", "2008-10-26T00:30"),
        ("America/New_York", "2008-11-02T01:30", "2008-11-02T05:30"),
        ("Australia/Lord_Howe", "2008-04-06T01:45", "2008-04-05T14:45"),
    ],
)
def test_the_instant_of_a_local_time(zone: str, local: str, utc: str) -> None:
    at = from_local(datetime.fromisoformat(local), ZoneInfo(zone))
    assert at == instant(utc)
    assert at.tzinfo is UTC


def test_which_of_two_equal_local_times_was_meant_is_not_asked() -> None:
    local = datetime(2008, 10, 26, 2, 30)
    assert from_local(local.replace(fold=1), BERLIN) == from_local(local, BERLIN)


def test_a_time_with_a_zone_is_no_local_time_and_one_without_is_no_instant() -> None:
    with pytest.raises(ValueError, match="must not name a zone"):
        from_local(instant("2008-11-03T09:00"), BERLIN)
    with pytest.raises(ValueError, match="without a zone"):
        to_local(datetime(2008, 11, 3, 9), BERLIN)
    with pytest.raises(ValueError, match="without a zone"):
        weekly(FRIDAY, time(16), BERLIN, datetime(2008, 11, 3), instant("2008-11-10T00:00"))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.sampled_from(ZONES))
def test_a_local_time_never_counts_as_an_earlier_one(local: datetime, zone: ZoneInfo) -> None:
    at = from_local(local, zone)
    shown = to_local(at, zone)
    assert shown >= local
    if shown > local:  # it was missing: nothing between it and the instant chosen exists
        assert to_local(at - timedelta(microseconds=1), zone) < local


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), st.sampled_from(ZONES))
def test_no_earlier_instant_shows_the_same_time(local: datetime, zone: ZoneInfo) -> None:
    at = from_local(local, zone)
    assert all(to_local(at - timedelta(minutes=m), zone) != local for m in (30, 60, 120, 180))


@pytest.mark.parametrize(
    ("zone", "since", "until", "utc"),
    [
        # clocks go forward on Sunday 30 March: 16:00 there is an hour earlier in UTC afterwards
        ("Europe/Berlin", "2008-03-24T00:00", "2008-04-05T00:00", ["2008-03-28T15:00", "2008-04-04T14:00"]),
        # and back on Sunday 26 October
        ("Europe/Berlin", "2008-10-20T00:00", "2008-11-01T00:00", ["2008-10-24T14:00", "2008-10-31T15:00"]),
        # from, exclusive; to, inclusive
        ("Europe/Berlin", "2008-10-24T14:00", "2008-10-31T15:00", ["2008-10-31T15:00"]),
        ("Europe/Berlin", "2008-10-24T14:00", "2008-10-31T14:59", []),
        # the day is the local one: Friday 16:00 in Auckland is Friday 03:00 in UTC
        ("Pacific/Auckland", "2008-11-07T02:59", "2008-11-07T03:00", ["2008-11-07T03:00"]),
        # a Friday that was left out counts as the Saturday midnight that followed
        ("Pacific/Apia", "2011-12-24T03:00", "2012-01-07T00:00", ["2011-12-30T10:00", "2012-01-06T02:00"]),
        ("Europe/Berlin", "2008-10-31T15:00", "2008-10-01T00:00", []),
    ],
)
def test_fridays_at_four(zone: str, since: str, until: str, utc: list[str]) -> None:
    found = weekly(FRIDAY, time(16), ZoneInfo(zone), instant(since), instant(until))
    assert found == [instant(each) for each in utc]


def test_a_weekly_time_inside_the_gap_is_not_lost() -> None:
    sundays = weekly(6, time(2, 30), BERLIN, instant("2008-03-24T00:00"), instant("2008-04-07T00:00"))
    shown = [to_local(at, BERLIN) for at in sundays]
    assert shown == [datetime(2008, 3, 30, 3, 0), datetime(2008, 4, 6, 2, 30)]


def test_there_are_seven_weekdays() -> None:
    with pytest.raises(ValueError, match="not 7"):
        weekly(7, time(16), BERLIN, instant("2008-11-03T00:00"), instant("2008-11-10T00:00"))


@given(
    st.integers(0, 6),
    st.times(),
    st.sampled_from(ZONES),
    st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1)),
    st.lists(st.integers(1, 24 * 30), min_size=1, max_size=6),
)
def test_pieces_of_a_span_hold_what_the_span_holds(
    weekday: int, at: time, zone: ZoneInfo, start: datetime, hours: list[int]
) -> None:
    edges = [start.replace(tzinfo=UTC)]
    for each in hours:
        edges.append(edges[-1] + timedelta(hours=each))
    pieces = [weekly(weekday, at, zone, a, b) for a, b in pairwise(edges)]
    assert list(chain.from_iterable(pieces)) == weekly(weekday, at, zone, edges[0], edges[-1])
