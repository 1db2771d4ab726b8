"""Coverage: which guiding question was taken up by whom, and who has not been heard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from listserv.core.dialogue.model import Module
from listserv.core.publication.byline import Byline
from listserv.core.publication.coverage import Cell, Silent, Unheard, coverage, unheard
from listserv.core.publication.figures import Enrolled
from listserv.core.publication.material import Contribution

AT = datetime(2008, 11, 4, tzinfo=UTC)
ONE = Module(1, "Getting started", "", ("Is a plan needed?", "Who finances it?", "What do donors do?"), AT, AT)
TWO = Module(2, "Drafting", "", (), AT, AT)


def said(number: int, person: int, *questions: int, module: int = 1, text: str = "", **more: Any) -> Contribution:
    return Contribution(
        number, number, module, person, Byline(), "", text, 1, f"<{number}@x>", AT, AT, questions, **more
    )


PEOPLE = (
    Enrolled(1, "SN", "NGO", "female", own={"stage": "planned"}),
    Enrolled(2, "ML", "ngo ", "male", own={"stage": "published"}),
    Enrolled(3, "NP", "Government", "female"),
    Enrolled(4, "NP", "Government", ""),
    Enrolled(5, "IN", "Government", "male"),
    Enrolled(6, "", "", ""),
    Enrolled(7, "CL", "Academia", "female", registered=False),
)
SAID = (
    said(1, 1, 1, 2),
    said(2, 1, 1),
    said(3, 2, 2),
    said(4, 7, text="The embassy financed it, and the donors were patient: donors should be."),
    said(5, -9, country="FJ"),
)


def test_questions_against_regions() -> None:
    (part,) = coverage(SAID, PEOPLE, [ONE]).parts
    assert [(one.said, one.suggested) for one in part.questions] == [(Cell(2, 1), 0), (Cell(2, 2), 0), (Cell(), 1)]
    assert (part.unassigned, part.all) == (Cell(2, 2), Cell(5, 4))
    assert {row.key: (row.registered, row.all, row.unassigned, row.cells) for row in part.rows} == {
        "011": (2, Cell(3, 2), Cell(), (Cell(2, 1), Cell(2, 2), Cell())),
        "005": (0, Cell(1, 1), Cell(1, 1), (Cell(), Cell(), Cell())),  # who wrote and has left
        "054": (0, Cell(1, 1), Cell(1, 1), (Cell(), Cell(), Cell())),  # who is on no list
        "034": (3, Cell(), Cell(), (Cell(), Cell(), Cell())),  # nothing, and shown as such
        "": (1, Cell(), Cell(), (Cell(), Cell(), Cell())),
    }
    assert [row.key for row in part.rows] == ["011", "005", "054", "034", ""]  # the most first, the untold last


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("country", ["SN", "ML", "CL", "FJ", "NP", "IN", ""]),
        ("sector", ["NGO", "Academia", "Government", ""]),  # "ngo " is the same
        ("gender", ["female", "male", ""]),
        ("stage", ["planned", "published", "not yet", ""]),  # also a choice that nobody made
    ],
)
def test_by_whatever_people_told(by: str, keys: list[str]) -> None:
    found = coverage(SAID, PEOPLE, [ONE], by, {"stage": ["planned", "published", "not yet"]})
    assert [row.key for row in found.parts[0].rows] == keys


def test_by_something_that_nobody_was_asked() -> None:
    with pytest.raises(ValueError, match=r"^'age' is nothing that people are grouped by; there is: region, country"):
        coverage(SAID, PEOPLE, [ONE], "age", {"stage": []})


def test_who_has_not_been_heard() -> None:
    found = coverage(SAID, PEOPLE, [ONE, TWO], choices={"stage": []})
    assert found.silent == (
        Silent("region", "034", 3),
        Silent("country", "NP", 2),
        Silent("country", "IN", 1),
        Silent("sector", "Government", 3),
    )
    assert (found.unmarked, found.untouched) == (((1, 3),), ())


def test_what_words_suggest_is_told_apart_from_what_nobody_took_up() -> None:
    found = coverage([said(1, 1, 1), said(2, 2, text="The weather was fine.")], PEOPLE, [ONE])
    assert (found.unmarked, found.untouched) == ((), ((1, 2), (1, 3)))


def test_a_question_that_another_module_does_not_have_is_on_none() -> None:
    (part,) = coverage([said(1, 1, 7)], PEOPLE, [ONE]).parts
    assert part.unassigned == Cell(1, 1)


def test_without_anything_said_everything_is_shown_as_empty() -> None:
    (part,) = coverage([], PEOPLE, [ONE]).parts
    assert part.all == Cell()
    assert {row.all for row in part.rows} == {Cell()}
    assert coverage([], [], [ONE]).parts[0].rows == ()


def test_everybody_is_told_only_what_names_nobody() -> None:
    assert unheard(SAID, PEOPLE, ONE) == Unheard(("034",), ("Government",))
    few = [one for one in PEOPLE if one.person != 5]  # two of a region are people one can guess
    assert unheard(SAID, few, ONE) == Unheard((), ())
    assert unheard(SAID, PEOPLE, TWO) == Unheard(("034",), ("Government",))
