"""Who gets contributions bundled and how far each has got, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import DeliveryMode, Participation
from listserv.store import bundles, fanout, outbox, people
from tests.store.conftest import NOW, World

DAILY, EACH = DeliveryMode.DAILY, DeliveryMode.EACH


@pytest.fixture
def said(world):
    """Contributions 1 to 3, released an hour apart, all copies gone but those of the last, which waits."""
    for number in (1, 2, 3):
        at = NOW + timedelta(hours=number)
        one = world.contribution(
            state="released", number=number, decided_at=at, message_id=f"<{number}@x>", digest=str(number)
        )
        mailing, renderings = world.mailing(contribution_id=one, module=1, message_id=f"<{number}@x>")
        world.session.write(
            lambda c, mailing=mailing, renderings=renderings: outbox.add_delivery(
                c, mailing, renderings["en"], "a@x.org"
            )
        )
        world.passes(100)
    world.passes(-160)  # as released with a wait
    return world


def read(world, ask, *args):
    with world.session.read() as connection:
        return ask(connection, world.dialogue, *args)


def change(world, part, **values):
    world.session.write(lambda c: people.change_part(c, NOW, part, values))


def test_numbers_are_those_released_in_a_range(said):
    assert read(said, bundles.numbers, 0, 99) == [1, 2, 3]
    assert read(said, bundles.numbers, 1, 2) == [2]


def test_settled_is_what_was_released_by_then_and_cannot_be_taken_back(world):
    for number in (1, 2):
        world.contribution(
            state="released", number=number, decided_at=NOW + timedelta(hours=number), digest=str(number)
        )
    assert read(world, bundles.settled, NOW) == 0
    assert read(world, bundles.settled, NOW + timedelta(hours=1)) == 1
    assert read(world, bundles.settled, NOW + timedelta(days=1)) == 2


def test_what_waits_is_not_settled_nor_what_comes_after_it(said):
    said.session.write(
        lambda c: c.exec_driver_sql("UPDATE delivery SET epoch = 1 WHERE id <> (SELECT MAX(id) FROM delivery)")
    )
    assert read(said, bundles.settled, NOW + timedelta(days=1)) == 2
    said.passes(1000)
    assert read(said, bundles.settled, NOW + timedelta(days=1)) == 3


def test_who_begins_has_had_what_there_is(said):
    new, other = said.participant("n@x.org", mode=DAILY), said.participant("o@x.org")
    assert read(said, bundles.readers) == {new: 3}
    change(said, other, delivery=DAILY)
    assert read(said, bundles.readers) == {new: 3, other: 3}
    change(said, new, status=Participation.PAUSED)
    assert read(said, bundles.readers) == {other: 3}


def test_who_wants_each_is_owed_the_rest_until_it_is_sent(world):
    part = world.participant("n@x.org", mode=DAILY)
    one = world.contribution(state="released", number=1, decided_at=NOW)
    change(world, part, delivery=EACH)
    assert read(world, bundles.owed) == {part: [1]}
    mailing, _ = world.mailing(kind="bundle")
    world.session.write(lambda c: bundles.sent(c, NOW, world.dialogue, mailing, [1], {part}))
    assert read(world, bundles.owed) == {}
    with world.session.read() as connection:
        assert bundles.items(connection, mailing) == [1]
    assert read(world, bundles.went_out, 1)
    assert not read(world, bundles.went_out, 2)
    assert one


def test_a_pause_counts_what_comes_out_and_gives_it_once(world):
    part = world.participant("n@x.org")
    change(world, part, status=Participation.PAUSED)
    for number in (1, 2):
        world.contribution(state="released", number=number, decided_at=NOW, digest=str(number))
    assert read(world, bundles.missing, part) == [1, 2]
    change(world, part, status=Participation.ACTIVE)
    want = lambda c: bundles.want_missed(c, world.dialogue, part)  # noqa: E731
    assert [world.session.write(want), world.session.write(want)] == [2, 0]
    assert read(world, bundles.owed) == {part: [1, 2]}


def test_who_never_paused_has_missed_nothing(said):
    assert read(said, bundles.missing, said.participant("n@x.org")) == []


def test_a_number_taken_back_is_nobody_s(said):
    part = said.participant("n@x.org", mode=DAILY)
    said.session.write(lambda c: bundles.taken_back(c, NOW, said.dialogue, 3))
    assert read(said, bundles.readers) == {part: 2}


def test_pauses_that_end(world):
    one, two = world.participant("a@x.org"), world.participant("b@x.org")
    later = NOW + timedelta(days=2)
    assert read(world, people.next_resuming) is None
    change(world, one, status=Participation.PAUSED, resumes_at=later)
    change(world, two, status=Participation.PAUSED)
    assert read(world, people.next_resuming) == later
    assert read(world, people.resuming, NOW) == []
    assert read(world, people.resuming, later) == [one]
    change(world, one, status=Participation.ACTIVE)
    assert read(world, people.next_resuming) is None


def test_the_variant_somebody_got(world):
    mailing, renderings = world.mailing("en", "fr", kind="bundle")
    part = world.participant("n@x.org", language="fr")
    world.session.write(lambda c: outbox.add_delivery(c, mailing, renderings["fr"], "n@x.org", part))
    with world.session.read() as connection:
        assert outbox.variant(connection, mailing, part) == (b"head fr", b"body fr")
        assert outbox.variant(connection, mailing, None) == (b"head en", b"body en")
        assert outbox.variant(connection, mailing + 1, part) is None


def test_fan_out_to_some_only(world):
    parts = [
        world.participant(f"{name}@x.org", mode=mode) for name, mode in zip("abc", (DAILY, DAILY, EACH), strict=True)
    ]
    mailing, renderings = world.mailing(kind="bundle")
    count = world.session.write(
        lambda c: fanout.fan_out(c, world.dialogue, mailing, renderings, "en", (DAILY,), only=parts[1:])
    )
    assert count == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("ask", [lambda c, d: bundles.settled(c, d, NOW), bundles.owed], ids=["settled", "owed"])
def test_neither_all_that_ever_went_out_nor_all_who_take_part_are_looked_at(
    world: World, ask: Callable[[sa.Connection, int], object]
) -> None:
    """The clock asks with each mail, of dialogues of ten thousand too."""
    asked: list[tuple[str, Any]] = []
    with world.session.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3])))
        ask(connection, world.dialogue)
        plans = [
            row[3]
            for statement, values in [one for one in asked if one[0].startswith("SELECT")]
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans
    assert [step for step in plans if step.startswith("SCAN")] == []
    assert [step for step in plans if " delivery " in step and "ix_delivery_due" not in step] == []
