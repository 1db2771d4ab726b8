"""No mail to participants shows another participant's address, unless the dialogue says so."""

from __future__ import annotations

import pytest

from listserv.steps import give_back, leave
from tests.house import CLOSING, FRIDAY_ROUNDUP, HERE, House, mail

ANA, BORIS = "ana.ruiz@casa.example", "boris@example.net"
QUOTING = (
    "On Monday, Ana Ruiz <ana.ruiz@casa.example> wrote:\n"
    "> We planted larches. Ask me, ana.ruiz@casa.example.\n\n"
    "I asked, and got this:\n"
    "From: Ana Ruiz <ana.ruiz@casa.example>\n"
    "Ask Eve.\n\n"
    "> And oaks.\n\n"
    "Indeed; ask ana.ruiz@casa.example or me, boris@example.net, or info@office.example.\n\n"
    "-- \nBoris\n"
)


@pytest.fixture
def full(house: House) -> House:
    """Every kind of mail that a programme of one module brings about."""
    house.join(ANA, name="Ana Ruiz", profile={"organisation": "Casa"})
    headers = {"Cc": f"Boris <{BORIS}>", "Reply-To": ANA, "Sender": ANA}
    house.released("We planted larches.", author=f"Ana Ruiz <{ANA}>", message_id="<one@mua.example>", headers=headers)
    house.released(
        QUOTING,
        author=f"Boris <{BORIS}>",
        answers="<one@mua.example>",
        message_id="<two@mua.example>",
        subject=f"Re: ask {ANA}",
    )
    held = house.contribute("Not this one.", author=f"Boris <{BORIS}>", message_id="<three@mua.example>")
    give_back.give_back(house.session, house.now, house.site, held["id"], "mod@example.org", "Too short.")
    for to, text in (("help", "?"), ("request", "pause"), ("request", "each"), ("leave", ""), ("join", "")):
        house.take(mail(text, author=f"Boris <{BORIS}>", subject=""), to=f"nap-{to}@talk.example", sender=BORIS)
    house.take(mail("Hello", author="Eve <eve@other.example>"), sender="eve@other.example")
    house.tick(FRIDAY_ROUNDUP)
    house.tick(CLOSING)
    part = house.part("chloe@example.net")
    leave.leave(house.session, house.now, house.site, house.dialogue, part["id"], "chloe@example.net", "")
    return house


def test_no_mail_to_a_participant_shows_anothers_address(full: House) -> None:
    people = {ANA, BORIS, "anna@example.net", "chloe@example.net", "eve@other.example"}
    to_participants = [one for one in full.sent() if one.to in people]
    kinds = {one.kind for one in to_participants}
    assert kinds >= {"contribution", "receipt", "returned", "help", "choice", "leave_confirm", "roundup", "closing"}
    assert kinds >= {"welcome", "announcement", "reminder", "goodbye", "stranger"}
    assert not [one for one in to_participants if one.mail["Author"]]
    for one in to_participants:
        whole = (one.mail.as_string() + one.text).lower()
        author = {BORIS} if "indeed; ask" in whole else set()  # his to give
        shown = [address for address in people - {one.to} - author if address in whole]
        assert not shown, (one.kind, one.to)


def test_what_an_author_gives_stays_and_the_rest_does_not(full: House) -> None:
    text = full.rows("contribution")[1]["text"]
    assert "> We planted larches. Ask me, a…@…." in text
    assert "From: Ana Ruiz\n" in text
    assert "ask a…@… or me, boris@example.net, or info@office.example." in text
    assert full.rows("contribution")[1]["subject"] == "Re: ask a…@…"


def test_shown_where_the_dialogue_says_so(house: House) -> None:
    house.policy(addresses="shown")
    house.join(ANA, name="Ana Ruiz", profile={"organisation": "Casa"})
    house.released("We planted larches.", author=f"Ana Ruiz <{ANA}>")
    copy = house.sent("contribution")[0]
    assert "Ana Ruiz, Casa, ana.ruiz@casa.example" in copy.text
    assert str(copy.mail["From"]) == "Ana Ruiz via Planning for Action <nap@talk.example>"
    assert copy.mail["Author"] == ANA  # for programs that can write to the author alone
    row = house.contribute(QUOTING, author=f"Boris <{BORIS}>")
    assert "From: Ana Ruiz <ana.ruiz@casa.example>\n" in row["text"]


def test_who_is_anonymous_shows_no_address(house: House) -> None:
    house.policy(addresses="shown")
    row = house.contribute("A secret.", author=f"Boris <{BORIS}>")
    house.session.write(lambda c: c.exec_driver_sql("UPDATE contribution SET attribution = 'anonymous'"))
    house.release(row["id"])
    assert BORIS not in house.sent("contribution")[0].mail.as_string()
    assert house.sent("contribution")[0].mail["Author"] is None
    assert HERE in house.sent("contribution")[0].mail["From"]
