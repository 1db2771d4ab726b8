"""What failures add up to, as tables: series of days and what they lead to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.reach import LIMIT, Failure, believed, is_wave, score, unreachable
from listserv.core.mail.bounce.reports import Verdict

START = datetime(2008, 11, 3, 12, 0, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
VERDICTS = {"h": Verdict.HARD, "s": Verdict.SOFT, "o": Verdict.OURS, "d": Verdict.DELAYED}


def series(days: str) -> list[Failure]:
    """A letter a day; "." is none."""
    return [Failure(START + n * DAY, VERDICTS[one]) for n, one in enumerate(days) if one != "."]


def paused_on(days: str) -> int | None:
    """The day (1, 2, …) on which the limit is reached, told day by day as bounces come in."""
    for n, one in enumerate(days):
        so_far = series(days[: n + 1])
        if one != "." and unreachable(so_far, START + n * DAY):
            return n + 1
    return None


@pytest.mark.parametrize(
    ("days", "want"),
    [
        ("h", None),  # one bounce never pauses
        ("hh", None),
        ("hhh", 3),
        ("hh.....hh", 9),  # what a week has seen counts for most in the next
        ("hh" + "." * 26 + "h", None),  # four weeks later hardly
        ("hhhhh", 3),
        ("h......" * 3 + "h", 22),  # a weekly round-up: in the fourth week
        ("h............." * 3, None),  # every other week: never
        ("s" * 13, None),
        ("s" * 14, 14),
        ("sssss.." * 4, 19),  # a full mailbox on working days: on the third Friday
        ("hssh", None),
        ("hsshs", None),
        ("hsshh", 5),
        ("o" * 30, None),  # ours is nobody's fault
        ("d" * 30, None),  # a delay never counts
        ("oooohoooohooooh", None),
        ("ooohhohoooooooo", 7),
    ],
)
def test_thirty_days(days: str, want: int | None) -> None:
    assert paused_on(days) == want


def test_a_day_counts_once_by_its_worst() -> None:
    busy = [Failure(START + timedelta(minutes=n), Verdict.SOFT) for n in range(50)]
    assert score(busy, START + timedelta(hours=1)) == 0.25
    assert score([*busy, Failure(START, Verdict.HARD)], START + timedelta(hours=1)) == 1.0
    assert not unreachable([Failure(START, Verdict.HARD)] * 100, START)


def test_half_is_forgotten_after_a_fortnight() -> None:
    one = series("h")
    assert [score(one, START + n * DAY) for n in (0, 14, 28)] == [1.0, 0.5, 0.25]


def test_what_comes_later_does_not_count_yet() -> None:
    assert score(series("hhh"), START + DAY) < LIMIT


@given(st.text("hsod.", max_size=30), st.integers(0, 29))
def test_no_failure_makes_it_less_and_time_never_more(days: str, extra: int) -> None:
    end = START + 30 * DAY
    failures = series(days)
    more = [*failures, Failure(START + extra * DAY, Verdict.HARD)]
    assert score(more, end) >= score(failures, end) - 1e-9
    assert score(failures, end + DAY) <= score(failures, end) + 1e-9


@pytest.mark.parametrize(
    ("failed", "recipients", "want"),
    [(200, 200, True), (5, 14, True), (5, 15, False), (4, 4, False), (67, 200, True), (66, 200, False), (0, 0, False)],
)
def test_a_wave_is_five_and_more_than_a_third(failed: int, recipients: int, want: bool) -> None:
    assert is_wave(failed, recipients) is want


@pytest.mark.parametrize(
    ("sent_at", "want"),
    [(START, True), (START - 14 * DAY, True), (START - 15 * DAY, False), (START + DAY, False), (None, False)],
)
def test_a_report_is_believed_for_a_fortnight_after_the_sending(sent_at: datetime | None, want: bool) -> None:
    assert believed(sent_at, START) is want


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        score(series("h"), datetime(2008, 11, 4))
