"""What the archive's pages read, and by which indexes: with 5,000 contributions a page must not look through them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store import contributions, reading
from tests.house import House, folder, mail, open_house


@pytest.fixture
def house(tmp_path: Path) -> Any:
    with open_house(folder(tmp_path)) as house:
        yield house


READS: dict[str, Callable[[Connection, int], object]] = {
    "one": lambda c, d: reading.one(c, d, 1),
    "listed": lambda c, d: reading.listed(c, [1, 2]),
    "latest": lambda c, d: reading.latest(c, d, 5),
    "answers": lambda c, d: reading.answers(c, 1, 5),
    "beside": lambda c, d: reading.beside(c, d, 1),
    "counts": lambda c, d: reading.counts(c, d),
    "thread": lambda c, d: reading.thread(c, d, 1),
    "per_question": lambda c, d: reading.per_question(c, d, 1),
    "all_placed": lambda c, d: reading.all_placed(c, d, 1),
    "answering": lambda c, d: reading.answering(c, d, 1, 2),
    "tags": lambda c, d: reading.tags(c, d, 1),
    "tagged": lambda c, d: reading.tagged(c, d, 1, "experience"),
}


@pytest.mark.parametrize("name", READS)
def test_no_page_looks_through_all_contributions(house: House, name: str) -> None:
    asked: list[tuple[str, Any]] = []
    house.released()
    with house.session.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
        READS[name](connection, house.dialogue.id)
        for statement, values in [one for one in asked if one[0].startswith("SELECT")]:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not [step for step in plan if step.startswith("SCAN contribution")], plan
            if name in ("counts", "thread"):
                assert any("COVERING INDEX ix_contribution_thread" in step for step in plan), plan


def test_who_answers_which_question(house: House) -> None:
    rows = [house.released(f"Number {number}.") for number in range(4)]
    for row, question, further in zip(rows, (1, 2, None, 2), ([2], [], [], [1, 3]), strict=True):
        values = {"question": question, "further": further}
        house.session.write(lambda c, row=row, values=values: contributions.change(c, row["id"], values))
    with house.session.read() as connection:
        dialogue_id = house.dialogue.id
        assert reading.per_question(connection, dialogue_id, 1) == {1: 2, 2: 3, 3: 1}
        first, second, _, last = (row["id"] for row in rows)
        assert reading.answering(connection, dialogue_id, 1, 1) == {first, last}
        assert reading.answering(connection, dialogue_id, 1, 2) == {first, second, last}
        assert reading.answering(connection, dialogue_id, 2, 2) == set()


def test_only_what_is_released_and_to_be_archived(house: House) -> None:
    first = house.released("One.")
    objecting = house.take(mail("Two.", headers={"X-No-Archive": "Yes"}))
    house.release(objecting["contribution_id"])
    third = house.released("Three.", answers=first["message_id"])
    house.contribute("Held.", answers=first["message_id"])
    dialogue_id = house.dialogue.id
    with house.session.read() as connection:
        assert reading.thread(connection, dialogue_id, 1) == [(first["id"], None), (third["id"], first["id"])]
        assert reading.counts(connection, dialogue_id) == {1: 2}
        assert [row["number"] for row in reading.latest(connection, dialogue_id, 9)] == [3, 1]
        assert [row["number"] for row in reading.answers(connection, first["id"], 9)] == [3]
        assert reading.beside(connection, dialogue_id, 1) == (None, 3)
        assert reading.one(connection, dialogue_id, 2) is None
        assert set(reading.listed(connection, [first["id"], objecting["contribution_id"]])) == {first["id"]}
