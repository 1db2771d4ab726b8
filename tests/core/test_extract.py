"""Extracts: the sentences that say most, word for word, in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.dialogue.phrases import length as words
from listserv.core.publication.extract import Rarity, extract, saying
from listserv.core.publication.passages import Marked, own_words
from tests.model_case import CASE

TEXT = """Dear colleagues,

My name is Amina Diallo and I work in Dakar.

We found that the ministry of gender should lead the drafting. It is important to give it a budget.
What do others think?

Best wishes, Amina
"""
QUESTION = "Which ministry should lead the drafting, and why?"


@pytest.mark.parametrize(
    ("text", "question", "longest", "got"),
    [
        ("", "", 45, ""),
        ("...\n\n--", "", 45, ""),
        ("> only somebody else's words", "", 45, ""),
        ("One line", "", 45, "One line"),
        ("Dear all,\n\nWe have a plan.\nIt works.", "", 45, "We have a plan."),
        (
            TEXT,
            QUESTION,
            45,
            "We found that the ministry of gender should lead the drafting. It is important to give it a budget.",
        ),
        (TEXT, QUESTION, 12, "We found that the ministry of gender should lead the drafting."),
        ("We found that the ministry, not the treasury, should lead.", "", 6, "We found that the ministry […]"),
        ("在制定计划之前，我们先摸清家底，然后再一步一步地写。", "", 9, "在制定计划之前，我们先摸清家底 […]"),
        (
            "Which ministry should lead the drafting, and why? At our place it was the treasury that took it on.",
            QUESTION,
            20,
            "At our place it was the treasury that took it on.",
        ),
        (
            "Hello from Manila. I am Tess. The plan has a budget line for each ministry. I attach our table.",
            "",
            20,
            "The plan has a budget line for each ministry.",
        ),
        (
            "Bonjour à tous. Je m'appelle Awa. Il faut un budget dès le premier jour du plan. Merci à chacune.",
            "",
            20,
            "Il faut un budget dès le premier jour du plan.",
        ),
        (
            "Estimadas colegas: soy Rosa. Conviene empezar por el presupuesto de cada ministerio. Muchas gracias.",
            "",
            20,
            "Conviene empezar por el presupuesto de cada ministerio.",
        ),
        (
            "تحية طيبة للجميع. أنا ليلى من عمّان. توصيتنا أن تكون الخطة قصيرة ولها موازنة واضحة. شكرا لكم جميعا.",
            "",
            20,
            "توصيتنا أن تكون الخطة قصيرة ولها موازنة واضحة.",
        ),
        (
            "Уважаемые коллеги! Меня зовут Алия. Мы рекомендуем начать план с бюджета каждого ведомства. Спасибо всем.",
            "",
            20,
            "Мы рекомендуем начать план с бюджета каждого ведомства.",
        ),
        (
            "各位同事好。我是李敏。我们建议每个国家先做一次清查，再开始起草计划。谢谢大家！",
            "",
            20,
            "我们建议每个国家先做一次清查，再开始起草计划。",
        ),
    ],
)
def test_what_is_quoted(text: str, question: str, longest: int, got: str) -> None:
    assert extract(text, question, longest) == got


def test_what_all_say_weighs_less_than_what_one_says() -> None:
    same = "The plan needs money from the plan for the plan and its money."
    text = f"{same} Satellites count burnt villages, and satellites need villages."
    others = [same] * 9 + [text]
    assert extract(text, "", 12, Rarity.among(others)).startswith("Satellites")


MARKS = (Marked(None, "It is important to give it a budget."), Marked(None, "the ministry of gender should lead"))


@pytest.mark.parametrize(
    ("marked", "longest", "got"),
    [
        (MARKS[:1], 45, "It is important to give it a budget."),
        (MARKS, 45, "the ministry of gender should lead […] It is important to give it a budget."),
        (MARKS, 12, "It is important to give it a budget."),
        (
            (MARKS[0], Marked(None, "should lead the drafting.")),
            45,
            "should lead the drafting. It is important to give it a budget.",
        ),
        ((MARKS[0], Marked(None, "a budget.")), 45, "It is important to give it a budget."),
        (  # too long to be shown whole
            (Marked(None, TEXT.replace("\n", " ")),),
            12,
            "We found that the ministry of gender should lead the drafting.",
        ),
        ((), 12, "We found that the ministry of gender should lead the drafting."),
    ],
)
def test_what_moderators_have_marked_comes_first(marked: tuple[Marked, ...], longest: int, got: str) -> None:
    assert saying(TEXT, marked, QUESTION if not marked else "", longest) == got


def letters(text: str) -> str:
    """What words are made of: a line of punctuation alone, ":", is left out of a quotation."""
    return "".join(one for one in text if one.isalnum())


def verbatim(quoted: str, text: str) -> bool:
    whole, at = letters(text), 0
    for part in quoted.split("[…]"):
        at = whole.find(letters(part), at)
        if at < 0:
            return False
    return True


@pytest.mark.parametrize("longest", [20, 30, 45, 60])
def test_all_extracts_of_the_model_case_are_their_authors_own_words(longest: int) -> None:
    rarity = Rarity.among(one.text for one in CASE.said)
    for one in CASE.said:
        quoted = extract(one.text, "Which practices can be replicated?", longest, rarity)
        assert quoted, one.id
        assert verbatim(quoted, own_words(one.text)), one.id
        assert words(quoted) <= longest, one.id


@given(st.text(max_size=400), st.integers(5, 45))
@settings(max_examples=100)
def test_extracts_are_the_authors_own_words(text: str, longest: int) -> None:
    assert verbatim(extract(text, QUESTION, longest), own_words(text))


def test_links_alone_are_no_words_to_quote() -> None:
    assert extract("https://example.org/a?x=<1>\n2. https://example.org/b_(c)\nwww.example.org/plain.") == ""
    assert extract("https://example.org/a\n\nNo budget.\n\nwww.example.org") == "No budget."
