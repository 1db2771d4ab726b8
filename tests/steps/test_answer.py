"""What authors answer to our mails about their contribution, and what others who got hold of the address cannot do."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.core.dialogue.model import Outcome
from listserv.core.mail.authentication import Level, Proof
from listserv.errors import Refused
from listserv.steps import give_back, intake, moderate
from listserv.steps.intake import Reading
from tests.house import House, mail

ANNA, BORIS, STRANGER = "Anna <anna@example.net>", "Boris <boris@example.net>", "Eve <eve@evil.example>"


def reply_address(house: House, kind: str = "receipt") -> str:
    return str(house.sent(kind)[-1].mail["Reply-To"])


def reply(house: House, text: str, *, author: str = ANNA, to: str = "", proof: Proof | None = None, **more: Any) -> Any:
    """The inbox row of an answer to the last receipt."""
    number = house.receive(
        mail(text, author=author, subject="Re: [nap] Received: Plans", **more), to or reply_address(house)
    )
    reading = Reading(prove=lambda *_: proof) if proof else Reading()
    intake.intake(house.session, house.now, house.site, 10, reading)
    return house.one("inbox", id=number)


def history(house: House, contribution_id: int) -> list[tuple[str, str, str]]:
    rows = house.rows("audit", subject=f"contribution {contribution_id}")
    return [(row["actor"], row["action"], row["reason"]) for row in rows]


class TestWithdraw:
    @pytest.mark.parametrize(
        "text", ["withdraw", "Retirer, s'il vous plaît\n\nAnna", "Please withdraw it.\n\n> quoted"]
    )
    def test_while_it_is_held(self, house: House, text: str) -> None:
        row = house.contribute()
        assert reply(house, text)["outcome"] == Outcome.COMMAND
        assert house.contribution(row["id"])["state"] == "withdrawn"
        assert history(house, row["id"]) == [("anna@example.net", "withdraw", "by mail")]
        (told,) = house.sent("withdrawn")
        assert (told.to, told.subject) == ("anna@example.net", "[nap] Withdrawn: Plans")
        with pytest.raises(Refused, match=r"was already withdrawn by anna@example\.net"):
            house.release(row["id"])

    def test_from_another_address_of_theirs(self, house: House) -> None:
        row = house.contribute()
        house.session.write(lambda c: _further(c, house, "anna@home.example"))
        reply(house, "withdraw", author="Anna <anna@home.example>")
        assert house.contribution(row["id"])["state"] == "withdrawn"
        assert house.sent("withdrawn")[0].to == "anna@example.net", "told where it came from"

    def test_a_release_of_which_no_copy_has_left(self, house: House) -> None:
        row = house.contribute()
        moderate.release(house.session, house.now, house.site, row["id"], "mod@example.org", wait=3600)
        reply(house, "withdraw")
        assert house.contribution(row["id"])["state"] == "withdrawn"
        assert house.contribution(row["id"])["number"] is None
        assert house.sent("contribution") == []
        assert [action for _, action, _ in history(house, row["id"])] == ["release", "undo", "withdraw"]

    def test_a_release_that_goes_out_is_too_late(self, house: House) -> None:
        row = house.contribute()
        house.release(row["id"])
        reply(house, "withdraw")
        assert house.contribution(row["id"])["state"] == "released"
        (told,) = house.sent("withdrawn")
        assert told.subject == "[nap] Too late to withdraw: Plans"
        assert "as number 1 on" in told.text
        assert house.sent("contribution"), "nothing was taken back"

    def test_a_later_number_keeps_it_from_being_taken_back(self, house: House) -> None:
        first = house.contribute()
        receipt = reply_address(house)
        second = house.contribute("Another.", author=BORIS)
        for one in (first, second):
            moderate.release(house.session, house.now, house.site, one["id"], "mod@example.org", wait=3600)
        reply(house, "withdraw", to=receipt)
        assert house.contribution(first["id"])["state"] == "released"
        assert house.sent("withdrawn")[0].subject.startswith("[nap] Too late")

    @pytest.mark.parametrize("state", ["returned", "discarded"])
    def test_what_a_moderator_has_taken_out_is_not_there_to_withdraw(self, house: House, state: str) -> None:
        row = house.contribute()
        receipt = reply_address(house)
        if state == "returned":
            give_back.give_back(house.session, house.now, house.site, row["id"], "mod", "Shorter, please.")
        else:
            moderate.discard(house.session, house.now, row["id"], "mod")
        reply(house, "withdraw", to=receipt)
        assert house.contribution(row["id"])["state"] == state
        assert house.sent("withdrawn")[0].subject == "[nap] Nothing to withdraw: Plans"

    def test_a_decision_between_reading_and_writing_is_answered_as_it_is(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = house.contribute()
        real = house.session.write
        once = [True]

        def write(do: Any) -> Any:
            if once:
                once.clear()
                house.release(row["id"])
            return real(do)

        number = house.receive(mail("withdraw", subject="Re: Received"), reply_address(house))
        monkeypatch.setattr(house.session, "write", write)
        house.work()
        assert house.one("inbox", id=number)["state"] == "done"
        assert house.contribution(row["id"])["state"] == "released"
        assert [one.subject for one in house.sent("withdrawn")] == ["[nap] Too late to withdraw: Plans"]


class TestForged:
    """The address is a secret between us and the author; whoever has it all the same is not the author yet."""

    @pytest.mark.parametrize("author", [BORIS, STRANGER])
    @pytest.mark.parametrize("text", ["withdraw", "anonymous"])
    def test_from_somebody_else_the_moderators_read_it(self, house: House, author: str, text: str) -> None:
        row = house.contribute()
        answered = reply(house, text, author=author)
        assert answered["reason"].startswith("not from the author of what it is about")
        now = house.contribution(row["id"])
        assert (now["state"], now["attribution"]) == ("held", "name")
        assert {one.to for one in house.sent("owner")} == {"mod@example.org", "chief@example.org"}
        assert house.sent("withdrawn") == house.sent("credit") == []

    @pytest.mark.parametrize("text", ["withdraw", "anonymous"])
    def test_what_a_check_refutes_does_nothing(self, house: House, text: str) -> None:
        row = house.contribute()
        forged = Proof(refuted=True, says="Our mail host's check says no.")
        answered = reply(house, text, proof=forged)
        assert answered["outcome"] == Outcome.REFUSED
        assert answered["reason"] == "nothing was done, it may be forged: Our mail host's check says no."
        assert house.contribution(row["id"]) == row
        assert house.sent("withdrawn") == house.sent("credit") == house.sent("owner") == []

    def test_without_proof_the_token_is_proof_enough_and_its_author_is_told(self, house: House) -> None:
        row = house.contribute()
        reply(house, "withdraw", proof=Proof(Level.NONE, says="Our mail host has not checked where it comes from."))
        assert house.contribution(row["id"])["state"] == "withdrawn"
        assert "If it was not you who withdrew it" in house.sent("withdrawn")[0].text

    def test_a_receipt_withdraws_nothing_but_its_own(self, house: House) -> None:
        row = house.contribute()
        house.contribute("Mine.", author=BORIS)
        assert reply(house, "withdraw", author=ANNA)["reason"].startswith("not from the author")
        assert house.contribution(row["id"])["state"] == "held"

    def test_a_made_up_address_is_none(self, house: House) -> None:
        house.contribute()
        good = reply_address(house)
        local, _, domain = good.partition("@")
        for bad in (f"{local[:-1]}{'b' if local[-1] == 'a' else 'a'}@{domain}", f"nap-author@{domain}"):
            assert house.site.addresses.parse(bad) is None
        moved = local.replace("nap-author", "nap")
        assert house.site.addresses.parse(f"{moved}@{domain}") is None, "it is good for nothing else"

    @pytest.mark.parametrize(
        "headers", [{"Auto-Submitted": "auto-replied"}, {"Subject": "Out of office"}, {"X-Autoreply": "yes"}]
    )
    def test_a_machine_withdraws_nothing(self, house: House, headers: dict[str, str]) -> None:
        row = house.contribute()
        content = mail("withdraw", subject=headers.pop("Subject", "Re: Received: Plans"), headers=headers)
        house.take(content, reply_address(house))
        assert house.contribution(row["id"])["state"] == "held"


class TestShown:
    def test_anonymous_while_held(self, house: House) -> None:
        row = house.contribute("We need a plan.\n\nAnna")
        reply(house, "anonymous\nnot to be quoted")
        now = house.contribution(row["id"])
        assert (now["attribution"], now["quotable"]) == ("anonymous", 0)
        assert now["reasons"][0] == ["names its author", "Its author wants to be anonymous, but it still says: “Anna”."]
        (told,) = house.sent("credit")
        assert "without your name and organisation. It is not quoted" in " ".join(told.text.split())
        assert history(house, row["id"]) == [
            ("anna@example.net", "attribute", "attribution anonymous, not to be quoted, by mail")
        ]
        reply(house, "with my name")
        assert "names its author" not in dict(house.contribution(row["id"])["reasons"])

    def test_a_release_of_which_no_copy_has_left_is_held_again(self, house: House) -> None:
        row = house.contribute()
        moderate.release(house.session, house.now, house.site, row["id"], "mod@example.org", wait=3600)
        notices = len(house.sent("held_notice"))
        reply(house, "anonymous")
        now = house.contribution(row["id"])
        assert (now["state"], now["number"], now["attribution"]) == ("held", None, "anonymous")
        assert now["reasons"][0] == [
            "shown otherwise",
            "Its author asked to be shown otherwise while it waited to go out; release it again.",
        ]
        assert [action for _, action, _ in history(house, row["id"])] == ["release", "undo", "attribute"]
        (told,) = house.sent("credit")
        assert "What had not gone out yet waits for a moderator once more" in told.text
        assert "called back" not in told.text
        house.work()
        assert len(house.sent("held_notice")) == 2 * notices, "the moderators are told of it anew"
        house.release(row["id"])
        assert not [one for one in house.sent("contribution") if "Anna" in one.mail.as_string()]

    @pytest.mark.parametrize("text", ["with my name", "not to be quoted"])
    def test_but_not_for_what_tells_no_less_in_it(self, house: House, text: str) -> None:
        house.set("anna@example.net", attribution="organisation")
        row = house.contribute()
        moderate.release(house.session, house.now, house.site, row["id"], "mod@example.org", wait=3600)
        reply(house, text)
        assert house.contribution(row["id"])["state"] == "released"

    def test_what_goes_out_stays_out(self, house: House) -> None:
        row = house.released()
        reply(house, "anonymous")
        assert house.contribution(row["id"])["state"] == "released"
        (told,) = house.sent("credit")
        assert "Mails that have gone out cannot be called back." in told.text

    def test_what_stands_beside_a_choice_is_read_by_a_person(self, house: House) -> None:
        house.contribute()
        reply(house, "anonymous\n\nBest wishes,\nAnna")
        assert house.sent("owner") == []
        reply(house, "with my name\n\nI have thought about it again: my minister does not mind, so please do name me.")
        assert len(house.sent("owner")) == 2

    def test_anything_else_is_read_by_a_person(self, house: House) -> None:
        row = house.contribute()
        reply(house, "When will it appear?")
        assert len(house.sent("owner")) == 2
        assert house.contribution(row["id"]) == row


def _further(connection: Any, house: House, address: str) -> None:
    from listserv.store import people

    people.add_address(connection, house.now, house.part("anna@example.net")["person_id"], address)
