"""`store/waiting`: the queue without its texts, requests to take part, and what somebody said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.dialogue.model import Participation
from listserv.store import waiting
from tests.house import House, folder, open_house


@pytest.fixture
def house(tmp_path: Path):
    with open_house(folder(tmp_path)) as house:
        yield house


def listed(house: House, **options: object) -> list[int]:
    with house.session.read() as connection:
        return [row["id"] for row in waiting.rows(connection, house.dialogue.id, **options)]


def test_a_listing_reads_no_text(house: House) -> None:
    house.contribute("A long text.")
    with house.session.read() as connection:
        (row,) = waiting.rows(connection)
    assert {"text", "html", "cut", "original"} & set(row) == set()
    assert (row["person_name"], row["subject"], row["dialogue"], row["module"]) == ("Anna", "Plans", "nap", 1)


def test_what_is_listed_in_which_order(house: House) -> None:
    first, second, third = (house.contribute(f"Number {n}.")["id"] for n in range(3))
    house.release(second)
    assert listed(house) == [first, third]
    assert listed(house, limit=1) == [first]
    assert listed(house, states=["released"]) == [second]
    assert listed(house, states=[]) == [first, third, second]  # what has a number stands after what has none
    assert listed(house, module=2) == []
    assert sorted(listed(house, states=[], ids=[third, second, 99])) == [second, third]


def test_how_long_the_oldest_waits(house: House) -> None:
    with house.session.read() as connection:
        assert waiting.oldest(connection, house.dialogue.id) is None
    house.contribute()
    with house.session.read() as connection:
        assert waiting.oldest(connection, house.dialogue.id) == house.now


def test_who_asked_to_take_part(house: House) -> None:
    house.join("dora@example.net", name="Dora", profile={"country": "LB"}, status=Participation.REQUESTED)
    with house.session.read() as connection:
        (row,) = waiting.requests(connection, house.dialogue.id)
    assert (row["address"], row["name"], row["country"]) == ("dora@example.net", "Dora", "LB")


def test_what_somebody_said_before(house: House) -> None:
    house.released("One.")
    row = house.contribute("Two.")
    with house.session.read() as connection:
        assert waiting.spoken(connection, house.dialogue.id, row["person_id"]) == {"released": 1, "held": 1}
        assert waiting.spoken(connection, house.dialogue.id, None) == {}


def test_the_others_of_a_person_newest_first(house: House) -> None:
    first, second, third = (house.contribute(f"Number {n}.") for n in range(3))
    house.contribute(author="Boris <boris@example.net>")
    house.release(first["id"])
    person, here = first["person_id"], house.dialogue.id
    with house.session.read() as connection:
        found = waiting.before(connection, here, person, second["id"], 10)
        assert [(row["id"], row["state"], row["number"]) for row in found] == [
            (third["id"], "held", None),
            (first["id"], "released", 1),
        ]
        assert [row["id"] for row in waiting.before(connection, here, person, second["id"], 1)] == [third["id"]]
