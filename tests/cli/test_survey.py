"""`listserv survey`: what moderators see of the answers, and whom they may remind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from listserv.core.dialogue.moments import CalendarRule
from listserv.core.publication.evaluation import Given, tabulate
from tests.cli.conftest import Cli
from tests.house import folder, mail, open_house
from tests.steps.test_poll import ANNA, BORIS, CHLOE, QUESTIONS, SENT


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house in which three have answered, by name."""
    place = folder(tmp_path_factory.mktemp("survey"))
    with open_house(place) as house:
        calendar = CalendarRule.of({"survey": "1 day after 10:00"}).stored()
        asked = [one.stored() for one in QUESTIONS]
        house.policy(calendar=calendar, survey=asked, survey_anonymous=0)
        house.to_the_end()
        house.tick(SENT)
        for who, text in ((ANNA, "1: 5\n3: =Money()"), (BORIS, "1: 4\n2: 1"), (CHLOE, "1: 4\n2: both")):
            to = house.site.addresses.survey("nap", house.part(who)["id"])
            house.take(mail(text, author=who), to, who)
    return place


@pytest.fixture
def survey(answered: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(answered, monkeypatch)


def test_figures_and_words_by_name(survey: Cli) -> None:
    said = survey.ok("survey show")
    assert said.startswith("Planning for Action: 3 of 5 answered (60%)\nnot anonymous")
    assert "   5                               1  ████████████\n   3 answers; mean 4.3, median 4\n" in said
    assert "   - Anna: =Money()\n" in said
    assert "   - Chloe: both\n" in said


def test_json(survey: Cli) -> None:
    found: Any = survey.json("survey show")
    assert (found["asked"], found["answered"], found["anonymous"], found["withheld"]) == (5, 3, False, False)
    first, second, third = found["questions"]
    assert (first["kind"], first["answers"], first["median"]) == ("scale", 3, 4.0)
    assert second["counts"] == [{"answer": "contributions", "count": 1}, {"answer": "round-ups", "count": 0}]
    assert third["texts"] == [{"text": "=Money()", "name": "Anna"}]


def test_csv_holds_no_formula(survey: Cli) -> None:
    assert ",'=Money(),Anna" in survey.ok("survey show --csv")


def test_a_reminder_is_counted_before_it_goes(survey: Cli) -> None:
    assert survey.ok("survey remind --dry-run") == "would remind 2 people who have not answered\n"


def test_where_there_is_no_survey_it_says_so(cli: Cli) -> None:
    assert "has no survey; write [[dialogue.survey]] into listserv.toml" in cli.refused("survey show")
    assert "has no survey" in cli.refused("survey remind --yes")


def test_answers_to_questions_no_longer_asked_are_left_out() -> None:
    given = [Given("value", "5", ""), Given("gone", "1", "old"), Given("", "", "a remark")]
    found = tabulate(QUESTIONS, given, asked=9, answered=3, anonymous=True)
    assert [one.replies for one in found.questions] == [1, 0, 0]
    assert found.beside == (("a remark", ""),)
    assert round(found.rate, 2) == 0.33
