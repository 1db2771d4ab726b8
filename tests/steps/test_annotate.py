"""Notes of moderators: in the next round-up, however often it is drawn up, and only there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.core.publication.notes import LONGEST, NoteKind
from listserv.errors import Refused
from listserv.steps import annotate, drafting, publish
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP, SECOND_CLOSING, House

MO = "mod@example.org"
WEEK = timedelta(days=7)


def note(house: House, kind: NoteKind, text: str, question: str | None = None, roundup: int | None = None) -> int:
    made = annotate.made(house.dialogue, kind, text, question)
    (number,) = annotate.add(house.session, house.now, house.dialogue, [made], MO, roundup)
    return number


def rounds(house: House) -> list[str]:
    return [" ".join(one.text.split()) for one in house.sent("roundup", to="anna@example.net")]


def test_it_is_kept_however_often_a_draft_is_drawn_up_and_goes_out_once(house: House) -> None:
    note(house, NoteKind.AGREEMENT, "All want\n money.", "1.2")
    house.tick(FRIDAY_DRAFT)
    note(house, NoteKind.INTRO, "A quiet week.", roundup=house.one("roundup")["id"])
    house.released("Who pays? The treasury pays.")
    house.tick(FRIDAY_ROUNDUP)
    house.tick(FRIDAY_ROUNDUP + WEEK)
    one, two = rounds(house)
    assert "A quiet week. — The moderators" in one
    assert "### 2. Who pays?" in one
    assert "- The moderators see agreement: All want money." in one
    assert "quiet week" not in two
    assert "All want money" not in two
    reasons = [row for row in house.rows("audit") if row["action"] == "note"]
    assert [(row["subject"], row["reason"]) for row in reasons] == [("note 1", "agreement"), ("note 2", "intro")]


def test_of_a_round_up_that_is_skipped_or_missed_it_stands_in_the_next(house: House) -> None:
    note(house, NoteKind.NEXT, "Bring a number.")
    house.tick(FRIDAY_DRAFT)
    row = house.one("roundup")
    with house.session.read() as connection:
        drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
    publish.edit(house.session, house.now, house.dialogue, row["id"], MO, drawn.text + "\nMore.", drawn)
    assert house.one("note")["roundup_id"] == row["id"]
    publish.skip(house.session, house.now, house.dialogue, row["id"], MO)
    house.tick(SECOND_CLOSING)
    assert len(rounds(house)) == 1
    assert "Bring a number. — The moderators" in rounds(house)[0]


def test_it_can_be_taken_out_until_it_has_gone(house: House) -> None:
    first, second = note(house, NoteKind.OPEN, "Who pays?"), note(house, NoteKind.OPEN, "Who counts?")
    annotate.remove(house.session, house.now, house.dialogue, [first], MO)
    house.tick(FRIDAY_ROUNDUP)
    assert "The moderators ask: Who counts?" in rounds(house)[0]
    assert "The moderators ask: Who pays?" not in rounds(house)[0]
    for number in (first, second):
        with pytest.raises(Refused, match=f"^no note {number} waits for a round-up; see: listserv roundup note$"):
            annotate.remove(house.session, house.now, house.dialogue, [number], MO)


@pytest.mark.parametrize(
    ("text", "question", "why"),
    [
        (" … ", None, "an empty note; write what it should say"),
        ("x" * (LONGEST + 1), None, "a note has at most 1000 characters, this one has 1001"),
        ("x", "3", "'3' names no question; write module and question, as in 1.3"),
        ("x", "1.3", "nap has no question 1.3; see: listserv module show 1"),
        ("x", "9.1", "nap has no module 9; it has 1, 2, 3"),
    ],
)
def test_what_is_no_note(house: House, text: str, question: str | None, why: str) -> None:
    with pytest.raises(Refused) as caught:
        note(house, NoteKind.AGREEMENT, text, question)
    assert str(caught.value) == why


def test_one_that_was_edited_or_sent_takes_no_note(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    number = house.one("roundup")["id"]
    publish.edit(house.session, house.now, house.dialogue, number, MO, "Mine.")
    with pytest.raises(
        Refused, match=f"edited and is sent as it was left; add to its text: listserv roundup edit {number}"
    ):
        note(house, NoteKind.INTRO, "Too late.", roundup=number)
    house.tick(FRIDAY_ROUNDUP)
    with pytest.raises(Refused, match="was already sent; a note without an ID goes into the next one"):
        note(house, NoteKind.INTRO, "Too late.", roundup=number)
    with pytest.raises(Refused, match="there is no round-up 99"):
        note(house, NoteKind.INTRO, "To none.", roundup=99)
    note(house, NoteKind.INTRO, "For the next.")
    house.tick(FRIDAY_ROUNDUP + WEEK)
    assert ["For the next." in text for text in rounds(house)] == [False, True]
