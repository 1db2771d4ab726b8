"""Who is on duty, and when what waits is told of again. Times are given as people say them, with their zones."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from listserv.core.dialogue import waiting
from listserv.core.dialogue.duty import on_duty, zone_of

HERE = ZoneInfo("America/Santo_Domingo")  # UTC-4
TOKYO = ZoneInfo("Asia/Tokyo")  # UTC+9
MONDAY = datetime(2008, 11, 3, 14, tzinfo=UTC)  # 10:00 here, 23:00 in Tokyo


def moderator(id_: int, days: str = "0123456", timezone: str = "") -> dict[str, Any]:
    return {"id": id_, "days": days, "timezone": timezone}


@pytest.mark.parametrize(
    ("staff", "at", "got"),
    [
        ([moderator(1, "0"), moderator(2, "1")], MONDAY, [1]),
        ([moderator(1, "0"), moderator(2, "0123456")], MONDAY, [1, 2]),
        ([moderator(1, "1"), moderator(2, "2")], MONDAY, [1, 2]),  # nobody's day: all
        ([moderator(1, "0", "Asia/Tokyo"), moderator(2, "0")], MONDAY + timedelta(hours=1), [2]),  # Tuesday there
        ([moderator(1, "1", "Asia/Tokyo"), moderator(2, "1")], MONDAY + timedelta(hours=1), [1]),
        ([moderator(1, "0", "Mars/Olympus"), moderator(2, "1")], MONDAY, [1]),  # no such zone: the dialogue's
        ([moderator(1, "", "")], MONDAY, [1]),
        ([], MONDAY, []),
    ],
)
def test_on_duty(staff: list[dict[str, Any]], at: datetime, got: list[int]) -> None:
    assert [one["id"] for one in on_duty(staff, at, HERE)] == got


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        on_duty([], datetime(2008, 11, 3), HERE)


def test_zones() -> None:
    assert zone_of(moderator(1, timezone="Asia/Tokyo"), HERE) == TOKYO
    assert zone_of(moderator(1), HERE) == HERE


def test_chases_are_so_long_after_and_once() -> None:
    held = {1: MONDAY, 2: MONDAY + timedelta(hours=3)}
    assert waiting.chases(held, timedelta(hours=2), [1]) == {2: MONDAY + timedelta(hours=5)}
    assert waiting.chases(held, timedelta(0), []) == {}


@pytest.mark.parametrize(
    ("first", "last_sent", "at", "zone", "days", "got"),
    [
        # the next half past seven
        ("2008-11-03 10:00", None, time(7, 30), HERE, "0123456", "2008-11-04 07:30"),
        ("2008-11-03 07:30", None, time(7, 30), HERE, "0123456", "2008-11-03 07:30"),
        ("2008-11-03 07:31", None, time(7, 30), HERE, "0123456", "2008-11-04 07:30"),
        # once a day
        ("2008-11-03 07:00", "2008-11-03", time(7, 30), HERE, "0123456", "2008-11-04 07:30"),
        ("2008-11-03 07:00", "2008-11-05", time(7, 30), HERE, "0123456", "2008-11-06 07:30"),
        # on days on duty (Thursday = 3)
        ("2008-11-03 10:00", None, time(7, 30), HERE, "3", "2008-11-06 07:30"),
        ("2008-11-03 10:00", "2008-11-06", time(7, 30), HERE, "3", "2008-11-13 07:30"),
        # a time that does not exist is the next that does (Berlin, 29 March 2009)
        ("2009-03-29 01:00", None, time(2, 30), ZoneInfo("Europe/Berlin"), "0123456", "2009-03-29 03:00"),
    ],
)
def test_the_daily_mail(first: str, last_sent: str | None, at: time, zone: ZoneInfo, days: str, got: str) -> None:
    began = datetime.fromisoformat(first).replace(tzinfo=zone)
    last = datetime.fromisoformat(last_sent).toordinal() if last_sent else 0

    def works(instant: datetime) -> bool:
        return str(instant.astimezone(zone).weekday()) in days

    due = waiting.daily_at(began, last, at, zone, works)
    assert due is not None
    assert f"{due.astimezone(zone):%Y-%m-%d %H:%M}" == got


def test_who_is_never_on_duty_gets_no_daily_mail() -> None:
    assert waiting.daily_at(MONDAY, 0, time(8), HERE, lambda instant: False) is None
