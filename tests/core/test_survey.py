"""What people answer to a survey by mail, as they write it: a table in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.survey import LONGEST, Kind, Question, read, understood

QUESTIONS = (
    Question("value", "How useful was the dialogue to you?", Kind.SCALE, "not useful", "very useful"),
    Question(
        "used", "What did you use most?", Kind.CHOICE, choices=("the contributions", "the round-ups", "the report")
    ),
    Question("time", "How was the time it took?", Kind.CHOICE, choices=("too little", "just right", "too much")),
    Question("next", "What should the next dialogue be about?"),
)
FULL = {"value": "4", "used": "the round-ups", "time": "just right", "next": "Money"}


def answers(text: str) -> dict[str, str]:
    """The value of each; where it is none, or words were asked for, the words."""
    return {one.key: one.value or one.text for one in read(QUESTIONS, text).answers}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        # numbers and what stands behind them
        ("1: 4\n2: 2\n3: just right\n4: Money", FULL),
        ("1) 4/5\n2) the round-ups\n3) 2\n4) Money", FULL),
        ("(1) 4\n(2) 2\n(3) Just Right.\n(4) Money", FULL),
        ("1. four\n2. round-ups\n3 - just right\n4 - Money", FULL),
        ("Q1: 4\nQuestion 2: 2\nNo. 3: 2\n#4: Money", FULL),
        ("1 4\n2 2\n3 2\n4: Money", FULL),
        ("1: 4, 2: 2, 3: 2", {"value": "4", "used": "the round-ups", "time": "just right"}),
        ("1=4; 2=2; 3=2", {"value": "4", "used": "the round-ups", "time": "just right"}),
        ("1- 4 2- 2 3- 2", {"value": "4", "used": "the round-ups", "time": "just right"}),
        ("Dear all,\n\n1: 4\n\nBest regards,\nAna", {"value": "4"}),
        ("4: Money\n\n1: 4", {"value": "4", "next": "Money"}),  # in whatever order
        ("1:\n4\n2:\n2", {"value": "4", "used": "the round-ups"}),
        # a scale
        ("1: 4 out of 5", {"value": "4"}),
        ("1: 4 sur 5", {"value": "4"}),
        ("1: 4 de 5", {"value": "4"}),
        ("1: 4 из 5", {"value": "4"}),
        ("1: 4分", {"value": "4"}),
        ("1: very useful", {"value": "5"}),
        ("1: Not useful", {"value": "1"}),
        ("1: cinco", {"value": "5"}),
        ("1: четыре", {"value": "4"}),
        ("1: ثلاثة", {"value": "3"}),
        ("1：五", {"value": "5"}),
        ("1: 4, because it took 3 weeks", {"value": "4"}),
        ("1: 4 (the first 2 modules)", {"value": "4"}),
        # digits and marks of other scripts
        (
            "١: ٤\n٢) ٢\n٣- ٢\n٤: التمويل",
            {"value": "4", "used": "the round-ups", "time": "just right", "next": "التمويل"},
        ),
        ("۱: ۴", {"value": "4"}),
        (
            "1：4\n2、2\n3．2\n4：资金问题",
            {"value": "4", "used": "the round-ups", "time": "just right", "next": "资金问题"},
        ),
        ("第1题：4\n第4题：资金", {"value": "4", "next": "资金"}),
        ("Вопрос 1: 4\nВопрос 4: Деньги", {"value": "4", "next": "Деньги"}),
        ("السؤال ١: ٤", {"value": "4"}),
        # in words, with an article, as a school mark, by its place
        ("1: Un cinco, muy útil", {"value": "5"}),
        ("1 - четвёрка", {"value": "4"}),
        ("1: une", {"value": "1"}),
        ("一、五分\n二、第二项\n三：2\n四、资金", {**FULL, "value": "5", "next": "资金"}),
        ("第一题：四星", {"value": "4"}),
        ("2: la deuxième", {"used": "the round-ups"}),
        ("2 - второе", {"used": "the round-ups"}),
        ("٢. الثاني", {"used": "the round-ups"}),
        ("2: the second one", {"used": "the round-ups"}),
        ("2: option two", {"used": "the round-ups"}),
        ("2: two hours", {"used": "two hours"}),
        ("2: the second week", {"used": "the second week"}),
        ("2: dos", {"used": "the round-ups"}),
        ("2: the fourth", {"used": "the fourth"}),
        ("2: the first and the second", {"used": "the first and the second"}),
        # a choice
        ("2: report", {"used": "the report"}),
        ("2: I read the report mostly", {"used": "the report"}),
        ("2: 3)", {"used": "the report"}),
        # below quoted questions, in place, wrapped as a mail program does
        (
            "> 1. How useful was the dialogue to\n> you?\n>    from 1 (not useful) to 5 (very useful)\n\n4\n\n"
            "> 2. What did you use most?\n>    (1) the contributions\n>    (2) the round-ups\n\nround-ups\n",
            {"value": "4", "used": "the round-ups"},
        ),
        (
            ">> 4. What should the next dialogue be about?\n\nMoney, and\nwho audits it\n",
            {"next": "Money, and\nwho audits it"},
        ),
        # all choices but one deleted
        ("2. What did you use most?\n   (2) the round-ups\n\n4. Money", {"used": "the round-ups", "next": "Money"}),
        ("> 2. What did you use most?\n>    (2) the round-ups\n", {"used": "the round-ups"}),
        ("2. What did you use most?\n   (1) the contributions\n   (2) the round-ups\n", {}),
        ("2. What did you use most?\n   (2) the round-ups\nthe report\n", {"used": "the report"}),
        # where nothing marks the quote
        (
            "1. How useful was the dialogue to you?\n   from 1 (not useful) to 5 (very useful)\n4\n"
            "2. What did you use most?\n   (1) the contributions\n   (2) the round-ups\n   (3) the report\n2\n",
            {"value": "4", "used": "the round-ups"},
        ),
        ("1. How useful was the dialogue to you? 4", {"value": "4"}),
        # words of several lines, with a list of their own
        ("4: Two things:\n1. money\n2. people\n\nAnd time.", {"next": "Two things:\n1. money\n2. people\n\nAnd time."}),
        ("4. Budget 2009", {"next": "Budget 2009"}),
        ("4. Budgets,\nand audits\n\nWith best wishes,\n", {"next": "Budgets,\nand audits"}),
        ("4: Money\n\nKind regards", {"next": "Money"}),
        ("4. التمويل\n\nمع التحية", {"next": "التمويل"}),
        # what is no answer is kept as it was written
        ("1: 3-4", {"value": "3-4"}),
        ("1: 4.5", {"value": "4.5"}),
        ("1: 7", {"value": "7"}),
        ("1: very much so", {"value": "very much so"}),
        ("2: both", {"used": "both"}),
        ("2: the report and the round-ups", {"used": "the report and the round-ups"}),
        # nothing
        ("", {}),
        ("1:\n2:\n", {}),
        ("9: 4", {}),
        ("3 countries took part", {}),
        ("Thank you", {}),
    ],
)
def test_answers(text: str, want: dict[str, str]) -> None:
    assert answers(text) == want


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("It was a good dialogue, and I thank you.\n\n1: 4", "It was a good dialogue, and I thank you."),
        ("Dear all,\n\n1: 4\n\nBest regards", ""),  # greetings are nobody's answer
        ("Thank you", "Thank you"),  # nothing else was found: then all is kept
        ("非常感谢主办方组织这次对话，收获很大。\n1：4", "非常感谢主办方组织这次对话，收获很大。"),
    ],
)
def test_what_belongs_to_no_question(text: str, beside: str) -> None:
    assert read(QUESTIONS, text).beside == beside


def test_words_beside_a_number_are_kept_with_it() -> None:
    (one,) = read(QUESTIONS, "1: 4, because of the peers").answers
    assert (one.value, one.text) == ("4", "4, because of the peers")
    (bare,) = read(QUESTIONS, "1: 4/5!").answers
    assert (bare.value, bare.text) == ("4", "")


def test_what_is_understood() -> None:
    said = read(QUESTIONS, "1: a lot\n2: 2\n4: Money")
    assert [understood(question, said.answer(question.key)) for question in QUESTIONS if said.answer(question.key)] == [
        False,
        True,
        True,
    ]


def test_one_question_needs_no_number() -> None:
    assert read(QUESTIONS[:1], "4").answers[0].value == "4"
    assert read(QUESTIONS[3:], "Money").answers[0].text == "Money"


def test_a_book_is_cut() -> None:
    assert len(answers("4: " + "word " * 10_000)["next"]) <= LONGEST


@given(st.text(alphabet="12345١٤:.)>( \nab五/-,", max_size=200))
def test_anything_is_read(text: str) -> None:
    said = read(QUESTIONS, text)
    assert len({one.key for one in said.answers}) == len(said.answers)
    for one in said.answers:
        question = next(each for each in QUESTIONS if each.key == one.key)
        assert one.value or one.text
        assert question.kind is Kind.TEXT or one.value in ("", *"12345", *question.choices)
