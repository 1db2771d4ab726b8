"""Bounces: one row for a delivery, what of them counts, and what a whole domain sent back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.core.dialogue.model import Participation
from listserv.core.mail.bounce.reports import Verdict
from listserv.store import bounces, occurrences, outbox, people
from listserv.store.bounces import Wave
from tests.store.conftest import NOW

DAY = timedelta(days=1)
PEOPLE = ("Ana@Big.Example", "bea@big.example", "cem@sub.big.example", "dan@other.example")


@pytest.fixture
def sent(world):
    """A mailing to PEOPLE: its id, and by address (participation, delivery)."""
    mailing, renderings = world.mailing()
    made = {}
    for one in PEOPLE:
        part = world.participant(one)
        made[one] = (
            part,
            world.session.write(lambda c, a=one, p=part: outbox.add_delivery(c, mailing, renderings["en"], a, p)),
        )
    return mailing, made


def record(world, part, delivery, verdict=Verdict.HARD, at=NOW, domain="big.example"):
    return world.session.write(lambda c: bounces.record(c, at, part, delivery, verdict.value, "5.1.1", "said", domain))


def counting(world, part, since=NOW - 60 * DAY):
    with world.session.read() as connection:
        return [(row.at, row.verdict) for row in bounces.counting(connection, part, since)]


def test_a_delivery_has_one_row_by_the_worst(world, sent):
    part, delivery = sent[1][PEOPLE[0]]
    told = [record(world, part, delivery, one) for one in (Verdict.OURS, Verdict.HARD, Verdict.SOFT, Verdict.HARD)]
    assert told == [True, True, False, False]
    assert counting(world, part) == [(NOW, "hard")]


def test_what_no_delivery_of_ours_names_is_kept_once_a_day_and_counts_nothing(world, sent):
    part, _ = sent[1][PEOPLE[0]]
    assert [record(world, part, None, at=NOW + n * DAY / 2) for n in range(5)] == [True, False, True, False, True]
    assert counting(world, part) == []


def test_only_what_came_since_counts(world, sent):
    part, delivery = sent[1][PEOPLE[0]]
    record(world, part, delivery)
    assert len(counting(world, part, NOW - DAY)) == 1
    assert counting(world, part, NOW) == []
    world.session.write(lambda c: people.change_part(c, NOW, part, {"reinstated_at": NOW}))
    assert counting(world, part) == []


def test_a_domain_is_the_whole_domain_in_any_case(world, sent):
    with world.session.read() as connection:
        there = [
            bounces.at_domain(connection, Wave(sent[0], one, "hard")) for one in ("big.example", "ig.example", "%")
        ]
    assert there == [2, 0, 0]


def test_a_wave_counts_for_nobody_and_only_that_verdict(world, sent):
    for one in PEOPLE[:2]:
        record(world, *sent[1][one])
    wave = Wave(sent[0], "big.example", "hard")
    with world.session.read() as connection:
        assert bounces.alike(connection, wave) == 2
        assert bounces.sample(connection, wave) == ("5.1.1", "said", "A subject")
    world.session.write(lambda c: occurrences.once(c, world.dialogue, bounces.WAVE, wave.subject, 0, NOW))
    assert counting(world, sent[1][PEOPLE[0]][0]) == []
    with world.session.read() as connection:
        assert bounces.waves(connection, world.dialogue, NOW - DAY) == [Wave(sent[0], "big.example", "hard", NOW)]
        assert bounces.waves(connection, world.dialogue, NOW) == []
    record(world, *sent[1][PEOPLE[3]], domain="other.example")
    assert len(counting(world, sent[1][PEOPLE[3]][0])) == 1


def test_who_is_unreachable_and_who_is_in_a_wave(world, sent):
    part, delivery = sent[1][PEOPLE[0]]
    record(world, part, delivery)
    record(world, part, None, Verdict.SOFT, NOW + DAY)  # counts nothing, so it does not say why
    world.session.write(
        lambda c: people.change_part(c, NOW, part, {"status": Participation.PAUSED, "unreachable_at": NOW})
    )
    with world.session.read() as connection:
        (one,) = bounces.unreachable(connection, world.dialogue)
        assert (one.id, one.address, one.since, one.verdict, one.diagnostic) == (part, PEOPLE[0], NOW, "hard", "said")
        (same,) = bounces.paused_in(connection, Wave(sent[0], "big.example", "hard"))
        assert (same.id, same.unreachable_at) == (part, NOW)
        assert bounces.paused_in(connection, Wave(sent[0], "big.example", "soft")) == []


def test_who_becomes_active_is_reachable_and_starts_anew(world, sent):
    part, delivery = sent[1][PEOPLE[0]]
    record(world, part, delivery)
    paused = {"status": Participation.PAUSED, "unreachable_at": NOW}
    world.session.write(lambda c: people.change_part(c, NOW, part, paused))
    world.session.write(lambda c: people.change_part(c, NOW + DAY, part, {"status": Participation.ACTIVE}))
    with world.session.read() as connection:
        row = people.part(connection, part)
    assert (row["status"], row["unreachable_at"], row["reinstated_at"]) == ("active", None, NOW + DAY)
    assert counting(world, part) == []
    other = sent[1][PEOPLE[1]][0]  # who was not unreachable has nothing to be taken back
    world.session.write(lambda c: people.change_part(c, NOW, other, {"status": Participation.ACTIVE}))
    with world.session.read() as connection:
        assert people.part(connection, other)["reinstated_at"] is None


def test_a_subject_holds_any_domain():
    for domain in ("big.example", "[ipv6:2001:db8::1]", ""):
        wave = Wave(7, domain, "soft", NOW)
        assert Wave.of(wave.subject, NOW) == wave
