"""Floods: what strangers, or programs in their names, can make us write ends soon; nothing of theirs is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.core.mail import inmail
from listserv.core.mail.authentication import Level, Proof
from listserv.core.sentence import Sentence
from listserv.steps import intake, limit, notify, programme
from listserv.steps.intake import HERE, Reading
from tests.house import MODERATORS, House, mail


def stranger(number: int) -> str:
    return f"Somebody <s{number}@far.example>"


def ask(house: House, role: str, number: int, text: str = "Please.") -> str:
    address = f"s{number}@far.example"
    row = house.take(mail(text, author=stranger(number)), to=f"nap-{role}@talk.example", sender=address)
    return str(row["reason"])


def to_strangers(house: House) -> int:
    return sum(one.to.endswith("@far.example") for one in house.sent())


def test_two_strangers_on_an_ordinary_day_are_answered(house: House) -> None:
    for number in range(2):
        house.take(mail("I would like to write.", author=stranger(number)), sender=f"s{number}@far.example")
        ask(house, "join", number)
    assert to_strangers(house) == 4


@pytest.mark.parametrize("role", ["join", "help", "request"])
def test_a_flood_of_wishes_is_answered_so_many_times_an_hour(house: House, role: str) -> None:
    reasons = [ask(house, role, number, "help") for number in range(limit.AN_HOUR + 10)]
    assert to_strangers(house) == limit.AN_HOUR
    assert [limit.FLOOD in reason for reason in reasons] == [False] * limit.AN_HOUR + [True] * 10
    assert len(house.rows("inbox", state="done")) == limit.AN_HOUR + 10  # all are there to be read


def test_a_flood_to_the_dialogue_is_held_and_not_answered_beyond_it(house: House) -> None:
    for number in range(limit.AN_HOUR + 10):
        house.receive(mail(f"Text {number}", author=stranger(number)), sender=f"s{number}@far.example")
    house.work()
    assert to_strangers(house) == limit.AN_HOUR
    assert len(house.rows("contribution", state="held")) == limit.AN_HOUR + 10


def test_after_an_hour_answers_go_on_until_the_days_are_used_up(house: House) -> None:
    number = 0
    for _ in range(7):
        for _ in range(limit.AN_HOUR):
            number += 1
            house.receive(mail(author=stranger(number)), to="nap-help@talk.example", sender=f"s{number}@far.example")
        house.work()
        house.now += timedelta(minutes=61)
    assert to_strangers(house) == limit.A_DAY
    house.now += timedelta(hours=24)
    ask(house, "help", 0)
    assert to_strangers(house) == limit.A_DAY + 1


def test_moderators_hear_once_a_day_that_a_flood_is_on(house: House) -> None:
    for number in range(limit.AN_HOUR + 10):
        ask(house, "join", number)
    for minutes in (1, 30, 600):
        programme.tick(house.session, house.now + timedelta(minutes=minutes), house.site)
    told = house.sent("flood")
    assert sorted(one.to for one in told) == sorted(MODERATORS)
    assert "10" in told[0].text


def test_mails_to_the_moderators_come_one_by_one_and_then_in_a_bundle(house: House) -> None:
    reasons = [ask(house, "owner", number, f"Question {number}") for number in range(notify.NOTICES + 30)]
    assert len(house.sent("owner")) == notify.NOTICES * len(MODERATORS)
    assert ["in a bundle" in reason for reason in reasons] == [False] * notify.NOTICES + [True] * 30
    programme.tick(house.session, house.now + timedelta(minutes=1), house.site)
    programme.tick(house.session, house.now + timedelta(minutes=2), house.site)
    bundles = house.sent("owner_bundle")
    assert sorted(one.to for one in bundles) == sorted(MODERATORS)
    waiting = [f"Question {number}" in bundles[0].text for number in range(notify.NOTICES, notify.NOTICES + 30)]
    assert all(waiting)
    house.now += timedelta(minutes=61)
    assert "in a bundle" not in ask(house, "owner", 999)


def test_of_a_large_mail_that_waits_only_the_beginning_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(notify.NOTICES):
        ask(house, "owner", number)
    ask(house, "owner", 999, "Large. " + "More words of it. " * 10_000)
    seen: list[int] = []
    read = inmail.read
    monkeypatch.setattr(inmail, "read", lambda raw, sender: seen.append(len(raw)) or read(raw, sender))
    programme.tick(house.session, house.now + timedelta(minutes=1), house.site)
    assert seen == [notify.BEGINNING]
    assert "Large. More words" in house.sent("owner_bundle")[0].text


def test_somebody_who_writes_in_a_participants_name_does_not_fill_their_mailbox(house: House) -> None:
    for number in range(40):
        house.receive(mail(f"Text {number}"))
    house.work()
    assert len(house.sent("receipt", "anna@example.net")) == limit.RECEIPTS
    assert len(house.rows("contribution", state="held")) == 40
    house.now += timedelta(hours=25)
    house.contribute("The day after.")
    assert len(house.sent("receipt", "anna@example.net")) == limit.RECEIPTS + 1


SIGNED = Reading(prove=lambda *_: Proof(Level.DKIM, says=Sentence("It is signed.")))
WISHES = [
    pytest.param("daily", "nap-request@talk.example", "choice", id="what they get"),
    pytest.param("anonymous", "nap-request@talk.example", "credit", id="how all they write is shown"),
    pytest.param("missed", "nap-request@talk.example", "missed_none", id="what they missed"),
    pytest.param("anonymous", "", "credit", id="how one contribution is shown"),
    pytest.param("withdraw", "", "withdrawn", id="that one is taken out"),
]


@pytest.mark.parametrize(("text", "to", "letter"), WISHES)
@pytest.mark.parametrize(("reading", "most"), [(HERE, limit.RECEIPTS), (SIGNED, limit.MOST)], ids=["bare", "signed"])
def test_a_machine_that_answers_each_letter_that_confirms_a_wish_falls_silent(
    house: House, text: str, to: str, letter: str, reading: Reading, most: int
) -> None:
    """A word of ours in an automatic answer that does not say it is one: each letter would bring about the next."""
    house.contribute()
    to = to or str(house.sent("receipt")[-1].mail["Reply-To"])
    for _ in range(limit.MOST + 5):
        house.receive(mail(text, subject="please"), to)
    intake.intake(house.session, house.now, house.site, 100, reading)
    assert len(house.sent(letter, "anna@example.net")) == most
    house.now += timedelta(hours=25)
    house.receive(mail(text, subject="please"), to)
    intake.intake(house.session, house.now, house.site, 1, reading)
    assert len(house.sent(letter, "anna@example.net")) == most + 1


def test_a_signed_flood_of_contributions_gets_so_many_receipts(house: House) -> None:
    for number in range(limit.MOST + 5):
        house.receive(mail(f"Text {number}"))
    intake.intake(house.session, house.now, house.site, 100, SIGNED)
    assert len(house.sent("receipt", "anna@example.net")) == limit.MOST
    assert house.rows("inbox")[-1]["reason"].endswith("No receipt: 20 went out within a day.")
