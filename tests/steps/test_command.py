"""Joining, leaving, choosing and asking by mail (DESIGN §6, "Addresses")."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from listserv.core.mail import files
from listserv.steps import enrol
from tests.enclosing import PDF, enclosing
from tests.house import LEFT, MODERATORS, PAUSED, House, mail

PIA = "Pia Sol <pia@example.net>"
ANNA = "anna@example.net"


def at(word: str) -> str:
    return f"nap-{word}@talk.example"


def ask(house: House, word: str, text: str = "", author: str = PIA, subject: str = "") -> Any:
    row = house.take(mail(text, author=author, subject=subject), to=at(word))
    assert (row["state"], row["outcome"]) == ("done", "command"), row["traceback"]
    return row


def yes(house: House, kind: str, text: str = "", author: str = PIA) -> Any:
    """Reply to the latest question of that kind."""
    there = str(house.sent(kind)[-1].mail["Reply-To"])
    assert re.fullmatch(r"nap-confirm\+[a-z2-7]{26}@talk\.example", there)
    return house.take(mail(text, author=author, subject="Re: "), to=there)


class TestJoin:
    def test_on_request_a_moderator_says_yes(self, house: House) -> None:
        assert ask(house, "join")["reason"] == "join: asked to confirm"
        assert house.part("pia@example.net") is None
        assert yes(house, "join_confirm")["reason"] == "join: requested"
        part = house.part("pia@example.net")
        assert (part["status"], part["name"]) == ("requested", "Pia Sol")
        assert sorted(one.to for one in house.sent("join_request")) == sorted(MODERATORS)
        assert house.sent(to="pia@example.net")[-1].kind == "join_confirm"
        enrol.approve(house.session, house.now, house.site, house.dialogue, "pia@example.net", "mod@example.org")
        assert house.part("pia@example.net")["status"] == "active"
        assert [one.kind for one in house.sent(to="pia@example.net")] == ["join_confirm", "welcome", "announcement"]

    def test_in_an_open_dialogue_confirming_is_enough(self, house: House) -> None:
        house.policy(participation="open")
        ask(house, "join")
        assert yes(house, "join_confirm")["reason"] == "join: active"
        assert house.part("pia@example.net")["status"] == "active"
        assert [one.kind for one in house.sent(to="pia@example.net")] == ["join_confirm", "welcome", "announcement"]
        assert house.sent("join_request") == []

    def test_where_invited_only_a_stranger_hears_how(self, house: House) -> None:
        house.policy(participation="invite")
        assert ask(house, "join")["reason"] == "join: by invitation only"
        (letter,) = house.sent(to="pia@example.net")
        assert letter.kind == "not_here"
        assert "Taking part is by invitation." in letter.text
        assert "so nothing was changed" in " ".join(letter.text.split())
        assert "waits" not in letter.text
        assert house.rows("confirmation") == []

    @pytest.mark.parametrize(("answer", "status"), [("Yes, gladly", "active"), ("No, thank you", "declined")])
    def test_an_invitation_is_answered_by_reply(self, house: House, answer: str, status: str) -> None:
        house.policy(participation="invite")
        newcomer = enrol.Newcomer("pia@example.net", "Pia Sol")
        enrol.enrol(house.session, house.now, house.site, house.dialogue, [newcomer], "test", invite=True)
        assert house.part("pia@example.net")["status"] == "invited"
        assert [one.kind for one in house.sent(to="pia@example.net")] == ["invitation"]
        yes(house, "invitation", answer)
        assert house.part("pia@example.net")["status"] == status

    def test_asked_once_a_day(self, house: House) -> None:
        for _ in range(3):
            ask(house, "join")
        assert len(house.sent("join_confirm")) == len(house.rows("confirmation")) == 1
        house.now += timedelta(days=1)
        ask(house, "join")
        assert len(house.sent("join_confirm")) == 2

    def test_who_takes_part_gets_help(self, house: House) -> None:
        assert ask(house, "join", author=ANNA)["reason"] == "join: takes part already"
        assert [one.kind for one in house.sent(to=ANNA)][-1] == "help"

    def test_who_was_added_meanwhile_stays_active(self, house: House) -> None:
        """A confirmation never takes back what a moderator has done."""
        ask(house, "join")
        house.join("pia@example.net", name="Pia")
        yes(house, "join_confirm")
        assert house.part("pia@example.net")["status"] == "active"
        assert [one.kind for one in house.sent(to="pia@example.net")].count("welcome") == 1


class TestLeave:
    def test_with_a_question(self, house: House) -> None:
        assert ask(house, "leave", author=ANNA)["reason"] == "leave: asked to confirm"
        assert house.part(ANNA)["status"] == "active"
        assert yes(house, "leave_confirm", author=ANNA)["reason"] == "leave: confirmed"
        assert house.part(ANNA)["status"] == "left"
        assert [one.kind for one in house.sent(to=ANNA)][-2:] == ["leave_confirm", "goodbye"]

    def test_the_question_answered_with_no(self, house: House) -> None:
        ask(house, "leave", author=ANNA)
        yes(house, "leave_confirm", "No", author=ANNA)
        assert house.part(ANNA)["status"] == "active"
        yes(house, "leave_confirm", "Yes", author=ANNA)
        assert house.part(ANNA)["status"] == "active"

    @pytest.mark.parametrize(
        ("said", "status"),
        [("unsubscribe", "left"), ("Désinscription", "left"), ("I do not want to leave.", "active")],
    )
    def test_the_question_answered_with_the_wish_once_more(self, house: House, said: str, status: str) -> None:
        ask(house, "leave", author=ANNA)
        yes(house, "leave_confirm", said, author=ANNA)
        assert house.part(ANNA)["status"] == status

    def test_by_the_address_in_list_unsubscribe_at_once(self, house: House) -> None:
        there = house.site.addresses.leave("nap", house.part(ANNA)["id"])
        row = house.take(mail(author="someone.else@example.net"), to=there)
        assert (row["outcome"], row["reason"]) == ("command", "leave: done")
        assert house.part(ANNA)["status"] == "left"
        assert [one.to for one in house.sent("goodbye")] == [ANNA]
        house.take(mail(author="someone.else@example.net"), to=there)
        assert len(house.sent("goodbye")) == 1

    def test_who_left_gets_nothing_more(self, house: House) -> None:
        row = house.contribute(author="boris@example.net")
        ask(house, "leave", author=ANNA)
        yes(house, "leave_confirm", author=ANNA)
        house.release(row["id"])
        assert house.sent("contribution", to=ANNA) == []

    def test_who_comes_back_takes_part_again(self, house: House) -> None:
        """They had the open module's announcement before: they get the welcome, and it not twice."""
        house.set(ANNA, status=LEFT)
        house.policy(participation="open")
        ask(house, "join", author=ANNA)
        assert yes(house, "join_confirm", author=ANNA)["reason"] == "join: active"
        assert house.part(ANNA)["status"] == "active"
        assert [one.kind for one in house.sent(to=ANNA)] == ["announcement", "join_confirm", "welcome"]

    def test_a_stranger(self, house: House) -> None:
        """Nothing waits for a moderator, so the answer does not say so; and it goes out once a day."""
        for _ in range(2):
            assert ask(house, "leave", "A word of theirs.")["reason"] == "leave: does not take part"
        (letter,) = house.sent(to="pia@example.net")
        assert letter.kind == "not_here"
        assert "does not take part in it, so nothing was changed" in " ".join(letter.text.split())
        assert "nap-owner@talk.example" in letter.text
        assert "waits" not in letter.text
        assert "word of theirs" not in letter.text
        assert house.rows("contribution") == []

    def test_who_has_left_is_told_the_same_in_their_language(self, house: House) -> None:
        house.set("boris@example.net", status=LEFT)
        ask(house, "leave", author="boris@example.net")
        letter = house.sent(to="boris@example.net")[-1]
        assert letter.kind == "not_here"
        assert "rien n'a donc été changé" in " ".join(letter.text.split())


