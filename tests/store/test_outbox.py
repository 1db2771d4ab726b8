"""The outbox: who gets a mailing, and that each copy is claimed by one, finished once and never stuck (DESIGN §3).

Time passes by moving `due_at` (`world.passes`): leases go by the database's clock, which no test can set.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from listserv.core.dialogue.model import DeliveryMode, DeliveryState, Module, Participation
from listserv.store import announcements, dialogues, fanout, leases, outbox, turns
from listserv.store.session import Session
from listserv.store.tables import delivery
from listserv.store.types import database_now

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)
EACH = [DeliveryMode.EACH]


# --- fan-out: who gets it


def recipients(session, mailing: int) -> dict[str, tuple[int, str]]:
    """Of a mailing: rendering and state by address."""
    query = sa.select(delivery.c.address, delivery.c.rendering_id, delivery.c.state)
    with session.read() as connection:
        rows = connection.execute(query.where(delivery.c.mailing_id == mailing)).all()
    return {row.address: (row.rendering_id, row.state) for row in rows}


def fan_out(world, mailing: int, renderings: dict[str, int], modes=EACH, default="en", wait=0.0) -> int:
    return world.session.write(
        lambda connection: fanout.fan_out(connection, world.dialogue, mailing, renderings, default, modes, wait)
    )


@pytest.mark.parametrize(
    ("status", "mode", "each", "roundup"),
    [
        (Participation.ACTIVE, DeliveryMode.EACH, True, True),
        (Participation.ACTIVE, DeliveryMode.ROUNDUP, False, True),
        (Participation.ACTIVE, DeliveryMode.NONE, False, False),
        (Participation.PAUSED, DeliveryMode.EACH, False, False),
        (Participation.LEFT, DeliveryMode.EACH, False, False),
        (Participation.REQUESTED, DeliveryMode.EACH, False, False),
        (Participation.INVITED, DeliveryMode.EACH, False, False),
        (Participation.DECLINED, DeliveryMode.EACH, False, False),
    ],
)
def test_only_who_is_active_and_wants_it_gets_a_mailing(world, status, mode, each, roundup):
    world.participant("ana@example.org", status=status, mode=mode)
    for modes, gets in (([DeliveryMode.EACH], each), ([DeliveryMode.EACH, DeliveryMode.ROUNDUP], roundup)):
        mailing, renderings = world.mailing()
        with world.session.read() as connection:
            announced = outbox.would_get(connection, world.dialogue, modes)
        assert fan_out(world, mailing, renderings, modes) == announced == int(gets)
        assert set(recipients(world.session, mailing)) == ({"ana@example.org"} if gets else set())


def test_each_gets_the_rendering_of_their_language_and_the_default_where_there_is_none(world):
    for address, language in (("ana@x.org", "es"), ("bea@x.org", "fr"), ("cyd@x.org", ""), ("dee@x.org", "de")):
        world.participant(address, language=language)
    mailing, renderings = world.mailing("en", "es", "fr")
    assert fan_out(world, mailing, renderings, default="fr") == 4
    assert recipients(world.session, mailing) == {
        "ana@x.org": (renderings["es"], "pending"),
        "bea@x.org": (renderings["fr"], "pending"),
        "cyd@x.org": (renderings["fr"], "pending"),
        "dee@x.org": (renderings["fr"], "pending"),
    }


def test_a_fan_out_stays_within_its_dialogue(world):
    other = world.new_dialogue("other")
    world.participant("ana@x.org")
    world.participant("bea@x.org", dialogue=other)
    mailing, renderings = world.mailing()
    fan_out(world, mailing, renderings)
    assert set(recipients(world.session, mailing)) == {"ana@x.org"}


def test_what_is_released_with_a_wait_is_not_due_before(world):
    world.participant("ana@x.org")
    fan_out(world, *world.mailing(), wait=60.0)
    assert world.claim() == []
    world.passes(61)
    assert [one.address for one in world.claim()] == ["ana@x.org"]


def test_no_address_gets_a_mailing_twice(world):
    world.participant("ana@x.org")
    mailing, renderings = world.mailing()
    fan_out(world, mailing, renderings)
    with pytest.raises(IntegrityError):
        fan_out(world, mailing, renderings)
    with pytest.raises(IntegrityError):
        world.session.write(lambda c: outbox.add_delivery(c, mailing, renderings["en"], "ana@x.org"))
    assert set(recipients(world.session, mailing)) == {"ana@x.org"}


# --- claim: the lease


def test_a_claim_takes_the_longest_due_first_and_at_most_the_limit(world):
    ids = world.deliveries(5)
    order = [ids[3], ids[0], ids[4], ids[2], ids[1]]
    for seconds, one in zip((50, 40, 30, 20, 10), order, strict=True):
        world.session.write(
            lambda c, one=one, seconds=seconds: c.execute(
                delivery.update().where(delivery.c.id == one).values(due_at=delivery.c.due_at - seconds)
            )
        )
    assert {one.id for one in world.claim(limit=2)} == set(order[:2])
    assert {one.id for one in world.claim(limit=2)} == set(order[2:4])
    assert {one.id for one in world.claim(limit=2)} == set(order[4:])


def test_those_due_at_the_same_moment_go_in_order_of_creation(world):
    ids = world.deliveries(4)
    world.session.write(lambda c: c.execute(delivery.update().values(due_at=1.0)))
    assert [one.id for one in world.claim(limit=3)] == ids[:3]


def test_a_claim_counts_the_attempt_and_takes_the_lease_before_anything_is_sent(world):
    (one,) = world.deliveries(1)
    (claimed,) = world.claim(lease=60.0)
    row = world.row(one)
    assert (claimed.id, claimed.epoch) == (one, 1)
    assert (row["epoch"], row["attempts"], row["state"], row["finished_at"]) == (1, 1, "pending", None)
    assert 50 < world.due_in(one) <= 60


def test_what_is_claimed_is_nobody_elses_until_the_lease_lapses(world):
    (one,) = world.deliveries(1)
    world.claim(lease=60.0)
    assert world.claim() == []
    world.passes(59 - 10)  # the test itself may take a while
    assert world.claim() == []
    world.passes(12)
    (again,) = world.claim()
    assert (again.id, again.epoch, world.row(one)["attempts"]) == (one, 2, 2)


def test_what_is_finished_is_not_claimed_again(world):
    for state in (DeliveryState.SENT, DeliveryState.FAILED):
        world.deliveries(1)
        (claimed,) = world.claim()
        world.finish(claimed, state)
        world.passes(3600)
        assert world.claim() == []


def test_several_claim_at_once_and_none_gets_anothers(world, url):
    ids = set(world.deliveries(60))
    start, taken, sessions = threading.Barrier(4), [], [Session(url) for _ in range(4)]

    def work(session: Session) -> None:
        start.wait()
        while mine := session.write(lambda connection: leases.claim(connection, 7, 60.0)):
            assert len(mine) <= 7
            taken.extend(one.id for one in mine)

    threads = [threading.Thread(target=work, args=[session]) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    assert len(taken) == len(ids)
    assert set(taken) == ids


def test_a_claim_says_what_the_sender_needs(world):
    participation = world.participant("Ana@x.org")
    mailing, renderings = world.mailing()
    fan_out(world, mailing, renderings)
    (one,) = world.claim()
    assert one == leases.Claimed(
        id=one.id,
        epoch=1,
        rendering_id=renderings["en"],
        participation_id=participation,
        address="Ana@x.org",
        slug="nap1325",
        kind="contribution",
        personal=False,
        active=True,
        wanted=True,
        lane=world.dialogue,
    )
    assert one.allowed
    with world.session.read() as connection:
        assert outbox.rendering_of(connection, one.rendering_id) == (b"head en", b"body en")
        assert tuple(outbox.recipient(connection, one.id)) == (participation, "Ana@x.org", world.dialogue, mailing)
        assert outbox.recipient(connection, one.id + 1) is None


@pytest.mark.parametrize("personal", [True, False])
@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (Participation.ACTIVE, True),
        (Participation.PAUSED, False),
        (Participation.LEFT, False),
        (Participation.DECLINED, False),
        (Participation.REQUESTED, False),
    ],
)
def test_who_left_or_paused_since_the_release_gets_only_what_is_personal(world, status, allowed, personal):
    participation = world.participant("ana@x.org")
    mailing, renderings = world.mailing(personal=personal)
    world.session.write(
        lambda c: outbox.add_delivery(c, mailing, renderings["en"], "ana@x.org", participation_id=participation)
    )
    world.set_status(participation, status)
    (one,) = world.claim()
    assert (one.personal, one.allowed) == (personal, personal or allowed)


def test_a_stranger_is_answered(world):
    (one,) = world.deliveries(1)
    assert [(c.id, c.participation_id, c.allowed) for c in world.claim()] == [(one, None, True)]


# --- finish: fenced by the epoch


def test_a_finish_records_what_the_relay_answered(world):
    (one,) = world.deliveries(1)
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.FAILED, code=550, reply="5.1.1 unknown")
    row = world.row(one)
    assert (row["state"], row["code"], row["reply"], row["finished_at"]) == ("failed", 550, "5.1.1 unknown", NOW)


def test_one_finish_records_many_of_every_kind(world):
    world.deliveries(4)
    outcomes = [DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.SENT]
    claimed = world.claim()
    results = [
        {"of": c.id, "under": c.epoch, "state": s, "code": 1, "reply": "", "finished_at": NOW, "delay": 300.0}
        for c, s in zip(claimed, outcomes, strict=True)
    ]
    world.session.write(lambda connection: leases.finish(connection, results))
    assert [world.row(one.id)["state"] for one in claimed] == outcomes
    with world.session.read() as connection:
        assert outbox.counts(connection) == {"sent": 2, "deferred": 1, "failed": 1}
    world.session.write(lambda connection: leases.finish(connection, []))


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED])
def test_a_finish_under_a_lost_lease_changes_nothing(world, state):
    (one,) = world.deliveries(1)
    (lost,) = world.claim()
    world.passes(61)
    (held,) = world.claim()
    before = world.row(one)
    world.finish(lost, state, code=1, reply="too late", delay=9.0)
    assert world.row(one) == before
    world.finish(held, DeliveryState.SENT)
    assert world.row(one)["state"] == "sent"


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.PENDING])
def test_a_finish_of_what_is_finished_changes_nothing(world, state):
    (one,) = world.deliveries(1)
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.SENT)
    before = world.row(one)
    world.finish(claimed, state, code=1, reply="again", finished_at=NOW + timedelta(hours=1), delay=9.0)
    assert world.row(one) == before


def test_what_is_deferred_is_due_again_after_the_delay(world):
    (one,) = world.deliveries(1)
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.DEFERRED, code=451, reply="4.3.2 later", delay=300.0)
    row = world.row(one)
    assert (row["state"], row["code"], row["reply"], row["finished_at"]) == ("deferred", 451, "4.3.2 later", None)
    assert 290 < world.due_in(one) <= 300
    assert world.claim() == []
    world.passes(301)
    (again,) = world.claim()
    assert (again.id, again.epoch) == (one, 2)


def test_what_is_still_ours_to_finish_and_how_often_it_was_tried(world):
    first, second, third = world.deliveries(3)
    _, two = world.claim(limit=2)
    world.finish(two, DeliveryState.SENT)
    with world.session.read() as connection:
        assert leases.ours(connection, [(first, 1), (second, 1), (third, 1)]) == {first: 1}
        assert leases.ours(connection, [(first, 2)]) == {}
        assert leases.ours(connection, []) == {}


@pytest.mark.parametrize(
    ("kind", "mode", "wanted"),
    [
        *((kind, DeliveryMode.EACH, True) for kind in ("contribution", "announcement", "closing", "roundup")),
        *((kind, DeliveryMode.ROUNDUP, False) for kind in ("contribution", "announcement", "reminder", "closing")),
        ("roundup", DeliveryMode.ROUNDUP, True),
        ("roundup", DeliveryMode.NONE, False),
        ("contribution", DeliveryMode.NONE, False),
    ],
)
@pytest.mark.parametrize("personal", [True, False])
def test_what_is_not_wanted_any_more_at_the_claim_is_not_allowed(world, kind, mode, wanted, personal):
    participation = world.participant("ana@x.org", mode=mode)
    mailing, renderings = world.mailing(kind=kind, personal=personal)
    world.session.write(
        lambda c: outbox.add_delivery(c, mailing, renderings["en"], "ana@x.org", participation_id=participation)
    )
    (one,) = world.claim()
    assert (one.active, one.wanted, one.allowed) == (True, personal or wanted, personal or wanted)


# --- leases of a dead engine


def free(world) -> int:
    return world.session.write(outbox.free_leases)


def test_all_leases_of_a_dead_engine_are_freed_at_once(world):
    world.deliveries(3)
    lost = world.claim()
    assert free(world) == 3
    again = world.claim()
    assert [(one.id, one.epoch) for one in again] == [(one.id, 2) for one in lost]
    world.finish(lost[0], DeliveryState.FAILED)  # should the dead one stir after all
    assert world.row(lost[0].id)["state"] == "pending"


def test_also_the_lease_of_one_that_had_been_deferred_before(world):
    world.deliveries(1)
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.DEFERRED, delay=300.0)
    world.passes(301)
    world.claim()
    assert free(world) == 1
    assert [one.epoch for one in world.claim()] == [3]


@pytest.mark.parametrize("left", [1.0, 30.0, 59.0, 60.0, 300.0, 43200.0])
def test_what_waits_on_the_retry_ladder_goes_on_waiting(world, left):
    """However near its next try is: a lease ends within 60 seconds too, but this is none."""
    (one,) = world.deliveries(1)
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.DEFERRED, delay=left + 3600)
    world.passes(3600)
    before = world.row(one)
    assert free(world) == 0
    assert world.row(one) == before


def test_what_was_released_with_a_wait_goes_on_waiting(world):
    world.participant("ana@x.org")
    fan_out(world, *world.mailing(), wait=30.0)
    assert free(world) == 0
    assert world.claim() == []


def test_what_is_due_or_finished_is_no_lease(world):
    world.deliveries(3)
    sent, failed = world.claim(limit=2)
    world.finish(sent, DeliveryState.SENT)
    world.finish(failed, DeliveryState.FAILED)
    assert free(world) == 0


def test_a_lease_that_lapsed_is_no_lease(world):
    world.deliveries(1)
    world.claim()
    world.passes(61)
    assert free(world) == 0
    assert len(world.claim()) == 1


# --- by hand


def test_retry_makes_deferred_and_failed_ones_due_now_and_leaves_sent_ones(world):
    world.deliveries(3)
    sent, failed, deferred = world.claim()
    world.finish(sent, DeliveryState.SENT)
    world.finish(failed, DeliveryState.FAILED)
    world.finish(deferred, DeliveryState.DEFERRED, delay=3600.0)
    ids = [sent.id, failed.id, deferred.id]
    assert world.session.write(lambda connection: outbox.retry(connection, ids)) == 2
    assert [one.id for one in world.claim()] == [failed.id, deferred.id]
    assert world.row(failed.id)["finished_at"] is None


def test_retry_leaves_what_is_just_being_sent(world):
    """Or it would be sent twice."""
    (one,) = world.deliveries(1)
    world.claim()
    assert world.session.write(lambda connection: outbox.retry(connection, [one])) == 0
    assert world.claim() == []


def test_drop_gives_up_what_has_not_been_sent(world):
    world.deliveries(3)
    sent, deferred = world.claim(limit=2)
    world.finish(sent, DeliveryState.SENT)
    world.finish(deferred, DeliveryState.DEFERRED, delay=3600.0)
    ids = [sent.id, deferred.id, deferred.id + 1]
    assert world.session.write(lambda connection: outbox.drop(connection, ids, "dropped by ana", NOW)) == 2
    assert [(world.row(one)["state"], world.row(one)["reply"]) for one in ids] == [
        ("sent", "2.0.0 ok"),
        ("failed", "dropped by ana"),
        ("failed", "dropped by ana"),
    ]
    world.passes(7200)
    assert world.claim() == []


# --- when to look again, and what is told


def next_due(world) -> float | None:
    with world.session.read() as connection:
        return turns.next_due_in(connection)


def test_the_next_due_is_told_in_seconds(world):
    assert next_due(world) is None
    world.deliveries(1)
    assert next_due(world) == 0.0
    (claimed,) = world.claim(lease=60.0)
    assert 50 < next_due(world) <= 60
    world.finish(claimed, DeliveryState.DEFERRED, delay=300.0)
    assert 290 < next_due(world) <= 300
    world.passes(1000)
    (claimed,) = world.claim()
    world.finish(claimed, DeliveryState.SENT)
    assert next_due(world) is None


def test_rows_can_be_chosen(world):
    other = world.new_dialogue("other")
    world.deliveries(2)
    mailing, renderings = world.mailing(kind="welcome", dialogue_id=other)
    world.session.write(lambda c: outbox.add_delivery(c, mailing, renderings["en"], "Reader0@Example.org"))
    world.claim(limit=1)

    def addresses(**chosen: object) -> list[str]:
        with world.session.read() as connection:
            return [row["recipient"] for row in outbox.rows(connection, **chosen)]

    everything = ["reader0@example.org", "reader1@example.org", "Reader0@Example.org"]
    assert addresses() == everything
    assert addresses(limit=2) == everything[:2]
    assert addresses(dialogue_id=other) == everything[2:]
    assert addresses(kind="welcome") == everything[2:]
    assert addresses(address="READER0@example.org") == [everything[0], everything[2]]
    assert addresses(state="sent") == []
    with world.session.read() as connection:
        assert outbox.counts(connection) == {"pending": 3}
        assert outbox.counts(connection, other) == {"pending": 1}
        assert set(outbox.rows(connection)[0]) == {
            *("id", "kind", "subject", "recipient", "state", "attempts", "due_at", "reply"),
            *("created_at", "finished_at"),
        }


def test_a_modules_first_announcement_is_its_thread(world):
    for i, module in enumerate((1, 1, 2)):
        world.mailing("en", "fr", kind="announcement", module=module, message_id=f"<{i}@x>")
    with world.session.read() as connection:
        assert announcements.thread_root(connection, world.dialogue, 1) == "<0@x>"
        assert announcements.thread_root(connection, world.dialogue, 3) is None
        assert announcements.thread_root(connection, world.dialogue + 1, 1) is None


def test_who_joins_late_gets_the_latest_announcement_of_the_module_now_open(world):
    other = world.new_dialogue("other")
    for dialogue, number in ((world.dialogue, 1), (world.dialogue, 2), (other, 1)):
        one = Module(number, "A title", "An aim", (), NOW, NOW + timedelta(days=5))
        world.session.write(lambda c, d=dialogue, m=one: dialogues.put_module(c, d, m))
    sent = [
        world.mailing("en", "fr", kind=kind, module=module, dialogue_id=dialogue)
        for kind, module, dialogue in (
            ("announcement", 1, world.dialogue),
            ("announcement", 1, world.dialogue),
            ("reminder", 1, world.dialogue),
            ("announcement", 2, world.dialogue),
            ("announcement", 1, other),
        )
    ]

    def current() -> tuple[int, dict[str, int]] | None:
        with world.session.read() as connection:
            return announcements.current_announcement(connection, world.dialogue)

    assert current() is None
    world.session.write(lambda c: dialogues.open_now(c, world.dialogue, 1, NOW))
    assert current() == sent[1]
    world.session.write(lambda c: dialogues.close_now(c, world.dialogue, 1, NOW))
    assert current() is None
    world.session.write(lambda c: dialogues.open_now(c, world.dialogue, 2, NOW))
    assert current() == sent[3]


def test_whether_a_mailing_goes_to_an_address(world):
    mailing, renderings = world.mailing()
    world.session.write(lambda c: outbox.add_delivery(c, mailing, renderings["en"], "ana@x.org"))
    with world.session.read() as connection:
        assert outbox.has_delivery(connection, mailing, "ana@x.org")
        assert not outbox.has_delivery(connection, mailing, "bea@x.org")
        assert not outbox.has_delivery(connection, mailing + 1, "ana@x.org")


def test_how_many_mails_of_a_kind_one_recipient_got_lately(world):
    def made() -> int:
        with world.session.read() as connection:
            return outbox.made_since(connection, world.dialogue, "held_notice", NOW - timedelta(hours=1))

    assert made() == 0
    for address, number in (("ana@x.org", 2), ("bea@x.org", 3)):
        for _ in range(number):
            mailing, renderings = world.mailing(kind="held_notice")
            world.session.write(lambda c, to=address, m=mailing, r=renderings: outbox.add_delivery(c, m, r["en"], to))
    world.deliveries(4)  # of another kind
    assert made() == 3


# --- the statements themselves


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("query", [lambda c: leases.claim(c, 10, 60.0), turns.next_due_in], ids=["claim", "next"])
def test_what_is_asked_all_the_time_reads_the_small_index_and_never_all_that_was_ever_sent(world, query):
    statements: list[tuple[str, object]] = []

    def record(connection, cursor, statement, parameters, context, executemany):
        statements.append((statement, parameters))

    def explain(connection: sa.Connection) -> str:
        sa.event.listen(connection, "before_cursor_execute", record)
        query(connection)
        sa.event.remove(connection, "before_cursor_execute", record)
        statement, parameters = statements[0]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(row.detail for row in plan)

    plan = world.session.write(explain)
    assert "ix_delivery_due" in plan, plan
    assert "SCAN delivery\n" not in plan + "\n", plan


def test_the_clock_is_the_databases(session):
    with session.read() as connection:
        first, second = (connection.execute(sa.select(database_now())).scalar_one() for _ in range(2))
    assert isinstance(first, float)
    assert 1_500_000_000 < first <= second


def test_what_was_taken_is_recorded_and_counted_unless_its_lease_was_lost(world):
    for address in ("a@x.org", "b@x.org", "c@x.org"):
        world.participant(address)
    mailing, renderings = world.mailing()
    fan_out(world, mailing, renderings)
    first, second, third = world.claim()
    rows = [
        {"of": one.id, "under": one.epoch - (one is third), "code": 250, "reply": f"ok {one.id}", "finished_at": NOW}
        for one in (first, second, third)
    ]
    assert world.session.write(lambda c: leases.sent(c, rows)) == 2
    assert world.session.write(lambda c: leases.sent(c, rows)) == 0
    with world.session.read() as connection:
        found = outbox.rows(connection)
    assert [(row["state"], row["reply"]) for row in found] == [
        ("sent", f"ok {first.id}"),
        ("sent", f"ok {second.id}"),
        ("pending", ""),
    ]


def test_what_was_put_off_is_due_later_and_was_no_attempt(world):
    world.participant("a@Bücher.example")
    mailing, renderings = world.mailing()
    fan_out(world, mailing, renderings)
    (one,) = world.claim()
    row = {"of": one.id, "under": 1, "state": DeliveryState.DEFERRED, "code": 550, "reply": "no", "finished_at": NOW}
    world.session.write(lambda c: leases.finish(c, [{**row, "delay": 60.0, "uncounted": 1}]))
    with world.session.read() as connection:
        (found,) = outbox.rows(connection)
        assert 55 < turns.next_due_in(connection) <= 60
        assert leases.deferred(connection) == {("xn--bcher-kva.example", 550, "no"): 1}
        assert leases.waiting(connection, world.dialogue) == ["a@Bücher.example"]
        (described,) = leases.described(connection, [one.id, one.id + 1])
    assert (found["state"], found["attempts"]) == ("deferred", 0)
    assert (described.id, described.mailing_id, described.kind) == (one.id, mailing, "contribution")
