"""What is kept about decisions and questions: round-ups, confirmations, the audit; and how instants are kept at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, StatementError

from listserv.core.dialogue.model import RoundupState
from listserv.core.publication.notes import Note, NoteKind
from listserv.store import audit, confirmations, notes, outbox, roundups
from listserv.store.session import Session

NOW = datetime(2008, 11, 7, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


# --- round-ups


def draft(world, period: int = 1, state: str = "draft") -> int:
    values = {
        "dialogue_id": world.dialogue,
        "period": period,
        "due_at": NOW,
        "state": state,
        "text": "What was said.",
        "contributions": 3,
        "drafted_at": NOW - DAY,
    }
    return world.session.write(lambda c: roundups.add(c, values))


def test_a_period_has_one_roundup(world):
    one = draft(world)
    with pytest.raises(IntegrityError):
        draft(world)
    with world.session.read() as connection:
        assert roundups.of_period(connection, world.dialogue, 1) == roundups.get(connection, one)
        assert roundups.of_period(connection, world.dialogue, 2) is None


def test_a_roundup_is_decided_upon_once(world):
    one = draft(world)

    def sends() -> bool:
        states = [RoundupState.DRAFT, RoundupState.APPROVED]
        return world.session.write(lambda c: roundups.change(c, one, {"state": RoundupState.SENT}, states))

    assert [sends(), sends()] == [True, False]


def test_the_last_that_was_sent(world):
    for period, state in ((1, "sent"), (2, "skipped"), (3, "approved"), (4, "draft")):
        draft(world, period, state)
    with world.session.read() as connection:
        assert roundups.last_sent(connection, world.dialogue)["period"] == 1
        assert roundups.last_sent(connection, world.dialogue + 1) is None


def test_what_was_told_stands_in_those_sent_and_in_those_that_were_edited(world):
    for period, state in ((1, "sent"), (2, "skipped"), (3, "draft"), (4, "draft")):
        one = draft(world, period, state)
        told = {"told": [period, period + 10]} | ({"edited_by": "mod@example.org"} if period == 3 else {})
        world.session.write(lambda c, i=one, v=told, s=state: roundups.change(c, i, v, [s]))
    with world.session.read() as connection:
        assert roundups.told(connection, world.dialogue) == {1, 11, 3, 13}
        assert roundups.told(connection, world.dialogue + 1) == set()


def test_notes_wait_and_belong_to_what_went_out_with_them(world):
    one, other = draft(world), draft(world, 2)
    intro, point = Note(NoteKind.INTRO, "A word."), Note(NoteKind.AGREEMENT, "All agree.", 1, 3)
    first, second = (
        world.session.write(lambda c, n=note: notes.add(c, NOW, world.dialogue, n, "mod@example.org"))
        for note in (intro, point)
    )

    def found():
        with world.session.read() as connection:
            waiting = [row["id"] for row in notes.waiting(connection, world.dialogue)]
            return waiting, [row["id"] for row in notes.of(connection, one)]

    assert found() == ([first, second], [])
    world.session.write(lambda c: notes.belong(c, one, [second]))
    assert found() == ([first], [second])
    assert not world.session.write(lambda c: notes.remove(c, world.dialogue, second)), "it went out"
    world.session.write(lambda c: notes.wait_on(c, other))
    assert found() == ([first], [second])
    world.session.write(lambda c: notes.wait_on(c, one))
    assert found() == ([first, second], [])
    assert world.session.write(lambda c: notes.remove(c, world.dialogue, second))
    assert found() == ([first], [])


def test_the_listing_counts_its_recipients(world):
    one = draft(world)
    mailing, renderings = world.mailing(kind="roundup", roundup_id=one)
    for address in ("ana@x.org", "bea@x.org"):
        world.session.write(lambda c, a=address: outbox.add_delivery(c, mailing, renderings["en"], a))
    draft(world, 2)
    with world.session.read() as connection:
        assert [row["recipients"] for row in roundups.rows(connection, world.dialogue)] == [2, 0]


# --- confirmations


def asked(world, token_hash: str = "h1") -> int:
    values = {
        "dialogue_id": world.dialogue,
        "purpose": "join",
        "token_hash": token_hash,
        "name": "Ana",
        "address": "ana@x.org",
        "language": "es",
        "asked_at": NOW,
        "lapses_at": NOW + DAY,
    }
    return world.session.write(lambda c: confirmations.add(c, values))


@pytest.mark.parametrize(
    ("after", "works"), [(timedelta(0), True), (DAY - timedelta(seconds=1), True), (DAY, False), (2 * DAY, False)]
)
def test_a_confirmation_is_used_once_and_before_it_lapses(world, after, works):
    one, other = asked(world), asked(world, "h2")

    def use() -> bool:
        return world.session.write(lambda c: confirmations.use(c, one, NOW + after))

    assert [use(), use()] == [works, False]
    with world.session.read() as connection:
        assert confirmations.find(connection, "h1")["id"] == one
        assert confirmations.find(connection, "h2")["used_at"] is None
        assert confirmations.find(connection, "h3") is None
    assert other != one


def test_how_many_were_asked_lately(world):
    asked(world), asked(world, "h2")
    with world.session.read() as connection:
        counts = [confirmations.asked(connection, *of) for of in (("join", NOW - DAY), ("join", NOW), ("leave", NOW))]
        theirs = confirmations.asked(connection, "join", NOW - DAY, 1)
    assert (counts, theirs) == ([2, 0, 0], 0)


def test_a_token_stands_for_one_question(world):
    asked(world)
    with pytest.raises(IntegrityError):
        asked(world)


# --- the audit


def test_the_audit_tells_the_newest_last(world):
    def deed(subject: str, dialogue: int | None) -> None:
        world.session.write(lambda c: audit.record(c, NOW, "ana", "release", subject, "why", dialogue))

    deed("contribution 1", world.dialogue)
    deed("contribution 2", world.new_dialogue("other"))
    deed("settings", None)

    def told(**chosen: object) -> list[tuple[str, str | None]]:
        with world.session.read() as connection:
            return [(row["subject"], row["dialogue"]) for row in audit.rows(connection, **chosen)]

    everything = [("contribution 1", "nap1325"), ("contribution 2", "other"), ("settings", None)]
    assert told() == everything
    assert told(limit=2) == everything[1:]
    assert told(dialogue_id=world.dialogue) == everything[:1]
    assert told(subject="settings") == everything[2:]


def test_whatever_counts_is_noticed(world):
    def state() -> tuple[int, int]:
        with world.session.read() as connection:
            return audit.state(connection, ["login"])

    def deed(action: str) -> None:
        world.session.write(lambda c: audit.record(c, NOW, "ana", action, "it"))

    seen = [state()]
    for action, counts in (("login", False), ("release", True), ("login", False), ("release", True)):
        deed(action)
        assert (state() != seen[-1]) == counts
        seen.append(state())
    assert len(set(seen)) == 3


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_is_committed_behind_a_newer_entry_is_noticed(url):
    """PostgreSQL numbers it when it is written: an erasure that takes longer than a release would else not be seen."""
    erasing, releasing, looking = (Session(url) for _ in range(3))

    def state() -> tuple[int, int]:
        with looking.read() as connection:
            return audit.state(connection, ["login"])

    def erase(connection: Connection) -> tuple[int, int]:
        audit.record(connection, NOW, "ana", "erase", "somebody")
        releasing.write(lambda c: audit.record(c, NOW, "ana", "release", "contribution 1"))
        return state()

    before = erasing.write(erase)
    assert state() != before != (0, 0)
    for one in (erasing, releasing, looking):
        one.close()


# --- instants


ZONES = st.sampled_from([UTC, *map(ZoneInfo, ("America/Santo_Domingo", "Asia/Kathmandu", "Europe/Dublin"))])


@given(at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_instant_comes_back_the_same_and_in_utc(world, at):
    world.session.write(lambda c: audit.record(c, at, "ana", "test", str(at)))
    with world.session.read() as connection:
        (row,) = audit.rows(connection, subject=str(at), limit=1)
    assert row["at"] == at.astimezone(UTC)
    assert row["at"].utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(world):
    """It would be somebody's local time, and nobody could tell whose."""
    with pytest.raises((ValueError, StatementError), match="a time without a zone"):
        world.session.write(lambda c: audit.record(c, datetime(2008, 11, 7), "ana", "test", "x"))
