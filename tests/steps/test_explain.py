"""How a moderator is told why a contribution is where it is."""

from __future__ import annotations

from listserv.steps import amend, explain, give_back
from tests.house import CLOSING, SECOND, House, mail


def told(house: House, contribution_id: int) -> explain.Explained:
    with house.session.read() as connection:
        return explain.explain(connection, house.site, contribution_id)


def test_what_answers_nothing(house: House) -> None:
    row = house.contribute()
    said = told(house, row["id"])
    assert said.place == (
        "Module 1: it answers nothing of ours, so it belongs to the module that took contributions when it came."
    )
    assert said.authentication == "none: nothing proves who sent it."
    assert said.outcome == "It is held for a moderator."


def test_by_reference_token_and_tag(house: House) -> None:
    first = house.released("We need a plan.", message_id="<a1@example.net>")
    by_reference = house.contribute("So we do.", author="Boris <boris@example.net>", answers="<a1@example.net>")
    assert told(house, by_reference["id"]).place == ("Module 1: it answers contribution 1 (In-Reply-To, References).")
    reply_to = house.site.addresses.reply("nap", first["id"])
    by_token = house.take(mail("Me too.", author="Boris <boris@example.net>", subject="Re: Plans"), reply_to)
    assert told(house, by_token["contribution_id"]).place == (
        "Module 1: it was sent to the reply address of contribution 1, and its subject is that one's."
    )
    by_tag = house.contribute("In time.", subject="[nap 2] Drafts")
    assert told(house, by_tag["id"]).place == "Module 2: its subject says so: [nap 2]."


def test_moved_mended_and_decided(house: House) -> None:
    row = house.contribute("We need a plan.")
    amend.move(house.session, house.now, row["id"], "mod@example.org", 2)
    assert told(house, row["id"]).place.endswith(" Moved by mod@example.org: module 1 to 2.")
    give_back.give_back(house.session, house.now, house.site, row["id"], "mod@example.org", "Where?")
    assert told(house, row["id"]).outcome == "It was held; returned by mod@example.org on 2008-11-04 15:00 UTC."
    to = str(house.sent("returned")[0].mail["Reply-To"])
    mended = house.take(mail("We need a plan in Lagos."), to)["contribution_id"]
    assert told(house, mended).place == (
        f"Module 2: it is the mended version of contribution {row['id']}, and stays where that was."
    )


def test_what_passed_unread(house: House) -> None:
    house.policy(moderation="none")
    row = house.contribute()
    assert told(house, row["id"]).outcome == "No rule held it: it passed without a moderator."


def test_a_late_reply_that_follows_the_open_module(house: House) -> None:
    house.policy(late="current")
    house.released("We need a plan.", message_id="<a1@example.net>")
    for at in (CLOSING, SECOND):
        house.tick(at)
    row = house.contribute("So we do.", author="Boris <boris@example.net>", answers="<a1@example.net>")
    assert told(house, row["id"]).place == (
        "Module 2: it answers contribution 1 (In-Reply-To, References)."
        " That is module 1; it counts for another, or was moved."
    )


def test_only_what_was_out_when_it_came_counts_as_earlier(house: House) -> None:
    """The first contribution stays the first in the telling, whatever is released afterwards."""
    house.policy(moderation="first")
    first, second = (house.contribute(f"Number {n}.") for n in range(2))
    house.release(first["id"])
    house.release(second["id"])
    for row in (first, second):
        assert [one.rule for one in told(house, row["id"]).steps if one.held] == ["first contribution"]
    third = house.contribute("Number 3.")
    assert told(house, third["id"]).outcome == "No rule held it: it passed without a moderator."
    assert "first contribution" not in [one.rule for one in told(house, third["id"]).steps if one.held]
