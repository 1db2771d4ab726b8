"""Several addresses are one person's, and two people on record become one: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import Participation
from listserv.core.mail.identity import key
from listserv.steps.merge import merge
from listserv.store import addresses, occurrences, outbox, people
from listserv.store.tables import contribution, delivery, participation, person
from tests.store.conftest import NOW

ANA, HOME = "ana@example.org", "ana@home.example"


def person_of(world, address: str) -> int | None:
    with world.session.read() as connection:
        return people.person_of(connection, address)


def test_linking_takes_along_what_is_held_from_it(world):
    part = world.participant(ANA)
    held = world.contribution(state="held", from_address="Ana@Home.example", message_id="<1@x>")
    sent = world.contribution(state="released", from_address=HOME, message_id="<2@x>", number=1)
    other = world.contribution(state="held", from_address="eve@home.example", message_id="<3@x>")
    owner = person_of(world, ANA)
    assert world.session.write(lambda c: addresses.link(c, NOW, owner, "Ana@HOME.example"))
    assert person_of(world, HOME) == owner
    with world.session.read() as connection:
        rows = dict(connection.execute(sa.select(contribution.c.id, contribution.c.person_id)).all())
        assert addresses.of(connection, owner) == [key(ANA), key(HOME)]
        assert people.part_of(connection, world.dialogue, HOME)["id"] == part
    assert rows == {held: owner, sent: None, other: None}


def test_an_address_is_linked_once(world):
    for address in (ANA, HOME):
        world.participant(address)
    for address in (ANA, HOME):
        assert not world.session.write(lambda c, a=address: addresses.link(c, NOW, person_of(world, ANA), a))
    assert person_of(world, HOME) != person_of(world, ANA)


def test_names_and_domains_of_those_who_take_part(world):
    for number, status in enumerate(Participation):
        part = world.participant(f"p{number}@host{number}.example")
        world.set_status(part, status)
    with world.session.read() as connection:
        taking = [number for number, status in enumerate(Participation) if status in ("active", "paused")]
        assert addresses.domains(connection, world.dialogue) == {f"host{number}.example" for number in taking}
        assert len(addresses.names(connection, world.dialogue)) <= len(taking)


@pytest.mark.parametrize("first", [True, False], ids=["the elder", "the younger"])
def test_two_people_become_one(world, first):
    parts = {address: world.participant(address) for address in (ANA, HOME)}
    keep, other = (ANA, HOME) if first else (HOME, ANA)
    mailing, renderings = world.mailing()
    for address, part in parts.items():
        world.session.write(lambda c, a=address, p=part: outbox.add_delivery(c, mailing, renderings["en"], a, p))
    merger = merge(world.session, NOW + timedelta(days=1), keep, other, "chief@example.org")
    assert (merger.keep, merger.other, merger.moves["participations"]) == (keep, other, 1)
    with world.session.read() as connection:
        (row,) = connection.execute(sa.select(participation)).mappings()
        (whose,) = connection.execute(sa.select(person)).mappings()
        assert (row["person_id"], whose["address"]) == (whose["id"], keep)
        assert sorted(addresses.of(connection, whose["id"])) == sorted([ANA, HOME])
        assert {
            one["id"] for address in (ANA, HOME) if (one := people.part_of(connection, world.dialogue, address))
        } == {row["id"]}
        # Links and return addresses made for either lead to it.
        assert {people.part(connection, part)["id"] for part in parts.values()} == {row["id"]}
        assert list(connection.execute(sa.select(delivery.c.participation_id)).scalars()) == [row["id"]] * 2
        assert occurrences.done(connection, world.dialogue) == set()  # nothing that the clock might take for its own
    with pytest.raises(Exception, match="one person's already"):
        merge(world.session, NOW, keep, other, "chief@example.org")
