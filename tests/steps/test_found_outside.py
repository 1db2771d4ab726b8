"""What testing from outside found once, and must not come back."""

from __future__ import annotations

import pytest

from listserv.errors import Refused
from listserv.steps import moderate, undo
from tests.house import House, mail

MO = "mod@example.org"


class TestUndo:
    """`release --wait` can be taken back while it waits (DESIGN §6)."""

    def waiting(self, house: House, text: str = "We need a plan.") -> int:
        contribution_id = house.contribute(text)["id"]
        moderate.release(house.session, house.now, house.site, contribution_id, MO, wait=60.0)
        return contribution_id

    def test_it_is_held_again_and_its_number_is_free(self, house: House) -> None:
        contribution_id = self.waiting(house)
        undo.undo(house.session, house.now, contribution_id, MO)
        row = house.contribution(contribution_id)
        assert (row["state"], row["number"], row["decided_by"]) == ("held", None, None)
        assert house.sent("contribution") == []
        assert house.one("inbox", contribution_id=contribution_id)["outcome"] == "held"
        assert house.release(contribution_id).number == 1

    def test_not_once_it_may_leave(self, house: House) -> None:
        row = house.released()
        with pytest.raises(Refused, match="on its way already"):
            undo.undo(house.session, house.now, row["id"], MO)
        assert house.contribution(row["id"])["state"] == "released"

    def test_the_later_number_first(self, house: House) -> None:
        one, two = self.waiting(house), self.waiting(house, "Another.")
        with pytest.raises(Refused, match="undo the later ones first"):
            undo.undo(house.session, house.now, one, MO)
        undo.undo(house.session, house.now, two, MO)
        undo.undo(house.session, house.now, one, MO)
        assert house.contribution(one)["state"] == "held"

    def test_only_what_was_released(self, house: House) -> None:
        with pytest.raises(Refused, match="is held, not released"):
            undo.undo(house.session, house.now, house.contribute()["id"], MO)


class TestRepeats:
    @staticmethod
    def raw(*headers: str, text: str = "I agree.") -> bytes:
        lines = ["From: Anna <anna@example.net>", "To: nap@talk.example", *headers, "", text, ""]
        return "\r\n".join(lines).encode()

    def test_without_message_id_the_same_words_under_another_subject_are_another_mail(self, house: House) -> None:
        for headers in (
            ("Subject: One", "Message-ID: <1@example.net>"),
            ("Subject: Two",),
            ("Subject: Three",),
            ("Subject: Three", "Date: Tue, 4 Nov 2008 10:00:00 +0000"),
        ):
            assert house.take(self.raw(*headers))["outcome"] == "held"

    def test_without_message_id_the_very_same_mail_is_a_repeat(self, house: House) -> None:
        outcomes = [house.take(self.raw("Subject: One"))["outcome"] for _ in range(2)]
        assert outcomes == ["held", "duplicate"]

    def test_an_id_used_twice_and_the_second_sent_again(self, house: House) -> None:
        used = "Message-ID: <d@example.net>"
        outcomes = [house.take(self.raw(used, text=text))["outcome"] for text in ("one", "two", "two", "one")]
        assert outcomes == ["held", "held", "duplicate", "duplicate"]


class TestPeopleTakenForMachines:
    def test_a_subject_about_automatic_replies_is_read_by_a_moderator(self, house: House) -> None:
        row = house.take(mail("They bar women from taking part.", subject="Automatic reply systems in ministries"))
        assert row["outcome"] == "held"
        rules = [rule for rule, _ in house.contribution(row["contribution_id"])["reasons"]]
        assert "automatic" in rules
        assert house.sent("receipt") == []  # should it be a machine, it gets no answer (RFC 3834 §2)

    @pytest.mark.parametrize("subject", ["Automatic reply: Plans", "Respuesta automática: Plans"])
    def test_a_program_s_subject_is_still_a_machine_s(self, house: House, subject: str) -> None:
        """Where it answers a mail of ours; else a human may have chosen it."""
        answered = house.released(subject="Plans")["message_id"]
        assert house.take(mail("x", subject=subject, answers=answered))["outcome"] == "automatic"
        assert house.take(mail("y", subject=subject))["outcome"] == "held"


def test_own_tokens_in_what_somebody_writes_go_to_nobody(house: House) -> None:
    part = house.part("anna@example.net")
    leave = house.site.addresses.leave("nap", part["id"])
    row = house.released(f"I was told to write to {leave} or https://talk.example/u/{'a' * 26} to leave.")
    token = leave.partition("+")[2].partition("@")[0]
    assert "nap-leave@talk.example" in row["text"]
    assert token not in row["text"]
    assert all(token not in one.text for one in house.sent("contribution"))


def test_who_asks_to_leave_by_a_contribution_is_told_how_not_thanked_for_it(house: House) -> None:
    house.contribute("Please unsubscribe me from this list.", subject="unsubscribe")
    assert house.sent("receipt") == []
    (told,) = house.sent("help", to="anna@example.net")
    assert "It was not sent to anybody: a moderator reads it, and nothing was done yet." in " ".join(told.text.split())


@pytest.mark.parametrize(("text", "told"), [("", True), (" \n\n", True), ("Yes.", False)])
def test_who_sends_an_empty_mail_is_told_so(house: House, text: str, told: bool) -> None:
    house.contribute(text)
    (receipt,) = house.sent("receipt")
    assert ("We found no text in it." in receipt.text) is told
