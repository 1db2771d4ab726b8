"""A moderator forwards to -join what somebody wrote to them."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.core.mail.authentication import Level, Proof
from listserv.core.sentence import Sentence
from listserv.steps import intake
from listserv.steps.intake import Reading
from tests.house import LEFT, MODERATORS, House, mail

AWA = "awa@example.sn"
PROVEN = Proof(Level.TRUSTED, says=Sentence("our host says so"))
LACKING = Proof(says=Sentence("Our host says nothing."))
BLOCK = """

---------- Forwarded message ---------
From: Awa Diop <{address}>
Date: Mon, Nov 3, 2008 at 10:00 AM
Subject: Taking part
To: Mo <mod@example.org>

Dear Mo, may I take part? I am from Senegal.
"""


def pass_on(
    house: House, comment: str = "", proof: Proof = PROVEN, author: str = "Mo <mod@example.org>", address: str = AWA
) -> Any:
    content = mail(comment + BLOCK.format(address=address), author=author, subject="Fwd: Taking part")
    number = house.receive(content, to="nap-join@talk.example")
    intake.intake(house.session, house.now, house.site, 10, Reading(prove=lambda *_: proof))
    row = house.one("inbox", id=number)
    assert row["state"] == "done", row["traceback"]
    return row["reason"]


def test_they_ask_and_the_moderators_decide_with_one_command(house: House) -> None:
    assert pass_on(house, "See below, I do not know her.") == "join: passed on by a moderator, requested"
    part = house.part(AWA)
    assert (part["status"], part["name"], part["country"]) == ("requested", "Awa Diop", "SN")
    assert part["consented_at"] is None  # nothing of hers has reached us
    notices = house.sent("join_request")
    assert sorted(one.to for one in notices) == sorted(MODERATORS)
    assert "From: Awa Diop <awa@example.sn>\nCountry: Senegal\n" in notices[0].text
    assert "Mo passed it on from their own mailbox." in notices[0].text
    assert "    Dear Mo, may I take part?" in notices[0].text
    assert house.sent(to=AWA) == []


@pytest.mark.parametrize("comment", ["approve", "Approve, please", "Approuver", "yes"])
def test_approve_on_the_first_line_lets_them_in(house: House, comment: str) -> None:
    assert pass_on(house, comment) == "join: passed on by a moderator, active"
    assert house.part(AWA)["status"] == "active"
    welcome, announcement = house.sent(to=AWA)
    assert (welcome.kind, announcement.kind) == ("welcome", "announcement")
    said = " ".join(welcome.text.split())
    assert "You wrote to Mo, who has entered you." in said
    assert "an empty mail to nap-leave@talk.example ends it at once" in said
    (told,) = house.sent("entered")
    assert told.to == "mod@example.org"
    assert "Country: Senegal" in told.text


def test_without_any_proof_nobody_is_written_to(house: House) -> None:
    """At a site that looks for none: whoever knows a moderator's address could have us write to anybody."""
    assert pass_on(house, "approve", Proof()) == "join: passed on by a moderator, requested"
    assert house.sent(to=AWA) == []


def test_where_a_proof_is_missed_moderators_read_it(house: House) -> None:
    assert "not proven" in pass_on(house, "approve", LACKING)
    assert house.part(AWA) is None
    assert house.sent("owner")


def test_from_a_participant_it_is_none(house: House) -> None:
    assert pass_on(house, "approve", author="Anna <anna@example.net>") == "join: takes part already"
    assert house.part(AWA) is None


def test_who_takes_part_already(house: House) -> None:
    assert pass_on(house, "approve", address="anna@example.net") == "join: takes part already"
    (told,) = house.sent("entered")
    assert "this address takes part already" in told.text


def test_our_own_address_is_never_entered(house: House) -> None:
    pass_on(house, "approve", address="nap-owner@talk.example")
    assert house.part("nap-owner@talk.example") is None


def test_who_left_waits_for_a_yes(house: House) -> None:
    house.set("anna@example.net", status=LEFT)
    assert pass_on(house, "approve", address="anna@example.net") == "join: passed on by a moderator, requested"
