"""Contributions are judged one after the other and written together, as if each had been written before the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.steps import limit
from listserv.store import attachments, people
from tests.house import House, mail

#: What one mail asks of the database where no moderator reads it first: a statement more is a twentieth of its cost.
#: PostgreSQL has a contribution's words one by one, and a turn to be waited for.
STATEMENTS, ON_POSTGRESQL = 20, 22


def authors(house: House, count: int) -> list[str]:
    found = [f"author{number}@example.net" for number in range(count)]
    for one in found:
        house.join(one, name="Somebody")
    return found


def receive(house: House, some: list[str]) -> None:
    for number, one in enumerate(some):
        house.receive(mail(f"Text {number}", author=one), sender=one)


def asked(house: House, work: Callable[[], Any]) -> Counter[str]:
    """How many statements and commits it takes."""
    seen: Counter[str] = Counter()

    def executes(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen["statements"] += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))

    def commits(connection: Any) -> None:
        seen["commits"] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", executes)
    sa.event.listen(sa.Engine, "commit", commits)
    try:
        work()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", executes)
        sa.event.remove(sa.Engine, "commit", commits)
    return seen


def test_what_a_mail_costs(house: House) -> None:
    house.policy(moderation="none")
    some = authors(house, 30)
    receive(house, some[:10])
    few = asked(house, house.work)
    receive(house, some[10:])
    many = asked(house, house.work)
    assert Counter(row["state"] for row in house.rows("contribution")) == {"released": 30}
    assert (many["statements"] - few["statements"]) / 10 <= (STATEMENTS if house.session.sqlite else ON_POSTGRESQL)
    assert many["commits"] <= few["commits"] + 1 <= 6


def test_one_that_fails_is_parked_and_the_others_are_written(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    add = attachments.add

    def adds(connection: Any, now: Any, contribution_id: int, came: Any) -> None:
        add(connection, now, contribution_id, came)
        (row,) = connection.exec_driver_sql(f"SELECT from_address FROM contribution WHERE id = {contribution_id}")
        if row[0] == "author1@example.net":
            raise ZeroDivisionError("this one")

    monkeypatch.setattr(attachments, "add", adds)
    receive(house, authors(house, 3))
    house.work()
    assert [row["state"] for row in house.rows("inbox")] == ["done", "parked", "done"]
    assert house.rows("inbox")[1]["reason"] == "ZeroDivisionError: this one"
    assert [row["from_address"][:7] for row in house.rows("contribution")] == ["author0", "author2"]


def test_a_message_id_used_by_the_one_before_is_noticed(house: House) -> None:
    for one in authors(house, 2):
        house.receive(mail(f"From {one}", author=one, message_id="<same@example.net>"), sender=one)
    house.work()
    first, second = house.rows("contribution")
    assert first["message_id"] == "<same@example.net>" != second["message_id"]
    assert "same Message-ID" in [rule for rule, _ in second["reasons"]]


@pytest.fixture
def two_addresses(house: House) -> None:
    """Anna has a second one."""
    part = house.part("anna@example.net")
    house.session.write(lambda c: people.add_address(c, house.now, part["person_id"], "anna@other.example"))


@pytest.mark.usefixtures("two_addresses")
def test_who_has_two_addresses_gets_no_more_receipts_for_it(house: House) -> None:
    house.contribute()
    for number in range(limit.RECEIPTS + 3):
        author = ("anna@example.net", "anna@other.example")[number % 2]
        house.receive(mail(f"Text {number}", author=author), sender=author)
    house.work()
    assert len([one for one in house.sent("receipt") if one.to.startswith("anna@")]) == limit.RECEIPTS


@pytest.mark.usefixtures("two_addresses")
def test_a_word_to_us_is_obeyed_after_what_came_before_it(house: House) -> None:
    """How all that somebody wrote is shown changes for what waits to be written too."""
    house.receive(mail(author="anna@example.net"))
    house.receive(mail("anonymous", author="anna@other.example"), "nap-request@talk.example", "anna@other.example")
    house.work()
    assert house.one("contribution")["attribution"] == "anonymous"
