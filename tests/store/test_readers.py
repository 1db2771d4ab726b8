"""What the private mails of the calendar ask of the tables, and what organisers changed of it, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from listserv.core.dialogue.model import Outcome, Participation
from listserv.core.dialogue.occurrence import Change
from listserv.core.dialogue.quiet import spared
from listserv.core.mail.automatic import Automatic
from listserv.store import bounces, calendar, dialogues, inbox, mailings, occurrences, outbox, people, readers

NOW = datetime(2008, 11, 6, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def came(world, author: str, outcome: Outcome, reason: str, at: datetime) -> None:
    """A mail of theirs that has been processed."""

    def write(connection) -> None:
        (row,) = inbox.add(connection, at, author, ["nap1325@x.example"], b"x", "test")
        columns = {"author": author, "dialogue_id": world.dialogue, "subject": "", "message_id": ""}
        inbox.done(connection, row, outcome, reason, **columns)

    world.session.write(write)


def test_readers_with_all_that_spares_them_a_reminder(world):
    names = ("ana", "bob", "cleo", "dan", "eve", "fay", "gus")
    parts = {name: world.participant(f"{name}@x.example") for name in names}
    with world.session.read() as connection:
        ana = people.part_of(connection, world.dialogue, "ana@x.example")["person_id"]
    world.contribution(person_id=ana, state="returned")
    reply = Automatic.REPLY.value
    came(world, "bob@x.example", Outcome.AUTOMATIC, reply, NOW - HOUR)
    came(world, "cleo@x.example", Outcome.AUTOMATIC, reply, NOW - 2 * HOUR)
    came(world, "cleo@x.example", Outcome.COMMAND, "help", NOW - HOUR)

    def write(connection) -> None:
        bounces.record(connection, NOW - HOUR, parts["dan"], None, "hard", "5.1.1", "", "x.example")
        occurrences.once(connection, world.dialogue, readers.NUDGED, str(parts["eve"]), 1, NOW - HOUR)
        occurrences.once(connection, world.dialogue, readers.NUDGED, str(parts["fay"]), 2, NOW - HOUR)
        people.change_part(connection, NOW, parts["gus"], {"nudges": 0})

    world.session.write(write)
    with world.session.read() as connection:
        found = {one.id: spared(one, NOW) for one in readers.readers(connection, world.dialogue, 1)}
        told = {name: found[part].name if found[part] else None for name, part in parts.items()}
        assert told == {
            "ana": "WRITTEN",
            "bob": "ABSENT",
            "cleo": None,
            "dan": "BOUNCES",
            "eve": "NUDGED",
            "fay": None,
            "gus": "OPTED_OUT",
        }
        assert readers.nudged(connection, world.dialogue, 1, NOW - 2 * HOUR) == {parts["eve"]}
        assert readers.nudged(connection, world.dialogue, 1, NOW) == set()
        assert [one.address for one in readers.parts(connection, [parts["fay"]])] == ["fay@x.example"]


def test_who_writes_very_often_by_what_is_held_or_released_in_a_module(world):
    part = world.participant("ana@x.example")
    with world.session.read() as connection:
        ana = people.part_of(connection, world.dialogue, "ana@x.example")["person_id"]
    for state, module in (("held", 1), ("released", 1), ("discarded", 1), ("held", 2)):
        world.contribution(person_id=ana, state=state, module=module)
    with world.session.read() as connection:
        assert [(one.id, one.count) for one in readers.frequent(connection, world.dialogue, 1, 1)] == [(part, 2)]
        assert readers.frequent(connection, world.dialogue, 1, 2) == []
    world.session.write(lambda c: occurrences.once(c, world.dialogue, readers.FREQUENT, str(part), 1, NOW))
    world.set_status(part, Participation.ACTIVE)
    with world.session.read() as connection:
        assert readers.frequent(connection, world.dialogue, 1, 1) == []


def test_changes_of_the_calendar_are_kept_one_for_each_mail_and_taken_back(world):
    key = ("midweek", "1", 0)

    def change(**values: object) -> None:
        world.session.write(lambda c: calendar.change(c, NOW, world.dialogue, key, "mo", values))

    change(moved_to=NOW)
    change(skipped=1)
    change(text="So far.\n")
    with world.session.read() as connection:
        assert dialogues.by_id(connection, world.dialogue).changes == (Change(*key, NOW, True, "So far.\n", "mo"),)
    assert world.session.write(lambda c: calendar.restore(c, world.dialogue, key))
    assert not world.session.write(lambda c: calendar.restore(c, world.dialogue, key))
    with world.session.read() as connection:
        assert calendar.changes(connection, world.dialogue) == ()


def test_mailings_with_their_variants_and_how_many_get_each(world):
    part = world.participant("ana@x.example", language="fr")
    number, ids = world.mailing("en", "fr", kind="thanks")
    world.session.write(lambda c: outbox.add_delivery(c, number, ids["fr"], "ana@x.example", part))
    with world.session.read() as connection:
        assert [(row.id, row.kind) for row in mailings.after(connection, 0)] == [(number, "thanks")]
        assert mailings.after(connection, number) == []
        found = [(one.language, one.recipients, one.participation_id) for one in mailings.variants(connection, number)]
    assert found == [("en", 0, None), ("fr", 1, part)]
