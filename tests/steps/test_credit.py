"""How authors want to be shown holds wherever they would be: copies, headers, files' names, what is held."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.steps import moderate, publish
from tests.house import FRIDAY_DRAFT, House, mail


class TestRoundUpsByHand:
    """One that a moderator has edited goes out word for word: then people have to look at whom it names."""

    @pytest.mark.parametrize("to_request", [True, False])
    @pytest.mark.parametrize("edited", [True, False])
    def test_the_moderators_hear_of_it(self, house: House, to_request: bool, edited: bool) -> None:
        house.released()
        receipt = str(house.sent("receipt")[-1].mail["Reply-To"])
        house.tick(FRIDAY_DRAFT)
        if edited:
            publish.edit(house.session, house.now, house.dialogue, 1, "mod@example.org", "Anna says that we need it.")
        row = house.take(mail("anonymous"), "nap-request@talk.example" if to_request else receipt)
        assert row["reason"].endswith("a round-up edited by hand waits") is edited
        assert len(house.sent("owner")) == 2 * edited
        assert house.contribution(1)["attribution"] == "anonymous"


class TestAllOfSomebody:
    def ask(self, house: House, text: str, author: str = "Anna <anna@example.net>") -> Any:
        return house.take(mail(text, author=author, subject="please"), "nap-request@talk.example")

    def shown(self, house: House) -> list[tuple[str, int]]:
        return [(row["attribution"], row["quotable"]) for row in house.rows("contribution")]

    def test_less_from_now_on_is_less_for_all_so_far(self, house: House) -> None:
        house.released()
        house.contribute("With my name\n\nAnother.")
        house.released("Mine.", author="Boris <boris@example.net>")
        row = self.ask(house, "attribution organisation")
        assert (row["outcome"], row["reason"]) == ("command", "attribution organisation")
        assert self.shown(house) == [("organisation", 1), ("organisation", 1), ("name", 1)]
        assert house.contribute("A third.")["attribution"] == "organisation"
        (told,) = house.sent("credit")
        text = " ".join(told.text.split())
        assert (
            "From now on, what you write is shown with your organisation, without your name. You may be quoted" in text
        )
        assert "it holds for all you have written so far as well" in text

    def test_what_was_released_and_has_not_left_is_held_again(self, house: House) -> None:
        """The last number first: an earlier one can be taken back only then."""
        gone = house.released("Gone.")
        rows = [house.contribute(f"{n}.") for n in ("One", "Two")]
        for row in rows:
            moderate.release(house.session, house.now, house.site, row["id"], "mod@example.org", wait=3600)
        self.ask(house, "anonymous")
        assert [house.contribution(row["id"])["state"] for row in (gone, *rows)] == ["released", "held", "held"]
        (told,) = house.sent("credit")
        text = " ".join(told.text.split())
        assert "What had not gone out yet waits for a moderator once more" in text
        assert "Mails that have gone out cannot be called back." in text

    def test_more_from_now_on_names_nothing_of_before(self, house: House) -> None:
        self.ask(house, "anonymous, not to be quoted")
        house.released()
        self.ask(house, "With my name, may be quoted")
        house.contribute("Another.")
        assert self.shown(house) == [("anonymous", 0), ("name", 1)]

    @pytest.mark.parametrize("author", ["Eve <eve@evil.example>", "Gone <gone@example.net>"])
    def test_who_does_not_take_part_changes_nothing(self, house: House, author: str) -> None:
        house.join("gone@example.net", name="Gone")
        house.set("gone@example.net", status="left")
        self.ask(house, "anonymous", author)
        assert house.sent("credit") == []
        assert {row["attribution"] for row in house.rows("participation")} == {"name"}

    def test_the_audit_tells(self, house: House) -> None:
        house.released()
        self.ask(house, "anonymous")
        told = [(row["subject"], row["reason"]) for row in house.rows("audit", action="attribute")]
        assert told == [
            ("anna@example.net", "attribution anonymous, by mail"),
            ("contribution 1", "attribution anonymous, for all they wrote"),
        ]


class TestOneContribution:
    def test_an_anonymous_copy_names_nobody_anywhere(self, house: House) -> None:
        house.set("anna@example.net", attribution="anonymous")
        row = house.contribute("We need a plan.", message_id="<anna.1@ministry.example>")
        house.release(row["id"])
        copies = house.sent("contribution")
        assert copies
        for copy in copies:
            whole = copy.mail.as_string()
            assert not [word for word in ("Anna", "anna", "Ministry", "ministry", "FR\n") if word in whole]
            assert copy.mail["From"] == "Planning for Action <nap@talk.example>"
            assert copy.mail["Message-ID"].endswith("@talk.example>")

    def test_a_reply_to_it_finds_its_thread(self, house: House) -> None:
        house.set("anna@example.net", attribution="anonymous")
        first = house.released("We need a plan.", message_id="<anna.1@ministry.example>")
        ours = house.sent("contribution")[0].mail["Message-ID"]
        reply = house.contribute("So we do.", author="Boris <boris@example.net>", answers=ours)
        assert reply["parent_id"] == first["id"]
        again = house.take(mail("We need a plan.", message_id="<anna.1@ministry.example>"))
        assert again["outcome"] == "duplicate", "its own Message-ID is still known"

    def test_by_name_it_keeps_its_own(self, house: House) -> None:
        house.released("We need a plan.", message_id="<anna.1@ministry.example>")
        assert house.sent("contribution")[0].mail["Message-ID"] == "<anna.1@ministry.example>"

    @pytest.mark.parametrize(
        ("text", "attribution", "quotable", "left"),
        [
            ("Anonymous\n\nWe need a plan.", "anonymous", 1, "We need a plan."),
            ("Organisation only.\nWe need a plan.", "organisation", 1, "We need a plan."),
            ("Ne pas me citer\n\nWe need a plan.", "name", 0, "We need a plan."),
            ("Anonymous complaints are many.", "name", 1, "Anonymous complaints are many."),
            ("Anonymous", "anonymous", 1, "Anonymous"),
        ],
    )
    def test_a_first_line_chooses(self, house: House, text: str, attribution: str, quotable: int, left: str) -> None:
        row = house.contribute(text)
        assert (row["attribution"], row["quotable"], row["text"]) == (attribution, quotable, left)

    def test_without_one_it_is_as_its_author_has_set(self, house: House) -> None:
        house.set("anna@example.net", attribution="organisation", quotable=0)
        row = house.contribute()
        assert (row["attribution"], row["quotable"]) == ("organisation", 0)
        row = house.contribute("With my name\n\nI say it aloud.")
        assert (row["attribution"], row["quotable"]) == ("name", 0)

    def test_what_still_names_its_author_is_held_whatever_the_policy(self, house: House) -> None:
        house.policy(moderation="none")
        row = house.contribute("Anonymous\n\nWe need a plan.\n\nAnna")
        assert (row["state"], row["decided_by"]) == ("held", None)
        assert dict(row["reasons"])["names its author"] == (
            "Its author wants to be anonymous, but it still says: “Anna”."
        )
        assert house.contribute("Anonymous\n\nWe need a plan.")["state"] == "released"
