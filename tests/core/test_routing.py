"""Where a mail belongs, rule by rule, in the model case: three modules of a week, weekends between, grace 2 days."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.calendar import from_local
from listserv.core.dialogue.model import Dialogue, Late, Moderation, Module, Policy, RoundupRule
from listserv.core.dialogue.routing import Place, Tell, Threaded, Why, place

ZONE = ZoneInfo("America/Santo_Domingo")
WEEKS = ((3, 7), (10, 14), (17, 21))


def local(text: str) -> datetime:
    """ "12 09:00" is 12 November 2008, 09:00."""
    return from_local(datetime.strptime(f"2008-11-{text}", "%Y-%m-%d %H:%M"), ZONE)


def dialogue(now: datetime, late: Late = Late.HOLD, *, weeks: tuple[tuple[int, int], ...] = WEEKS) -> Dialogue:
    """The model case as it stands at `now`, every switchover done on time."""
    modules = []
    for number, (first, last) in enumerate(weeks, start=1):
        opens, closes = local(f"{first} 09:00"), local(f"{last} 18:00")
        modules.append(
            Module(
                number,
                f"Module {number}",
                "",
                (),
                opens,
                closes,
                opened_at=opens if opens <= now else None,
                closed_at=closes if closes <= now else None,
            )
        )
    rule = RoundupRule(4, time(16), timedelta(hours=3))
    policy = Policy("request", Moderation.ALL, late, timedelta(days=2), "participants", 600, rule)
    return Dialogue(1, "nap1325", "Planning for Action", (), "en", ZONE, policy, tuple(modules))


def answer(module: int | None, contribution: int | None = 7, subject: str = "Focal points") -> Threaded:
    return Threaded(module, contribution, subject)


def said(found: Place) -> str:
    """module, why, then what differs from a contribution that passes."""
    words = [f"{found.module} {found.why}"]
    if found.parent is not None:
        words.append(f"to {found.parent}")
    words += [reason.rule for reason in found.reasons]
    if found.tell:
        words.append(f"tell {found.tell}")
    return ", ".join(words)


# -- what decides


@pytest.mark.parametrize(
    ("reference", "token", "subject", "expected"),
    [
        pytest.param(answer(2, 7), answer(2, 8), "Re: [nap1325 1] Other", "2 reference, to 7", id="a reference first"),
        pytest.param(answer(2, None), None, "Anything", "2 reference", id="the announcement is no contribution"),
        pytest.param(answer(2), answer(2, 8), "Another subject", "2 reference, to 7", id="whatever the subject"),
        pytest.param(None, answer(2, 8), "Re: [nap1325 2] Focal points", "2 token, to 8", id="then the token"),
        pytest.param(None, answer(2, 8), "RE: FOCAL POINTS", "2 token, to 8", id="in any case of letters"),
        pytest.param(None, answer(2, 8), "TR: Re : Focal points", "2 token, to 8", id="with prefixes"),
        pytest.param(None, answer(2, 8), "Budgets", "2 open", id="a token under a new subject is an old address"),
        pytest.param(None, answer(1, 8), "[nap1325 2] Budgets", "2 tag", id="then the tag decides"),
        pytest.param(None, None, "Re: [nap1325 2] Budgets", "2 tag", id="then the tag"),
        pytest.param(None, None, "[NAP1325 #2] Budgets", "2 tag", id="as people type it"),
        pytest.param(None, None, "[nap1325 9] Budgets", "2 open", id="a tag of no module is none"),
        pytest.param(None, None, "[other 1] Budgets", "2 open", id="nor is one of another dialogue"),
        pytest.param(None, None, "Budgets", "2 open", id="then the open module"),
        pytest.param(None, None, "", "2 open", id="also without a subject"),
        pytest.param(answer(None), None, "Re: Round-up", "2 open", id="an answer to a round-up is a new contribution"),
        pytest.param(answer(None), None, "Re: [nap1325 2] Round-up", "2 tag", id="or goes by its tag"),
        pytest.param(answer(None), answer(2, 8), "Focal points", "2 token, to 8", id="or by its token"),
        pytest.param(answer(9), None, "Budgets", "2 open", id="a module taken out of the programme"),
    ],
)
def test_what_decides(reference: Threaded | None, token: Threaded | None, subject: str, expected: str) -> None:
    now = local("12 12:00")
    found = place(dialogue(now), now, by_reference=reference, by_token=token, subject=subject)
    assert said(found) == expected


# -- by the state of the module


@pytest.mark.parametrize(
    ("now", "late", "answers", "expected"),
    [
        # a reply: open, grace, afterwards
        ("12 12:00", "hold", 2, "2 reference, to 7"),
        ("08 12:00", "hold", 1, "1 reference, to 7"),
        ("09 17:59", "hold", 1, "1 reference, to 7"),
        ("09 18:00", "hold", 1, "1 reference, to 7, late"),
        ("09 18:00", "current", 1, "2 next, between modules"),
        ("09 18:00", "return", 1, "1 reference, to 7, late, tell returned"),
        ("12 12:00", "hold", 1, "1 reference, to 7, late"),
        ("12 12:00", "current", 1, "2 open"),
        ("12 12:00", "return", 1, "1 reference, to 7, late, tell returned"),
        ("15 12:00", "current", 1, "2 grace"),  # counts like a new contribution
        ("15 12:00", "current", 2, "2 reference, to 7"),
        # a new contribution
        ("12 12:00", "hold", None, "2 open"),
        ("08 12:00", "hold", None, "1 grace"),
        ("09 17:59", "return", None, "1 grace"),
        ("09 18:00", "hold", None, "2 next, between modules"),
        ("09 18:00", "return", None, "2 next, between modules"),
        ("10 08:59", "current", None, "2 next, between modules"),
        ("10 09:00", "hold", None, "2 open"),
        # before the start
        ("02 12:00", "hold", None, "1 next, before the start, tell before"),
        ("02 12:00", "current", None, "1 next, before the start, tell before"),
        ("02 12:00", "return", None, "1 next, before the start, tell before"),
        # after the end: the last grace is over
        ("22 12:00", "hold", None, "3 grace"),
        ("22 12:00", "hold", 3, "3 reference, to 7"),
        ("23 18:00", "hold", None, "3 last, after the end, tell after"),
        ("23 18:00", "return", None, "3 last, after the end, tell after"),
        ("23 18:00", "hold", 3, "3 reference, to 7, late, tell after"),
        ("23 18:00", "hold", 1, "1 reference, to 7, late, tell after"),
        ("23 18:00", "current", 1, "3 last, after the end, tell after"),
        ("23 18:00", "return", 3, "3 reference, to 7, late, tell returned"),
    ],
)
def test_between_modules(now: str, late: str, answers: int | None, expected: str) -> None:
    at = local(now)
    reference = None if answers is None else answer(answers)
    assert said(place(dialogue(at, Late(late)), at, by_reference=reference)) == expected


@pytest.mark.parametrize(
    ("now", "subject", "expected"),
    [
        ("12 12:00", "[nap1325 3] On monitoring", "3 tag, early"),
        ("09 20:00", "[nap1325 2] On drafting", "2 tag, between modules"),
        ("02 12:00", "[nap1325 2] On drafting", "2 tag, before the start, tell before"),
    ],
)
def test_a_mail_for_a_module_to_come_is_held_for_it(now: str, subject: str, expected: str) -> None:
    assert said(place(dialogue(local(now)), local(now), subject=subject)) == expected


# -- what people are told


@pytest.mark.parametrize(
    ("now", "late", "answers", "when", "text"),
    [
        (
            "02 12:00",
            "hold",
            None,
            "3 09:00",
            "It came before the start: module 1 opens on 2008-11-03 09:00 (America/Santo_Domingo).",
        ),
        (
            "09 18:00",
            "hold",
            None,
            "10 09:00",
            "No module is open; module 2 opens on 2008-11-10 09:00 (America/Santo_Domingo).",
        ),
        (
            "24 12:00",
            "hold",
            None,
            "21 18:00",
            "It came after the end: module 3 closed on 2008-11-21 18:00 (America/Santo_Domingo).",
        ),
        (
            "12 12:00",
            "return",
            1,
            "7 18:00",
            "It answers module 1, which closed on 2008-11-07 18:00 (America/Santo_Domingo).",
        ),
        (  # the author hears when the dialogue ended, the moderators what is answered
            "24 12:00",
            "hold",
            1,
            "21 18:00",
            "It answers module 1, which closed on 2008-11-07 18:00 (America/Santo_Domingo).",
        ),
    ],
)
def test_the_reason_and_the_instant(now: str, late: str, answers: int | None, when: str, text: str) -> None:
    at = local(now)
    reference = None if answers is None else answer(answers)
    found = place(dialogue(at, Late(late)), at, by_reference=reference)
    assert [reason.text for reason in found.reasons] == [text]
    assert found.when == local(when)


def test_what_was_meant_is_kept_when_it_counts_elsewhere() -> None:
    now = local("12 12:00")
    found = place(dialogue(now, Late.CURRENT), now, by_reference=answer(1))
    assert (found.module, found.named, found.parent, found.why) == (2, 1, None, Why.OPEN)


def test_only_what_is_returned_goes_back() -> None:
    now = local("12 12:00")
    assert place(dialogue(now, Late.RETURN), now, by_reference=answer(1)).returned
    assert not place(dialogue(now, Late.HOLD), now, by_reference=answer(1)).returned


# -- by what happened, not by the dates


def test_a_module_opened_early_by_hand_takes_contributions() -> None:
    now = local("09 20:00")
    of = dialogue(now)
    early = replace(of.modules[1], opened_at=local("09 19:00"))
    assert said(place(replace(of, modules=(of.modules[0], early, of.modules[2])), now)) == "2 open"


def test_a_module_whose_opening_is_overdue_takes_none_yet() -> None:
    """Nobody was told yet that it is open."""
    assert said(place(dialogue(local("09 20:00")), local("10 09:05"))) == "2 next, between modules"


def test_a_module_re_opened_takes_replies_again() -> None:
    now = local("25 12:00")
    of = dialogue(now)
    again = replace(of.modules[2], opened_at=local("24 09:00"), closed_at=None, reopenings=1)
    of = replace(of, modules=(*of.modules[:2], again))
    assert said(place(of, now, by_reference=answer(3))) == "3 reference, to 7"
    assert said(place(of, now)) == "3 open"
    assert said(place(of, now, by_reference=answer(1))) == "1 reference, to 7, late"


def test_the_grace_of_the_module_that_closed_last_counts() -> None:
    now = local("19 12:00")
    of = dialogue(now)
    first = replace(of.modules[0], closed_at=local("18 18:00"))
    last = replace(of.modules[2], closed_at=local("18 12:00"))
    assert said(place(replace(of, modules=(first, of.modules[1], last)), now)) == "1 grace"


def test_a_module_called_off_is_not_waited_for() -> None:
    now = local("16 18:00")
    of = dialogue(now)
    called_off = replace(of.modules[2], closed_at=local("15 12:00"))
    found = place(replace(of, modules=(*of.modules[:2], called_off)), now)
    assert said(found) == "2 last, after the end, tell after"
    assert found.when == local("14 18:00")


def test_a_dialogue_without_modules_holds_everything() -> None:
    now = local("12 12:00")
    found = place(dialogue(now, weeks=()), now)
    assert said(found) == "None last, between modules"


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        place(dialogue(local("12 12:00")), datetime(2008, 11, 12))


@given(
    st.integers(-48, 24 * 30),
    st.sampled_from(Late),
    st.none() | st.builds(Threaded, st.none() | st.integers(0, 4), st.none() | st.integers(1, 9), st.just("Plans")),
    st.none() | st.builds(Threaded, st.none() | st.integers(0, 4), st.none() | st.integers(1, 9), st.just("Plans")),
    st.sampled_from(["", "Plans", "Re: [nap1325 2] Plans", "[nap1325 3] x", "[nap1325 0] x", "]["]),
)
def test_every_mail_has_a_place_and_nothing_passes_where_no_module_takes_it(
    hour: int, late: Late, reference: Threaded | None, token: Threaded | None, subject: str
) -> None:
    now = local("3 09:00") + timedelta(hours=hour)
    of = dialogue(now, late)
    found = place(of, now, by_reference=reference, by_token=token, subject=subject)
    module = of.module(found.module)
    assert module
    takes = module.opened_at is not None and (module.closed_at is None or now < module.closed_at + of.policy.grace)
    assert bool(found.reasons) == (not takes)
    assert (found.when is None) == takes
    assert not (found.tell is Tell.RETURNED and late is not Late.RETURN)


@pytest.mark.parametrize(
    ("now", "weeks", "over"),
    [
        ("20 12:00", WEEKS, False),
        ("29 12:00", WEEKS, True),
        ("12 12:00", (), False),  # being set up
    ],
)
def test_a_dialogue_is_over_when_all_its_modules_have_closed(
    now: str, weeks: tuple[tuple[int, int], ...], over: bool
) -> None:
    assert dialogue(local(now), weeks=weeks).over is over
