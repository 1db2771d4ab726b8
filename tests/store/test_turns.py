"""Whose turn it is: fairness among dialogues in numbers, and what everybody shares, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from listserv.core.mail.pacing import ALL, Limits
from listserv.core.mail.transfer import Phase, Result
from listserv.steps import pace
from listserv.store import budgets, leases, senders, turns
from listserv.store.tables import budget, delivery
from tests.store.conftest import World

BIG, SMALL = 50_000, 50


def many(world: World, count: int, *, dialogue: int | None = None, personal: bool = False, kind: str = "contribution"):
    """So many copies of one mailing, in one statement, as a fan-out makes them; the mailing."""
    mailing, renderings = world.mailing(dialogue_id=dialogue or world.dialogue, personal=personal, kind=kind)

    def write(connection: sa.Connection) -> None:
        lane = connection.execute(sa.select(turns.lane_of(sa.literal(mailing)))).scalar_one()
        connection.execute(
            sa.text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
                "INSERT INTO delivery (mailing_id, rendering_id, address, state, due_at, lane) "
                "SELECT :mailing, :rendering, 'r' || i || '@x.org', 'pending', 1.0 + i, :lane FROM n"
            ),
            {"count": count, "mailing": mailing, "rendering": renderings["en"], "lane": lane},
        )

    world.session.write(write)
    return mailing


def take(world: World, limit: int, limits: Limits) -> tuple[list[leases.Claimed], list[Result]]:
    return world.session.write(lambda c: pace.take(c, limit, 60.0, limits))


def test_a_dialogue_of_50000_does_not_delay_the_announcement_of_one_of_50(world):
    other = world.new_dialogue("other")
    many(world, BIG)
    many(world, SMALL, dialogue=other)
    claimed = [one for _ in range(2) for one in world.claim(limit=100)]
    assert [one.slug for one in claimed].count("other") == SMALL
    assert [one.slug for one in claimed[:20]].count("other") == 10  # they alternate


def test_many_dialogues_all_get_their_turn(world):
    ids = [world.dialogue, *(world.new_dialogue(f"d{number}") for number in range(2 * leases.LANES))]
    for one in ids:
        many(world, 5, dialogue=one)
    after, served = 0, []
    while len(served) < len(ids):
        taken = world.session.write(lambda c, after=after: leases.claim(c, leases.LANES, 60.0, after=after))
        served += [one.lane for one in taken]
        after = max((one.lane for one in taken), key=lambda lane, after=after: (lane <= after, lane))
    assert sorted(set(served)) == sorted(ids)


def test_what_somebody_waits_for_goes_before_it_all(world):
    many(world, 1000)
    many(world, 5, personal=True, kind="nudge")  # nobody does
    many(world, 3, personal=True, kind="login")
    assert [one.kind for one in world.claim(limit=4)] == ["login"] * 3 + ["contribution"]


def test_an_hour_has_so_many_copies_for_all_and_a_tenth_is_kept(world):
    limits = Limits(per_hour=100)
    many(world, 1000)
    assert [len(take(world, 60, limits)[0]) for _ in range(3)] == [60, 30, 0]
    with world.session.read() as connection:
        assert budgets.free_in(connection, limits) == 0
        assert 3590 < budgets.free_in(connection, limits, first=False) <= 3600
    many(world, 20, personal=True, kind="login")
    assert [[one.kind for one in take(world, 60, limits)[0]] for _ in range(2)] == [["login"] * 10, []]


def test_a_domain_has_its_share_and_the_rest_is_told_when(world):
    many(world, 10)
    taken, off = take(world, 100, Limits(domain_per_minute=4))
    assert (len(taken), len(off)) == (10, 6)
    assert sorted({round(one.wait / 10) * 10 for one in off}) == [60, 120]
    assert {one.reply for one in off} == {"waits: x.org has had its share"}


def test_who_refuses_us_is_left_alone_by_all_until_somebody_has_put_it_right(world):
    many(world, 3)
    (first, *_), _ = take(world, 1, Limits())
    refused = Result(first.id, first.epoch, 550, "5.7.1 no", Phase.RCPT, 3600.0)
    world.session.write(lambda c: pace.learn(c, [refused], Limits()))
    _, off = take(world, 100, Limits())
    assert [(one.code, one.reply, one.wait > 3500) for one in off] == [(550, "5.7.1 no", True)] * 2
    world.session.write(budgets.resume)
    with world.session.read() as connection:
        assert budgets.pauses(connection) == {}


@pytest.mark.parametrize("phase", [Phase.CONNECT, Phase.GREETING])
def test_a_relay_that_wants_to_be_left_alone_is(world, phase):
    many(world, 3)
    (first, *_), _ = take(world, 1, Limits())
    gone = Result(first.id, first.epoch, 421, "4.3.2 going down", phase)
    world.session.write(lambda c: pace.learn(c, [gone], Limits()))
    assert take(world, 100, Limits()) == ([], [])
    assert 50 < pace.next_in(world.session) <= 60


def test_what_was_not_even_offered_is_not_counted(world):
    limits = Limits(per_hour=10)
    many(world, 30)
    taken, _ = take(world, 10, limits)
    gone = [Result(one.id, one.epoch, 0, "refused", Phase.CONNECT) for one in taken]
    world.session.write(lambda c: pace.learn(c, gone, limits))
    assert len(take(world, 10, limits)[0]) == 9


def test_without_a_limit_there_is_no_row_to_wait_for(world):
    many(world, 30)
    take(world, 10, Limits())
    with world.session.read() as connection:
        assert connection.execute(sa.select(budget.c.name)).all() == []


def test_a_lease_is_renewed_as_long_as_it_is_ours(world):
    many(world, 3)
    taken = world.claim(lease=10.0)
    claims = [(one.id, one.epoch) for one in taken]
    world.passes(20)
    (another,) = world.claim(limit=1)
    ours = world.session.write(lambda c: leases.renew(c, claims, 60.0))
    assert ours == {one.id for one in taken} - {another.id}
    assert world.claim() == []
    with world.session.read() as connection:
        soonest = connection.execute(sa.select(sa.func.min(delivery.c.due_at) - turns.database_now())).scalar_one()
    assert 50 < soonest <= 60


def test_connections_are_shared_evenly_and_never_more_than_there_are(world):
    def share(name: str, seconds: float = 60.0, holding: int = 0) -> int:
        return world.session.write(lambda c: senders.share(c, name, 8, seconds, holding))

    assert share("a") == 8
    assert share("b") == 0  # until the first asks again
    assert share("a", holding=6) == 4  # two copies are under way
    assert share("b") == 2
    assert (share("a", holding=4), share("b")) == (4, 4)
    assert [share(name) for name in "abcabc"] == [4, 4, 0, 3, 3, 2]
    share("b", seconds=-1.0)  # it is gone
    assert [share(name) for name in "acac"] == [4, 4, 4, 4]
    world.session.write(lambda c: senders.leave(c, "a"))
    assert share("c") == 8


def test_a_pause_is_of_the_name_it_was_set_for(world):
    world.session.write(lambda c: budgets.pause(c, "x.org", 100.0, 550, "5.7.1 no"))
    world.session.write(lambda c: budgets.pause(c, "x.org", 10.0, 421, "shorter"))  # the longer one stands
    with world.session.read() as connection:
        found = budgets.pauses(connection)
    assert (list(found), found["x.org"].code) == (["x.org"], 550)
    assert ALL not in found
