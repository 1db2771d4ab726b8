"""Asking on the page to take part: one way with the mails to -join, its answers kept until the address has answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue import profile
from listserv.core.dialogue.profile import Question
from listserv.core.mail import inmail
from listserv.core.mail.authentication import Level, Proof
from listserv.steps import erase, intake, limit, request
from listserv.steps.intake import Reading
from listserv.steps.request import Taken
from listserv.store import inbox
from tests.house import LEFT, MODERATORS, TUESDAY, House, mail, site

AWA = "awa@example.sn"
ANSWERS = {
    "name": "Awa Diop",
    "country": "SN",
    "organisation": "Ministry: of Gender",
    "gender": "female",
    "language": "fr",
    "stage": "published",
}
PROVEN = Reading(prove=lambda raw, mail, protocol: Proof(Level.TRUSTED))


def ask(house: House, address: str = AWA, network: str = "", **answers: str) -> request.Taken:
    told = {**ANSWERS, **answers}
    return request.request(house.session, house.now, house.site, house.dialogue, address, told, network)


def fill(house: House, address: str = AWA, reading: Reading = PROVEN, network: str = "", **answers: str) -> Any:
    ask(house, address, network=network, **answers)
    intake.intake(house.session, house.now, house.site, 10, reading)
    row = house.rows("inbox")[-1]
    assert row["state"] == "done", row["traceback"]
    return row


def answer(house: House, text: str = "") -> Any:
    (asked,) = house.sent("join_confirm", AWA)
    return house.take(mail(text, author=AWA, subject=f"Re: {asked.subject}"), to=str(asked.mail["Reply-To"]))


def test_they_are_asked_and_nothing_they_filled_in_is_sent_to_an_address_that_nothing_proves(house: House) -> None:
    assert fill(house)["reason"] == "join: asked to confirm"
    (asked,) = house.sent("join_confirm")
    assert (asked.to, asked.mail["Content-Language"], asked.mail["In-Reply-To"]) == (AWA, "fr", None)
    for said in ("Awa", "Diop", "SN", "Sénégal", "Ministry", "published", "féminin"):
        assert said not in str(asked.mail) + asked.text
    assert "Secteur\xa0:" in asked.text, "what is still open is asked"
    assert "Pays\xa0:" not in asked.text
    assert house.part(AWA) is None


def test_their_answer_brings_all_of_it_in(house: House) -> None:
    fill(house)
    assert answer(house)["reason"] == "join: requested"
    part = house.part(AWA)
    assert {key: part[key] for key in ANSWERS if key != "stage"} == {k: v for k, v in ANSWERS.items() if k != "stage"}
    assert (part["profile"], part["status"]) == ({"stage": "published"}, "requested")
    notices = house.sent("join_request")
    assert sorted(one.to for one in notices) == sorted(MODERATORS)
    assert "Organisation: Ministry: of Gender\n" in notices[0].text


def test_what_they_say_in_the_answer_goes_before_it(house: House) -> None:
    fill(house)
    answer(house, "Pays : Mali\nSecteur : ONG")
    part = house.part(AWA)
    assert (part["country"], part["sector"], part["organisation"]) == ("ML", "ONG", "Ministry: of Gender")


def test_a_no_is_a_no(house: House) -> None:
    fill(house)
    assert answer(house, "No")["reason"] == "join: no"
    assert house.part(AWA) is None


def test_what_somebody_fills_in_after_the_question_counts_for_nothing(house: House) -> None:
    fill(house)
    house.now = house.now.replace(minute=1)
    fill(house, organisation="Others", name="Somebody else")
    answer(house)
    assert (house.part(AWA)["organisation"], house.part(AWA)["name"]) == ("Ministry: of Gender", "Awa Diop")


def test_a_mail_to_join_that_nobody_filled_in_is_asked_as_ever(house: House) -> None:
    house.take(mail("country: SN", author=AWA), to="nap-join@talk.example")
    answer(house)
    assert house.part(AWA)["country"] == ""


def test_where_nobody_approves_they_take_part_at_once(house: House) -> None:
    house.policy(participation="open")
    fill(house)
    assert answer(house)["reason"] == "join: active"
    assert [one.kind for one in house.sent(to=AWA)] == ["join_confirm", "welcome", "announcement"]


def test_who_takes_part_already_gets_help(house: House) -> None:
    assert fill(house, "anna@example.net")["reason"] == "join: takes part already"
    assert [one.kind for one in house.sent(to="anna@example.net")][-1] == "help"
    assert house.part("anna@example.net")["name"] == "Anna"


def test_nobody_is_vouched_for_by_what_stands_on_a_page(house: House) -> None:
    row = fill(house, MODERATORS[0], organisation="From: Awa <awa@example.sn>")
    assert row["reason"] == "join: takes part already"
    assert house.part(AWA) is None


def test_who_has_left_may_come_back(house: House) -> None:
    house.set("anna@example.net", status=LEFT)
    assert fill(house, "anna@example.net")["reason"] == "join: asked to confirm"


def test_who_said_never_is_not_written_to(house: House) -> None:
    erase.erase(house.session, house.now, house.site, "anna@example.net", "test")
    before = len(house.sent(to="anna@example.net"))
    assert "passed on to the moderators" in fill(house, "anna@example.net")["reason"]
    assert len(house.sent(to="anna@example.net")) == before
    assert "Ministry: of Gender" in house.sent("owner")[0].text


def test_where_one_takes_part_by_invitation_moderators_read_it(house: House) -> None:
    house.policy(participation="invite")
    assert fill(house)["reason"].startswith("join: by invitation only, but not answered: It was written on our page")
    assert house.sent(to=AWA) == []
    assert len(house.sent("owner")) == len(MODERATORS)


def test_strangers_are_asked_so_many_times_in_all(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "AN_HOUR", 1)
    fill(house)
    assert ask(house, "other@example.sn") is Taken.FLOOD
    assert ask(house, "anna@example.net") is Taken.FLOOD, "whoever it is"
    assert len(house.rows("inbox", protocol="web")) == 1
    assert len(house.rows("occurrence", kind="answer:left-out")) == 2, "moderators hear of it"
    house.now += limit.HOUR
    assert ask(house, "other@example.sn") is Taken.IN


def test_in_the_name_of_one_address_some_are_taken_and_the_rest_let_go(house: House) -> None:
    assert {ask(house) for _ in range(limit.BY_ADDRESS + 2)} == {Taken.IN}
    assert len(house.rows("inbox")) == limit.BY_ADDRESS
    ask(house, "other@example.sn")
    assert len(house.rows("inbox")) == limit.BY_ADDRESS + 1
    assert AWA not in str(house.rows("occurrence"))


def test_one_network_asks_so_often(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "BY_NETWORK", 1)
    fill(house, network="192.0.2.1")
    assert ask(house, network="192.0.2.1") is Taken.ENOUGH
    assert ask(house, network="192.0.2.2") is Taken.IN
    assert ask(house) is ask(house) is Taken.IN, "from a network that is not known"
    assert len(house.rows("inbox")) == 4


def test_an_erasure_takes_what_they_filled_in(house: House) -> None:
    fill(house)
    answer(house)
    erase.erase(house.session, house.now, house.site, AWA, "test")
    assert "Ministry: of Gender" not in "\n".join(house.tables())
    with house.session.read() as connection:
        assert not inbox.last_of(connection, AWA, "nap-join@talk.example", request.PAGE, house.now)


QUESTIONS = (Question("name"), *profile.ASKED, Question("x", "A: question?"))


@given(st.dictionaries(st.sampled_from([one.key for one in QUESTIONS]), st.text(max_size=300)))
def test_what_is_written_is_read_again(told: dict[str, str]) -> None:
    tidied = {key: value for key, said in told.items() if (value := profile.tidy(said))}
    made = request.mail(site(), TUESDAY, "nap-join@talk.example", AWA, tidied)
    assert request.answers(inmail.read(made, AWA), QUESTIONS) == tidied
