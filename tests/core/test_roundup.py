"""The draft of a round-up: what it must say, how it stays short, and that every sentence in it is somebody's own."""

import re
import sys
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from listserv.core.dialogue import countries
from listserv.core.dialogue.model import Module
from listserv.core.dialogue.phrases import length as words
from listserv.core.dialogue.tags import Kind, kind
from listserv.core.publication.byline import Byline, byline
from listserv.core.publication.columns import columns
from listserv.core.publication.material import Contribution, File
from listserv.core.publication.notes import Note, NoteKind
from listserv.core.publication.passages import Marked
from listserv.core.publication.resources import Resource, Sharing
from listserv.core.publication.roundup import RoundupMaterial, draft, select, write
from listserv.core.publication.trace import untraced
from listserv.core.publication.wording import Wording
from listserv.edge import files
from tests.model_case import CASE

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


WHO = Byline("Grâce", "Ministry", "SN")
ONE, TWO = module(1, "Getting started", 3), module(2, "Good practices", 10)
TEXT = """Dear colleagues,

My name is Amina Diallo and I work in Dakar.

We found that the ministry of gender should lead the drafting. It is important to give it a budget.
What do others think?

Best wishes, Amina
"""


def said(number: int, **changes: Any) -> Contribution:
    author = Byline(f"Person {number}", "Ministry of Gender", "SN")
    if told := {key: changes.pop(key) for key in ("name", "organisation") if key in changes}:
        author = replace(author, **told)
    question = changes.pop("question", 2)
    values = {
        "id": number,
        "number": number,
        "module": 1,
        "person": number,
        "byline": author,
        "subject": "Our plan",
        "text": TEXT,
        "words": 30,
        "message_id": f"<{number}@example.net>",
        "received_at": ONE.opens_at,
        "released_at": ONE.opens_at,
        "questions": (question,) if question else (),
        "country": "SN",
    }
    return Contribution(**values | changes)