class TestTokens:
    def test_one_that_was_never_given(self, house: House) -> None:
        before = house.tables()
        house.take(mail(author=PIA), to=f"nap-confirm+{'a' * 26}@talk.example")
        assert house.part("pia@example.net") is None
        assert [one.kind for one in house.sent(to="pia@example.net")] == ["help"]
        assert len(house.tables()) > len(before)

    def test_one_that_was_used(self, house: House) -> None:
        house.policy(participation="open")
        ask(house, "join")
        yes(house, "join_confirm")
        house.set("pia@example.net", status=LEFT)
        assert yes(house, "join_confirm")["reason"] == "join: confirmed before, or too late"
        assert house.part("pia@example.net")["status"] == "left"

    @pytest.mark.parametrize(("hours", "status"), [(71, "requested"), (72, None), (1000, None)])
    def test_one_that_has_lapsed(self, house: House, hours: int, status: str | None) -> None:
        ask(house, "join")
        house.now += timedelta(hours=hours)
        yes(house, "join_confirm")
        part = house.part("pia@example.net")
        assert (part and part["status"]) == status

    @pytest.mark.parametrize("role", ["leave", "bounces", ""])
    def test_one_that_was_forged_is_no_address(self, house: House, role: str) -> None:
        word = f"nap-{role}" if role else "nap"
        row = house.take(mail(author=ANNA), to=f"{word}+{'a' * 26}@talk.example")
        assert (row["outcome"], row["reason"]) == ("refused", "no such address here")
        assert house.part(ANNA)["status"] == "active"

    def test_only_its_hash_is_kept(self, house: House) -> None:
        ask(house, "join")
        there = str(house.sent("join_confirm")[-1].mail["Reply-To"])
        token = there.partition("+")[2].partition("@")[0]
        rows = [dict(row) for row in house.rows("confirmation")]
        assert len(rows) == 1
        assert token not in str(rows)

    def test_an_answer_that_is_neither_goes_to_the_moderators(self, house: House) -> None:
        ask(house, "join")
        row = yes(house, "join_confirm", "Could you first tell me how long it takes?")
        assert row["reason"] == "confirmation not understood; passed on to the moderators"
        assert sorted(one.to for one in house.sent("owner")) == sorted(MODERATORS)
        assert house.part("pia@example.net") is None


