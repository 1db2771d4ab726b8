"""What happens once happens once: by a UNIQUE key, in the transaction of its effect (DESIGN §3)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from listserv.store import audit, occurrences
from listserv.store.session import Session

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)


def once(world, kind="open", subject="1", round_=0, at=NOW, dialogue=None, **more) -> bool:
    return world.session.write(
        lambda c: occurrences.once(c, dialogue or world.dialogue, kind, subject, round_, at, **more)
    )


def done(world, dialogue=None) -> set[tuple[str, str, int]]:
    with world.session.read() as connection:
        return occurrences.done(connection, dialogue or world.dialogue)


def test_it_is_true_once_and_false_ever_after(world):
    assert [once(world) for _ in range(3)] == [True, False, False]
    assert done(world) == {("open", "1", 0)}


def test_no_date_is_part_of_the_key_so_moving_a_date_repeats_nothing(world):
    assert once(world)
    assert not once(world, at=NOW + timedelta(days=7))


@pytest.mark.parametrize(
    "other", [{"kind": "close"}, {"subject": "2"}, {"round_": 1}], ids=["kind", "subject", "round"]
)
def test_another_key_is_another_occurrence(world, other):
    assert once(world)
    assert once(world, **other)
    assert len(done(world)) == 2


def test_each_dialogue_has_its_own(world):
    other = world.new_dialogue("other")
    assert once(world)
    assert once(world, dialogue=other)
    assert done(world) == done(world, other) == {("open", "1", 0)}


def test_what_was_skipped_counts_as_recorded(world):
    assert once(world, state="skipped")
    assert not once(world)
    assert done(world) == {("open", "1", 0)}


def test_it_is_undone_with_its_transaction(world):
    def fails(connection):
        assert occurrences.once(connection, world.dialogue, "open", "1", 0, NOW)
        raise RuntimeError("the mailing could not be written")

    with pytest.raises(RuntimeError, match="the mailing could not be written"):
        world.session.write(fails)
    assert done(world) == set()
    assert once(world)


def test_of_several_at_the_same_moment_one_does_it(world, url):
    """Three schedulers on one database: one opens the module, and its effect is there once."""
    sessions = [Session(url) for _ in range(3)]
    start, told = threading.Barrier(3), []

    def schedule(session: Session) -> None:
        for number in range(10):
            start.wait()

            def write(connection, number=number):
                if not occurrences.once(connection, world.dialogue, "open", str(number), 0, NOW):
                    return False
                audit.record(connection, NOW, "clock", "open", f"module {number}", dialogue_id=world.dialogue)
                return True

            told.append((number, session.write(write)))

    threads = [threading.Thread(target=schedule, args=[session]) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    assert sorted(number for number, first in told if first) == list(range(10))
    assert len(told) == 30
    with world.session.read() as connection:
        effects = [row["subject"] for row in audit.rows(connection, world.dialogue)]
    assert sorted(effects) == [f"module {number}" for number in range(10)]


def test_answers_given_are_no_part_of_the_programme(world):
    """They are kept in the same table, for the same reason: one answer a day."""
    assert once(world, kind="answer:stranger", subject="ana@x.org", round_=14187)
    assert not once(world, kind="answer:stranger", subject="ana@x.org", round_=14187)
    assert once(world, kind="answer:stranger", subject="ana@x.org", round_=14188)
    assert once(world, kind="answering", subject="1")
    assert done(world) == {("answering", "1", 0)}


def test_what_was_counted_for_an_hour_goes_when_it_is_over(world):
    for round_, at in enumerate((NOW - timedelta(hours=1), NOW), 1):
        assert once(world, kind="answer:web-login", subject="7", round_=round_, at=at)
    assert once(world, kind="answer:web-join", subject="7", round_=1, at=NOW - timedelta(hours=2))
    world.session.write(
        lambda c: occurrences.forget_until(c, world.dialogue, "answer:web-login", NOW - timedelta(hours=1))
    )
    with world.session.read() as connection:
        kept = [occurrences.rounds(connection, world.dialogue, f"answer:web-{what}") for what in ("login", "join")]
    assert kept == [{("7", 2)}, {("7", 1)}]
