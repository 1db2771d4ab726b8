"""Which dialogues the clock looks at, of many: those touched, those it is due in, a few in turn; what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.cli.planned import planned
from listserv.config import load
from listserv.core.dialogue.model import DeliveryMode
from listserv.steps import agenda, apply, bundle, moderate, notify, programme
from listserv.steps.agenda import SOME, TURN, Agenda
from listserv.steps.health import health
from listserv.store import occurrences
from tests.house import CLOSING, FIRST_APPLY, SATURDAY, House, folder, open_house

MANY = 24
OTHERS = [f"other{number}" for number in range(1, MANY)]


def new_dialogue(house: House, slug: str) -> None:
    """One like the house's, of nobody but its moderators."""
    plan = planned(load(house.place / "listserv.toml", {}).dialogues[0])
    apply.apply(house.session, FIRST_APPLY, replace(plan, slug=slug), "test")


def full(house: House) -> None:
    for slug in OTHERS:
        new_dialogue(house, slug)
    programme.tick(house.session, house.now, house.site)


@pytest.fixture
def many(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "many").mkdir()
    with open_house(folder(tmp_path / "many", after=full)) as made:
        yield made


@pytest.fixture
def executed() -> Iterator[list[str]]:
    """The statements that are executed, from anywhere."""
    found: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


class Watched:
    """An agenda that has looked at all, what it looks at from then on, and the clock of its turns."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real, self._house, self._looked = 0.0, house, list[set[str]]()
        self.agenda = Agenda(house.session, lambda: self.real)
        tick = programme.tick

        def noted(*given: object, among: set[str]) -> int:
            self._looked.append(set(among))
            return tick(*given, among=among)  # type: ignore[arg-type]

        monkeypatch.setattr(agenda.programme, "tick", noted)
        assert self.looked() == {"nap", *OTHERS}
        assert self.looked() == set(), "nothing was done, and nothing is due"

    def looked(self) -> set[str]:
        """What a tick looks at, now."""
        self._looked.clear()
        self.agenda.tick(self._house.now, self._house.site)
        return set[str]().union(*self._looked)


@pytest.fixture
def watched(many: House, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(many, monkeypatch)


def test_a_mail_to_one_dialogue_concerns_no_other(many: House, watched: Watched) -> None:
    many.contribute()
    assert watched.looked() == {"nap"}
    assert watched.looked() == set()


def test_what_is_due_is_done_at_its_time_and_not_before(many: House, watched: Watched) -> None:
    before = watched.agenda.next_at()
    assert before is not None
    many.now = before - timedelta(seconds=1)
    assert watched.looked() == set()
    many.now = CLOSING
    assert watched.looked() == {"nap", *OTHERS}
    with many.session.read() as connection:
        closed = connection.exec_driver_sql("SELECT count(*) FROM module WHERE closed_at IS NOT NULL").scalar()
    assert closed == MANY


def test_a_new_dialogue_is_looked_at_once_it_is_there(many: House, watched: Watched) -> None:
    new_dialogue(many, "young")
    assert watched.looked() == {"young"}


def test_what_was_touched_is_looked_at_again_if_that_failed(
    many: House, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.contribute()
    with monkeypatch.context() as patched:
        patched.setattr(agenda.programme, "tick", lambda *given, among: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            watched.looked()
    with monkeypatch.context() as patched:
        patched.setattr(agenda.programme, "next_at", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            watched.looked()
    assert watched.looked() == {"nap"}
    assert watched.looked() == set()


def test_each_has_its_turn(many: House, watched: Watched) -> None:
    """What is changed past us all, and what no instant tells of."""
    seen, turns = set[str](), 0
    while seen != {"nap", *OTHERS}:
        watched.real += TURN
        turns += 1
        seen |= watched.looked()
        assert watched.looked() == set(), "a turn is over until the next"
    assert turns == -(-MANY // SOME)


def test_what_was_touched_does_not_take_anothers_turn(many: House, watched: Watched) -> None:
    many.contribute()
    watched.real += TURN
    assert len(watched.looked()) == SOME + 1


def test_the_next_instant_is_the_earliest_of_all(many: House, watched: Watched) -> None:
    instants = [programme.next_at(many.session, slug) for slug in ["nap", *OTHERS]]
    assert watched.agenda.next_at() == min(at for at in instants if at is not None)


def test_how_late_the_clock_is_is_known_without_going_through_all(many: House, executed: list[str]) -> None:
    asks = Agenda(many.session, lambda: 0.0)
    assert health(many.session, many.now, asks).behind == timedelta(0)
    executed.clear()
    many.now = SATURDAY  # nobody has closed the modules
    assert health(many.session, many.now, asks).behind == SATURDAY - (asks.next_at() or SATURDAY) > timedelta(hours=1)
    assert len(executed) < 10
    many.tick(SATURDAY)
    assert health(many.session, many.now, asks).behind == timedelta(0)


def test_who_asks_how_late_it_is_waits_a_second_at_most(many: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real, next_at = [0.0], programme.next_at

    def slow(*given: Any) -> Any:
        real[0] += 0.3
        return next_at(*given)

    monkeypatch.setattr(agenda.programme, "next_at", slow)
    asks, asked = Agenda(many.session, lambda: real[0]), 0
    while True:
        began = real[0]
        asks.looked()
        assert real[0] - began < 1.5
        asked += 1
        if real[0] == began:
            break
    assert asked == 1 + -(-MANY // 4)


@pytest.mark.parametrize("what", ["notify", "bundle", "tick"])
def test_a_mail_costs_a_site_of_many_dialogues_what_it_costs_a_site_of_one(
    house: House, many: House, executed: list[str], what: str
) -> None:
    def asked(of: House) -> int:
        mine = Agenda(of.session, lambda: 0.0)
        mine.tick(of.now, of.site)
        of.contribute()
        executed.clear()
        if what == "notify":
            notify.notify(of.session, of.now, of.site)
        elif what == "bundle":
            bundle.send_owed(of.session, of.now, of.site)
        else:
            mine.tick(of.now, of.site)
        return len(executed)

    assert 0 < asked(many) <= asked(house)


def test_what_is_owed_is_sent_in_whichever_dialogue(many: House) -> None:
    many.join("dora@example.net", delivery=DeliveryMode.DAILY)
    row = many.contribute()
    moderate.release(many.session, many.now, many.site, row["id"], "mod@example.org")
    assert bundle.send_owed(many.session, many.now, many.site) == 0
    part = many.part("dora@example.net")
    many.session.write(lambda c: occurrences.once(c, many.dialogue.id, "answer:owed", str(part["id"]), 1, many.now))
    assert bundle.send_owed(many.session, many.now, many.site) == 1
    assert bundle.send_owed(many.session, many.now, many.site) == 0
