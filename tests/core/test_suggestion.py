"""Which guiding question a contribution seems to answer, and that none is named without a reason."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.suggestion import Suggestion, suggest

ASKED = (
    "Should a separate action plan be created, or should it be mainstreamed into existing plans?",
    "Which ministries and actors need to be consulted?",
    "How is the plan financed, and what is its budget?",
)
DEMANDE = (
    "Comment le plan est-il financé, et quel est son budget ?",
    "Quels ministères et quels acteurs faut-il consulter ?",
)
ARABIC = ("كيف يتم تمويل الخطة الوطنية؟", "من يجب استشارته من الوزارات؟")


@pytest.mark.parametrize(
    ("text", "asked", "question", "shared"),
    [
        ("A separate plan is better than one that is mainstreamed.", ASKED, 1, ("mainstreamed", "separate", "plan")),
        (
            "We consulted every ministry, and the ministries asked actors.",
            ASKED,
            2,
            ("ministry", "actors", "consulted"),
        ),
        ("Budgets are small: financing the plan took years.", ASKED, 3, ("budgets", "financing", "plan")),
        ("Budget! The budget is all.", ASKED, 3, ("budget",)),
        ("Le financement du plan manque, et le budget aussi.", DEMANDE, 1, ("budget", "financement", "plan")),
        ("نرى أن الخطة الوطنية تحتاج إلى تمويل", ARABIC, 1, ("الخطة", "الوطنية", "تمويل")),
    ],
)
def test_the_question_that_stands_out(
    text: str, asked: tuple[str, ...], question: int, shared: tuple[str, ...]
) -> None:
    found = suggest(text, asked)
    assert found is not None
    assert (found.question, set(found.shared)) == (question, set(shared))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", ASKED),
        ("Thank you all.", ASKED),
        ("The plan, the plan, the plan.", ASKED),  # asked in two of them
        ("A budget was made.", ASKED),  # one word, once
        ("Should it be what is how?", ASKED),  # words that say nothing of a subject
        ("We consulted actors on budget and on how it is financed.", ASKED),  # two of them alike
        ("A separate plan", ()),
        ("A separate plan", ("?", "")),
    ],
)
def test_none_where_none_stands_out(text: str, asked: tuple[str, ...]) -> None:
    assert suggest(text, asked) is None


def test_it_says_why_in_one_line() -> None:
    assert Suggestion(2, ("actors", "ministries")).why == "both speak of actors, ministries"
