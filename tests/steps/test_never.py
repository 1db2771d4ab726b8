"""Never to be written to again: who can bring it about, what it stops, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from listserv.core.dialogue.model import Participation
from listserv.core.mail.authentication import Level, Proof
from listserv.core.sentence import Sentence
from listserv.steps import checkin, deliver, enrol, erase, intake
from listserv.steps.enrol import Newcomer
from listserv.steps.intake import Reading
from listserv.store import addresses
from tests.house import HERE, LEFT, House, mail

ANNA, EVE, MO = "anna@example.net", "eve@far.example", "mod@example.org"
JOIN, REQUEST = "nap-join@talk.example", "nap-request@talk.example"
SIGNED = Reading(prove=lambda *_: Proof(Level.DKIM, says=Sentence("It is signed.")))


def says(house: House, text: str, to: str, author: str = ANNA, reading: Reading = intake.HERE, **more: Any) -> str:
    number = house.receive(mail(text, author=author, subject="Re: x", **more), to, author)
    intake.intake(house.session, house.now, house.site, 10, reading)
    row = house.one("inbox", id=number)
    assert row["state"] == "done", row["traceback"]
    return str(row["reason"])


def reply_to(house: House, kind: str, to: str) -> str:
    return str(house.sent(kind, to=to)[-1].mail["Reply-To"])


def invited(house: House, address: str = EVE) -> str:
    """Where an answer to their invitation goes."""
    one = Newcomer(address, "Eve")
    enrol.enrol(house.session, house.now, house.site, house.dialogue, [one], "test", invite=True)
    return reply_to(house, "invitation", address)


def leave_it(house: House) -> set[tuple[str, str]]:
    """Kind and recipient of what goes out now."""
    copies = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
    kinds = {row["id"]: house.one("mailing", id=row["mailing_id"])["kind"] for row in house.rows("delivery")}
    return {(kinds[one.delivery], one.recipient) for one in copies}


def silent(house: House) -> bool:
    one = Newcomer(ANNA, "Anna")
    (found,) = enrol.foresee(house.session, house.site, house.dialogue, [one])
    return found.what == "never"


class TestWithTheProofThatLeavingTakes:
    @pytest.mark.parametrize(
        "text",
        [
            "never",
            "Never write to me again.",
            "Please don't write to me again!\n\nEve",
            "Ne m'écrivez plus jamais",
            "nunca más",
            "لا تراسلوني أبدا",
            "Никогда больше мне не пишите",
            "不要再给我发邮件",
        ],
    )
    def test_an_answer_to_an_invitation_is_enough(self, house: House, text: str) -> None:
        """Only they have got its address."""
        assert says(house, text, invited(house), EVE) == "never: not written to again"
        assert house.part(EVE)["status"] == LEFT
        assert [one.kind for one in house.sent(to=EVE)] == ["invitation", "never"]
        assert ("never", EVE) in leave_it(house)
        assert [(row["actor"], row["subject"]) for row in house.rows("audit", action="never")] == [(EVE, EVE)]

    def test_so_is_one_to_the_address_in_list_unsubscribe(self, house: House) -> None:
        there = house.site.addresses.leave("nap", house.part(ANNA)["id"])
        assert says(house, "never", there) == "never: not written to again"
        assert (house.part(ANNA)["status"], house.sent("goodbye")) == (LEFT, [])

    @pytest.mark.parametrize("to", [REQUEST, HERE, "nap-owner@talk.example"])
    def test_elsewhere_they_are_asked_first(self, house: House, to: str) -> None:
        ours = str(house.sent("announcement")[0].mail["Message-ID"])
        assert says(house, "never write to me again", to, answers=ours) == "never: asked to confirm"
        assert house.part(ANNA)["status"] == "active"
        assert says(house, "", reply_to(house, "never_confirm", ANNA)) == "never: not written to again"
        assert silent(house)

    def test_who_says_no_stays(self, house: House) -> None:
        says(house, "never", REQUEST)
        says(house, "No", reply_to(house, "never_confirm", ANNA))
        assert (house.part(ANNA)["status"], silent(house)) == ("active", False)

    def test_a_question_asked_too_long_ago_is_asked_anew(self, house: House) -> None:
        there = invited(house)
        house.session.write(lambda c: c.exec_driver_sql("UPDATE confirmation SET lapses_at = asked_at"))
        assert says(house, "never", there, EVE) == "never: asked to confirm"

    def test_a_stranger_who_says_it_for_somebody_brings_about_one_question_a_day(self, house: House) -> None:
        for _ in range(5):
            says(house, "never", REQUEST)
        assert len(house.sent("never_confirm")) == 1
        assert not silent(house)

    @pytest.mark.parametrize("text", ["never mind", "I never got it.", "I would never write to me again like that"])
    def test_other_words_are_none(self, house: House, text: str) -> None:
        says(house, text, REQUEST)
        assert house.sent("never_confirm") == []

    def test_never_again_may_be_what_somebody_contributes(self, house: House) -> None:
        row = house.released(author="boris@example.net")
        says(house, "Never again!", HERE, answers=row["message_id"])
        assert (house.sent("never_confirm"), len(house.rows("contribution"))) == ([], 2)
        assert says(house, "Never write to me again", HERE, answers=row["message_id"]) == "never: asked to confirm"

    def test_a_moderator_is_needed(self, house: House) -> None:
        assert says(house, "never", REQUEST, MO) == (
            "never: from a moderator; nothing was done, passed on to the moderators"
        )

    def test_a_machine_says_nothing(self, house: House) -> None:
        says(house, "never", invited(house), EVE, headers={"Auto-Submitted": "auto-replied"})
        assert house.sent("never") == []

    def test_stop_is_what_it_was(self, house: House) -> None:
        says(house, "stop", REQUEST)
        says(house, "", reply_to(house, "leave_confirm", ANNA))
        assert (house.part(ANNA)["status"], house.rows("suppression")) == (LEFT, [])


@pytest.fixture
def gone(house: House) -> House:
    """Anna, who has two addresses, is never to be written to."""
    person = house.part(ANNA)["person_id"]
    house.session.write(lambda connection: addresses.link(connection, house.now, person, "anna@home.example"))
    says(house, "never", house.site.addresses.leave("nap", house.part(ANNA)["id"]))
    leave_it(house)
    return house


class TestNothingReachesThem:
    @pytest.mark.parametrize("address", [ANNA, "ANNA@Example.net", "anna@home.example"])
    @pytest.mark.parametrize("options", [{}, {"invite": True}, {"again": True}, {"invite": True, "again": True}])
    def test_no_invitation_and_no_import(self, gone: House, address: str, options: dict[str, bool]) -> None:
        before = len(gone.rows("mailing"))
        one = Newcomer(address, "Anna")
        (done,) = enrol.enrol(gone.session, gone.now, gone.site, gone.dialogue, [one], "test", **options)
        assert (done.what, len(gone.rows("mailing"))) == ("never", before)
        assert gone.part(ANNA)["status"] == LEFT

    def test_no_check_in_no_release_and_no_answer(self, gone: House) -> None:
        checkin.checkin(gone.session, gone.now, gone.site, gone.dialogue, "test")
        gone.released(author="boris@example.net")
        says(gone, "How does it work?", "nap-help@talk.example")
        assert says(gone, "", JOIN).startswith("not answered, they asked never to be written to; passed on")
        assert not [to for _, to in leave_it(gone) if to.startswith("anna")]

    def test_not_even_after_they_were_erased(self, gone: House) -> None:
        erase.erase(gone.session, gone.now, gone.site, ANNA, "test")
        assert silent(gone)


class TestOnlyTheyTakeItBack:
    def test_by_a_mail_to_join(self, gone: House) -> None:
        says(gone, "", JOIN, reading=SIGNED)
        assert (gone.part(ANNA)["status"], silent(gone)) == (Participation.REQUESTED, False)
        assert ("join_received", ANNA) in leave_it(gone)

    def test_where_nothing_proves_mail_an_organiser_takes_it_for_theirs(self, gone: House) -> None:
        gone.now += timedelta(hours=1)
        says(gone, "", JOIN)
        one = Newcomer(ANNA, "Anna")
        (done,) = enrol.enrol(gone.session, gone.now, gone.site, gone.dialogue, [one], "test")
        assert done.what == "never"
        (done,) = enrol.enrol(gone.session, gone.now, gone.site, gone.dialogue, [one], "test", again=True)
        assert done.what == "added"
        assert ("welcome", ANNA) in leave_it(gone)
