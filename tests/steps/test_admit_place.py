"""Where a mail to the dialogue is filed, as it shows in the table (DESIGN §3, "Where a mail belongs")."""

from __future__ import annotations

import pytest

from tests.house import (
    AFTER_ALL,
    CLOSING,
    FRIDAY_ROUNDUP,
    HERE,
    MONDAY_EARLY,
    SATURDAY,
    SECOND,
    House,
    mail,
)


def announcement(house: House, module: int) -> str:
    return house.one("mailing", kind="announcement", module=module)["message_id"]


def reasons(row: object) -> list[str]:
    return [rule for rule, _ in row["reasons"]]  # type: ignore[index]


def test_a_new_contribution_belongs_to_the_open_module(house: House) -> None:
    row = house.contribute()
    assert (row["module"], row["state"], row["parent_id"], row["late"]) == (1, "held", None, 0)
    assert (row["from_name"], row["from_address"]) == ("Anna", "anna@example.net")
    assert (row["text"].strip(), row["words"]) == ("We need a plan.", 4)


def test_a_reference_to_a_contribution_decides_and_makes_it_the_parent(house: House) -> None:
    first = house.released()
    row = house.contribute("Yes.", author="boris@example.net", answers=first["message_id"], subject="Anything")
    assert (row["module"], row["parent_id"]) == (1, first["id"])


def test_a_reference_to_the_announcement_decides_and_names_no_parent(house: House) -> None:
    house.tick(SECOND)
    row = house.contribute(answers=announcement(house, 2))
    assert (row["module"], row["parent_id"]) == (2, None)


def test_the_reply_address_decides_while_the_subject_still_matches(house: House) -> None:
    first = house.released(subject="Plans")
    there = house.site.addresses.reply("nap", first["id"])
    same = house.take(mail("Yes.", subject="Re: [nap 1] Plans"), to=there)
    other = house.take(mail("No.", subject="Something else"), to=there)
    assert house.contribution(same["contribution_id"])["parent_id"] == first["id"]
    assert house.contribution(other["contribution_id"])["parent_id"] is None


def test_the_tag_in_the_subject_decides_before_the_open_module(house: House) -> None:
    row = house.contribute(subject="[NAP 2] For next week")
    assert (row["module"], reasons(row)[0]) == (2, "early")


def test_what_was_never_ours_decides_nothing(house: House) -> None:
    row = house.contribute(answers="<foreign@elsewhere.example>", subject="[other 2] Plans")
    assert (row["module"], row["parent_id"]) == (1, None)


def test_in_the_grace_a_new_contribution_still_counts_for_the_module_just_closed(house: House) -> None:
    house.tick(CLOSING)
    house.now = SATURDAY
    row = house.contribute()
    assert (row["module"], row["late"]) == (1, 1)
    assert "between modules" not in reasons(row)


def test_between_modules_it_is_held_for_the_next_and_its_author_told(house: House) -> None:
    house.tick(CLOSING)
    house.now = MONDAY_EARLY
    row = house.contribute()
    assert (row["module"], reasons(row)[0]) == (2, "between modules")


def test_before_the_start_it_is_held_and_its_author_told_when(empty_house: House) -> None:
    empty_house.join("anna@example.net", name="Anna")
    row = empty_house.contribute()
    assert (row["module"], row["state"], reasons(row)[0]) == (1, "held", "before the start")
    (told,) = empty_house.sent("early")
    assert told.to == "anna@example.net"
    assert "opens on Monday 3 November 2008, 09:00" in " ".join(told.text.split())
    assert empty_house.sent("receipt") == []


def test_after_the_end_it_is_held_and_its_author_told(house: House) -> None:
    house.to_the_end()
    house.now = AFTER_ALL
    row = house.contribute()
    assert (row["module"], row["state"], reasons(row)[0]) == (3, "held", "after the end")
    (told,) = house.sent("early", to="anna@example.net")
    assert "ended on" in " ".join(told.text.split())


@pytest.mark.parametrize("moderation", ["all", "first", "none"])
def test_before_and_after_nothing_is_released_by_itself(house: House, moderation: str) -> None:
    house.released()
    house.policy(moderation=moderation)
    house.to_the_end()
    house.now = AFTER_ALL
    assert house.contribute("Late but good.")["state"] == "held"


class TestLate:
    """A reply to a module whose grace is over, with module 2 open: `late` decides."""

    @pytest.fixture
    def parent(self, house: House) -> str:
        first = house.released()
        house.tick(CLOSING)
        house.tick(SECOND)
        return first["message_id"]

    def test_hold(self, house: House, parent: str) -> None:
        row = house.contribute("Late.", author="boris@example.net", answers=parent)
        assert (row["module"], row["state"], row["late"], reasons(row)[0]) == (1, "held", 1, "late")
        assert len(house.sent("receipt", to="boris@example.net")) == 1

    def test_current(self, house: House, parent: str) -> None:
        house.policy(late="current")
        row = house.contribute("Late.", author="boris@example.net", answers=parent)
        assert (row["module"], row["state"], row["parent_id"]) == (2, "held", None)

    def test_return(self, house: House, parent: str) -> None:
        house.policy(late="return")
        inbound = house.take(mail("Late words.", author="boris@example.net", answers=parent))
        row = house.contribution(inbound["contribution_id"])
        assert (inbound["outcome"], row["state"], row["decided_by"]) == ("refused", "returned", "late contributions")
        (told,) = house.sent("late_returned")
        assert told.to == "boris@example.net"
        assert "Late words." in told.text
        assert house.sent("receipt", to="boris@example.net") == []
        assert [one for one in house.sent("held_notice") if "Late words." in one.text] == []

    def test_return_never_decides_on_a_stranger(self, house: House, parent: str) -> None:
        """Mail of somebody who does not take part is held, whatever the policy."""
        house.policy(late="return")
        row = house.contribute("Late words.", author="eve@elsewhere.example", answers=parent)
        assert row["state"] == "held"
        assert house.sent("late_returned") == []

    def test_in_its_grace_it_still_counts(self, house: House) -> None:
        first = house.released()
        house.tick(CLOSING)
        house.now = SATURDAY
        house.policy(late="return")
        row = house.contribute("Still.", author="boris@example.net", answers=first["message_id"])
        assert (row["module"], row["parent_id"], row["state"], row["late"]) == (1, first["id"], "held", 1)


def test_what_waited_for_no_module_joins_the_one_that_opens(house: House) -> None:
    row = house.contribute()
    house.sql("UPDATE contribution SET module = NULL WHERE id = :id", id=row["id"])
    house.tick(SECOND)
    assert house.contribution(row["id"])["module"] == 2


def test_a_dialogues_time_never_goes_back(house: House) -> None:
    """A tick by hand may be ahead of the clock; mail then counts by the dialogue's time."""
    house.tick(FRIDAY_ROUNDUP)
    house.tick(SECOND)
    house.now = FRIDAY_ROUNDUP
    assert house.contribute()["module"] == 2


def test_mail_to_an_address_that_is_none_is_refused_and_kept(house: House) -> None:
    row = house.take(mail(), to=f"other@{HERE.partition('@')[2]}")
    assert (row["state"], row["outcome"], row["reason"]) == ("done", "refused", "no such address here")
    assert len(house.rows("raw")) == 1
