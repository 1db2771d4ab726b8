"""Before the opening: whom our mail reaches. Any answer counts, and any other mail of theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.steps import checkin
from tests.house import FIRST_APPLY, House, Sent, mail

ANNA = "anna@example.net"


@pytest.fixture
def asked(empty_house: House) -> House:
    house = empty_house
    for name in ("Anna", "Boris"):
        house.join(f"{name.lower()}@example.net", name=name, profile={"language": "fr" if name == "Boris" else "en"})
    house.now = FIRST_APPLY + timedelta(hours=1)
    run(house)
    return house


def run(house: House) -> list[str]:
    return checkin.checkin(house.session, house.now, house.site, house.dialogue, "chief@example.org")


def letter(house: House, address: str = ANNA) -> Sent:
    return house.sent("checkin", address)[-1]


def answer(house: House, text: str, author: str = f"Anna <{ANNA}>") -> str:
    there = str(letter(house).mail["Reply-To"])
    return str(house.take(mail(text, author=author, subject="Re: x"), to=there)["reason"])


def test_each_is_asked_once_a_day_in_their_language_with_what_is_open_of_their_profile(asked: House) -> None:
    assert [one.to for one in asked.sent("checkin")] == [ANNA, "boris@example.net"]
    text = " ".join(letter(asked).text.split())
    assert "Module 1 opens on Monday 3 November 2008, 09:00" in text
    assert "The reply may be empty." in text
    assert "Country: Organisation:" in text
    assert "Language:" not in text  # known
    assert "Ce message vous parvient-il" in letter(asked, "boris@example.net").subject
    assert run(asked) == []
    asked.now += timedelta(days=1)
    assert run(asked) == [ANNA, "boris@example.net"]


@pytest.mark.parametrize("text", ["", "Yes", "no problem", "merci", "> quoted only"])
def test_any_answer_will_do(asked: House, text: str) -> None:
    assert answer(asked, text) == "check-in: answered"
    assert asked.part(ANNA)["checked_at"] == asked.now
    asked.now += timedelta(days=1)
    assert run(asked) == ["boris@example.net"]


def test_the_form_is_read_and_a_question_goes_to_the_moderators(asked: House) -> None:
    assert answer(asked, "Country: Chile") == "check-in: answered"
    assert asked.part(ANNA)["country"] == "CL"
    assert [(one["action"], one["reason"]) for one in asked.rows("audit")][-1] == ("profile", "country")
    asked.now += timedelta(days=1)
    run(asked)
    there = str(letter(asked, "boris@example.net").mail["Reply-To"])
    text = "It does. But on Monday I am travelling, can I still send something on Tuesday?"
    row = asked.take(mail(text, author="Boris <boris@example.net>"), to=there)
    assert row["reason"] == "check-in: answered, passed on to the moderators"
    assert "on Tuesday?" in asked.sent("owner")[0].text


def test_who_wants_to_leave_does(asked: House) -> None:
    assert answer(asked, "unsubscribe me please") == "check-in: wants to leave, done"
    assert asked.part(ANNA)["status"] == "left"
    assert asked.sent(to=ANNA)[-1].kind == "goodbye"


def test_a_machine_answers_nothing(asked: House) -> None:
    there = str(letter(asked).mail["Reply-To"])
    asked.take(mail("I am away.", headers={"Auto-Submitted": "auto-replied"}), to=there)
    assert asked.part(ANNA)["checked_at"] is None


def test_any_other_mail_of_theirs_counts(asked: House) -> None:
    asked.take(mail("How does this work?"), to="nap-help@talk.example")
    assert asked.part(ANNA)["checked_at"] == asked.now
    asked.now += timedelta(days=1)
    assert run(asked) == ["boris@example.net"]
