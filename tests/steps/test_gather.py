"""What publications are made from: the released contributions, with what moderators marked and what authors told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import Attribution
from listserv.core.dialogue.tags import Kind
from listserv.core.publication.byline import Byline
from listserv.core.publication.passages import Marked
from listserv.steps import announce, credit, mark
from listserv.steps.gather import gather, people_of
from tests.house import House


def marks(house: House, row: Any, **given: Any) -> None:
    mark.put(house.session, house.now, row["id"], "mod@example.org", mark.Marks(**given))


def test_all_that_is_known_of_what_was_released(house: House) -> None:
    row = house.contribute("We mapped first.\nThen we asked for money.", subject="Mapping")
    house.contribute("Held still.")
    marks(house, row, tags=["Bonne pratique", "mapping"], questions=[2, 1])
    marks(house, row, passages=["Then we asked for money."], kind=Kind.EXPERIENCE)
    marks(house, row, passages=["We mapped first."])
    house.release(row["id"])
    with house.session.read() as connection:
        (one,) = gather(connection, house.dialogue)
    assert (one.number, one.module, one.questions, one.question) == (1, 1, (2, 1), 2)
    assert one.tags == ("good practice", "mapping")
    assert one.marked == (Marked(Kind.EXPERIENCE, "Then we asked for money."), Marked(None, "We mapped first."))
    assert one.byline == Byline("Anna", "Ministry", "FR")
    assert (one.country, one.region, dict(one.own)) == ("FR", "155", {"stage": "planned"})
    assert (one.quotable, one.late, one.subject) == (True, False, "Mapping")
    assert one.received_at == one.released_at - timedelta(0)


def test_a_passage_that_an_edit_took_out_is_shown_no_more(house: House) -> None:
    row = house.released("We mapped first. Then we asked.")
    marks(house, row, passages=["We mapped first."])
    house.sql("UPDATE contribution SET text = 'Then we asked.' WHERE id = :id", id=row["id"])
    with house.session.read() as connection:
        (one,) = gather(connection, house.dialogue)
    assert one.marked == ()
    assert house.one("passage")["text"] == "We mapped first."  # kept


def test_an_author_who_is_on_no_list_is_told_apart(house: House) -> None:
    house.released("From outside.", author="Eve <eve@elsewhere.example>")
    house.released("From outside too.", author="Ned <ned@elsewhere.example>")
    with house.session.read() as connection:
        one, other = gather(connection, house.dialogue)
    assert max(one.person, other.person) < 0
    assert one.person != other.person
    assert (one.country, one.region, one.own) == ("", "", {})


def test_what_a_stranger_writes_is_of_one_person(house: House) -> None:
    house.released("From outside.", author="Eve <eve@elsewhere.example>")
    house.released("Again.", author="Eve M. <Eve@Elsewhere.example>")
    with house.session.read() as connection:
        one, other = gather(connection, house.dialogue)
        assert announce.counts(connection, house.dialogue, None).contributors == 1
    assert one.person == other.person == -one.id


def test_sectors_and_genders_are_counted_together_however_they_are_typed(house: House) -> None:
    house.join("wei@example.net", name="Wei", profile={"sector": "民间社会", "gender": "Femme"})
    house.released("Others decide.", author="Boris <boris@example.net>")  # "NGO"
    with house.session.read() as connection:
        (one,) = gather(connection, house.dialogue)
        people = people_of(connection, house.dialogue)
    assert one.sector == "civil society"
    assert sorted(one.sector for one in people) == ["", "", "", "", "civil society", "civil society"]
    assert sorted(one.gender for one in people)[-2:] == ["female", "female"]


@pytest.mark.parametrize(
    ("attribution", "text"),
    [
        ("name", "I am Eva Moon of the Hidden House.\n\nWe ask first.\n\nEva\nHidden House, Paris"),
        ("organisation", "I am […] of the Hidden House.\n\nWe ask first.\n\n[…]"),
        ("anonymous", "I am […] of the […].\n\nWe ask first.\n\n[…]"),
    ],
)
def test_who_asked_after_the_release_not_to_be_named_is_not_by_their_own_words(
    house: House, attribution: str, text: str
) -> None:
    house.join("eva@example.net", name="Eva Moon", profile={"organisation": "Hidden House"})
    row = house.released(
        "I am Eva Moon of the Hidden House.\n\nWe ask first.\n\nEva\nHidden House, Paris",
        author="Eva Moon <eva@example.net>",
    )
    marks(house, row, passages=["I am Eva Moon of the Hidden House."])
    credit.set_one(house.session, house.now, row["id"], "mod@example.org", Choice(Attribution(attribution)))
    with house.session.read() as connection:
        (one,) = gather(connection, house.dialogue)
    assert one.text == text
    assert one.marked == (Marked(None, text.split("\n")[0]),)
