"""The daily bundle: what is in it, who gets it when, and that whoever changes their mind misses nothing and gets
nothing twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from listserv.core.dialogue.model import DeliveryMode
from listserv.errors import Refused
from listserv.steps import deliver, merge, moderate, programme, undo
from tests.house import CLOSING, FRIDAY_ROUNDUP, PAUSED, SECOND, TUESDAY, House, Sent

DAILY, EACH, ROUNDUP, NONE = DeliveryMode.DAILY, DeliveryMode.EACH, DeliveryMode.ROUNDUP, DeliveryMode.NONE
BORIS, ANNA = "boris@example.net", "anna@example.net"
HOUR = datetime(2008, 11, 4, 21, 0, tzinfo=UTC)  # 17:00 in the dialogue's zone
DAY = timedelta(days=1)


def numbers(one: Sent) -> list[int]:
    """The contributions that a mail holds."""
    if one.kind == "contribution":
        return [int(one.mail["X-Contribution"])]
    return [int(found) for found in re.findall(r"^(?:To answer|Pour répondre à la) contribution (\d+)", one.text, re.M)]


def got(house: House, address: str) -> list[list[int]]:
    return [numbers(one) for one in house.sent(to=address) if one.kind in ("bundle", "contribution")]


def test_one_mail_a_day_and_nothing_when_nothing_is_new(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    for text in ("One.", "Two."):
        house.released(text)
    assert got(house, BORIS) == []
    house.tick(HOUR - timedelta(minutes=1))
    assert got(house, BORIS) == []
    house.tick(HOUR)
    house.tick(HOUR)
    house.tick(HOUR + timedelta(hours=3))
    assert got(house, BORIS) == [[1, 2]]
    house.now = HOUR + timedelta(hours=4)
    house.released("Three.")
    house.tick(HOUR + timedelta(hours=5))
    assert got(house, BORIS) == [[1, 2]]
    house.tick(HOUR + 2 * DAY)  # a day late: once
    assert got(house, BORIS) == [[1, 2], [3]]
    assert got(house, ANNA) == [[1], [2], [3]]
    assert got(house, "chloe@example.net") == []
    said = [row["reason"] for row in house.rows("audit", action="bundle")]
    assert said == ["contributions 1, 2 to 1", "contributions 3 to 1"]


def test_the_programme_and_round_ups_come_as_ever(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    for at in (FRIDAY_ROUNDUP, CLOSING, SECOND):
        house.tick(at)
    kinds = [one.kind for one in house.sent(to=BORIS)]
    assert kinds == ["announcement", "reminder", "roundup", "closing", "announcement"]


def test_who_changes_between_two_bundles_gets_each_contribution_once(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.set(ANNA, delivery=DAILY)
    house.released("Two.")
    house.tick(HOUR)
    assert got(house, BORIS) == [[1, 2]]
    assert got(house, ANNA) == [[1], [2]]


def test_who_wants_each_again_gets_at_once_what_was_to_be_bundled(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.released("Two.")
    house.set(BORIS, delivery=EACH)
    assert programme.next_at(house.session, "nap") == house.now
    house.released("Three.")
    house.tick(TUESDAY)
    house.tick(HOUR)
    assert got(house, BORIS) == [[3], [1, 2]]


def test_there_and_back_before_it_was_sent(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.set(BORIS, delivery=EACH)
    house.released("Two.")
    house.set(BORIS, delivery=DAILY)
    house.released("Three.")
    house.tick(TUESDAY)
    house.tick(HOUR)
    house.tick(HOUR + DAY)
    assert got(house, BORIS) == [[2], [1], [3]]


@pytest.mark.parametrize("mode", [ROUNDUP, NONE])
def test_who_wants_less_is_owed_nothing(house: House, mode: DeliveryMode) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.set(BORIS, delivery=mode)
    house.tick(HOUR)
    house.set(BORIS, delivery=DAILY)
    house.tick(HOUR + DAY)
    assert got(house, BORIS) == []


def test_a_pause_is_not_made_up_for(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.set(BORIS, status=PAUSED)
    house.tick(HOUR)
    house.now = HOUR + timedelta(hours=1)
    house.set(BORIS, status="active")
    house.released("Two.")
    house.tick(HOUR + DAY)
    assert got(house, BORIS) == [[2]]


def test_who_joins_as_a_daily_reader_gets_what_comes_after(house: House) -> None:
    house.released("One.")
    house.join("dora@example.net", delivery=DAILY)
    house.released("Two.")
    house.tick(HOUR)
    assert got(house, "dora@example.net") == [[2]]
    assert "announcement" in [one.kind for one in house.sent(to="dora@example.net")]


def test_what_can_still_be_taken_back_waits_for_the_next(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    second = house.contribute("Two.")
    moderate.release(house.session, house.now, house.site, second["id"], "mod", wait=3600)
    house.tick(HOUR)
    assert got(house, BORIS) == [[1]]
    undo.undo(house.session, house.now, second["id"], "mod")
    house.released("Another two.")
    house.tick(HOUR + DAY)
    assert got(house, BORIS) == [[1], [2]]
    assert "Another two." in house.sent("bundle")[-1].text


def test_what_went_out_in_a_bundle_cannot_be_taken_back(house: House) -> None:
    for address in (BORIS, ANNA, "mod@example.org", "chief@example.org"):
        house.set(address, delivery=DAILY)
    row = house.released("One.")  # no copy of its own, so none has left
    house.tick(HOUR)
    with pytest.raises(Refused, match="on its way"):
        undo.undo(house.session, house.now, row["id"], "mod")


def test_a_number_that_is_free_again_is_owed_like_any_other(house: House) -> None:
    row = house.contribute("One.")
    moderate.release(house.session, house.now, house.site, row["id"], "mod", wait=3600)
    house.set(BORIS, delivery=DAILY)  # his copy goes, with its number
    undo.undo(house.session, house.now, row["id"], "mod")
    house.released("The new one.")
    house.tick(HOUR)
    assert got(house, BORIS) == [[1]]


def test_no_mail_of_one_day_comes_in_two_because_its_hour_was_moved(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.tick(HOUR)
    house.now = HOUR + timedelta(minutes=1)
    house.released("Two.")
    house.policy(bundle="18:00")
    assert programme.next_at(house.session, "nap") == HOUR + DAY + timedelta(hours=1)
    house.tick(HOUR + timedelta(hours=1))
    assert got(house, BORIS) == [[1]]
    house.tick(HOUR + DAY + timedelta(hours=1))
    assert got(house, BORIS) == [[1], [2]]


def test_the_clock_looks_again_at_the_hour_only_if_there_is_something(house: House) -> None:
    planned = programme.next_at(house.session, "nap")
    house.set(BORIS, delivery=DAILY)
    assert programme.next_at(house.session, "nap") == planned
    house.released("One.")
    assert programme.next_at(house.session, "nap") == HOUR
    house.tick(HOUR)
    assert programme.next_at(house.session, "nap") == planned


def test_its_order_is_that_of_the_questions(house: House) -> None:
    house.set("anna@example.net", delivery=DAILY)
    for text, question in (("Nothing asked.", None), ("On two.", 2), ("On one.", 1)):
        row = house.released(text)
        house.sql("UPDATE contribution SET question = :question WHERE id = :id", question=question, id=row["id"])
    house.tick(HOUR)
    (bundle,) = house.sent("bundle")
    told = re.findall(r"^(Module 1.*|Question \d.*|More contributions|Contribution \d+)", bundle.text, re.M)
    assert told == [
        "Module 1: Getting started",
        "Question 1: Is it needed?",
        "Contribution 3",
        "Question 2: Who pays?",
        "Contribution 2",
        "More contributions",
        "Contribution 1",
    ]
    assert bundle.subject == "[nap] Tuesday 4 November 2008: 3 contributions"
    (root,) = {one.mail["Message-ID"] for one in house.sent("announcement")}
    assert bundle.mail["References"] == bundle.mail["In-Reply-To"] == root
    assert bundle.mail["Reply-To"] == "nap@talk.example"
    for number in (1, 2, 3):
        row = house.one("contribution", number=number)
        assert f"    {house.site.addresses.reply('nap', row['id'])}\n" in bundle.text


def test_what_was_withdrawn_meanwhile_is_in_no_bundle(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    house.set(BORIS, delivery=EACH)
    house.set(ANNA, delivery=DAILY)
    house.released("Two.", author=BORIS)
    house.session.write(lambda c: c.exec_driver_sql("UPDATE contribution SET state = 'withdrawn'"))
    house.tick(HOUR)
    assert house.sent("bundle") == []
    assert programme.next_at(house.session, "nap") > HOUR  # type: ignore[operator]


def test_several_days_missed_are_one_bundle_and_the_clock_looks_ahead(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    row = house.contribute("One.")
    moderate.release(house.session, house.now, house.site, row["id"], "mod", wait=10**6)
    house.released("Two.")
    house.tick(HOUR + 3 * DAY)
    assert got(house, BORIS) == []  # one that can still be taken back stands before it
    house.session.write(lambda c: c.exec_driver_sql("UPDATE delivery SET due_at = 0"))
    house.tick(HOUR + 3 * DAY)
    assert got(house, BORIS) == [[1, 2]]
    assert programme.next_at(house.session, "nap") > HOUR + 3 * DAY  # type: ignore[operator]


@pytest.mark.parametrize(("keep", "other"), [(ANNA, BORIS), (BORIS, ANNA)])
def test_two_who_become_one_get_each_once(house: House, keep: str, other: str) -> None:
    house.set(BORIS, delivery=DAILY)
    house.released("One.")
    merge.merge(house.session, house.now, keep, other, "mod")
    house.released("Two.")
    house.tick(HOUR)
    assert sorted(number for one in got(house, ANNA) + got(house, BORIS) for number in one) == [1, 2]


def test_a_copy_made_before_somebody_chose_bundles_still_leaves(house: House) -> None:
    house.released("One.")
    for address, mode in ((BORIS, DAILY), (ANNA, ROUNDUP)):
        house.set(address, delivery=mode)
    copies = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
    ours = {one.id: one.to for one in house.sent("contribution")}
    left = {ours[copy.delivery] for copy in copies if copy.delivery in ours}
    assert left == {BORIS, "mod@example.org", "chief@example.org"}  # no bundle has it, so nobody misses it
    house.tick(HOUR)
    assert got(house, BORIS) == [[1]]


def test_a_bundle_leaves_only_to_who_still_wants_it(house: House) -> None:
    house.set(BORIS, delivery=DAILY)
    house.set(ANNA, delivery=DAILY)
    house.released("One.")
    house.tick(HOUR)
    house.set(ANNA, delivery=EACH)
    house.set(BORIS, delivery=ROUNDUP)
    copies = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
    ours = {one.id: one.to for one in house.sent("bundle")}
    assert [ours[copy.delivery] for copy in copies if copy.delivery in ours] == [ANNA]
    house.tick(HOUR)
    assert got(house, ANNA) == [[1]]
