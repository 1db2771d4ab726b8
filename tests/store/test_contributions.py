"""Contributions: what a Message-ID is of ours, whether a mail is a repeat, gapless numbers, decisions made once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from listserv.core.dialogue.model import ContributionState
from listserv.store import contributions, occurrences, people, tagging
from listserv.store.session import Session

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)


# --- known_as: where a reply belongs


def known_as(world, *message_ids: str, dialogue: int | None = None):
    with world.session.read() as connection:
        return contributions.known_as(connection, dialogue or world.dialogue, message_ids)


def test_a_released_contribution_is_known_by_its_message_id(world):
    one = world.contribution(state="released", module=2, subject="Quotas", text="Yes.", message_id="<c@x>")
    assert tuple(known_as(world, "<c@x>")) == (one, 2, "Quotas", "Yes.", "<c@x>", None)


@pytest.mark.parametrize("state", set(ContributionState) - {ContributionState.RELEASED})
def test_what_has_not_been_released_is_not_known(world, state):
    world.contribution(state=state, message_id="<c@x>")
    assert known_as(world, "<c@x>") is None


def test_a_mailing_of_a_module_is_known_and_names_the_contribution_it_carries(world):
    one = world.contribution(state="released", message_id="<author@x>")
    world.mailing(message_id="<ours@x>", module=1, contribution_id=one, subject="[NAP 1] Quotas")
    world.mailing(message_id="<announcement@x>", module=3, kind="announcement", subject="Module 3 opens")
    assert tuple(known_as(world, "<ours@x>")) == (one, 1, "[NAP 1] Quotas", "", "<ours@x>", None)
    assert tuple(known_as(world, "<announcement@x>")) == (None, 3, "Module 3 opens", "", "<announcement@x>", None)


def test_a_mailing_of_no_module_decides_nothing(world):
    world.mailing(message_id="<welcome@x>", kind="welcome")
    assert known_as(world, "<welcome@x>") is None


def test_a_daily_bundle_is_known_though_it_is_of_no_module(world):
    mailing, _ = world.mailing(message_id="<bundle@x>", kind="bundle", subject="Tuesday")
    world.mailing(message_id="<announcement@x>", module=3, kind="announcement")
    found = known_as(world, "<bundle@x>", "<announcement@x>")
    assert (found.id, found.module, found.bundle) == (None, None, mailing)


def test_the_first_that_is_anything_decides(world):
    world.contribution(state="released", message_id="<1@x>")
    two = world.contribution(state="released", message_id="<2@x>")
    assert known_as(world, "<foreign@x>", "<2@x>", "<1@x>").id == two
    assert known_as(world, "<foreign@x>") is None
    assert known_as(world) is None


def test_another_dialogues_mail_is_not_ours(world):
    other = world.new_dialogue("other")
    world.contribution(state="released", message_id="<c@x>", dialogue_id=other)
    world.mailing(message_id="<m@x>", module=1, dialogue_id=other)
    assert known_as(world, "<c@x>", "<m@x>") is None
    assert known_as(world, "<c@x>", dialogue=other) is not None


# --- same: is this mail a repeat?


@pytest.mark.parametrize(
    ("message_id", "digest", "expected"),
    [
        ("<c@x>", "d1", (True, True)),  # the very mail
        ("<c@x>", "d2", (False, True)),  # its Message-ID with other content
        ("<other@x>", "d1", (False, False)),  # said again in a mail of its own
        ("<other@x>", "d2", (False, False)),
        ("", "d1", (True, False)),  # without Message-ID its content tells
        ("", "d2", (False, False)),
    ],
)
@pytest.mark.parametrize("state", ContributionState)
def test_a_repeat_is_known_whatever_became_of_the_first(world, state, message_id, digest, expected):
    world.contribution(state=state, message_id="<c@x>", digest="d1")
    with world.session.read() as connection:
        assert contributions.same(connection, world.dialogue, message_id, digest) == expected


def test_the_same_mail_to_another_dialogue_is_no_repeat(world):
    world.contribution(message_id="<c@x>", digest="d1")
    other = world.new_dialogue("other")
    with world.session.read() as connection:
        assert contributions.same(connection, other, "<c@x>", "d1") == (False, False)
        assert contributions.same(connection, other, "", "d1") == (False, False)


# --- numbers


def test_numbers_count_from_one_in_each_dialogue(world):
    other = world.new_dialogue("other")

    def next_number(dialogue: int) -> int:
        return world.session.write(lambda connection: contributions.next_number(connection, dialogue))

    assert next_number(world.dialogue) == 1
    world.contribution(number=1, state="released")
    world.contribution(state="held")
    assert (next_number(world.dialogue), next_number(other)) == (2, 1)
    world.contribution(number=2, state="withdrawn")  # a number once given stays given
    assert next_number(world.dialogue) == 3


def test_releases_at_the_same_moment_get_numbers_without_gap_or_repeat(world, url):
    ids = [world.contribution(message_id=f"<{i}@x>") for i in range(40)]
    sessions = [Session(url) for _ in range(4)]
    start = threading.Barrier(4)
    failures: list[Exception] = []

    def release(session: Session, mine: list[int]) -> None:
        start.wait()
        for one in mine:

            def write(connection, one=one):
                number = contributions.next_number(connection, world.dialogue)
                contributions.change(connection, one, {"number": number, "state": "released"})

            try:
                session.write(write)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=release, args=[s, ids[i::4]]) for i, s in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    assert failures == []
    with world.session.read() as connection:
        numbers = [row["number"] for row in contributions.rows(connection, world.dialogue)]
    assert numbers == list(range(1, 41))


# --- decisions


def test_a_decision_is_made_once(world):
    one = world.contribution()

    def decide(state: str) -> bool:
        return world.session.write(
            lambda c: contributions.change(c, one, {"state": state}, state=ContributionState.HELD)
        )

    assert [decide("released"), decide("discarded")] == [True, False]
    with world.session.read() as connection:
        assert contributions.get(connection, one)["state"] == "released"
    assert world.session.write(lambda c: contributions.change(c, one, {"cut": "x"}))
    assert not world.session.write(lambda c: contributions.change(c, one + 1, {"cut": "x"}))


def test_what_was_held_for_the_next_module_joins_it_as_it_opens(world):
    waits = world.contribution(module=None, message_id="<1@x>")
    world.contribution(module=1, message_id="<2@x>")
    world.contribution(module=None, state="returned", message_id="<3@x>")
    world.contribution(module=None, dialogue_id=world.new_dialogue("other"))
    assert world.session.write(lambda c: contributions.adopt(c, world.dialogue, 2)) == 1
    with world.session.read() as connection:
        assert contributions.get(connection, waits)["module"] == 2
        assert contributions.counts(connection, world.dialogue) == {"held": 2, "returned": 1}


# --- who has yet to be told


def test_moderators_have_yet_to_be_told_of_what_is_held_and_no_occurrence_names(world):
    first = world.contribution(message_id="<1@x>")
    second = world.contribution(message_id="<2@x>")
    world.contribution(message_id="<3@x>", state="returned")
    decided = world.contribution(message_id="<4@x>", decided_by="moderation = none")
    world.contribution(message_id="<5@x>", dialogue_id=world.new_dialogue("other"))

    def untold(kind: str = "answer:held", limit: int | None = None) -> list[int]:
        with world.session.read() as connection:
            return [row.id for row in contributions.untold(connection, world.dialogue, kind, limit)]

    assert untold() == [first, second]
    assert untold(limit=1) == [first]
    world.session.write(lambda c: occurrences.once(c, world.dialogue, "answer:held", str(first), 0, NOW))
    assert untold() == [second]
    assert untold("answer:other") == [first, second]
    with world.session.read() as connection:
        assert contributions.held_in_the_name_of(connection, "moderation = none") == [decided]
        assert contributions.held_in_the_name_of(connection, "ana") == []


# --- reading


def test_rows_can_be_chosen(world):
    world.participant("ana@example.org")
    with world.session.read() as connection:
        ana = people.person_of(connection, "ana@example.org")
    released = world.contribution(
        number=1, state="released", module=2, person_id=ana, decided_at=NOW, message_id="<1@x>"
    )
    held = world.contribution(module=1, message_id="<2@x>")

    def ids(*arguments: object, **chosen: object) -> list[int]:
        with world.session.read() as connection:
            return [row["id"] for row in contributions.rows(connection, *arguments, **chosen)]

    assert ids() == ids(world.dialogue) == [held, released]
    assert ids(states=["released"]) == ids(module=2) == ids(person_id=ana) == [released]
    assert ids(since=NOW - timedelta(seconds=1)) == [released]
    assert ids(since=NOW) == []
    assert ids(limit=1) == [held]
    with world.session.read() as connection:
        assert contributions.by_number(connection, world.dialogue, 1)["person_name"] == "ana@example.org"
        assert contributions.by_number(connection, world.dialogue, 2) is None
        assert contributions.per_module(connection, world.dialogue) == {2: 1}


def test_what_is_no_longer_released_is_not_found_by_its_number(world):
    world.contribution(number=1, state="withdrawn", message_id="<1@x>")
    with world.session.read() as connection:
        assert contributions.by_number(connection, world.dialogue, 1) is None


def test_the_released_come_by_official_number_not_by_arrival(world):
    second = world.contribution(number=2, state="released", message_id="<1@x>")
    first = world.contribution(number=1, state="released", message_id="<2@x>")
    with world.session.read() as connection:
        assert [row["id"] for row in contributions.rows(connection, world.dialogue, ["released"])] == [first, second]


def test_tags_are_a_set(world):
    one = world.contribution()
    for names in (["quota", "law"], ["law", "budget"]):
        world.session.write(lambda c, names=names: tagging.add(c, one, names))
    with world.session.read() as connection:
        assert tagging.of(connection, one) == ["budget", "law", "quota"]
        assert tagging.all_of(connection, world.dialogue) == {one: ["budget", "law", "quota"]}
