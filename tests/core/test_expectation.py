"""What an author is told to expect: the median so far, and the moderators' days on duty by their own clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listserv.core.dialogue.expectation import Duty, Expected, expected

SANTO, APIA = ZoneInfo("America/Santo_Domingo"), ZoneInfo("Pacific/Apia")
WORK = "01234"
TUESDAY = datetime(2008, 11, 4, 15, tzinfo=UTC)
FRIDAY_EVENING = datetime(2008, 11, 8, 0, 30, tzinfo=UTC)  # 20:30 in Santo Domingo
SATURDAY = datetime(2008, 11, 8, 15, tzinfo=UTC)
MONDAY = date(2008, 11, 10)


@pytest.mark.parametrize(
    ("now", "duties", "got"),
    [
        (TUESDAY, [Duty("0123456", SANTO)], Expected(daily=True)),
        (TUESDAY, [Duty(WORK, SANTO)], Expected()),
        (FRIDAY_EVENING, [Duty(WORK, SANTO)], Expected(next_on=MONDAY)),
        (SATURDAY, [Duty(WORK, SANTO)], Expected(next_on=MONDAY)),
        (SATURDAY, [Duty(WORK, SANTO), Duty("56", SANTO)], Expected(daily=True)),
        (SATURDAY, [Duty("1", SANTO), Duty("4", SANTO)], Expected(next_on=date(2008, 11, 11))),
        (TUESDAY, [Duty("1", APIA)], Expected()),
        (datetime(2008, 11, 4, 5, tzinfo=UTC), [Duty("1", SANTO)], Expected()),
        (datetime(2008, 11, 5, 3, tzinfo=UTC), [Duty("1", SANTO)], Expected(next_on=date(2008, 11, 11))),
        (TUESDAY, [], Expected()),
        (TUESDAY, [Duty("", SANTO)], Expected()),
    ],
)
def test_who_reads_when(now: datetime, duties: list[Duty], got: Expected) -> None:
    assert expected(now, duties, []) == got


@pytest.mark.parametrize(
    ("hours", "got"),
    [
        ([1, 2], (None, None)),
        ([0.1, 0.2, 9], (1, None)),
        ([1.2, 1.2, 30], (1, None)),
        ([1.3, 2, 4], (2, None)),
        ([3, 6, 1, 40], (5, None)),
        ([18, 20, 30], (None, 1)),
        ([24, 25, 26], (None, 1)),
        ([24, 30, 70], (None, 2)),
    ],
)
def test_what_is_usual(hours: list[float], got: tuple[int | None, int | None]) -> None:
    told = expected(TUESDAY, [], [timedelta(hours=one) for one in hours])
    assert (told.hours, told.days) == got


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        expected(datetime(2008, 11, 4), [], [])