class TestChoices:
    @pytest.mark.parametrize(
        ("said", "status", "delivery"),
        [
            ("roundup", "active", "roundup"),
            ("each", "active", "each"),
            ("nothing", "active", "none"),
            ("pause", "paused", "each"),
            ("resume", "active", "each"),
        ],
    )
    def test_by_a_word(self, house: House, said: str, status: str, delivery: str) -> None:
        row = ask(house, "request", said, author=ANNA)
        part = house.part(ANNA)
        assert (part["status"], part["delivery"]) == (status, delivery), row["reason"]
        assert [one.kind for one in house.sent(to=ANNA)][-1] == "choice"
        assert house.rows("audit")[-1]["actor"] == ANNA

    def test_the_subject_serves_too(self, house: House) -> None:
        ask(house, "request", "", author=ANNA, subject="roundup")
        assert house.part(ANNA)["delivery"] == "roundup"

    def test_what_is_chosen_holds_for_the_next_release(self, house: House) -> None:
        ask(house, "request", "roundup", author=ANNA)
        house.released(author="boris@example.net")
        assert house.sent("contribution", to=ANNA) == []

    def test_a_stranger_chooses_nothing(self, house: House) -> None:
        ask(house, "request", "roundup")
        assert [one.kind for one in house.sent(to="pia@example.net")] == ["help"]

    def test_who_has_left_chooses_nothing(self, house: House) -> None:
        house.set(ANNA, status=LEFT)
        ask(house, "request", "resume", author=ANNA)
        assert house.part(ANNA)["status"] == "left"

    def test_what_is_not_understood_is_answered_with_help(self, house: House) -> None:
        row = ask(house, "request", "Colourless green ideas sleep", author=ANNA)
        assert row["reason"] == "not understood; help sent"

    def test_from_two_authors_nothing_is_done(self, house: House) -> None:
        row = ask(house, "leave", author="anna@example.net, eve@elsewhere.example")
        assert row["reason"] == "no clear sender"
        assert house.sent("leave_confirm") == []


def test_owner_passes_on_to_every_moderator(house: House) -> None:
    house.set("mod@example.org", status=PAUSED)
    ask(house, "owner", "My question, whole.", subject="A question")
    notices = house.sent("owner")
    assert sorted(one.to for one in notices) == sorted(MODERATORS)
    for one in notices:
        assert "My question, whole." in one.text
        assert one.mail["Reply-To"] == "pia@example.net"


def test_files_too_large_to_be_sent_on_are_named_to_the_moderators(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST", 1000)
    for size in (600, 900):
        house.receive(enclosing(("plan.pdf", PDF + b"x" * size)), at("owner"))
        house.work()
    small, large = house.sent("owner", to="mod@example.org")
    assert [part.get_filename() for part in small.mail.iter_attachments()] == ["plan.pdf"]
    assert list(large.mail.iter_attachments()) == []
    assert "listserv inbox show 2 --raw" in large.text
    assert "inbox show" not in small.text
    assert all("Attachment: plan.pdf" in one.text for one in (small, large))


def test_help_once_a_day(house: House) -> None:
    for _ in range(3):
        ask(house, "help")
    (one,) = house.sent("help")
    assert one.to == "pia@example.net"
    for word in ("nap-join@talk.example", "nap-leave@talk.example", "nap-owner@talk.example"):
        assert word in one.text


@pytest.mark.parametrize("word", ["join", "leave", "request", "help", "owner"])
def test_no_command_makes_a_contribution(house: House, word: str) -> None:
    ask(house, word, "Words.")
    assert house.rows("contribution") == []
