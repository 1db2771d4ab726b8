"""What moderators mark: tags, guiding questions and passages, together or not at all."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from listserv.core.dialogue.tags import Kind
from listserv.errors import Refused
from listserv.steps import amend, mark
from listserv.steps.mark import MOST, Marks
from tests.house import House

MO = "mod@example.org"
TEXT = "We mapped first. Then we asked for “money”.\n\n> Who pays?\n\nThe ministry pays."


def put(house: House, row: Any, *tags: str, **given: Any) -> list[str]:
    return mark.put(house.session, house.now, row["id"], MO, Marks(tags, **given))


def take(house: House, row: Any, *tags: str, **given: Any) -> list[str]:
    return mark.take(house.session, house.now, row["id"], MO, Marks(tags, **given))


def test_tags_are_normalised_and_each_once_also_after_the_release(house: House) -> None:
    row = house.released()
    assert put(house, row, "Funding", " law ", "Bonnes pratiques") == ["funding", "law", "good practice"]
    put(house, row, "law")
    assert [one["tag"] for one in house.rows("tag")] == ["funding", "good practice", "law"]
    assert take(house, row, "LAW") == ["law"]
    assert [one["tag"] for one in house.rows("tag")] == ["funding", "good practice"]


def test_tags_are_set_as_they_were_read_and_another_moderators_stay(house: House) -> None:
    row = house.contribute()
    put(house, row, "law", "budget")
    retag = partial(mark.retag, house.session, house.now, row["id"], MO)
    put(house, row, "women")  # by somebody else, meanwhile
    assert retag(["Law", "bonne pratique"], had=["law", "budget"]) == ["law", "good practice"]
    assert sorted(one["tag"] for one in house.rows("tag")) == ["good practice", "law", "women"]
    with pytest.raises(Refused, match="a tag needs a letter"):
        retag(["?"], had=["law"])


def test_it_may_answer_several_questions_the_main_one_first(house: House) -> None:
    row = house.contribute()

    def has() -> tuple[Any, ...]:
        now = house.contribution(row["id"])
        return now["question"], now["further"]

    assert put(house, row, questions=[2, 1, 2]) == ["question 2", "question 1"]
    assert has() == (2, [1])
    assert take(house, row, questions=[2]) == ["question 2"]
    assert has() == (1, [])
    assert put(house, row, questions=[0]) == ["no question"]
    assert has() == (None, [])


def test_what_it_answered_were_questions_of_its_module(house: House) -> None:
    row = house.contribute()
    put(house, row, questions=[2, 1])
    amend.move(house.session, house.now, row["id"], MO, 2)
    moved = house.contribution(row["id"])
    assert (moved["question"], moved["further"]) == (None, [])


def test_a_passage_is_kept_as_its_author_wrote_it(house: House) -> None:
    row = house.contribute(TEXT)
    assert put(house, row, passages=['asked for "money"'], kind=Kind.PRACTICE) == ["good practice “asked for “money””"]
    put(house, row, passages=['asked for "money"'], kind=Kind.PRACTICE)
    put(house, row, passages=["asked for “money”"])
    kept = [(one["kind"], one["text"], one["marked_by"], one["marked_at"]) for one in house.rows("passage")]
    assert kept == [
        ("good practice", "asked for “money”", MO, house.now),
        ("", "asked for “money”", MO, house.now),
    ]
    take(house, row, passages=["asked for"], kind=Kind.PRACTICE)
    assert [one["kind"] for one in house.rows("passage")] == [""]


def test_who_marked_what_is_in_its_history(house: House) -> None:
    row = house.contribute(TEXT)
    put(house, row, "law", questions=[1], passages=["We mapped first."])
    take(house, row, "law")
    history = [(one["actor"], one["action"], one["reason"]) for one in house.rows("audit")[-2:]]
    assert history == [
        (MO, "tag", "law, question 1, passage of 3 words"),
        (MO, "untag", "law"),
    ]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"questions": [3]}, r"^module 1 has guiding questions 1 to 2 \(0 takes the mark away\)$"),
        ({"questions": [0, 1]}, r"^question 0 means none: give it alone, or leave it out$"),
        ({"tags": ["law", "-"]}, r"^a tag needs a letter or a digit$"),
        ({"tags": ["a, b"]}, r"^a tag has no comma"),
        ({"passages": ["nobody wrote this"]}, r"^contribution 1 does not say 'nobody wrote this'; copy the words as"),
        ({"passages": ["Who pays?"]}, r"^contribution 1: 'Who pays\?' is what it quotes of somebody else$"),
        ({"passages": ["…"]}, r"^a passage needs words"),
    ],
)
def test_all_of_it_or_none(house: House, given: dict[str, Any], why: str) -> None:
    row = house.contribute(TEXT)
    before = house.tables()
    with pytest.raises(Refused, match=why):
        mark.put(house.session, house.now, row["id"], MO, Marks(**{"tags": ["x"], **given}))
    assert house.tables() == before


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"tags": ["law", "money"]}, r"^contribution 1 has no tag 'money'; it has: law$"),
        ({"questions": [1]}, r"^contribution 1 is not assigned to question 1; it answers: 2$"),
        ({"passages": ["money"]}, r"^contribution 1 has no marked passage with 'money'$"),
        ({"passages": ["mapped"], "kind": Kind.CONTACT}, r"^contribution 1 has no marked passage with 'mapped'$"),
    ],
)
def test_what_is_not_there_cannot_be_taken_away(house: House, given: dict[str, Any], why: str) -> None:
    row = house.contribute(TEXT)
    put(house, row, "law", questions=[2], passages=["We mapped first."])
    before = house.tables()
    with pytest.raises(Refused, match=why):
        mark.take(house.session, house.now, row["id"], MO, Marks(**given))
    assert house.tables() == before


def test_not_everything_can_be_marked(house: House) -> None:
    row = house.contribute(" ".join(f"Sentence {n}." for n in range(MOST + 1)))
    put(house, row, passages=[f"Sentence {n}." for n in range(MOST)])
    with pytest.raises(Refused, match=rf"^contribution 1 has {MOST} marked passages at most; take one away first$"):
        put(house, row, passages=[f"Sentence {MOST}."])
