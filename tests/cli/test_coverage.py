"""`listserv coverage`: tables that are readable on 80 columns, and the same as JSON."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

NARROW = {"COLUMNS": "80"}

BY_REGION = """\
Planning for Action: guiding questions by region.
For moderators: a figure of 1 names a person.

Module 1: Getting started (3 contributions by 2 people)
 1 ██████████ 2 by 1        Is it needed?
 2 █████      1 by 1        Who pays? [1 more by their words]
 - █████      1 by 1        on no question yet; the words of 1 suggest one

region                   Q1   Q2  none wrote of
Western Europe          2/1    1     ·   1 of 1
Eastern Europe            ·    ·     1   1 of 1
not said                  ·    ·     ·   0 of 1   nobody yet

Registered, and not heard yet (how many):
  gender     female (1)
"""


@pytest.fixture
def heard(full: Cli) -> Cli:
    """Anna wrote twice and Boris once; Chloe did not."""
    full.ok("contribution tag 1 --question 1 --question 2")
    with full.house() as house:
        house.released("Yes.", subject="Needed")
        house.released("The ministry pays. Its budget is small.", author="Boris <boris@example.net>", subject="Us")
    full.ok("contribution tag 2 --question 1")
    return full


def test_by_region(heard: Cli) -> None:
    assert heard.ok("coverage --module 1", env=NARROW).strip() == BY_REGION.strip()


def test_by_a_field_of_its_own_with_choices_that_nobody_made(heard: Cli) -> None:
    lines = heard.ok("coverage --by stage", env=NARROW).splitlines()
    assert lines[0] == "Planning for Action: guiding questions by Stage of the plan."
    table = lines[lines.index("stage                    Q1   Q2  none wrote of") + 1 :]
    assert table[:3] == [
        "planned                 2/1    1     ·   1 of 1",
        "published                 ·    ·     ·   0 of 0   nobody yet",
        "not said                  ·    ·     1   1 of 2",
    ]


def test_as_json(heard: Cli) -> None:
    found = heard.json("coverage --by country")
    (part,) = found["modules"]
    assert [(one["question"], one["contributions"], one["people"], one["suggested"]) for one in part["questions"]] == [
        (1, 2, 1, 0),
        (2, 1, 1, 1),
    ]
    assert (part["contributions"], part["people"]) == (3, 2)
    assert part["unassigned"] == {"contributions": 1, "people": 1}
    assert [(one["name"], one["registered"], one["contributions"]) for one in part["rows"]] == [
        ("France", 1, 2),
        ("Ukraine", 1, 1),
        ("", 1, 0),
    ]
    assert found["silent"] == [{"group": "gender", "key": "female", "name": "female", "registered": 1}]
    assert found["untouched"] == []


def test_nobody_took_up_counts_words_and_says_what_is_not_placed_yet(heard: Cli) -> None:
    heard.ok("contribution tag 1 2 --question 0")  # now only Boris's words say anything
    told = " ".join(heard.ok("coverage", env={"COLUMNS": "120"}).split())
    assert told.endswith(
        "Taken up by their words, and marked by nobody yet (module.question): 1.2"
        " Nobody took up (module.question): 1.1; but 2 contributions there are on no question yet:"
        " listserv contribution tag N --question Q"
    )
    found = heard.json("coverage")
    assert found["unmarked"] == [{"module": 1, "question": 2}]
    assert found["untouched"] == [{"module": 1, "question": 1}]


def test_long_questions_and_many_groups_stay_within_the_screen(heard: Cli) -> None:
    long = "How, and by whom, is it to be made known, in all the languages that are spoken there, also to those"
    heard.change('"Who pays?"', ", ".join(f'"{n}: {long} who cannot read, or may not?"' for n in range(9)))
    heard.ok("apply --yes")
    lines = heard.ok("coverage", env=NARROW).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("region ") for line in lines) == 2  # ten questions make two tables


def test_where_nothing_has_been_said(empty: Cli) -> None:
    assert "no module has begun yet" in empty.ok("coverage")
    assert empty.json("coverage") == {"by": "region", "modules": [], "silent": [], "unmarked": [], "untouched": []}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("coverage --module 9", "nap has no module 9; it has 1, 2, 3"),
        (
            "coverage --by age",
            "'age' is nothing that people are grouped by; there is: region, country, sector, gender, stage",
        ),
        ("coverage -d other", "there is no dialogue 'other'; there is: nap"),
    ],
)
def test_refused(full: Cli, command: str, said: str) -> None:
    assert full.refused(command) == said
