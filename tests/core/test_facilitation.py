"""The calendar's mails: what organisers write, when each goes, what is left out; outages, moves, summer time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue import moments
from listserv.core.dialogue.cautions import unsent
from listserv.core.dialogue.first_apply import first_apply
from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.moments import (
    AFTER,
    ANYWHERE,
    BEFORE,
    WEEKDAYS,
    Apart,
    CalendarRule,
    Middle,
    OnDay,
    Side,
    read,
    written,
)
from listserv.core.dialogue.occurrence import WHOLE, Change, OccurrenceKind
from listserv.core.dialogue.programme import coming, due, timetable
from tests.core.test_programme import BERLIN, Clock, dialogue, happened, line, lines, local, with_module

SAID = {
    "invitation_again": "7 days before 10:00",
    "checkin": "5 days before 10:00",
    "midweek": "wednesday 12:00",
    "nudge": "thursday 10:00",
    "reminder": "1 day before",
    "last_call": "1 day before",
    "survey": "1 day after 10:00",
    "thanks": "3 days after 10:00",
    "review": 3 * 3600,
    "frequent": 5,
}


def full(of: Dialogue | None = None, **said: str | int) -> Dialogue:
    """The model case with every mail of the calendar."""
    of = of or dialogue()
    policy = replace(of.policy, calendar=CalendarRule.of({**SAID, **said}))
    return replace(of, policy=policy, survey=("How was it?",))


def of_the_calendar(of: Dialogue) -> list[str]:
    return [line(each, of.zone) for each in timetable(of) if each.kind not in ("open", "close", "draft", "roundup")]


# -- the timetable


def test_the_calendar_of_the_model_case() -> None:
    assert of_the_calendar(full()) == [
        "Mon 27 10:00 invitation-again dialogue/0",
        "Wed 29 10:00 checkin dialogue/0",
        "Wed 05 09:00 midweek-draft 1/0",
        "Wed 05 12:00 midweek 1/0",
        "Thu 06 10:00 nudge 1/0",
        "Thu 06 18:00 reminder 1/0",
        "Wed 12 09:00 midweek-draft 2/0",
        "Wed 12 12:00 midweek 2/0",
        "Thu 13 10:00 nudge 2/0",
        "Thu 13 18:00 reminder 2/0",
        "Wed 19 09:00 midweek-draft 3/0",
        "Wed 19 12:00 midweek 3/0",
        "Thu 20 10:00 nudge 3/0",
        "Thu 20 18:00 reminder 3/0",
        "Sat 22 18:00 last-call dialogue/0",
        "Mon 24 10:00 survey dialogue/0",
        "Wed 26 10:00 thanks dialogue/0",
    ]


def test_off_is_off_and_no_questions_no_survey() -> None:
    none = full(**dict.fromkeys(moments.MOMENTS, "off"))
    assert of_the_calendar(none) == []
    assert "survey" not in {each.kind for each in timetable(replace(full(), survey=()))}
    assert "midweek-draft" not in {each.kind for each in timetable(full(review=0))}


@pytest.mark.parametrize(
    ("moment", "at"),
    [
        ("wednesday 12:00", "Wed 05 12:00"),
        ("monday 12:00", "Mon 03 12:00"),
        ("monday 09:00", None),  # as it opens: the announcement is there
        ("saturday 12:00", None),
        ("half way", "Wed 05 13:30"),
        ("2 days after", "Wed 05 09:00"),
        ("2 days after 15:00", "Wed 05 15:00"),
        ("36 hours before", "Thu 06 06:00"),
        ("1 week before", None),
    ],
)
def test_a_moment_within_a_module(moment: str, at: str | None) -> None:
    found = [each for each in timetable(full(midweek=moment)) if each.kind == "midweek" and each.module == 1]
    assert [line(each, full().zone) for each in found] == ([f"{at} midweek 1/0"] if at else [])


def test_of_several_weekdays_the_one_nearest_the_middle() -> None:
    of = full(dialogue((("2008-11-03 09:00", "2008-11-28 18:00"),)))
    assert [one for one in of_the_calendar(of) if " midweek " in one] == ["Wed 19 12:00 midweek 1/0"]


@pytest.mark.parametrize(
    ("said", "grace", "found"),
    [
        ({}, 2, []),
        ({"midweek": "saturday 12:00"}, 2, ['midweek = "saturday 12:00": no such moment within modules 1, 2, 3, so']),
        ({"nudge": "6 days after"}, 2, ['nudge = "6 days after": no such moment within modules 1, 2, 3, so none goes']),
        ({}, 1, ['last_call = "1 day before": before the last module closes, so none goes; set less than grace, like']),
        ({}, 0, []),  # nobody expects one
        ({"survey": "off"}, 2, ['survey = "off": the questions in [[dialogue.survey]] are asked of nobody']),
        ({"midweek": "off", "nudge": "off", "last_call": "off"}, 2, []),
    ],
)
def test_check_says_which_mail_has_no_moment(said: dict[str, str], grace: int, found: list[str]) -> None:
    of = full(**said)
    of = replace(of, policy=replace(of.policy, grace=timedelta(days=grace)))
    assert [one[: len(start)] for one, start in zip(unsent(of), found, strict=True)] == found


def test_a_last_call_while_a_module_is_open_is_its_reminder() -> None:
    for grace, calls in ((timedelta(0), False), (timedelta(days=1), False), (timedelta(days=1, seconds=1), True)):
        kinds = {each.kind for each in timetable(full(dialogue(grace=grace)))}
        assert ("last-call" in kinds) is calls, grace


def test_summer_time_moves_no_time_of_day() -> None:
    of = full(dialogue((("2026-03-27 09:00", "2026-04-02 18:00"),), zone=BERLIN), checkin="5 days before 02:30")
    shown = of_the_calendar(of)
    assert shown[1] == "Sun 22 02:30 checkin dialogue/0"
    # 28 March has 02:30, the 29th has not: there it counts as 03:00.
    of = full(dialogue((("2026-04-03 09:00", "2026-04-09 18:00"),), zone=BERLIN), checkin="5 days before 02:30")
    assert of_the_calendar(of)[1] == "Sun 29 03:00 checkin dialogue/0"
    (note,) = (each for each in timetable(of) if each.kind == "midweek")
    assert note.at == datetime(2026, 4, 8, 10, tzinfo=UTC)


# -- what happens


def test_each_happens_once_also_with_two_clocks() -> None:
    one = Clock(full(), as_planned=True)
    at = local("2008-10-20 00:00")
    while at < local("2008-12-01 00:00"):
        one.tick(at)
        one.tick(at)
        at += timedelta(hours=1)
    assert sorted(one.said) == sorted(lines(timetable(one.dialogue)))
    assert not [said for said in one.said if "skip" in said]


@pytest.mark.parametrize(
    ("back", "left_out", "done"),
    [
        # The engine was down from Saturday 1 November until then; check-ins had gone.
        ("Tue 04 12:00", [], []),
        ("Wed 05 13:00", ["midweek-draft 1/0"], ["midweek 1/0"]),
        ("Thu 06 12:00", ["midweek-draft 1/0"], ["midweek 1/0", "nudge 1/0"]),
        ("Thu 06 19:00", ["midweek-draft 1/0", "midweek 1/0", "nudge 1/0"], ["reminder 1/0"]),
        ("Sat 08 12:00", ["midweek-draft 1/0", "midweek 1/0", "nudge 1/0", "reminder 1/0"], []),
    ],
)
def test_after_an_outage_what_is_pointless_is_left_out(back: str, left_out: list[str], done: list[str]) -> None:
    clock = Clock(full())
    clock.tick(local("2008-11-01 12:00"))
    clock.said.clear()
    _, day, hour = back.split()
    said = [" ".join(one.split()[3:]) for one in clock.tick(local(f"2008-11-{day} {hour}"))]
    mine = [one for one in said if one.split()[0] in ("midweek-draft", "midweek", "nudge", "reminder")]
    assert [one.removesuffix(" skip") for one in mine if one.endswith("skip")] == left_out
    assert [one for one in mine if not one.endswith("skip")] == done


def test_back_after_the_end_thanks_and_survey_are_still_due() -> None:
    of = full()
    for number in (1, 2, 3):
        of = happened(of, number)
    ready = due(of, set(), local("2009-01-10 12:00"))
    assert {each.kind for each in ready if not each.skip} == {"roundup", "survey", "thanks"}
    assert {"last-call", "checkin", "midweek", "nudge", "reminder"} <= {each.kind for each in ready if each.skip}


def test_a_module_closed_early_leaves_its_mails_out() -> None:
    of = full(with_module(dialogue(), 1, opened_at=local("2008-11-03 09:00"), closed_at=local("2008-11-04 12:00")))
    mine = {each.kind: each.skip for each in coming(of, set()) if each.module == 1}
    assert mine == dict.fromkeys(("midweek-draft", "midweek", "nudge", "reminder"), True)


def test_what_is_past_at_the_first_apply_is_skipped() -> None:
    first = first_apply(full(), local("2008-11-06 12:00"))
    assert first is not None
    assert {kind for kind, _, _ in first.skipped} == {
        *("invitation-again", "checkin", "midweek-draft", "midweek", "nudge")
    }


# -- by hand


def changed(of: Dialogue, kind: OccurrenceKind, subject: str, **values: object) -> Dialogue:
    return replace(of, changes=(*of.changes, Change(kind, subject, 0, **values)))  # type: ignore[arg-type]


def test_a_note_moved_takes_its_draft_along() -> None:
    of = changed(full(), OccurrenceKind.MIDWEEK, "2", at=local("2008-11-13 14:00"))
    mine = [one for one in of_the_calendar(of) if one.endswith((" midweek 2/0", " midweek-draft 2/0"))]
    assert mine == ["Thu 13 11:00 midweek-draft 2/0", "Thu 13 14:00 midweek 2/0"]


@pytest.mark.parametrize(
    ("kind", "moved", "later", "planned"),
    [
        # moved to the day after the close, which was then put off by a week
        ("thanks", "2008-11-22 12:00", {"closes_at": local("2008-11-28 18:00")}, "2008-12-03 10:00"),
        ("survey", "2008-11-22 12:00", {"closes_at": local("2008-11-28 18:00")}, "2008-12-01 10:00"),
        ("last-call", "2008-11-22 12:00", {"closes_at": local("2008-11-28 18:00")}, "2008-11-29 18:00"),
        # moved to the first day of a module that then opens a day later
        ("nudge", "2008-11-17 12:00", {"opens_at": local("2008-11-18 09:00")}, "2008-11-20 10:00"),
    ],
)
def test_a_move_to_before_what_a_mail_is_about_counts_no_more(
    kind: str, moved: str, later: dict[str, datetime], planned: str
) -> None:
    subject = "3" if kind == "nudge" else WHOLE

    def at(of: Dialogue) -> datetime:
        return next(each.at for each in timetable(of) if (each.kind, each.subject) == (kind, subject))

    of = replace(full(), changes=(Change(kind, subject, 0, at=local(moved)),))
    assert at(of) == local(moved)
    assert at(with_module(of, 3, **later)) == local(planned)


def test_one_skipped_by_hand_is_recorded_as_skipped_in_its_time_and_so_is_its_draft() -> None:
    of = changed(full(), OccurrenceKind.MIDWEEK, "1", skipped=True)
    of = changed(of, OccurrenceKind.THANKS, WHOLE, skipped=True)
    skipped = [each.id for each in coming(of, set()) if each.skip]
    assert skipped == ["midweek-draft-1", "midweek-1", "thanks"]


# -- what organisers write


@pytest.mark.parametrize(
    ("said", "allowed", "moment"),
    [
        ("off", BEFORE, None),
        ("5 days before", BEFORE, Apart(timedelta(days=5), Side.BEFORE)),
        ("1 week before 10:00", BEFORE, Apart(timedelta(days=7), Side.BEFORE, time(10))),
        ("90 minutes after", AFTER, Apart(timedelta(minutes=90), Side.AFTER)),
        (" Wednesday   12:00 ", ANYWHERE, OnDay(2, time(12))),
        ("half way", ANYWHERE, Middle.HALF_WAY),
        ("1 day after", BEFORE, ValueError),
        ("wednesday 12:00", BEFORE, ValueError),
        ("half way", AFTER, ValueError),
        ("wednesday", ANYWHERE, ValueError),
        ("wednesday 24:00", ANYWHERE, ValueError),
        ("0 days before", ANYWHERE, ValueError),
        ("9999 weeks before", ANYWHERE, ValueError),
        ("3 hours before 10:00", ANYWHERE, ValueError),
        ("", ANYWHERE, ValueError),
    ],
)
def test_moments_as_they_are_written(said: str, allowed: tuple[object, ...], moment: object) -> None:
    if moment is ValueError:
        with pytest.raises(ValueError, match=r"is not a moment for this; write \""):
            read(said, allowed)
    else:
        assert read(said, allowed) == moment


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.one_of(
    st.none(),
    st.just(Middle.HALF_WAY),
    st.builds(OnDay, st.integers(0, len(WEEKDAYS) - 1), TIMES),
    st.builds(Apart, st.integers(1, 9999).map(lambda n: timedelta(minutes=n)), st.sampled_from(Side)),
    st.builds(Apart, st.integers(1, 300).map(lambda n: timedelta(days=n)), st.sampled_from(Side), TIMES),
)


@given(MOMENTS)
def test_what_is_written_is_read_the_same(moment: moments.Moment | None) -> None:
    assert read(written(moment)) == moment


def test_a_rule_is_stored_and_read_the_same() -> None:
    rule = CalendarRule.of(SAID)
    assert CalendarRule.of(rule.stored()) == rule
    assert rule.stored() == SAID
    assert CalendarRule.of({}) == CalendarRule()
