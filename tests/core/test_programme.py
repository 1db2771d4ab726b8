"""The programme of the model case: what is due when, after an outage, by hand, and over summer time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.dialogue.calendar import from_local, to_local
from listserv.core.dialogue.first_apply import first_apply, shifted
from listserv.core.dialogue.model import Dialogue, Late, Moderation, Module, Policy, RoundupRule
from listserv.core.dialogue.programme import Due, Key, as_at, coming, due, only_if_said, timetable

SANTO_DOMINGO = ZoneInfo("America/Santo_Domingo")
BERLIN = ZoneInfo("Europe/Berlin")
FRIDAYS = RoundupRule(weekday=4, at=time(16), review=timedelta(hours=3))
AT_CLOSE = RoundupRule(weekday=None, at=time(16), review=timedelta(hours=3))
MODEL_CASE = (
    ("2008-11-03 09:00", "2008-11-07 18:00"),
    ("2008-11-10 09:00", "2008-11-14 18:00"),
    ("2008-11-17 09:00", "2008-11-21 18:00"),
)


def dialogue(
    spans: tuple[tuple[str, str], ...] = MODEL_CASE,
    *,
    zone: ZoneInfo = SANTO_DOMINGO,
    rule: RoundupRule = FRIDAYS,
    grace: timedelta = timedelta(days=2),
) -> Dialogue:
    modules = tuple(
        Module(number, f"Module {number}", "", (), local(opens, zone), local(closes, zone))
        for number, (opens, closes) in enumerate(spans, start=1)
    )
    policy = Policy("request", Moderation.ALL, Late.HOLD, grace, "participants", 600, rule)
    return Dialogue(1, "nap1325", "Planning for Action", (), "en", zone, policy, modules)


def local(text: str, zone: ZoneInfo = SANTO_DOMINGO) -> datetime:
    return from_local(datetime.fromisoformat(text), zone)


def with_module(of: Dialogue, number: int, **values: object) -> Dialogue:
    changed = (replace(m, **values) if m.number == number else m for m in of.modules)
    return replace(of, modules=tuple(changed))


def happened(of: Dialogue, number: int) -> Dialogue:
    """With that module opened and closed as planned."""
    module = of.module(number)
    assert module
    return with_module(of, number, opened_at=module.opens_at, closed_at=module.closes_at)


def line(entry: Due, zone: ZoneInfo) -> str:
    words = [f"{to_local(entry.at, zone):%a %d %H:%M} {entry.kind}"]
    words.append(f"{entry.subject}/{entry.round}")
    if entry.covers:
        words.append(f"covers {', '.join(map(str, entry.covers))}")
    if entry.skip:
        words.append("skip")
    return " ".join(words)


def lines(entries: list[Due], zone: ZoneInfo = SANTO_DOMINGO) -> list[str]:
    return [line(entry, zone) for entry in entries]


def keys(entries: list[Due]) -> set[Key]:
    return {key for entry in entries for key in entry.keys}


def carry_out(of: Dialogue, entries: list[Due], at: Callable[[Due], datetime]) -> Dialogue:
    for entry in entries:
        if entry.module and entry.kind in ("open", "close"):
            of = with_module(of, entry.module, **{"opened_at" if entry.kind == "open" else "closed_at": at(entry)})
    return of


class Clock:
    """Ticks, carries out what is due and records it, refusing to do anything twice."""

    def __init__(self, of: Dialogue, *, as_planned: bool = False) -> None:
        self.dialogue = of
        self.as_planned = as_planned
        self.done: set[Key] = set()
        self.said: list[str] = []

    def tick(self, now: datetime) -> list[str]:
        entries = due(self.dialogue, self.done, now)
        for entry in entries:
            assert not self.done & set(entry.keys)
            self.done |= set(entry.keys)
        self.dialogue = carry_out(self.dialogue, entries, lambda each: each.at if self.as_planned else now)
        self.said += lines(entries, self.dialogue.zone)
        return lines(entries, self.dialogue.zone)


# -- the timetable


def test_the_timetable_of_the_model_case() -> None:
    assert lines(timetable(dialogue())) == [
        "Mon 03 09:00 open 1/0",
        "Thu 06 18:00 reminder 1/0",
        "Fri 07 13:00 draft roundup/1",
        "Fri 07 16:00 roundup roundup/1",
        "Fri 07 18:00 close 1/0",
        "Mon 10 09:00 open 2/0",
        "Thu 13 18:00 reminder 2/0",
        "Fri 14 13:00 draft roundup/2",
        "Fri 14 16:00 roundup roundup/2",
        "Fri 14 18:00 close 2/0",
        "Mon 17 09:00 open 3/0",
        "Thu 20 18:00 reminder 3/0",
        "Fri 21 13:00 draft roundup/3",
        "Fri 21 16:00 roundup roundup/3",
        "Fri 21 18:00 close 3/0",
        "Sun 23 15:00 draft roundup/4",
        "Sun 23 18:00 roundup roundup/4",  # what came after Friday 16:00 and within the grace
    ]


def test_at_a_switchover_one_closes_is_told_and_the_next_opens() -> None:
    spans = (("2008-11-03 09:00", "2008-11-10 09:00"), ("2008-11-10 09:00", "2008-11-14 18:00"))
    rule = replace(AT_CLOSE, review=timedelta(0))
    at_nine = [each for each in timetable(dialogue(spans, rule=rule)) if each.at == local("2008-11-10 09:00")]
    assert lines(at_nine) == [
        "Mon 10 09:00 close 1/0",
        "Mon 10 09:00 roundup roundup/1",
        "Mon 10 09:00 open 2/0",
    ]


@pytest.mark.parametrize(
    ("spans", "rule", "grace", "expected"),
    [
        pytest.param(
            MODEL_CASE,
            AT_CLOSE,
            timedelta(days=2),
            ["Fri 07 18:00 1", "Fri 14 18:00 2", "Fri 21 18:00 3", "Sun 23 18:00 4"],
            id="one at each close, and one for the grace",
        ),
        pytest.param(
            MODEL_CASE,
            AT_CLOSE,
            timedelta(0),
            ["Fri 07 18:00 1", "Fri 14 18:00 2", "Fri 21 18:00 3"],
            id="no grace: the last close is the end",
        ),
        pytest.param(
            MODEL_CASE,
            replace(FRIDAYS, at=time(18)),
            timedelta(0),
            ["Fri 07 18:00 1", "Fri 14 18:00 2", "Fri 21 18:00 3"],
            id="the weekly one falls on the end",
        ),
        pytest.param(
            MODEL_CASE,
            FRIDAYS,
            timedelta(0),
            ["Fri 07 16:00 1", "Fri 14 16:00 2", "Fri 21 16:00 3", "Fri 21 18:00 4"],
            id="two hours are left over",
        ),
        pytest.param(
            (("2008-11-07 16:00", "2008-11-08 12:00"),),
            FRIDAYS,
            timedelta(days=6),
            ["Fri 14 12:00 1"],
            id="none at the very start; one in a dialogue shorter than a week",
        ),
        pytest.param(
            (("2008-11-03 09:00", "2008-11-12 18:00"),),
            FRIDAYS,
            timedelta(days=3),
            ["Fri 07 16:00 1", "Fri 14 16:00 2", "Sat 15 18:00 3"],
            id="a weekly one within the grace",
        ),
    ],
)
def test_round_ups_fall_on(
    spans: tuple[tuple[str, str], ...], rule: RoundupRule, grace: timedelta, expected: list[str]
) -> None:
    of = dialogue(spans, rule=rule, grace=grace)
    found = [each for each in timetable(of) if each.kind == "roundup"]
    assert [f"{to_local(each.at, of.zone):%a %d %H:%M} {each.round}" for each in found] == expected


def test_without_review_there_are_no_drafts() -> None:
    of = dialogue(rule=replace(FRIDAYS, review=timedelta(0)))
    assert {str(each.kind) for each in timetable(of)} == {"open", "close", "reminder", "roundup"}


def test_no_draft_is_written_before_the_last_round_up_was_sent() -> None:
    of = dialogue(rule=replace(FRIDAYS, review=timedelta(days=30)))
    drafts = [each for each in timetable(of) if each.subject == "roundup"]
    assert lines(drafts) == [
        "Mon 03 09:00 draft roundup/1",
        "Fri 07 16:00 roundup roundup/1",
        "Fri 07 16:00 draft roundup/2",
        "Fri 14 16:00 roundup roundup/2",
        "Fri 14 16:00 draft roundup/3",
        "Fri 21 16:00 roundup roundup/3",
        "Fri 21 16:00 draft roundup/4",
        "Sun 23 18:00 roundup roundup/4",
    ]


def test_a_short_module_is_reminded_of_half_way() -> None:
    of = dialogue((("2008-11-03 09:00", "2008-11-03 17:00"),))
    assert "Mon 03 13:00 reminder 1/0" in lines(timetable(of))


def test_a_programme_without_modules_has_no_timetable() -> None:
    assert timetable(dialogue(())) == []


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param(  # back on Sunday 26 October
            (("2008-10-20 09:00", "2008-10-31 18:00"),),
            ["20T07:00 open", "24T14:00 roundup", "30T17:00 reminder", "31T15:00 roundup", "31T17:00 close"],
            id="clocks go back",
        ),
        pytest.param(  # forward on Sunday 30 March
            (("2008-03-24 09:00", "2008-03-31 09:00"),),
            ["24T08:00 open", "28T15:00 roundup", "30T07:00 reminder", "31T07:00 close"],
            id="clocks go forward",
        ),
    ],
)
def test_local_times_stay_as_they_are_over_summer_time(spans: tuple[tuple[str, str], ...], expected: list[str]) -> None:
    of = dialogue(spans, zone=BERLIN, rule=replace(FRIDAYS, review=timedelta(0)), grace=timedelta(0))
    found = [f"{each.at.astimezone(UTC):%dT%H:%M} {each.kind}" for each in timetable(of)]
    assert found[: len(expected)] == expected


# -- what is due


def test_nothing_is_due_before_the_first_opening_and_then_it_is() -> None:
    opens = local("2008-11-03 09:00")
    assert due(dialogue(), (), opens - timedelta(microseconds=1)) == []
    assert lines(due(dialogue(), (), opens)) == ["Mon 03 09:00 open 1/0"]


def test_what_is_recorded_is_not_due_again() -> None:
    assert due(dialogue(), {("open", "1", 0)}, local("2008-11-03 09:00")) == []


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        due(dialogue(), (), datetime(2008, 11, 3))
    with pytest.raises(ValueError, match="without a zone"):
        first_apply(dialogue(), datetime(2008, 11, 3))


def test_after_a_week_without_power_all_is_done_once_and_in_order() -> None:
    clock = Clock(dialogue())
    clock.tick(local("2008-11-05 12:00"))
    assert clock.tick(local("2008-11-15 12:00")) == [
        "Thu 06 18:00 reminder 1/0 skip",
        "Fri 07 18:00 close 1/0",
        "Mon 10 09:00 open 2/0",
        "Thu 13 18:00 reminder 2/0 skip",
        "Fri 14 13:00 draft roundup/2 covers 1 skip",
        "Fri 14 16:00 roundup roundup/2 covers 1",
        "Fri 14 18:00 close 2/0",
    ]
    assert clock.tick(local("2008-11-15 12:00")) == []
    assert ("roundup", "roundup", 1) in clock.done


def test_a_draft_not_yet_to_be_sent_is_not_merged_into_what_was_missed() -> None:
    clock = Clock(dialogue())
    clock.tick(local("2008-11-05 12:00"))
    missed = [each for each in clock.tick(local("2008-11-14 14:00")) if "roundup" in each]
    assert missed == [
        "Fri 07 13:00 draft roundup/1 skip",
        "Fri 07 16:00 roundup roundup/1",
        "Fri 14 13:00 draft roundup/2",
    ]


def test_a_draft_is_pointless_once_its_round_up_is_due() -> None:
    of = with_module(dialogue(), 1, opened_at=local("2008-11-03 09:00"))
    drafts = {
        at: [each.skip for each in due(of, (), local(at)) if each.kind == "draft"]
        for at in ("2008-11-07 13:00", "2008-11-07 15:59", "2008-11-07 16:00")
    }
    assert list(drafts.values()) == [[False], [False], [True]]


@pytest.mark.parametrize(
    ("now", "states"),
    [
        ("2008-11-03 08:59", "planned planned planned"),
        ("2008-11-03 09:00", "open planned planned"),
        ("2008-11-07 18:00", "closed planned planned"),
        ("2008-11-12 12:00", "closed open planned"),
        ("2008-12-01 12:00", "closed closed closed"),
    ],
)
def test_what_stands_once_all_that_is_due_is_done(now: str, states: str) -> None:
    at = local(now)
    standing = as_at(dialogue(), at)
    assert " ".join(module.state(at, timedelta(0)) for module in standing.modules) == states
    assert as_at(standing, at) == standing


def test_what_stands_keeps_to_what_was_done_by_hand() -> None:
    early = with_module(dialogue(), 1, opened_at=local("2008-11-02 09:00"), closed_at=local("2008-11-04 09:00"))
    called_off = with_module(early, 2, closed_at=local("2008-11-04 09:00"))
    assert as_at(called_off, local("2008-11-12 12:00")) == called_off
    late = with_module(dialogue(), 1, opened_at=local("2008-11-08 09:00"))  # after its planned close
    first = as_at(late, local("2008-11-09 09:00")).module(1)
    assert first
    assert first.closed_at == local("2008-11-08 09:00")


@pytest.mark.parametrize(
    ("rule", "periods"),
    [
        (FRIDAYS, {4}),  # the one after the last grace
        (replace(FRIDAYS, review=timedelta(0)), {4}),
        (AT_CLOSE, {4}),
        (replace(AT_CLOSE, review=timedelta(0)), {3, 4}),  # drawn up when the last module has just closed
    ],
)
def test_which_round_ups_go_out_only_if_something_was_said(rule: RoundupRule, periods: set[int]) -> None:
    of = dialogue(rule=rule)
    assert {each.round for each in timetable(of) if only_if_said(of, each)} == periods
    assert not any(only_if_said(of, each) for each in timetable(of) if each.kind in ("open", "close", "reminder"))


def test_the_draft_of_a_round_up_sent_by_hand_is_not_due() -> None:
    of = happened(dialogue(), 1)
    found = due(of, {("reminder", "1", 0), ("roundup", "roundup", 1)}, local("2008-11-08 12:00"))
    assert found == []


def test_a_reminder_comes_late_but_not_after_the_close() -> None:
    of = with_module(dialogue(), 1, opened_at=local("2008-11-03 09:00"))
    assert lines(due(of, (), local("2008-11-07 12:00"))) == ["Thu 06 18:00 reminder 1/0"]
    assert lines(due(of, (), local("2008-11-07 18:00")))[0] == "Thu 06 18:00 reminder 1/0 skip"


# -- by hand


def test_a_module_opened_early_by_hand_is_not_opened_again() -> None:
    of = with_module(dialogue(), 1, opened_at=local("2008-11-02 12:00"))
    assert due(of, (), local("2008-11-03 09:00")) == []
    assert lines(timetable(of))[0] == "Sun 02 12:00 open 1/0"


def test_a_module_closed_early_by_hand_is_neither_closed_again_nor_reminded_of() -> None:
    of = with_module(dialogue(), 1, opened_at=local("2008-11-03 09:00"), closed_at=local("2008-11-05 09:00"))
    found = due(of, {("draft", "roundup", 1), ("roundup", "roundup", 1)}, local("2008-11-08 12:00"))
    assert lines(found) == ["Thu 06 18:00 reminder 1/0 skip"]


def test_a_module_called_off_is_never_opened() -> None:
    of = with_module(happened(dialogue(), 1), 2, closed_at=local("2008-11-09 09:00"))
    kinds = {(str(each.kind), each.skip) for each in coming(of, ()) if each.module == 2}
    assert kinds == {("reminder", True)}


def test_a_module_extended_after_its_reminder_is_reminded_of_once() -> None:
    clock = Clock(dialogue())
    clock.tick(local("2008-11-06 20:00"))
    clock.dialogue = with_module(clock.dialogue, 1, closes_at=local("2008-11-09 18:00"))
    assert clock.tick(local("2008-11-09 17:00")) == [
        "Fri 07 13:00 draft roundup/1 skip",
        "Fri 07 16:00 roundup roundup/1",
    ]
    assert clock.tick(local("2008-11-09 18:00")) == ["Sun 09 18:00 close 1/0"]


def test_a_moved_round_up_day_repeats_nothing() -> None:
    clock = Clock(dialogue())
    clock.tick(local("2008-11-08 12:00"))
    wednesdays = replace(clock.dialogue.policy, roundup=replace(FRIDAYS, weekday=2))
    clock.dialogue = replace(clock.dialogue, policy=wednesdays)
    assert clock.tick(local("2008-11-09 12:00")) == []
    assert "Wed 12 16:00 roundup roundup/2" in lines(coming(clock.dialogue, clock.done))


def test_an_opening_delayed_by_an_outage_does_not_renumber_round_ups() -> None:
    clock = Clock(dialogue())
    clock.tick(local("2008-11-08 12:00"))
    assert "Fri 14 16:00 roundup roundup/2" in lines(coming(clock.dialogue, clock.done))


def test_when_a_module_closes_early_the_moderators_still_see_a_draft_of_its_round_up() -> None:
    of = with_module(dialogue(rule=AT_CLOSE), 1, opened_at=local("2008-11-03 09:00"))
    closed = with_module(of, 1, closed_at=local("2008-11-05 09:00"))
    assert [each for each in lines(timetable(closed)) if each.endswith("roundup/1")] == [
        "Wed 05 09:00 draft roundup/1",
        "Wed 05 12:00 roundup roundup/1",
    ]
    hour_early = with_module(of, 1, closed_at=local("2008-11-07 17:00"))
    assert [each for each in lines(timetable(hour_early)) if each.endswith("roundup/1")] == [
        "Fri 07 15:00 draft roundup/1",
        "Fri 07 18:00 roundup roundup/1",
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (FRIDAYS, ["Fri 28 16:00 roundup roundup/5", "Sun 30 18:00 roundup roundup/6"]),
        (AT_CLOSE, ["Fri 28 18:00 roundup roundup/5", "Sun 30 18:00 roundup roundup/6"]),
    ],
)
def test_a_module_re_opened_after_the_end_has_its_mails_and_round_ups_again(
    rule: RoundupRule, expected: list[str]
) -> None:
    clock = Clock(dialogue(rule=rule))
    for now in ("2008-11-14 18:00", "2008-11-21 18:00", "2008-11-23 18:00"):
        clock.tick(local(now))
    assert coming(clock.dialogue, clock.done) == []
    clock.dialogue = with_module(
        clock.dialogue,
        3,
        opened_at=local("2008-11-24 09:00"),
        closed_at=None,
        closes_at=local("2008-11-28 18:00"),
        reopenings=1,
    )
    ahead = lines(coming(clock.dialogue, clock.done))
    assert [each for each in ahead if "roundup roundup" in each] == expected
    assert [each for each in ahead if "3/1" in each] == ["Thu 27 18:00 reminder 3/1", "Fri 28 18:00 close 3/1"]


def test_a_module_re_opened_while_the_dialogue_runs_repeats_no_round_up() -> None:
    clock = Clock(dialogue())
    clock.tick(local("2008-11-12 09:00"))
    again = {"opened_at": local("2008-11-12 10:00"), "closed_at": None, "closes_at": local("2008-11-13 18:00")}
    clock.dialogue = with_module(clock.dialogue, 1, reopenings=1, **again)
    ahead = [each for each in lines(coming(clock.dialogue, clock.done)) if "roundup roundup" in each]
    assert ahead == [
        "Fri 14 16:00 roundup roundup/3",
        "Fri 21 16:00 roundup roundup/4",
        "Sun 23 18:00 roundup roundup/5",
    ]


# -- first apply


def test_a_dialogue_set_up_before_its_start_leaves_nothing_out() -> None:
    found = first_apply(dialogue(), local("2008-11-01 12:00"))
    assert found
    assert found.skipped == ()
    assert found.modules == dialogue().modules


def test_a_dialogue_set_up_in_its_second_week_opens_the_module_at_once() -> None:
    of = dialogue()
    now = local("2008-11-12 12:00")
    found = first_apply(of, now)
    assert found
    assert [" ".join(map(str, key)) for key in found.skipped] == [
        "open 1 0",
        "reminder 1 0",
        "draft roundup 1",
        "roundup roundup 1",
        "close 1 0",
    ]
    assert [bool(module.closed_at) for module in found.modules] == [True, False, False]
    of = replace(of, modules=found.modules)
    assert lines(due(of, found.skipped, now)) == ["Mon 10 09:00 open 2/0"]


def test_a_dialogue_set_up_at_a_weekend_waits_for_monday() -> None:
    now = local("2008-11-08 12:00")
    found = first_apply(dialogue(), now)
    assert found
    of = replace(dialogue(), modules=found.modules)
    assert due(of, found.skipped, now) == []
    assert lines(coming(of, found.skipped))[0] == "Mon 10 09:00 open 2/0"


def test_a_reminder_already_past_is_not_made_up_for() -> None:
    now = local("2008-11-07 12:00")
    found = first_apply(dialogue(), now)
    assert found
    assert lines(due(dialogue(), found.skipped, now)) == ["Mon 03 09:00 open 1/0"]


@pytest.mark.parametrize("now", ["2008-11-21 18:00", "2026-01-01 00:00"])
def test_a_dialogue_wholly_past_cannot_start(now: str) -> None:
    assert first_apply(dialogue(), local(now)) is None


def test_until_the_last_module_closes_it_can() -> None:
    assert first_apply(dialogue(), local("2008-11-21 17:59"))


# -- shifting


def test_a_shifted_dialogue_keeps_its_wall_clock_times_over_summer_time() -> None:
    of = dialogue((("2008-03-24 09:00", "2008-03-28 18:00"), ("2008-03-31 09:00", "2008-04-04 18:00")), zone=BERLIN)
    moved = shifted(of.modules, date(2026, 10, 19), BERLIN)
    assert [(to_local(m.opens_at, BERLIN), to_local(m.closes_at, BERLIN)) for m in moved] == [
        (datetime(2026, 10, 19, 9), datetime(2026, 10, 23, 18)),
        (datetime(2026, 10, 26, 9), datetime(2026, 10, 30, 18)),
    ]
    assert moved[1].opens_at - moved[0].opens_at == timedelta(days=7, hours=1)
    assert [m.title for m in moved] == [m.title for m in of.modules]


def test_shifting_by_nothing_changes_nothing() -> None:
    assert shifted(dialogue().modules, date(2008, 11, 3), SANTO_DOMINGO) == dialogue().modules
    assert shifted((), date(2008, 11, 3), SANTO_DOMINGO) == ()


# -- whatever the dates, and whenever the clock looks


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    zone = draw(st.sampled_from([SANTO_DOMINGO, BERLIN, ZoneInfo("Australia/Lord_Howe")]))
    at = draw(st.datetimes(datetime(2008, 3, 1), datetime(2008, 11, 1))).replace(second=0, microsecond=0)
    spans = []
    for _ in range(draw(st.integers(1, 4))):
        opens = at + timedelta(hours=draw(st.integers(0, 100)))
        at = opens + timedelta(hours=draw(st.integers(2, 300)))
        spans.append((opens.isoformat(), at.isoformat()))
    rule = RoundupRule(
        draw(st.none() | st.integers(0, 6)),
        draw(st.times()).replace(second=0, microsecond=0),
        timedelta(hours=draw(st.sampled_from([0, 3, 48, 400]))),
    )
    return dialogue(tuple(spans), zone=zone, rule=rule, grace=timedelta(hours=draw(st.sampled_from([0, 1, 48]))))


HOURS = st.lists(st.integers(0, 24 * 90), max_size=12)


def ticks(of: Dialogue, hours: list[int]) -> list[datetime]:
    start = timetable(of)[0].at
    end = timetable(of)[-1].at
    return [*(start + timedelta(hours=each) for each in sorted(hours)), max(end, start + timedelta(days=91))]


@given(dialogues())
def test_the_timetable_is_in_order_and_its_keys_are_unique(of: Dialogue) -> None:
    entries = timetable(of)
    assert [each.at for each in entries] == sorted(each.at for each in entries)
    assert len({each.key for each in entries}) == len(entries)
    rounds = [each.round for each in entries if each.kind == "roundup"]
    assert rounds == list(range(1, len(rounds) + 1))


@given(dialogues())
def test_a_round_up_follows_all_that_can_come_in(of: Dialogue) -> None:
    last = max(each.at for each in timetable(of) if each.kind == "roundup")
    assert last >= max(module.closes_at for module in of.modules) + of.policy.grace


@given(dialogues(), HOURS)
def test_whenever_the_clock_looks_the_same_things_happen(of: Dialogue, hours: list[int]) -> None:
    clock = Clock(of, as_planned=True)
    for now in ticks(of, hours):
        clock.tick(now)
    not_drafts = {each.key for each in timetable(of) if each.kind != "draft"}
    assert {key for key in clock.done if key[0] != "draft"} == not_drafts
    assert clock.done <= keys(timetable(of))
    assert coming(clock.dialogue, clock.done) == []


@given(dialogues(), HOURS)
def test_a_late_clock_does_nothing_twice_and_leaves_nothing_out(of: Dialogue, hours: list[int]) -> None:
    """As it is in life: what happened late is noted with the time it happened at."""
    clock = Clock(of)
    for now in ticks(of, hours):
        clock.tick(now)
    assert all(module.opened_at and module.closed_at for module in clock.dialogue.modules)
    planned = {each.key for each in timetable(of) if each.kind != "draft"}
    assert planned <= clock.done
    assert all(each.subject == "roundup" for each in coming(clock.dialogue, clock.done))


@given(dialogues(), HOURS)
def test_done_one_by_one_with_a_fresh_look_each_time_it_is_the_same(of: Dialogue, hours: list[int]) -> None:
    """What an outage delayed is noted with the time it happened at, which moves what is computed from it."""
    done: set[Key] = set()
    planned = {each.key for each in timetable(of) if each.kind != "draft"}
    instants = ticks(of, hours)
    while instants:
        now = instants.pop(0)
        while entries := due(of, done, now):
            assert not done & set(entries[0].keys)
            done |= set(entries[0].keys)
            of = carry_out(of, entries[:1], lambda _, now=now: now)
        if not instants and (left := coming(of, done)):  # a late close has its grace and its round-up later
            instants.append(left[0].at)
    assert all(module.opened_at and module.closed_at for module in of.modules)
    assert planned <= done


@given(dialogues(), st.lists(st.tuples(st.integers(0, 3), st.integers(1, 400), st.integers(1, 300)), max_size=4))
def test_whatever_is_re_opened_its_round_ups_are_not_lost(of: Dialogue, reopenings: list[tuple[int, int, int]]) -> None:
    """Each time: some hours later a module that has closed is opened again, for some hours."""
    clock = Clock(of)
    now = of.modules[0].closes_at
    for index, later, hours in reopenings:
        clock.tick(now)
        now += timedelta(hours=later)
        clock.tick(now)
        module = of.modules[index % len(of.modules)]
        module = clock.dialogue.module(module.number) or module
        if module.closed_at is None:
            continue
        closes = now + timedelta(hours=hours)
        again = {"opened_at": now, "closed_at": None, "closes_at": closes, "reopenings": module.reopenings + 1}
        clock.dialogue = with_module(clock.dialogue, module.number, **again)
        ahead = coming(clock.dialogue, clock.done)
        assert ("close", str(module.number), module.reopenings + 1) in keys(ahead)
        assert max(each.at for each in ahead if each.kind == "roundup") >= closes + of.policy.grace
        assert "reminder" in {each.kind for each in ahead if each.module == module.number and not each.skip}
    clock.tick(now + timedelta(days=400))


@given(dialogues(), HOURS)
@settings(max_examples=50)
def test_in_one_look_there_is_at_most_one_missed_round_up(of: Dialogue, hours: list[int]) -> None:
    clock = Clock(of)
    for now in ticks(of, hours):
        said = clock.tick(now)
        assert sum(" roundup roundup/" in each for each in said) <= 1


@given(dialogues(), st.integers(0, 24 * 90))
def test_after_a_first_apply_only_the_open_module_is_due(of: Dialogue, hour: int) -> None:
    now = of.modules[0].opens_at + timedelta(hours=hour)
    found = first_apply(of, now)
    if found is None:
        assert of.modules[-1].closes_at <= now
        return
    started = replace(of, modules=found.modules)
    entries = due(started, found.skipped, now)
    assert [str(each.kind) for each in entries] == ["open"] * len(entries)
    assert len(entries) == sum(m.opens_at <= now < m.closes_at for m in of.modules)
    assert keys(timetable(of)) == set(found.skipped) | keys(coming(started, found.skipped))
