"""Joining by one mail: the confirmation that is the form too, proven requests, and what moderators and people read."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.core.mail.authentication import Level, Proof
from listserv.core.sentence import Sentence
from listserv.steps import enrol, intake
from listserv.steps.intake import Reading
from tests.house import MODERATORS, House, Sent, mail

AWA = "Awa Diop <awa@example.sn>"
PROVEN = Reading(prove=lambda raw, mail, protocol: Proof(Level.TRUSTED, says=Sentence("our host says so")))


def ask(house: House, text: str = "", reading: Reading = Reading(), **options: Any) -> Any:  # noqa: B008
    number = house.receive(mail(text, author=AWA, subject="join", **options), to="nap-join@talk.example")
    intake.intake(house.session, house.now, house.site, 10, reading)
    row = house.one("inbox", id=number)
    assert row["state"] == "done", row["traceback"]
    return row


def answer(house: House, question: Sent, text: str, author: str = AWA) -> Any:
    return house.take(mail(text, author=author, subject=f"Re: {question.subject}"), to=str(question.mail["Reply-To"]))


def plain(letter: Sent) -> str:
    return " ".join(letter.text.split())


def to_awa(house: House) -> list[str]:
    return [one.kind for one in house.sent(to="awa@example.sn")]


def person(house: House) -> Any:
    return house.part("awa@example.sn")


class TestConfirming:
    def test_the_confirmation_is_the_form_and_its_answer_says_yes(self, house: House) -> None:
        ask(house, "Buy pills")
        (question,) = house.sent("join_confirm")
        for line in ("Country:", "Organisation:", "Gender (if you wish):", "Stage of the plan:"):
            assert f"\n{line}\n" in question.text
        assert "\nStage of the plan:\n    (planned / published)\n" in question.text
        row = answer(house, question, "Country: Senegal\nOrganisation: No Peace Without\nLanguage: French\nStage: 2")
        assert row["reason"] == "join: requested"
        part = person(house)
        assert (part["status"], part["country"], part["organisation"]) == ("requested", "SN", "No Peace Without")
        assert (part["language"], part["profile"], part["name"]) == ("fr", {"stage": "published"}, "Awa Diop")
        assert part["consented_at"] == part["checked_at"] == house.now

    def test_after_the_last_module_it_says_what_there_is_still_to_take_part_in(self, house: House) -> None:
        house.to_the_end()
        ask(house)
        (question,) = house.sent("join_confirm")
        assert "All its modules have closed. What comes in now is kept, and the moderators decide" in plain(question)

    def test_moderators_read_who_it_is_in_one_mail(self, house: House) -> None:
        ask(house)
        answer(house, house.sent("join_confirm")[0], "Country: Senegal\nStage of the plan: planned\nI can help.")
        notices = house.sent("join_request")
        assert sorted(one.to for one in notices) == sorted(MODERATORS)
        text = notices[0].text
        assert "From: Awa Diop <awa@example.sn>\nCountry: Senegal\n" in text
        assert "Stage of the plan: planned\n" in text
        assert "Is it really them? The address answered our mail." in text
        assert "    I can help.\n" in text
        assert "listserv participant approve awa@example.sn -d nap" in text

    def test_approved_with_one_command_they_read_what_was_noted(self, house: House) -> None:
        ask(house)
        answer(house, house.sent("join_confirm")[0], "Country: Senegal\nLanguage: French")
        enrol.approve(house.session, house.now, house.site, house.dialogue, "awa@example.sn", "mod@example.org")
        assert to_awa(house) == ["join_confirm", "welcome", "announcement"]
        (welcome,) = house.sent("welcome", "awa@example.sn")
        assert "Pays\xa0: Sénégal\nLangue\xa0: français\n" in welcome.text

    @pytest.mark.parametrize("text", ["", "Yes", "I am from Senegal and would like to take part", "> Country: Senegal"])
    def test_any_answer_but_a_no_is_a_yes(self, house: House, text: str) -> None:
        ask(house)
        assert answer(house, house.sent("join_confirm")[0], text)["reason"] == "join: requested"
        assert person(house)["country"] == ("SN" if "Senegal" in text else "")

    @pytest.mark.parametrize(
        "text",
        ["I can't join.\n\nAwa\nCountry: Senegal", "Je ne souhaite pas participer.\n\n> Country:\nCountry: Senegal"],
    )
    def test_who_denies_it_has_said_no_yes_whatever_the_form_says(self, house: House, text: str) -> None:
        ask(house)
        row = answer(house, house.sent("join_confirm")[0], text)
        assert row["reason"] == "confirmation not understood; passed on to the moderators"

    @pytest.mark.parametrize("text", ["No", "No, that was not me.\n\n> Country:\n> Language:"])
    def test_a_no_is_a_no(self, house: House, text: str) -> None:
        ask(house)
        assert answer(house, house.sent("join_confirm")[0], text)["reason"] == "join: no"
        assert person(house) is None

    def test_what_was_not_understood_is_said_back_once(self, house: House) -> None:
        ask(house)
        answer(house, house.sent("join_confirm")[0], "Country: Congo\nOrganisation: FERDI\nStage: planned")
        assert (person(house)["country"], person(house)["organisation"]) == ("", "FERDI")
        (back,) = house.sent("profile_unclear")
        asked = "Did you mean: Democratic Republic of the Congo / Republic of the Congo"
        assert asked in " ".join(back.text.split())
        assert "Organisation: FERDI" in back.text
        answer(house, back, "Country: the one with Kinshasa")
        assert len(house.sent("profile_unclear")) == 1  # it does not go on
        assert house.sent("join_request")[0].text.count("Congo") == 1

    def test_the_second_answer_mends_it(self, house: House) -> None:
        ask(house)
        answer(house, house.sent("join_confirm")[0], "Country: Congo")
        answer(house, house.sent("profile_unclear")[0], "DRC\n\n> Country:\n")
        assert person(house)["country"] == ("")
        house.tables()

    def test_an_invitation_is_answered_with_the_form(self, house: House) -> None:
        newcomer = enrol.Newcomer("awa@example.sn", "Awa Diop")
        enrol.enrol(house.session, house.now, house.site, house.dialogue, [newcomer], "test", invite=True)
        (question,) = house.sent("invitation")
        assert "\nCountry:\n" in question.text
        assert "\nName:\n" not in question.text
        assert answer(house, question, "Country: Senegal")["reason"] == "join: active"
        assert (person(house)["status"], person(house)["country"]) == ("active", "SN")


class TestProven:
    def test_one_mail_is_enough(self, house: House) -> None:
        row = ask(house, "Dear all,\nI am from Senegal and work for the Ministry of Gender.", PROVEN)
        assert row["reason"] == "join: requested"
        part = person(house)
        assert (part["status"], part["country"], part["organisation"]) == ("requested", "SN", "Ministry of Gender")
        (letter,) = house.sent(to="awa@example.sn")
        assert letter.kind == "join_received"
        assert "A moderator reads it" in letter.text
        assert "\nCountry:\n" not in letter.text
        assert "Country: Senegal\n" in letter.text
        assert "\nGender (if you wish):\n" in letter.text
        assert "our host says so" in house.sent("join_request")[0].text

    def test_the_form_can_be_answered_afterwards(self, house: House) -> None:
        ask(house, "", PROVEN)
        row = answer(house, house.sent("join_received")[0], "Country: Senegal\nLanguage: Spanish")
        assert row["reason"] == "profile: 2 answers"
        assert (person(house)["country"], person(house)["language"]) == ("SN", "es")
        assert person(house)["status"] == "requested"

    def test_what_somebody_known_says_anew_of_themselves_is_in_the_audit(self, house: House) -> None:
        """The pages show it with what they wrote before."""
        content = mail("Organisation: Ministry of Gender", author="Anna <anna@example.net>")
        for _ in range(2):
            house.set("anna@example.net", status="left")
            house.take(content, to="nap-join@talk.example")
            question = house.sent("join_confirm", to="anna@example.net")[-1]
            answer(house, question, "Organisation: NEW", author="Anna <anna@example.net>")
            assert house.part("anna@example.net")["organisation"] == "NEW"
        told = [(one["action"], one["reason"]) for one in house.rows("audit") if one["action"] == "profile"]
        assert told == [("profile", "organisation")]  # once: the second time nothing is new

    def test_in_an_open_dialogue_they_are_in(self, house: House) -> None:
        house.policy(participation="open")
        assert ask(house, "", PROVEN)["reason"] == "join: active"
        assert to_awa(house) == ["welcome", "announcement", "join_received"]
        assert "You take part in Planning for Action now." in plain(house.sent("join_received")[0])

    def test_asking_again_tells_the_moderators_and_writes_nothing_twice(self, house: House) -> None:
        ask(house, "", PROVEN)
        ask(house, "Did you get it?", PROVEN)
        assert to_awa(house) == ["join_received"]
        assert len(house.sent("join_request")) == len(house.sent("owner")) == len(MODERATORS)


class TestNothingOfTheirsIsPassedOn:
    """Whoever fills in a form, or a From, cannot have us write their words to somebody else."""

    SPAM = '"WIN 1000 EUR http://spam.example" <victim@example.net>'

    @pytest.mark.parametrize("role", ["join", "leave", "help", "request"])
    def test_neither_name_nor_subject_nor_text(self, house: House, role: str) -> None:
        content = mail("Click http://spam.example", author=self.SPAM, subject="WIN 1000 EUR http://spam.example")
        house.take(content, to=f"nap-{role}@talk.example", sender="victim@example.net")
        (letter,) = house.sent(to="victim@example.net")
        whole = letter.mail.as_string()
        assert "spam.example" not in whole
        assert "1000" not in whole

    def test_nor_for_a_mail_to_the_dialogue(self, house: House) -> None:
        house.take(mail("Click", author=self.SPAM, subject="WIN 1000"), sender="victim@example.net")
        (letter,) = house.sent(to="victim@example.net")
        assert "1000" not in letter.mail.as_string()
