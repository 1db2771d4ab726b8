"""How fast a domain may be sent to, and when sending to it halts: tables of times (seconds) and what is said then."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail.pacing import ALL, LATE, Halts, Limits, Share
from listserv.core.mail.transfer import Phase, Result

# --- Share


def share(most: int, window: float = 60.0) -> Share:
    return Share(window, most)


@pytest.mark.parametrize(
    "asked",  # (at, who, seconds to wait)
    [
        [(0, 1, 0), (0, 2, 0), (0, 3, 60), (0, 4, 60), (0, 5, 120), (59, 3, 1), (60, 3, 0), (60, 4, 0), (60, 5, 60)],
        [(0, 1, 0), (30, 2, 0), (31, 3, 29), (60, 3, 0), (61, 4, 29), (90, 4, 0)],
        [(0, 1, 0), (100, 2, 0), (100, 3, 0), (100, 4, 60)],  # what was not used is not saved up
        # Who waits goes before who comes new, even where there is room.
        [(0, 1, 0), (0, 2, 0), (0, 3, 60), (61, 9, 1), (61, 3, 0), (62, 9, 0)],
        # Somebody who never came back is not waited for.
        [(0, 1, 0), (0, 2, 0), (0, 3, 60), (60 + LATE + 1, 9, 0)],
    ],
)
def test_two_a_minute(asked: list[tuple[float, int, float]]) -> None:
    one, known = share(2), set[int]()
    for at, who, wait in asked:
        assert one.wait(float(at), waited=who in known) == wait, (at, who)
        known.add(who)


def test_a_tenth_is_kept_for_what_somebody_waits_for() -> None:
    one = share(20)
    assert [one.wait(0.0) for _ in range(20)].count(0.0) == 18
    assert (one.room(0.0), one.room(0.0, first=False)) == (2, 0)
    assert [one.wait(0.0, first=True) for _ in range(3)] == [0.0, 0.0, 60.0]
    assert (one.free_at(0.0), one.free_at(0.0, first=False)) == (60.0, 60.0)


def test_what_did_not_go_may_go_later() -> None:
    one = share(5, 3600.0)
    one.take(3, 0.0)
    one.take(2, 100.0)
    assert one.room(200.0) == 0
    one.give_back(4)
    assert (one.room(200.0), one.room(3600.0)) == (4, 5)


def test_a_share_that_makes_no_sense_is_refused() -> None:
    for values in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="or above"):
            Limits(*values)


@settings(max_examples=50)
@given(st.integers(1, 7), st.lists(st.floats(0, 200), min_size=1, max_size=60))
def test_never_more_than_so_many_in_any_minute_and_all_go_in_the_end(per_minute: int, arrivals: list[float]) -> None:
    one = share(per_minute)
    due = dict(enumerate(sorted(arrivals)))
    went: list[float] = []
    rounds = Counter[int]()
    while due:
        number = min(due, key=lambda one: (due[one], one))
        at = due[number]
        if wait := one.wait(at, waited=rounds[number] > 0):
            due[number] = at + wait
        else:
            del due[number]
            went.append(at)
        rounds[number] += 1
    for at in went:
        assert sum(at <= other < at + 60 for other in went) <= per_minute
    # No slower than it must be: nobody waits longer than everybody before them takes, and one minute.
    assert max(went) <= max(arrivals) + 61 * (len(arrivals) // per_minute + 1) + len(arrivals)
    assert max(rounds.values()) <= 2 * len(arrivals) + 1


@settings(max_examples=50)
@given(st.integers(1, 50), st.lists(st.tuples(st.floats(0, 300), st.integers(1, 20)), min_size=1, max_size=60))
def test_never_more_than_so_many_in_any_window_when_many_go_at_once(most: int, asked: list[tuple[float, int]]) -> None:
    one, went = share(most), list[tuple[float, int]]()
    for at, wanted in sorted(asked):
        count = min(wanted, one.room(at))
        one.take(count, at)
        went.append((at, count))
    for at, _ in went:
        assert sum(count for other, count in went if at <= other < at + 60) <= most


# --- Halts

HOUR = 3600.0
OK = (250, "2.0.0 taken", Phase.END)
POLICY = (550, "5.7.26 unauthenticated", Phase.END)
LATER = (421, "4.7.28 too fast", Phase.RCPT)
GONE = (550, "5.1.1 no such mailbox", Phase.RCPT)
SENDER = (550, "5.7.1 sender refused", Phase.MAIL)

Story = list[tuple[float, str, tuple[int, str, Phase], str | None]]


@pytest.mark.parametrize(
    "story",  # (at, domain, answer, domain halted by it or None)
    [
        [(0, "x.org", POLICY, None)] * 4 + [(1, "x.org", POLICY, "x.org")],
        [(0, "x.org", LATER, None)] * 4 + [(1, "x.org", LATER, "x.org")],
        [(0, "x.org", POLICY, None)] * 4 + [(1, "x.org", OK, None)] + [(2, "x.org", POLICY, None)] * 4,
        [(0, "x.org", POLICY, None)] * 4 + [(1, "y.org", POLICY, None), (2, "x.org", POLICY, "x.org")],
        [(0, "x.org", GONE, None)] * 20,  # people who are gone are no policy
        [(0, "x.org", POLICY, None)] * 4 + [(0, "x.org", GONE, None), (0, "x.org", POLICY, "x.org")],
        # What was under way when it began falls under it, and lengthens nothing; an acceptance does not end it.
        [(0, "x.org", POLICY, None)] * 4 + [(0, "x.org", POLICY, "x.org"), (9, "x.org", POLICY, "x.org")],
        # The relay speaks for all domains: at MAIL at once, elsewhere when three domains are refused alike.
        [(0, "x.org", SENDER, None)] * 4 + [(1, "x.org", SENDER, ALL)],
        [(0, f"{n % 3}.org", POLICY, None) for n in range(9)] + [(1, "0.org", POLICY, ALL)],
        [(0, f"{n}.org", POLICY, None) for n in range(9)] + [(1, "9.org", OK, None), (2, "10.org", POLICY, None)],
    ],
)
def test_what_halts_whom(story: Story) -> None:
    halts = Halts()
    for at, domain, (code, reply, phase), expected in story:
        halt = halts.heard(domain, Result(1, 1, code, reply, phase), float(at))
        assert (halt and halt.domain) == expected, (at, domain)
    assert halts.now("unrelated.org", 10.0) is None or story[-1][3] == ALL


def refuse(halts: Halts, at: float, times: int = 1, answer: tuple[int, str, Phase] = POLICY) -> None:
    for _ in range(times):
        halts.heard("x.org", Result(1, 1, *answer), at)


@pytest.mark.parametrize(
    ("answer", "lengths"),
    [(POLICY, [HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR]), (SENDER, [900.0, 1800.0, HOUR, HOUR])],
)
def test_a_halt_grows_with_each_refusal_after_it(answer: tuple[int, str, Phase], lengths: list[float]) -> None:
    halts, at = Halts(), 1000.0
    refuse(halts, at, 5, answer)
    for length in lengths:
        halt = halts.now("x.org", at)
        assert halt is not None
        assert (halt.until, halt.code, halt.reply) == (at + length, answer[0], answer[1])
        assert halts.now("x.org", at + length - 1) == halt
        at += length
        assert halts.now("x.org", at) is None  # one may try
        refuse(halts, at, 1, answer)


def test_one_copy_taken_after_a_halt_ends_the_story() -> None:
    halts = Halts()
    refuse(halts, 0.0, 5)
    halts.heard("x.org", Result(1, 1, *OK), 10.0)
    assert halts.now("x.org", 10.0) is not None  # it had been under way
    halts.heard("x.org", Result(1, 1, *OK), HOUR)
    refuse(halts, HOUR, 4)
    assert halts.now("x.org", HOUR) is None
    refuse(halts, HOUR)
    halt = halts.now("x.org", HOUR)
    assert halt is not None
    assert halt.until == 2 * HOUR  # an hour again
