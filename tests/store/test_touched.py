"""Which dialogues something was done in since one last looked, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from listserv.core.mail.bounce.verdicts import Verdict
from listserv.store import audit, bounces, occurrences
from listserv.store.touched import Touched
from tests.store.conftest import NOW, World


@pytest.fixture
def other(world: World) -> int:
    """A dialogue in which a good deal has been done."""
    made = world.new_dialogue("other")
    for number in range(5):
        world.session.write(lambda c, n=number: audit.record(c, NOW, "ana", "test", str(n), "", made))
    return made


def watching(world: World) -> Touched:
    with world.session.read() as connection:
        return Touched(connection)


def look(world: World, touched: Touched) -> set[int]:
    with world.session.read() as connection:
        return touched.look(connection)


def bounced(world: World) -> None:
    with world.session.read() as connection:
        part = connection.exec_driver_sql("SELECT min(id) FROM participation").scalar_one()
    world.session.write(lambda c: bounces.record(c, NOW, part, None, Verdict.HARD, "5.1.1", "no such user", "x.org"))


DEEDS: dict[str, Callable[[World], object]] = {
    "a decision": lambda world: world.session.write(
        lambda c: audit.record(c, NOW, "ana", "test", "x", "", world.dialogue)
    ),
    "what happened once": lambda world: world.session.write(
        lambda c: occurrences.once(c, world.dialogue, "open", "1", 0, NOW)
    ),
    "a mail": lambda world: world.contribution(),
    "what goes out": lambda world: world.mailing(),
    "somebody joins": lambda world: world.participant("ben@example.org"),
    "a bounce": bounced,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_is_seen_once_and_of_its_dialogue_alone(world: World, other: int, deed: str) -> None:
    world.participant("ana@example.org")
    touched = watching(world)
    assert look(world, touched) == set(), "what was done before"
    DEEDS[deed](world)
    assert look(world, touched) == {world.dialogue}
    assert look(world, touched) == set()


def test_what_concerns_no_dialogue_touches_none(world: World) -> None:
    touched = watching(world)
    world.session.write(lambda c: audit.record(c, NOW, "ana", "compact", "database"))
    assert look(world, touched) == set()


def test_of_many_deeds_none_is_missed(world: World, other: int) -> None:
    touched = watching(world)
    for number in range(300):
        whose = other if number == 7 else world.dialogue
        world.session.write(lambda c, w=whose, n=number: occurrences.once(c, w, "x", str(n), 0, NOW))
    assert look(world, touched) == {world.dialogue, other}
    assert look(world, touched) == set()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_is_committed_behind_a_newer_row_is_seen(world: World, other: int) -> None:
    """PostgreSQL numbers rows before they are committed."""
    touched = watching(world)
    engine = sa.create_engine(world.session.url, poolclass=sa.NullPool)
    with engine.connect() as slow, ThreadPoolExecutor(1) as beside:
        occurrences.once(slow, other, "slow", "1", 0, NOW)
        beside.submit(DEEDS["what happened once"], world).result()
        assert look(world, touched) == {world.dialogue}
        slow.commit()
    assert look(world, touched) == {other}
    assert look(world, touched) == set()
