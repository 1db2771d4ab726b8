"""Commands that mark contributions, and that find them again by it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

TEXT = "We mapped first. Then we asked for “money”.\n\n> Who pays?\n\nThe ministry pays."


@pytest.fixture
def marked(full: Cli) -> Cli:
    """Number 1 says one word; number 2 has the text above."""
    with full.house() as house:
        house.released(TEXT, author="Boris <boris@example.net>", subject="Who pays")
    return full


def test_tags_questions_and_passages_at_once(marked: Cli) -> None:
    said = marked.ok("contribution tag 2 --question 2 --question 1 --tag", "Bonne pratique")
    assert said == "2  good practice, question 2, question 1\n"
    said = marked.ok("contribution tag 2 --kind experience --passage", 'asked for "money"')
    assert said == "2  experience “asked for “money””\n"
    (one,) = marked.json("contribution list --question 1")
    assert (one["number"], one["tags"], one["question"], one["questions"]) == (2, ["good practice"], 2, [2, 1])
    assert one["passages"] == [{"kind": "experience", "text": "asked for “money”"}]
    assert "Marked: experience “asked for “money””" in marked.ok("contribution show 2")
    assert "Module:   1, question 2, question 1   Tags: good practice" in marked.ok("queue show 4")


def test_a_question_may_be_named_with_its_module(marked: Cli) -> None:
    assert marked.ok("queue tag 4 --question 1.2 --question 1") == "4  question 2, question 1\n"


def test_a_standard_tag_misspelt_is_kept_and_asked_about(marked: Cli) -> None:
    answer = marked.run("contribution tag 2 --tag recomendation --tag law")
    assert (answer.code, answer.out) == (0, "2  recomendation, law\n")
    assert answer.err == "'recomendation' is a tag of your own now; did you mean 'recommendation'?\n"


def test_marks_are_taken_away(marked: Cli) -> None:
    marked.ok("queue tag 4 --tag law --question 2 --passage", "We mapped first.")
    assert marked.ok("queue tag 4 --remove --tag law --question 2 --passage mapped") == (
        "4  no more: law, question 2, passage “We mapped first.”\n"
    )
    whole = marked.json("queue show 4")
    assert (whole["tags"], whole["question"], whole["questions"], whole["passages"]) == ([], None, [], [])


def test_a_passage_that_was_edited_away_is_said_to_be_gone(marked: Cli) -> None:
    marked.ok("queue tag 2 --passage Two.")
    marked.ok("queue edit 2 --text -", input=b"Nothing is left of it.\n")
    assert "Marked:   passage “Two.” (no longer in the text: shown to nobody)" in marked.ok("queue show 2")
    assert [(one["text"], one["stands"]) for one in marked.json("queue show 2")["passages"]] == [("Two.", False)]
    marked.ok("queue release 2")
    assert [one["passages"] for one in marked.json("contribution list")] == [[], [], []]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ("--tag money", [1, 2]),
        ("--tag money --tag LAW", [2]),
        ("--tag bonne-pratique", []),
        ("--question 2", [1]),
        ("--question 0", [2]),
        ("--question 1.2", [1]),
        ("--question 2.2", []),
        ("--country France", [1]),
        ("--country UA --tag money", [2]),
        ("--tag money --limit 1", [1]),
    ],
)
def test_what_was_marked_is_found_again(marked: Cli, filters: str, numbers: list[int]) -> None:
    marked.ok("contribution tag 1,2 --tag money")
    marked.ok("contribution tag 2 --tag law")
    marked.ok("contribution tag 1 --question 2")
    assert [one["number"] for one in marked.json(f"contribution list {filters}")] == numbers


def test_who_is_anonymous_is_not_found_by_country(marked: Cli) -> None:
    marked.ok("contribution attribute 1 --attribution anonymous")
    assert marked.json("contribution list --country France") == []


def test_tags_in_use(marked: Cli) -> None:
    marked.ok("contribution tag 1,2 --tag law")
    marked.ok("contribution tag 1 --tag contact --tag money")
    marked.ok("contribution tag 2 --kind contact --passage", "The ministry pays.")
    rows = [(one["tag"], one["contributions"], one["passages"]) for one in marked.json("contribution tags")]
    assert rows == [
        ("experience", 0, 0),
        ("good practice", 0, 0),
        ("resource", 0, 0),
        ("recommendation", 0, 0),
        ("contact", 1, 1),
        ("law", 2, 0),
        ("money", 1, 0),
    ]


def test_a_question_is_suggested_and_never_noted(marked: Cli) -> None:
    marked.write_in("The ministry pays for it. Its budget is small.", subject="With us")
    before = marked.dump()
    assert " 2? " in marked.ok("queue list")
    assert marked.json("queue show 5")["suggestion"] == {"question": 2, "why": "both speak of pays"}
    assert "Perhaps:  question 2: both speak of pays" in marked.ok("queue show 5")
    assert "Question: perhaps 2: both speak of pays; nobody has noted it." in marked.ok("queue explain 5")
    assert marked.dump() == before
    marked.ok("queue tag 5 --question 1")
    assert marked.json("queue show 5")["suggestion"] is None
    assert "Question: 1, as a moderator has noted." in marked.ok("queue explain 5")
    assert " 2? " not in marked.ok("queue list")


@pytest.mark.parametrize(
    ("command", "more", "said"),
    [
        ("queue tag 99 --tag law", (), "there is no contribution with id 99; see: listserv queue list"),
        (
            "contribution tag 9 --tag law",
            (),
            "there is no contribution number 9 in nap; see: listserv contribution list",
        ),
        ("queue tag 2 --question 7", (), "module 1 has guiding questions 1 to 2 (0 takes the mark away)"),
        ("queue tag 2 --question 1.7", (), "module 1 has guiding questions 1 to 2 (0 takes the mark away)"),
        (
            "queue tag 2 --question 2.1",
            (),
            "contribution 2 is in module 1, so it answers no question of module 2",
        ),
        ("queue tag 2 --tag", ("a, b",), "a tag has no comma and no invisible characters; give several with several"),
        ("queue tag 2 --tag", ("?!",), "a tag needs a letter or a digit"),
        ("queue tag 2 --tag", ("x" * 41,), "a tag has at most 40 characters"),
        ("queue tag 2 --passage", ("Three.",), "contribution 2 does not say 'Three.'; copy the words as they stand"),
        ("contribution tag 2 --passage", ("Who pays?",), "contribution 4: 'Who pays?' is what it quotes of somebody"),
        (
            "queue tag 2 --passage Two. --kind story",
            (),
            "'story' is no kind of passage; write one of: experience, good practice, resource, recommendation, contact",
        ),
        ("queue tag 2 --remove --tag law", (), "contribution 2 has no tag 'law'; it has: none"),
        ("contribution list --country Atlantis", (), "'Atlantis' is no country; write its name or code"),
        ("contribution list --country Francee", (), "'Francee' is no country; did you mean France?"),
        ("contribution list --tag ,", (), "a tag needs a letter or a digit"),
    ],
)
def test_refused_in_one_line(marked: Cli, command: str, more: tuple[str, ...], said: str) -> None:
    assert marked.refused(command, *more).startswith(said)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("queue tag 2", "give --tag, --question or --passage"),
        ("queue tag 2 --tag law --kind contact", "--kind says what a --passage is"),
        ("contribution tag 1 --remove", "give --tag, --question or --passage"),
        ("queue tag 2 --question -1", "'-1': write its number, like 2, or with its module's, like 1.2"),
        ("contribution list --module 1 --question 2.1", "--question 2.1 is of module 2, --module says 1"),
    ],
)
def test_usage(full: Cli, command: str, said: str) -> None:
    assert said in full.usage(command)
