"""People are known by their addresses, in whatever form they write them; a participation is theirs in one dialogue."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from listserv.core.dialogue.model import DeliveryMode, Participation, Role
from listserv.store import bounces, people

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)


def part_of(world, address: str, dialogue: int | None = None):
    with world.session.read() as connection:
        return people.part_of(connection, dialogue or world.dialogue, address)


def add(world, address: str, **profile: object) -> int:
    return world.session.write(lambda c: people.add_person(c, NOW, address, {"name": "Ana", **profile}))


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        ("ana@example.org", "ana@example.org"),
        ("ana@example.org", "Ana@Example.ORG"),
        ("Ana.Perez@Example.ORG", "ana.perez@example.org"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),  # not strasse.example, as IDNA 2003 had it
        ("зоя@ПОЧТА.example", "зоя@xn--80a1acny.example"),
        ("ana@xn--bcher-kva.example", "ANA@BÜCHER.example"),
        ("ana@XN--BCHER-KVA.example", "ana@bücher.example"),
        ("josé@example.org", "JOSÉ@example.org"),
    ],
)
def test_one_address_in_several_forms_is_one_person(world, kept, written):
    part = world.participant(kept)
    found = part_of(world, written)
    assert (found["id"], found["address"]) == (part, kept)
    with world.session.read() as connection:
        assert people.person_of(connection, written) == found["person_id"]
    with pytest.raises(IntegrityError):
        add(world, written)


def test_all_addresses_of_a_person_are_that_persons_part(world):
    part = world.participant("ana@example.org")
    person = part_of(world, "ana@example.org")["person_id"]
    for other in ("ana@home.example", "a.perez@bücher.example"):
        world.session.write(lambda c, other=other: people.add_address(c, NOW, person, other))
    for written in ("ana@home.example", "A.Perez@xn--bcher-kva.example"):
        found = part_of(world, written)
        assert (found["id"], found["person_id"], found["address"]) == (part, person, "ana@example.org")


def test_a_stranger_has_no_part_and_neither_has_who_takes_part_elsewhere(world):
    other = world.new_dialogue("other")
    world.participant("ana@example.org", dialogue=other)
    assert part_of(world, "nobody@example.org") is None
    assert part_of(world, "ana@example.org") is None
    assert part_of(world, "ana@example.org", other)["dialogue_id"] == other


def test_a_person_takes_part_once_in_a_dialogue_and_in_as_many_as_they_like(world):
    person = add(world, "ana@example.org")
    other = world.new_dialogue("other")
    for dialogue in (world.dialogue, other):
        world.session.write(lambda c, d=dialogue: people.add_part(c, NOW, d, person))
    with pytest.raises(IntegrityError):
        world.session.write(lambda c: people.add_part(c, NOW, world.dialogue, person))
    assert part_of(world, "ana@example.org")["id"] != part_of(world, "ana@example.org", other)["id"]


def test_a_part_comes_with_the_persons_profile(world):
    person = add(world, "ana@example.org", country="DO", language="es", profile={"stage": "planned"})
    part = world.session.write(
        lambda c: people.add_part(c, NOW, world.dialogue, person, role=Role.MODERATOR, delivery=DeliveryMode.ROUNDUP)
    )
    with world.session.read() as connection:
        found = people.part(connection, part)
        assert found == people.part_of(connection, world.dialogue, "ana@example.org")
        assert people.part(connection, part + 1) is None
        assert people.profile_of(connection, person)["created_at"] == NOW
    assert {**found} == {
        "id": part,
        "dialogue_id": world.dialogue,
        "person_id": person,
        "role": "moderator",
        "status": "active",
        "delivery": "roundup",
        "joined_at": NOW,
        "changed_at": NOW,
        "unreachable_at": None,
        "reinstated_at": None,
        "resumes_at": None,
        "checked_at": None,
        "attribution": "name",
        "quotable": 1,
        "consented_at": None,
        "nudges": 1,
        "notices": "each",
        "notices_at": "08:00",
        "days": "0123456",
        "address": "ana@example.org",
        "name": "Ana",
        "country": "DO",
        "organisation": "",
        "sector": "",
        "gender": "",
        "language": "es",
        "timezone": "",
        "profile": {"stage": "planned"},
        "erased_at": None,
    }


def test_who_only_asked_has_not_joined(world):
    part = world.participant("ana@example.org", status=Participation.REQUESTED)
    assert part_of(world, "ana@example.org")["joined_at"] is None
    world.session.write(lambda c: people.change_part(c, NOW, part, {"status": Participation.ACTIVE, "joined_at": NOW}))
    found = part_of(world, "ana@example.org")
    assert (found["status"], found["joined_at"]) == ("active", NOW)


def test_those_told_of_held_mail_are_moderators_and_organisers_who_have_not_left(world):
    for role in Role:
        for status in (Participation.ACTIVE, Participation.PAUSED, Participation.LEFT):
            person = add(world, f"{role}.{status}@example.org")
            world.session.write(
                lambda c, p=person, r=role, s=status: people.add_part(c, NOW, world.dialogue, p, role=r, status=s)
            )
    with world.session.read() as connection:
        told = [row["address"].partition("@")[0] for row in people.moderators(connection, world.dialogue)]
    assert told == ["moderator.active", "moderator.paused", "organiser.active", "organiser.paused"]


def test_the_listing_counts_contributions_and_bounces(world):
    ana = world.participant("ana@example.org")
    world.participant("bea@example.org", status=Participation.PAUSED)
    person = part_of(world, "ana@example.org")["person_id"]
    for i, state in enumerate(("released", "released", "held", "returned")):
        world.contribution(person_id=person, state=state, message_id=f"<{i}@x>")
    world.contribution(person_id=person, state="released", dialogue_id=world.new_dialogue("other"))
    world.session.write(lambda c: bounces.record(c, NOW, ana, None, "hard", "5.1.1", "x" * 1000, "example.org"))
    with world.session.read() as connection:
        rows = people.rows(connection, world.dialogue)
        assert [(r["address"], r["contributions"], r["bounces"]) for r in rows] == [
            ("ana@example.org", 2, 1),
            ("bea@example.org", 0, 0),
        ]
        assert [r["address"] for r in people.rows(connection, world.dialogue, "paused")] == ["bea@example.org"]
        assert people.released_of(connection, world.dialogue, person) == 2


def test_languages_are_those_of_the_active(world):
    world.participant("ana@example.org", language="es")
    world.participant("bea@example.org", language="fr", status=Participation.LEFT)
    world.participant("cyd@example.org")
    with world.session.read() as connection:
        assert people.languages(connection, world.dialogue) == {"es", ""}
