"""A dialogue's rows as plain values, and written again beside it under numbers of their own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from listserv.store import dialogues, packing, unpacking
from listserv.store.parts import PARTS
from listserv.store.tables import contribution, delivery, mailing, person
from listserv.store.unpacking import Numbers
from tests.store.conftest import NOW


def copy(connection: sa.Connection, dialogue_id: int) -> Numbers:
    """The dialogue once more, as one with another name and other people."""
    numbers = Numbers(unpacking.taken(connection))
    for part in PARTS:
        rows: list[dict[str, Any]] = []
        for row in list(packing.rows(connection, part, dialogue_id)):
            if part.name == "dialogue":
                row["slug"] = "again"
            if part.name == "addresses":
                row["key"] = f"x{row['key']}"
            values = unpacking.stored(part, row, numbers)
            if values is None:
                continue
            if part.folder:
                values |= unpacking.parted(part, packing.content(connection, part, row["id"]))
            rows.append(values)
        unpacking.write(connection, part, rows)
    unpacking.go_on(connection)
    return numbers


def test_it_stands_beside_itself_and_numbers_go_on(world: Any) -> None:
    first = world.participant("anna@x.example")
    world.contribution(state="released", number=1, message_id="<one@x.example>")
    world.deliveries(3)
    numbers = world.session.write(lambda connection: copy(connection, world.dialogue))
    with world.session.read() as connection:
        again = dialogues.read(connection, "again")
        assert again is not None
        for column in (contribution.c.dialogue_id, mailing.c.dialogue_id):
            counts = dict(connection.execute(sa.select(column, sa.func.count()).group_by(column)).all())
            assert counts == {world.dialogue: 1, again.id: 1}, column
        sent = sa.select(mailing.c.dialogue_id, delivery.c.address).join_from(delivery, mailing)
        assert len(connection.execute(sent.where(mailing.c.dialogue_id == again.id)).all()) == 3
    assert numbers.of("participations", first) > first
    number = world.session.write(
        lambda connection: connection.execute(
            person.insert().values(name="New", profile={}, address="n@x.example", created_at=NOW)
        ).inserted_primary_key[0]
    )
    assert number > numbers.offsets["people"], "a number given from now on is free"


def test_an_occurrence_that_names_a_number_is_moved_with_it_and_an_unknown_one_left_out() -> None:
    offsets = {part.name: 100 for part in PARTS}
    part = next(one for one in PARTS if one.name == "occurrences")
    row = {"id": 1, "dialogue_id": 1, "round": 7, "state": "done", "at": "2008-11-04T12:00:00.000000Z"}
    said = {
        ("answer:had", "3"): ("103", 7),
        ("answer:joined", "3"): ("103", 107),
        ("answer:told", "3"): ("103", 7),
        ("answer:stranger", "anna@x.example"): ("anna@x.example", 7),
        ("close", "3"): ("3", 7),  # a module's number is the dialogue's own
        ("answer:of tomorrow", "3"): None,
    }
    for (kind, subject), want in said.items():
        got = unpacking.stored(part, {**row, "kind": kind, "subject": subject}, Numbers(offsets))
        assert (got and (got["subject"], got["round"])) == want, kind
