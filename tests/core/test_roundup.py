"""The draft of a round-up: what it must say, how it stays short, and that every sentence in it is somebody's own."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.dialogue.model import Module
from listserv.core.publication.byline import Byline
from listserv.core.publication.roundup import RoundupMaterial, Said, draft, extract, suggest
from listserv.core.publication.wording import Wording
from listserv.edge import files

FOLDER = Path(__file__).parents[2] / "templates" / "mail"
WORDING = Wording(
    {f"mail/{p.name}": p.read_text("utf-8") for p in FOLDER.iterdir() if p.suffix in (".txt", ".html")},
    files.catalogues(),
)
ZONE = ZoneInfo("America/Santo_Domingo")
QUESTIONS = (
    "Should a separate action plan be created, or should the resolution become part of existing policies?",
    "Which ministry should lead the drafting, and why?",
    "How can civil society be involved from the beginning?",
)


def module(number: int, title: str, first: int) -> Module:
    opens, closes = datetime(2008, 11, first, 9, tzinfo=ZONE), datetime(2008, 11, first + 4, 18, tzinfo=ZONE)
    return Module(number, title, "", QUESTIONS, opens, closes)


ONE, TWO = module(1, "Getting started", 3), module(2, "Good practices", 10)
TEXT = """Dear colleagues,

My name is Amina Diallo and I work in Dakar.

We found that the ministry of gender should lead the drafting. It is important to give it a budget.
What do others think?

Best wishes, Amina
"""


def said(number: int, **changes: Any) -> Said:
    author = Byline(f"Person {number}", "Ministry of Gender", "Senegal")
    values = Said(number, 1, 2, number, author, "Senegal", "Our plan", TEXT)
    if told := {key: changes.pop(key) for key in ("name", "organisation") if key in changes}:
        changes["byline"] = replace(values.byline, **told)
    return replace(values, **changes)


def material(*contributions: Said, **changes: Any) -> RoundupMaterial:
    values = RoundupMaterial(
        number=1,
        title="Planning for Action",
        language="en",
        zone=ZONE,
        since=ONE.opens_at,
        until=ONE.closes_at,
        modules=(ONE,),
        said=contributions,
        registered=452,
        next_module=TWO,
    )
    return replace(values, **changes)


def test_a_round_up_whole() -> None:
    got = draft(
        material(
            said(12),
            said(13, question=None, text="We began in Nepal, and civil society was involved from the beginning."),
            said(14, question=None, byline=Byline("", "", "Nepal"), country="Nepal", text="Greetings from Kathmandu."),
            said(15, person=12, late=True, text="I come late: our plan is out."),
        ),
        WORDING,
    )
    assert (
        got
        == """\
# Round-up 1: Planning for Action

Monday 3 November 2008 to Friday 7 November 2008

4 contributions, by 3 people, of 452 taking part, from 2 countries.

## Module 1: Getting started

### 2. Which ministry should lead the drafting, and why?

- Person 12, Ministry of Gender, Senegal: “We found that the ministry of
  gender should lead the drafting. It is important to give it a budget.”
  (contribution 12)

### 3. How can civil society be involved from the beginning?

- Person 13, Ministry of Gender, Senegal: “We began in Nepal, and civil
  society was involved from the beginning.” (contribution 13)

Placed here automatically: 13.

### More contributions

- Nepal: “Greetings from Kathmandu.” (contribution 14)

### Not answered yet

- (1) Should a separate action plan be created, or should the resolution
  become part of existing policies?

## Late contributions

They came after their module had closed.

- Person 15, Ministry of Gender, Senegal: “I come late: our plan is
  out.” (contribution 15)

## What comes next

