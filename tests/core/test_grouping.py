"""Which mails a bundle tells of in one line, and how their numbers are written."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.decision import OF_CONTRIBUTION, Verdict, parse
from listserv.core.dialogue.grouping import LETTERS, MOST, Mail, grouped, spelt

EVE, ED, ANNA = "eve@far.example", "ed@far.example", "anna@example.net"


def mails(rule: str, *senders: str) -> list[Mail]:
    return [Mail(number, sender, frozenset({rule, "links"})) for number, sender in enumerate(senders, 1)]


@pytest.mark.parametrize(
    ("rule", "senders", "expected"),
    [
        ("not a participant", (), []),
        ("not a participant", (EVE,), [(1,)]),
        ("not a participant", (EVE, EVE), [(1,), (2,)]),
        ("not a participant", (EVE, EVE, EVE), [(1, 2, 3)]),
        ("not a participant", (EVE, ED, EVE, ED, EVE), [(1, 3, 5), (2,), (4,)]),
        ("not a participant", (ED, EVE, EVE, ED, EVE, ED), [(1, 4, 6), (2, 3, 5)]),
        ("not a participant", ("", "", ""), [(1,), (2,), (3,)]),
        ("forged", (ANNA, ANNA, ANNA), [(1, 2, 3)]),
        ("unauthenticated", (ANNA, ANNA, ANNA), [(1, 2, 3)]),
        ("every contribution", (ANNA, ANNA, ANNA), [(1,), (2,), (3,)]),  # who takes part is read
    ],
)
def test_many_of_one_unknown_sender_stand_together(
    rule: str, senders: tuple[str, ...], expected: list[tuple[int, ...]]
) -> None:
    assert grouped(mails(rule, *senders)) == expected


def test_one_of_theirs_that_was_proven_stands_alone() -> None:
    some = [*mails("unauthenticated", ANNA, ANNA, ANNA), Mail(4, ANNA, frozenset({"links"}))]
    assert grouped(some) == [(1, 2, 3), (4,)]


@pytest.mark.parametrize(
    ("ids", "said"),
    [((7,), "7"), ((7, 8), "7-8"), ((7, 9), "7, 9"), ((1, 2, 3, 7, 9, 10), "1-3, 7, 9-10"), ((), "")],
)
def test_numbers_as_a_moderator_writes_them(ids: tuple[int, ...], said: str) -> None:
    assert spelt(ids) == said


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_group_is_decided_by_an_answer_that_repeats_its_numbers(step: int) -> None:
    ids = range(100_000, 100_000 + 500 * step, step)
    groups = grouped([Mail(one, EVE, frozenset({"forged"})) for one in ids])
    assert [one for group in groups for one in group] == list(ids)
    for group in groups:
        assert (len(group) <= MOST, len(spelt(group)) <= LETTERS) == (True, True)
        said = parse(f"discard {spelt(group)}", OF_CONTRIBUTION, ids)
        assert (said.verdict, said.numbers) == (Verdict.DISCARD, group)
