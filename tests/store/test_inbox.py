"""Inbound mail: kept byte for byte, processed once, parked when a step crashes, and never lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from listserv.core.dialogue.model import Outcome
from listserv.store import inbox

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)
MAIL = b"From: Ana <ana@example.org>\r\n\r\n\x00\xff anything at all \n.\r\n"


def add(world, *recipients: str, content: bytes = MAIL) -> list[int]:
    return world.session.write(lambda c: inbox.add(c, NOW, "ana@example.org", recipients, content, "smtp"))


def new(world) -> list[int]:
    """What would be processed now."""
    with world.session.read() as connection:  # so nothing stays claimed
        return [row.id for row in inbox.claim(connection, 10, 60.0)]


def claim(world, limit: int = 10, lease: float = 60.0) -> list[int]:
    return [row.id for row in world.session.write(lambda c: inbox.claim(c, limit, lease))]


def row(world, inbox_id: int):
    with world.session.read() as connection:
        (found,) = inbox.rows(connection, inbox_id=inbox_id)
        return found


def test_a_mail_is_kept_as_received_once_for_all_its_recipients(world):
    first, second = add(world, "nap1325@x.org", "nap1325-owner@x.org")
    with world.session.read() as connection:
        one, two = inbox.claim(connection, 10, 60.0)
        assert (one.sender, one.recipient) == ("ana@example.org", "nap1325@x.org")
        assert one.received_at == NOW
        assert one.raw_id == two.raw_id
        assert inbox.content(connection, one.raw_id) == MAIL
        assert inbox.waiting(connection) == 2
    assert (one.id, two.id) == (first, second)


def test_the_oldest_come_first_and_nobody_gets_what_another_has_claimed(world):
    ids = [add(world, f"{i}@x.org")[0] for i in range(5)]
    assert claim(world, limit=2) == ids[:2]
    assert claim(world, limit=2) == ids[2:4]
    assert claim(world) == ids[4:]
    assert claim(world) == []


def test_what_a_dead_process_had_claimed_is_taken_over_when_its_lease_ends(world):
    ids = [add(world, f"{i}@x.org")[0] for i in range(3)]
    claim(world, lease=-1.0)  # it is over
    assert claim(world) == ids
    world.session.write(lambda c: inbox.hold(c, ids[:2], 0))  # given back
    assert claim(world) == ids[:2]
    assert world.session.write(inbox.free_leases) == 3  # as the one engine does that begins on SQLite
    assert claim(world) == ids


def test_what_is_done_is_held_no_longer(world):
    (one,) = add(world, "nap1325@x.org")
    claim(world)
    world.session.write(lambda c: inbox.done(c, one, Outcome.REFUSED))
    world.session.write(lambda c: inbox.hold(c, [one], 0))
    assert claim(world) == []


def test_what_became_of_it_is_recorded_once(world):
    (one,) = add(world, "nap1325@x.org")

    def done(outcome: Outcome) -> bool:
        return world.session.write(
            lambda c: inbox.done(c, one, outcome, "all are held", subject="Quotas", dialogue_id=world.dialogue)
        )

    assert [done(Outcome.HELD), done(Outcome.RELEASED)] == [True, False]
    found = row(world, one)
    assert (found["state"], found["outcome"], found["reason"]) == ("done", "held", "all are held")
    assert (found["dialogue"], found["subject"]) == ("nap1325", "Quotas")
    assert new(world) == []


def test_a_crash_parks_the_mail_with_its_traceback_until_it_is_retried(world):
    (one,) = add(world, "nap1325@x.org")
    told = "Traceback (most recent call last):\n  File …\nValueError: no such charset\n"
    world.session.write(lambda c: inbox.park(c, one, told))
    found = row(world, one)
    assert (found["state"], found["reason"], found["traceback"]) == ("parked", "ValueError: no such charset", told)
    assert new(world) == []
    assert world.session.write(lambda c: inbox.retry(c, [one])) == 1
    found = row(world, one)
    assert (found["state"], found["reason"], found["traceback"]) == ("new", "", None)
    assert new(world) == [one]
    assert world.session.write(lambda c: inbox.retry(c, [one])) == 0


def test_what_is_done_is_neither_parked_nor_retried(world):
    (one,) = add(world, "nap1325@x.org")
    world.session.write(lambda c: inbox.done(c, one, Outcome.COMMAND))
    world.session.write(lambda c: inbox.park(c, one, "Traceback\nValueError: late"))
    assert world.session.write(lambda c: inbox.retry(c, [one])) == 0
    assert row(world, one)["state"] == "done"


def test_a_decision_changes_the_outcome_of_the_mail(world):
    (one,) = add(world, "nap1325@x.org")
    contribution = world.contribution()
    world.session.write(lambda c: inbox.done(c, one, Outcome.HELD, contribution_id=contribution))
    world.session.write(lambda c: inbox.outcome_of(c, contribution, Outcome.RELEASED))
    assert row(world, one)["outcome"] == "released"


def test_rows_can_be_chosen_and_the_newest_come_last(world):
    other = world.new_dialogue("other")
    ids = [add(world, f"{i}@x.org")[0] for i in range(4)]
    for one, dialogue, author in ((ids[0], world.dialogue, "ana@x"), (ids[1], other, "bea@x"), (ids[2], None, "ana@x")):
        world.session.write(
            lambda c, i=one, d=dialogue, a=author: inbox.done(c, i, Outcome.HELD, dialogue_id=d, author=a)
        )

    def chosen(**by: object) -> list[int]:
        with world.session.read() as connection:
            return [found["id"] for found in inbox.rows(connection, **by)]

    assert chosen() == ids
    assert chosen(limit=2) == ids[2:]
    assert chosen(state="new") == ids[3:]
    assert chosen(author="ana@x") == [ids[0], ids[2]]
    assert chosen(dialogue_id=other) == ids[1:]  # and what belongs to none


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_any_bytes_of_any_size_are_kept(world, size):
    content = bytes(i % 256 for i in range(min(size, 4096))) * (max(size, 4096) // 4096)
    (one,) = add(world, "nap1325@x.org", content=content)
    with world.session.read() as connection:
        assert inbox.content(connection, row(world, one)["raw_id"]) == content