Module 2, Good practices, opens on Monday 10 November 2008, 09:00
(America/Santo_Domingo), 13:00 UTC. Its 3 questions will reach you by
mail.
"""
    )


LONG = "Dear all, I am from the ministry. " + " ".join(
    f"In the year {n} we learned that the plan should have a budget and a person who answers for it." for n in range(30)
)


@pytest.mark.parametrize("count", [1, 5, 30, 90])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_it_stays_short_and_names_every_contribution(count: int, language: str) -> None:
    contributions = [
        said(n, question=(None, 1, 2, 3)[n % 4], person=n % 20, text=LONG, late=n % 10 == 9)
        for n in range(1, count + 1)
    ]
    got = draft(material(*contributions, language=language), WORDING)
    if count <= 30:
        assert len(got.split()) < 700
    for n in range(1, count + 1):
        assert re.search(rf"\((?:contribu\w+ )?{n}\)", " ".join(got.split())), f"contribution {n} is traceable"
    assert all(len(line) <= 72 or line.startswith("#") for line in got.split("\n"))


def test_everybody_is_quoted_once_before_anybody_is_quoted_twice() -> None:
    busy = [said(n, person=1, name="Busy", text=LONG) for n in range(1, 60)]
    got = draft(material(*busy, said(60, person=2, name="Quiet", text=LONG)), WORDING)
    assert "- Quiet, Ministry of Gender, Senegal: “" in got
    assert "Busy (59)" in " ".join(got.split()), "named, not quoted"


def test_extracts_keep_enough_words_to_say_something() -> None:
    words = "We learned that " + "the plan needs a person who answers for it " * 4
    got = draft(material(*(said(n, question=n % 3 + 1, text=words) for n in range(1, 31))), WORDING)
    extracts = [" ".join(one.split()) for one in re.findall(r"“([^”]*)”", got)]
    assert len(extracts) > 8
    assert all(len(one.split()) > 28 for one in extracts)
    assert len(got.split()) < 700


def test_a_module_of_which_nothing_is_told_has_no_heading() -> None:
    done = frozenset((1, n) for n in (1, 2, 3))
    got = draft(material(said(12, late=True), answered=done), WORDING)
    assert "## Module 1" not in got
    assert "## Late contributions" in got


def test_nobody_wrote() -> None:
    got = draft(material(), WORDING)
    assert "Nobody wrote in this time; 452 are taking part." in got
    assert "### Not answered yet\n\n- (1) Should" in got


@pytest.mark.parametrize(
    ("changes", "says", "says_not"),
    [
        ({"next_module": None}, "The dialogue has come to its end.", "will reach you by mail"),
        ({"next_module": replace(TWO, questions=())}, "opens on Monday 10 November 2008", "will reach you by mail"),
        ({"next_module": replace(TWO, questions=("Why?",))}, "Its question will reach you by mail.", "Why?"),
        ({"next_module": None, "still_open": ONE}, "It is the last module;", "has come to its end"),
        ({"still_open": ONE}, "is open until Friday 7 November 2008, 18:00", "has come to its end"),
        ({"answered": frozenset({(1, 1), (1, 3)})}, "### 2. Which", "Not answered yet"),
        ({"modules": (ONE, TWO)}, "## Module 2: Good practices", "has come to its end"),
    ],
)
def test_what_comes_next_and_what_is_open(changes: dict[str, Any], says: str, says_not: str) -> None:
    got = " ".join(draft(material(said(12), **changes), WORDING).split())
    assert says in got
    assert says_not not in got


@pytest.mark.parametrize(
    ("language", "says"), [("fr", "## La suite"), ("es", "## Lo que sigue"), ("ar", "## What comes next")]
)
def test_frame_words_are_in_the_language_of_the_dialogue(language: str, says: str) -> None:
    assert says in draft(material(said(12), language=language), WORDING)


def test_a_question_the_module_does_not_have_counts_as_none() -> None:
    got = draft(material(said(12, question=9)), WORDING)
    assert "### More contributions\n\n- Person 12" in got


def test_a_contribution_to_a_module_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"modules the material lacks: \[12\]"):
        draft(material(said(12, module=7)), WORDING)


def test_nothing_of_an_author_becomes_markup() -> None:
    hostile = "We learned [click](https://evil.example) and `code` and <b>more</b> ![x](https://evil.example/p.gif)."
    got = draft(material(said(12, text=hostile, name="A](https://evil.example)\n# B")), WORDING)
    html = WORDING.html(got, title="t", language="en")
    assert not re.search(r"<(a|b|img|code)\b", html)
    assert html.count("<h1") == 1


@pytest.mark.parametrize(
    ("text", "question", "longest", "got"),
    [
        ("", "", 45, ""),
        ("...\n\n--", "", 45, ""),
        ("One line", "", 45, "One line"),
        ("Dear all,\n\nWe have a plan.\nIt works.", "", 45, "We have a plan."),
        (
            TEXT,
            QUESTIONS[1],
            45,
            "We found that the ministry of gender should lead the drafting. It is important to give it a budget.",
        ),
        (TEXT, QUESTIONS[1], 12, "We found that the ministry of gender should lead the drafting."),
        (TEXT, QUESTIONS[1], 5, "We found that the ministry …"),
        (
            "Bonjour à tous. Il faut un budget dès le premier jour du plan. Merci.",
            "",
            45,
            "Il faut un budget dès le premier jour du plan.",
        ),
        (
            "Which ministry should lead the drafting, and why? At our place it was the treasury that took it on.",
            QUESTIONS[1],
            15,
            "At our place it was the treasury that took it on.",
        ),
        (
            "You ask: “which ministry should lead the drafting, and why?” Nobody wanted to be the first to do so.",
            QUESTIONS[1],
            15,
            "Nobody wanted to be the first to do so.",
        ),
        ("نشكركم على هذا الحوار. يجب أن تقود الوزارة العمل؟", "", 4, "نشكركم على هذا الحوار."),
    ],
)
def test_extracts(text: str, question: str, longest: int, got: str) -> None:
    assert extract(text, question, longest) == got


@given(st.text(max_size=400), st.integers(5, 45))
@settings(max_examples=60)
def test_extracts_are_the_authors_own_words_in_order(text: str, longest: int) -> None:
    words = [w for w in extract(text, QUESTIONS[0], longest).split(" ") if w not in ("…", "[…]", "")]
    assert len(words) <= longest + 1
    rest = iter(text.split())
    assert all(any(own.startswith(w) or w in own for own in rest) for w in words)


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("The ministry of finance leads the drafting here.", 2),
        ("Civil society was involved from the very beginning.", 3),
        ("Greetings.", None),
        ("", None),
    ],
)
def test_suggestions(text: str, got: int | None) -> None:
    assert suggest(said(1, question=None, subject="", text=text), ONE) == got
