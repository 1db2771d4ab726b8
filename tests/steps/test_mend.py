"""A returned contribution, mended by its author's reply: what it keeps, and what is no mended version."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.core.mail.authentication import Proof
from listserv.steps import give_back, intake, mark
from listserv.steps.intake import Reading
from tests.house import House, mail

TEXT = "We need a plan, and the ministry has to pay for it. Mr Smith is against it."
MENDED = "We need a plan, and the ministry has to pay for it. Some are against it."


def returned(house: House, text: str = TEXT, **options: Any) -> Any:
    row = house.contribute(text, **options)
    give_back.give_back(house.session, house.now, house.site, row["id"], "mod@example.org", "Leave out the name.")
    return house.contribution(row["id"])


def reply(house: House, text: str = MENDED, **options: Any) -> Any:
    """The inbox row of an answer to the last mail that returned something."""
    to = str(house.sent("returned")[-1].mail["Reply-To"])
    return house.take(mail(text, **{"subject": "Re: [nap] Please look again: Plans", **options}), to)


class TestWhatItKeeps:
    def test_module_thread_and_subject_though_another_is_open(self, house: House) -> None:
        first = house.released("We have one.", subject="Ours", author="Boris <boris@example.net>")
        ours = house.sent("contribution")[-1].mail["Message-ID"]
        old = returned(house, subject="Re: Ours", answers=ours)
        house.to_the_end()
        new = house.contribution(reply(house)["contribution_id"])
        kept = ("module", "parent_id", "subject", "in_reply_to", "late", "person_id", "attribution")
        assert {key: new[key] for key in kept} == {key: old[key] for key in kept}
        assert (new["module"], new["parent_id"], new["state"], new["text"]) == (1, first["id"], "held", MENDED)
        assert house.contribution(old["id"])["state"] == "returned"

    def test_it_is_read_whatever_the_policy(self, house: House) -> None:
        returned(house)
        house.policy(moderation="none")
        new = house.contribution(reply(house)["contribution_id"])
        assert (new["state"], new["decided_by"]) == ("held", None)
        assert [rule for rule, _ in new["reasons"]] == ["mended version"]

    def test_marks_and_how_it_is_shown(self, house: House) -> None:
        old = returned(house, f"Anonymous\nnot to be quoted\n\n{TEXT}")
        mark.put(house.session, house.now, old["id"], "mod", mark.Marks(["money"], [2, 1], ["We need a plan"]))
        new = house.contribution(reply(house)["contribution_id"])
        assert (new["attribution"], new["quotable"], new["question"]) == ("anonymous", 0, 2)
        assert new["further"] == [1]
        assert [row["tag"] for row in house.rows("tag", contribution_id=new["id"])] == ["money"]
        assert [row["text"] for row in house.rows("passage", contribution_id=new["id"])] == ["We need a plan"]
        again = house.contribution(reply(house, f"with my name\n\n{MENDED} And so on.")["contribution_id"])
        assert (again["attribution"], again["text"]) == ("name", f"{MENDED} And so on.")

    def test_an_edit_of_a_moderator_is_not_what_it_is_compared_with(self, house: House) -> None:
        from listserv.steps import amend, mend

        row = house.contribute(TEXT)
        amend.edit(house.session, house.now, row["id"], "mod", "We need a plan.", "Plans")
        give_back.give_back(house.session, house.now, house.site, row["id"], "mod", "Is that right?")
        assert "Mr Smith is against it." in house.sent("returned")[-1].text
        new = reply(house)["contribution_id"]
        with house.session.read() as connection:
            assert mend.changed(connection, new) == ["  …", "- Mr Smith is against it.", "+ Some are against it."]

    def test_a_newer_version_takes_the_place_of_one_that_waits(self, house: House) -> None:
        old = returned(house)
        second = reply(house)["contribution_id"]
        third = reply(house, f"{MENDED} So do I.")["contribution_id"]
        assert [house.contribution(one)["state"] for one in (old["id"], second, third)] == [
            "returned",
            "withdrawn",
            "held",
        ]
        history = [row["reason"] for row in house.rows("audit", subject=f"contribution {second}")]
        assert history == ["of 1", "replaced by 3", "as 3"]

    def test_returned_twice(self, house: House) -> None:
        returned(house)
        second = reply(house)["contribution_id"]
        give_back.give_back(house.session, house.now, house.site, second, "mod@example.org", "And shorter.")
        third = house.contribution(reply(house, "We need a plan, and the ministry has to pay.")["contribution_id"])
        assert dict(third["reasons"])["mended version"] == f"It is the mended version of contribution {second}."


class TestWhatIsNone:
    @pytest.mark.parametrize("text", ["Why?", "Thank you, I shall do so.", TEXT, ""])
    def test_the_moderators_read_it(self, house: House, text: str) -> None:
        returned(house)
        row = reply(house, text)
        assert (row["outcome"], row["contribution_id"]) == ("command", None)
        assert {one.to for one in house.sent("owner")} == {"mod@example.org", "chief@example.org"}

    @pytest.mark.parametrize("author", ["Boris <boris@example.net>", "Eve <eve@evil.example>"])
    def test_from_somebody_else(self, house: House, author: str) -> None:
        returned(house)
        row = reply(house, author=author)
        assert (row["outcome"], row["contribution_id"]) == ("command", None)
        assert row["reason"].startswith("not from the author")

    def test_what_a_check_refutes(self, house: House) -> None:
        returned(house)
        to = str(house.sent("returned")[-1].mail["Reply-To"])
        number = house.receive(mail(MENDED), to)
        reading = Reading(prove=lambda *_: Proof(refuted=True, says="It says no."))
        intake.intake(house.session, house.now, house.site, 10, reading)
        assert house.one("inbox", id=number)["outcome"] == "refused"
        assert len(house.rows("contribution")) == 1

    def test_a_machine_s_answer(self, house: House) -> None:
        returned(house)
        row = reply(house, headers={"Auto-Submitted": "auto-replied"})
        assert (row["outcome"], row["contribution_id"]) == ("automatic", None)

    def test_once_a_version_is_out(self, house: House) -> None:
        returned(house)
        house.release(reply(house)["contribution_id"])
        assert reply(house, f"{MENDED} So do I.")["contribution_id"] is None

    def test_withdrawing_what_was_returned(self, house: House) -> None:
        old = returned(house)
        reply(house, "withdraw")
        assert house.contribution(old["id"])["state"] == "returned"
        assert "there is nothing to withdraw" in " ".join(house.sent("withdrawn")[0].text.split())


def test_a_withdrawal_means_the_version_that_waits(house: House) -> None:
    old = returned(house)
    new = reply(house)["contribution_id"]
    reply(house, "withdraw")
    assert (house.contribution(old["id"])["state"], house.contribution(new)["state"]) == ("returned", "withdrawn")


def test_the_same_mail_twice_is_one_version(house: House) -> None:
    returned(house)
    to = str(house.sent("returned")[-1].mail["Reply-To"])
    content = mail(MENDED)
    house.take(content, to)
    assert house.take(content, to)["outcome"] == "duplicate"
    assert len(house.rows("contribution")) == 2