def material(*contributions: Contribution, **changes: Any) -> RoundupMaterial:
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
    marked = (Marked(Kind.PRACTICE, "It is important to give it a budget."),)
    got = draft(
        material(
            said(11, questions=(2, 3), marked=marked),
            said(12, name="Grâce"),
            said(13, question=None, text="We began in Nepal, and civil society was involved from the beginning."),
            said(14, question=None, byline=Byline("", "", "NP"), country="NP", text="Greetings from Kathmandu."),
            said(15, person=12, late=True, text="I come late: our plan is out."),
            said(16, question=3, quotable=False),
            resources=(
                Resource(
                    "a",
                    1,
                    "The [guide](x)",
                    "https://example.org/g.pdf",
                    None,
                    (Sharing(12, 1, WHO), Sharing(13, 1, Byline())),
                ),
                Resource("b", 2, "", "https://example.org/b", None, (Sharing(13, 1, WHO),)),
                Resource("c", 3, "plan.odt", "", File(1, "plan.odt", "a/b", 9, "x"), (Sharing(14, 1, WHO),)),
            ),
            notes=(
                Note(NoteKind.INTRO, "A quiet week."),
                Note(NoteKind.AGREEMENT, "A plan needs a budget.", 1, 2),
                Note(NoteKind.AGREEMENT, "All want to go on."),
                Note(NoteKind.OPEN, "Who translates?"),
                Note(NoteKind.NEXT, "Bring an indicator."),
            ),
        ),
        WORDING,
    )
    assert (
        got
        == """\
# Round-up 1: Planning for Action

Monday 3 November 2008 to Friday 7 November 2008

A quiet week.

— The moderators

6 contributions, by 5 people, of 452 taking part, from 2 countries

Numbers in brackets are those of the contributions.

░ 0 question 1
██ 2 question 2
██ 2 question 3
█ 1 More contributions

## Module 1: Getting started

### 2. Which ministry should lead the drafting, and why?

- Person 11, Ministry of Gender, Senegal (good practice): “It is
  important to give it a budget.” (11)
- Grâce, Ministry of Gender, Senegal: “We found that the ministry of
  gender should lead the drafting. It is important to give it a budget.”
  (12)
- The moderators see agreement: A plan needs a budget.

### 3. How can civil society be involved from the beginning?

- Person 13, Ministry of Gender, Senegal: “We began in Nepal, and civil
  society was involved from the beginning.” (13)
- On this too: (11)
- Not quoted, at the author's wish: (16)

### More contributions

- Nepal: “Greetings from Kathmandu.” (14)

## Late contributions

They came, or were released, after their module had closed.

- Person 15, Ministry of Gender, Senegal: “I come late: our plan is
  out.” (15)

## Resources shared

- The [guide] (x) <https://example.org/g.pdf> – Grâce (12), A
  participant (13)
- <https://example.org/b> – Grâce (13)
- plan.odt – Grâce (14)

Placed under a question by their words, not by a moderator: (13).

## Where the moderators see agreement

- All want to go on.

## Open questions

- The moderators ask: Who translates?
- Not answered yet: 1. Should a separate action plan be created, or
  should the resolution become part of existing policies?

## What comes next

Module 2, Good practices, opens on Monday 10 November 2008, 09:00
(America/Santo_Domingo), 13:00 UTC. Its 3 questions:

1. Should a separate action plan be created, or should the resolution
   become part of existing policies?
2. Which ministry should lead the drafting, and why?
3. How can civil society be involved from the beginning?

Bring an indicator.

— The moderators
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
    assert words(got) < (700 if count <= 30 else 1100)
    for n in range(1, count + 1):
        assert re.search(rf"[(, ]{n}[),]", " ".join(got.split())), f"contribution {n} is traceable"
    assert all(len(line) <= 72 or line.startswith("#") for line in got.split("\n"))


def test_everybody_is_quoted_once_before_anybody_is_quoted_twice() -> None:
    busy = [said(n, person=1, name="Busy", text=LONG) for n in range(1, 60)]
    got = draft(material(*busy, said(60, person=2, name="Quiet", text=LONG)), WORDING)
    assert "- Quiet, Ministry of Gender, Senegal: “" in got
    assert "Busy (59)" in " ".join(got.split()), "named, not quoted"


def test_extracts_keep_enough_words_to_say_something() -> None:
    text = "We learned that " + "the plan needs a person who answers for it " * 4
    got = draft(material(*(said(n, question=n % 3 + 1, text=text) for n in range(1, 31))), WORDING)
    extracts = [" ".join(one.split()) for one in re.findall(r"“([^”]*)”", got)]
    assert len(extracts) > 8
    assert all(len(one.split()) > 28 for one in extracts)
    assert len(got.split()) < 700


def test_a_module_of_which_nothing_is_told_has_no_heading() -> None:
    done = frozenset((1, n) for n in (1, 2, 3))
    got = draft(material(said(12, late=True), answered=done), WORDING)
    assert "## Module 1" not in got
    assert "## Late contributions" in got


@pytest.mark.parametrize(
    ("contributions", "answered"),
    [((said(12, question=None, subject="Salut", text="Bonjour."),), frozenset()), ((), frozenset({(1, 0)}))],
)
def test_no_question_is_called_open_where_it_is_not_known_what_was_answered(
    contributions: tuple[Contribution, ...], answered: frozenset[tuple[int, int]]
) -> None:
    assert "Not answered yet" not in draft(material(*contributions, answered=answered), WORDING)


def test_nobody_wrote() -> None:
    got = draft(material(), WORDING)
    assert "Nobody wrote in this time; 452 are taking part." in got
    assert "## Open questions\n\n- Not answered yet: 1. Should" in got
    assert "█" not in got


@pytest.mark.parametrize(
    ("changes", "says", "says_not"),
    [
        ({"next_module": None}, "The dialogue has come to its end.", "will reach you by mail"),
        ({"next_module": replace(TWO, questions=())}, "opens on Monday 10 November 2008", "will reach you by mail"),
        ({"next_module": replace(TWO, questions=("Why?",))}, "Its question: 1. Why?", "will reach you by mail"),
        (
            {"next_module": replace(TWO, questions=QUESTIONS * 2)},
            "Its 6 questions will reach you by mail.",
            "6. How can civil society",
        ),
        ({"next_module": None, "still_open": ONE}, "It is the last module;", "has come to its end"),
        ({"still_open": ONE}, "is open until Friday 7 November 2008, 18:00", "has come to its end"),
        ({"answered": frozenset({(1, 1), (1, 3)})}, "### 2. Which", "Open questions"),
        ({"modules": (ONE, TWO)}, "Not answered yet, module 2: 2. Which ministry", "## Module 2"),
        ({"over": frozenset({1})}, "## Late contributions They came, or were released,", "## Module 1"),
    ],
)
def test_what_comes_next_and_what_is_open(changes: dict[str, Any], says: str, says_not: str) -> None:
    got = " ".join(draft(material(said(12), **changes), WORDING).split())
    assert says in got
    assert says_not not in got


def test_an_open_question_names_its_module_where_two_were_spoken_of_although_the_others_are_answered() -> None:
    answers = (said(13, module=2, question=one) for one in range(1, len(TWO.questions) + 1))
    got = " ".join(draft(material(said(12), *answers, modules=(ONE, TWO)), WORDING).split())
    assert "Not answered yet, module 1: 1. Should" in got


@pytest.mark.parametrize(
    ("language", "says"), [("fr", "## La suite"), ("es", "## Lo que sigue"), ("ar", "## المرحلة المقبلة")]
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


def test_a_merged_round_up_quotes_from_every_module() -> None:
    contributions = [said(n, module=n % 2 + 1, question=n % 3 + 1, text=LONG) for n in range(1, 121)]
    got = draft(material(*contributions, modules=(ONE, TWO)), WORDING)
    assert "█ 60 module 1\n" in got
    one, _, two = got.partition("## Module 2")
    assert one.count("“") > 2
    assert two.count("“") > 2


@pytest.mark.parametrize(
    ("kinds", "quoted"),
    [
        ((None, Kind.PRACTICE), "Senegal: “One"),
        ((Kind.RECOMMENDATION, None), "Senegal: “Two"),
        ((Kind.RECOMMENDATION, Kind.PRACTICE), "Senegal (recommendation): “One"),
        ((Kind.CONTACT, Kind.EXPERIENCE), "Senegal: “Two"),
        ((Kind.CONTACT, Kind.RESOURCE), "Senegal: “We should"),
    ],
)
def test_which_marked_passage_is_quoted(kinds: tuple[Kind | None, Kind | None], quoted: str) -> None:
    one, two = (f"{first} {'thing that is good to know ' * 3}of all." for first in ("One", "Two"))
    text = f"{one} {two} We should learn to ask what is important, because it is essential."
    marks = tuple(Marked(kind_, words_) for kind_, words_ in zip(kinds, (one, two), strict=True))
    others = [said(n, text=LONG) for n in range(10, 60)]  # no room for both passages
    got = " ".join(draft(material(said(2, text=text, marked=marks), *others), WORDING).split())
    assert quoted in got


# --- the first module of the model case, as its readers get it

LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")


def model_case() -> RoundupMaterial:
    settings = tomllib.loads((FOLDER.parents[1] / "listserv.toml").read_text("utf-8"))
    asked = [tuple(one["questions"]) for one in settings["dialogue"][0]["module"]]
    people = {one.key: one for one in CASE.people}
    contributions = []
    for number, one in enumerate(CASE.said, 1):
        if one.module == 1:
            who = people[one.by]
            contributions.append(
                said(
                    number,
                    questions=(one.question,) if one.question else (),
                    person=list(people).index(one.by),
                    byline=byline(one.attribution, who.name, who.organisation, countries.kept(who.country)),
                    subject=one.subject,
                    text=one.text,
                    marked=tuple(Marked(kind(tag), passage) for tag, passage in one.passages),
                    quotable=one.quotable,
                    late=one.late,
                )
            )
    first, second = replace(ONE, questions=asked[0]), replace(TWO, questions=asked[1])
    return material(*contributions, modules=(first,), next_module=second)


MODEL = model_case()
CHOSEN = select(MODEL, WORDING)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_model_case_in_each_language(language: str) -> None:
    got = write(MODEL, CHOSEN, WORDING, language)
    assert words(got) < 700
    flat = " ".join(got.translate(dict.fromkeys((0x200F, 0x2068, 0x2069))).split())
    # Whatever somebody said stands in quotation marks with its number, and in the author's own words.
    assert (
        len(re.findall(r"(?:: |：)“[^”]*”", flat))
        == len(re.findall(r"(?:: |：)“[^”]*” \(\d+\)", flat))
        == len(CHOSEN.extracts)
    )
    texts = {one.number: one.text for one in MODEL.said}
    ours = [MODEL.next_module.title, *(question for module in MODEL.modules for question in module.questions)]
    assert untraced(got, texts, ours) == []
    for number in texts:
        assert re.search(rf"[(, ]{number}[),]", flat), f"contribution {number} is traceable"
    assert all(columns(line) <= 72 or line.startswith("#") for line in got.split("\n"))


def test_the_model_case_quotes_every_question_and_marked_passages_first() -> None:
    got = write(MODEL, CHOSEN, WORDING)
    assert all("“" in part for part in got.split("### ")[1:7])
    assert len(CHOSEN.extracts) > 10
    first = got.partition("### 1.")[2].partition("### 2.")[0]
    assert first.index("Grace Wanjiru, Ministry of Gender, Kenya (recommendation)") < first.index("ليلى منصور")
    hidden = [one for one in MODEL.said if not one.quotable]
    assert all(one.byline.name not in got for one in hidden)
    assert f"Not quoted, at the author's wish: ({hidden[0].number})" in got
    assert "- A participant: “" in got, "who wishes to be anonymous is quoted, and not named"


def test_two_hundred_contributions_are_drafted_in_time() -> None:
    """Less than 2 s on the slowest machine: work, not seconds, is counted, because machines are busy."""
    many = [replace(one, number=n, id=n) for n, one in enumerate(MODEL.said * 7, 1)][:200]
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        got = draft(replace(MODEL, said=tuple(many)), WORDING)
    finally:
        sys.setprofile(before)
    assert words(got) < 1100
    assert calls < 3_000_000


def test_a_quotation_keeps_its_signs_and_number_where_all_runs_from_right_to_left() -> None:
    got = " ".join(write(MODEL, CHOSEN, WORDING, "ar").split())
    assert "- \u200fGrace Wanjiru، Ministry of Gender، كينيا (توصية): \u2068“My recommendation" in got
    assert got.count("\u2068“") == len(CHOSEN.extracts) == len(re.findall("” \\(\\d+\\)\u2069", got))
    # Elsewhere only what itself runs so.
    turned = re.findall("\u2068“([^”]*)” \\(\\d+\\)\u2069", " ".join(write(MODEL, CHOSEN, WORDING, "fr").split()))
    assert turned == [words for words in CHOSEN.extracts.values() if "خطة" in words] != []
