"""Several moderators: who is told at once, who once a day, what is told again, and what a close says and waits for."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest

from listserv.core.mail.authentication import UNPROVEN
from tests.house import CLOSING, FRIDAY_DRAFT, MODERATORS, TUESDAY, House
from tests.steps.test_decide import CHIEF, MO, reply_to, told, write

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def got(house: House, *kinds: str) -> Counter[tuple[str, str]]:
    return Counter((one.kind, one.to) for one in house.sent() if one.kind in kinds)


def to_both(kind: str) -> dict[tuple[str, str], int]:
    return {(kind, to): 1 for to in MODERATORS}


class TestTheRota:
    def test_who_is_on_duty_is_told(self, house: House) -> None:
        house.set(MO, days="1")  # Tuesday, today
        house.set(CHIEF, days="0")
        house.contribute()
        assert got(house, "held_notice") == {("held_notice", MO): 1}

    def test_it_is_their_own_day_that_counts(self, house: House) -> None:
        house.now = TUESDAY + 2 * HOUR  # 13:00 in the dialogue's zone, Wednesday 02:00 in Tokyo
        person = house.part(MO)["person_id"]
        house.session.write(
            lambda c: c.exec_driver_sql(f"UPDATE person SET timezone = 'Asia/Tokyo' WHERE id = {person}")
        )
        house.set(MO, days="1")
        house.set(CHIEF, days="1")
        house.contribute()
        assert got(house, "held_notice") == {("held_notice", CHIEF): 1}

    def test_on_a_day_that_is_nobodys_all_are_told(self, house: House) -> None:
        for one in MODERATORS:
            house.set(one, days="6")
        house.contribute()
        assert got(house, "held_notice") == to_both("held_notice")


class TestTheDailyMail:
    def test_it_comes_at_its_hour_with_all_that_waits_and_once(self, house: House) -> None:
        house.set(MO, notices="daily", notices_at="13:00")  # Tuesday 17:00 UTC
        house.contribute(subject="One")
        house.contribute(subject="Two")
        assert got(house, "held_notice") == {("held_notice", CHIEF): 2}
        house.tick(TUESDAY + 2 * HOUR - timedelta(seconds=1))
        assert house.sent("daily") == []
        for _ in range(2):
            house.tick(TUESDAY + 2 * HOUR)
        (one,) = house.sent("daily")
        assert one.to == MO
        assert [file.get_filename() for file in one.mail.iter_attachments()] == ["1.txt", "2.txt"]

    def test_no_day_without_something_that_waits(self, house: House) -> None:
        house.set(MO, notices="daily", notices_at="13:00")
        house.tick(TUESDAY + 2 * HOUR)
        house.tick(TUESDAY + DAY)
        assert house.sent("daily") == []
        house.now = TUESDAY + DAY + 3 * HOUR  # it came after that day's hour
        house.contribute()
        house.tick(TUESDAY + DAY + 4 * HOUR)
        assert house.sent("daily") == []
        house.tick(TUESDAY + 2 * DAY + 2 * HOUR)
        assert len(house.sent("daily")) == 1

    def test_after_an_outage_one_for_all_days_missed(self, house: House) -> None:
        house.policy(remind=0, escalate=0)
        house.set(MO, notices="daily", notices_at="13:00")
        house.contribute()
        house.tick(TUESDAY + 2 * DAY + 5 * HOUR)
        house.tick(TUESDAY + 2 * DAY + 6 * HOUR)
        assert len(house.sent("daily")) == 1
        house.tick(TUESDAY + 3 * DAY + 2 * HOUR)
        assert len(house.sent("daily")) == 2

    def test_where_all_want_one_mail_a_day_nobody_is_told_at_once(self, house: House) -> None:
        for one in MODERATORS:
            house.set(one, notices="daily", notices_at="13:00")
        house.contribute()
        assert got(house, "held_notice") == {}
        house.tick(TUESDAY + 2 * HOUR)
        assert got(house, "daily") == to_both("daily")


class TestWhatWaitsLong:
    def test_a_reminder_and_an_escalation_each_once(self, house: House) -> None:
        house.policy(remind=7200, escalate=14400)
        house.contribute()
        house.tick(TUESDAY + 2 * HOUR - timedelta(seconds=1))
        assert house.sent("waiting") == []
        house.tick(TUESDAY + 2 * HOUR)
        assert got(house, "waiting") == to_both("waiting")
        house.tick(TUESDAY + 4 * HOUR)
        assert got(house, "waiting") == {("waiting", MO): 1, ("waiting", CHIEF): 2}
        house.tick(TUESDAY + 3 * DAY)
        assert got(house, "waiting") == {("waiting", MO): 1, ("waiting", CHIEF): 2}

    def test_without_an_organiser_all_moderators_hear(self, house: House) -> None:
        house.policy(remind=0, escalate=7200)
        house.set(CHIEF, role="moderator")
        house.contribute()
        house.tick(TUESDAY + 2 * HOUR)
        assert got(house, "waiting") == to_both("waiting")

    def test_zero_is_never(self, house: House) -> None:
        house.policy(remind=0, escalate=0)
        house.contribute()
        house.tick(FRIDAY_DRAFT)
        assert house.sent("waiting") == []

    def test_what_was_decided_is_not_told_again(self, house: House) -> None:
        house.policy(remind=7200)
        house.release(house.contribute()["id"])
        house.tick(TUESDAY + 2 * HOUR)
        assert house.sent("waiting") == []

    def test_many_at_different_minutes_come_together_once_five_came_within_the_hour(self, house: House) -> None:
        house.policy(remind=7200, escalate=0)
        for minute in range(0, 40, 4):
            house.now = TUESDAY + timedelta(minutes=minute)
            house.contribute(subject=f"No. {minute}")
        for minute in range(0, 100):
            house.tick(TUESDAY + 2 * HOUR + timedelta(minutes=minute))
        mine = [one for one in house.sent("waiting") if one.to == MO]
        assert [one.subject[6:] for one in mine] == ["1 contribution still waits"] * 5 + ["5 contributions still wait"]

    def test_what_waits_for_its_module_waits_for_no_moderator(self, empty_house: House) -> None:
        empty_house.policy(remind=7200, escalate=0)
        empty_house.join("anna@example.net", name="Anna")
        empty_house.contribute()
        empty_house.tick(empty_house.now + DAY)
        assert empty_house.sent("waiting") == []
        opening = empty_house.dialogue.modules[0].opens_at
        empty_house.tick(opening)
        empty_house.tick(opening + 2 * HOUR)
        assert len(empty_house.sent("waiting")) == 2


class TestAClose:
    @pytest.fixture(autouse=True)
    def quiet(self, house: House) -> None:
        house.policy(remind=0, escalate=0)

    def test_says_what_is_still_held_for_its_module(self, house: House) -> None:
        house.contribute("Not yet.")
        house.tick(CLOSING)
        assert got(house, "unreleased", "closing")[("unreleased", MO)] == 1
        notice = house.sent("unreleased", to=MO)[0]
        assert "has closed" in notice.text
        assert "Not yet." in notice.text

    def test_says_nothing_when_nothing_is(self, house: House) -> None:
        house.released()
        house.tick(CLOSING)
        assert house.sent("unreleased") == []

    def test_waits_if_it_is_told_to_and_each_is_told_once(self, house: House) -> None:
        house.policy(close_waits=7200)
        row = house.contribute()
        house.tick(CLOSING)
        house.tick(CLOSING + HOUR / 2)
        assert house.dialogue.open_module()
        assert got(house, "unreleased") == to_both("unreleased")
        house.now = CLOSING + HOUR
        house.release(row["id"])
        house.tick(CLOSING + HOUR)
        module = house.dialogue.modules[0]
        assert module.closed_at == CLOSING + HOUR
        assert got(house, "unreleased") == to_both("unreleased")
        assert len(house.sent("closing")) == 4

    def test_waits_no_longer_than_it_is_told_to(self, house: House) -> None:
        house.policy(close_waits=7200)
        house.contribute()
        house.tick(CLOSING)
        house.tick(CLOSING + DAY)
        assert house.dialogue.modules[0].closed_at == CLOSING + 2 * HOUR
        assert got(house, "unreleased") == {("unreleased", to): 2 for to in MODERATORS}
        assert house.contribution(1)["state"] == "held"


def test_what_came_beyond_twenty_in_an_hour_is_decided_from_its_bundle(house: House) -> None:
    house.policy(remind=0, escalate=0, moderation="all")
    for number in range(1, 24):
        house.contribute(f"Thought {number}.", subject=f"No. {number}")
    house.tick(TUESDAY + timedelta(minutes=1))
    one = house.sent("held_bundle", to=MO)[-1]
    assert [file.get_filename() for file in one.mail.iter_attachments()] == ["21.txt", "22.txt", "23.txt"]
    address = re.findall(r"^   (\S+-moderate\+\S+)$", one.text, re.MULTILINE)[1]
    write(house, "release", address)
    write(house, "discard 21, 23", reply_to(one))
    assert [house.contribution(number)["state"] for number in (20, 21, 22, 23)] == [
        "held",
        "discarded",
        "released",
        "discarded",
    ]


def test_many_of_one_stranger_stand_in_a_bundle_once_and_are_discarded_by_one_answer(house: House) -> None:
    house.policy(remind=0, escalate=0)
    for number in range(1, 21):
        house.contribute(f"Thought {number}.")
    for author in ("Anna <anna@example.net>", *["Eve <eve@far.example>"] * 5, "Ed <ed@far.example>", "eve@far.example"):
        house.contribute("Buy now.", author=author, subject="Pills")
    house.tick(TUESDAY + timedelta(minutes=1))
    one = house.sent("held_bundle", to=MO)[-1]
    assert one.subject == "[nap] 8 contributions wait for you"
    assert re.findall(r"^([\d, -]+)\. (.*)$", one.text, re.MULTILINE) == [
        ("21", "Anna <anna@example.net>"),
        ("22-26, 28", "Eve <eve@far.example>"),
        ("27", "Ed <ed@far.example>"),
    ]
    assert "   6 mails of one sender. The first is:\n   Pills\n" in one.text
    assert [file.get_filename() for file in one.mail.iter_attachments()] == ["21.txt", "22.txt", "27.txt"]
    assert "    release 21, 27\n" in one.text
    assert "    listserv queue discard 22-26,28 -d nap\n" in one.text
    write(house, "discard 22-26, 28", reply_to(one))
    assert [row["state"] for row in house.rows("contribution")][20:] == [
        "held",
        *["discarded"] * 5,
        "held",
        "discarded",
    ]


class TestAnAnswerToSeveral:
    @pytest.fixture(autouse=True)
    def daily(self, house: House) -> None:
        house.policy(remind=0, escalate=0)
        house.set(MO, notices="daily", notices_at="13:00")
        for subject in ("One", "Two", "Three"):
            house.contribute(subject=subject)
        house.tick(TUESDAY + 2 * HOUR)

    def states(self, house: House) -> list[str]:
        return [row["state"] for row in house.rows("contribution")]

    def whole(self, house: House) -> str:
        return reply_to(house.sent("daily")[-1])

    def test_names_them(self, house: House) -> None:
        row = write(house, "release 1, 3", self.whole(house))
        assert self.states(house) == ["released", "held", "released"]
        assert row["reason"] == "release by mail: contributions 1, 3"
        assert got(house, "decided") == {("decided", to): 2 for to in MODERATORS}
        write(house, "discard 2: spam", self.whole(house))
        assert self.states(house) == ["released", "discarded", "released"]

    @pytest.mark.parametrize("text", ["release", "release 1-4", "release 1, discard 2", "release all", ""])
    def test_or_changes_nothing(self, house: House, text: str) -> None:
        write(house, text, self.whole(house))
        assert self.states(house) == ["held"] * 3
        (one,) = told(house)
        assert "could not tell which" in one.text
        write(house, "release 2", reply_to(one))
        assert self.states(house) == ["held", "released", "held"]

    def test_of_which_one_was_decided_meanwhile(self, house: House) -> None:
        house.release(2, CHIEF)
        write(house, "release 1-3", self.whole(house))
        assert self.states(house) == ["released"] * 3
        (one,) = house.sent("undecided")
        assert "Released by chief@example.org" in one.text

    def test_without_proof_changes_nothing(self, house: House) -> None:
        write(house, "release 1-3", self.whole(house), proof=UNPROVEN)
        assert self.states(house) == ["held"] * 3
        assert "Nothing proves" in told(house)[0].text

    def test_by_somebody_else_changes_nothing(self, house: House) -> None:
        write(house, "release 1-3", self.whole(house), author="eve@elsewhere.example")
        write(house, "release 1-3", self.whole(house), author=CHIEF)
        assert self.states(house) == ["held"] * 3
