"""A module's close that waits for what is held (close_waits): when, how long, and what waits with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listserv.core.dialogue.model import Dialogue, ModerationRule
from listserv.core.dialogue.programme import close_by, closes_late, due
from tests.core.test_programme import AT_CLOSE, FRIDAYS, dialogue, happened, lines, local, with_module

TIGHT = (("2008-11-03 09:00", "2008-11-07 18:00"), ("2008-11-07 20:00", "2008-11-14 18:00"))


def waiting(of: Dialogue, hours: int) -> Dialogue:
    rule = ModerationRule(close_waits=timedelta(hours=hours))
    return with_module(replace(of, policy=replace(of.policy, waiting=rule)), 1, opened_at=of.modules[0].opens_at)


OPEN = waiting(dialogue(rule=FRIDAYS), 6)
DONE = {("open", "1", 0), ("reminder", "1", 0), ("draft", "roundup", 1), ("roundup", "roundup", 1)}
WAITED = {("close", "1", 0)}


@pytest.mark.parametrize(
    ("now", "held", "waited", "got"),
    [
        ("2008-11-07 17:59", [1], [], []),
        ("2008-11-07 18:00", [], [], ["Fri 07 18:00 close 1/0"]),  # nothing is held
        ("2008-11-07 18:00", [1], [], []),  # it waits
        ("2008-11-07 18:00", [2], [], ["Fri 07 18:00 close 1/0"]),  # what is held for another does not count
        ("2008-11-07 23:59", [1], WAITED, []),
        ("2008-11-07 20:30", [], WAITED, ["Fri 07 20:30 close 1/0"]),  # decided meanwhile: it closes then
        ("2008-11-08 00:00", [1], WAITED, ["Sat 08 00:00 close 1/0"]),  # its time is over
        ("2008-11-09 12:00", [1], WAITED, ["Sat 08 00:00 close 1/0"]),  # also after an outage
        ("2008-11-09 12:00", [1], [], ["Fri 07 18:00 close 1/0"]),  # an outage in which nobody waited
    ],
)
def test_a_close_waits(now: str, held: list[int], waited: set[tuple[str, str, int]], got: list[str]) -> None:
    assert lines([one for one in due(OPEN, DONE, local(now), held, waited) if one.module == 1]) == got


def test_without_the_setting_nothing_waits() -> None:
    of = waiting(dialogue(), 0)
    assert closes_late(of, local("2008-11-07 18:00"), [1]) == {}
    assert lines(due(of, DONE, local("2008-11-07 18:00"), [1])) == ["Fri 07 18:00 close 1/0"]


def test_never_beyond_the_opening_of_the_next() -> None:
    of = waiting(dialogue(TIGHT), 6)
    by = local("2008-11-07 20:00")
    assert close_by(of, of.modules[0]) == by
    assert closes_late(of, local("2008-11-07 19:59"), [1]) == {1: by}
    assert lines(due(of, DONE, by, [1], WAITED)) == ["Fri 07 20:00 close 1/0", "Fri 07 20:00 open 2/0"]


def test_the_round_up_of_a_close_waits_with_it_and_other_ones_do_not() -> None:
    at = local("2008-11-07 18:00")
    of = waiting(dialogue(rule=AT_CLOSE), 6)
    done = {("open", "1", 0), ("reminder", "1", 0), ("draft", "roundup", 1)}
    assert lines(due(of, done, at, [1])) == []
    assert lines(due(of, done, local("2008-11-07 21:00"), [], WAITED)) == [
        "Fri 07 21:00 close 1/0",
        "Fri 07 18:00 roundup roundup/1",
    ]


@pytest.mark.parametrize("state", ["planned", "closed"])
def test_only_an_open_module_waits(state: str) -> None:
    of = dialogue() if state == "planned" else happened(dialogue(), 1)
    of = replace(of, policy=OPEN.policy)
    assert closes_late(of, local("2008-11-07 18:00"), [1]) == {}
