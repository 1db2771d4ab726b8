"""A dialogue is read whole, as core's values; switchovers happen once; what has happened survives a change of plan."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import Dialogue, Late, Moderation, Module, Policy, RoundupRule
from listserv.store import dialogues

NOW = datetime(2008, 11, 3, 13, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def planned(number: int, title: str = "Getting started") -> Module:
    return Module(number, title, "An aim", ("Why?", "How?"), NOW + number * DAY, NOW + (number + 4) * DAY)


def put(world, *modules: Module) -> None:
    for one in modules:
        world.session.write(lambda c, m=one: dialogues.put_module(c, world.dialogue, m))


def read(world) -> Dialogue:
    with world.session.read() as connection:
        found = dialogues.read(connection, "nap1325")
        assert found is not None
        assert found == dialogues.by_id(connection, found.id)
        assert found in dialogues.all_of(connection)
        return found


def test_a_dialogue_is_read_whole(world):
    put(world, planned(2), planned(1))
    assert read(world) == Dialogue(
        id=world.dialogue,
        slug="nap1325",
        title="Planning for Action",
        hosts=("UN-INSTRAW",),
        language="en",
        zone=ZoneInfo("America/Santo_Domingo"),
        policy=Policy(
            participation="request",
            moderation=Moderation.ALL,
            late=Late.HOLD,
            grace=timedelta(days=2),
            archive="participants",
            word_limit=600,
            roundup=RoundupRule(4, time(16), timedelta(hours=3)),
        ),
        modules=(planned(1), planned(2)),
    )


def test_a_name_nobody_has_is_none(world):
    with world.session.read() as connection:
        assert dialogues.read(connection, "other") is None
        assert dialogues.slugs(connection) == ["nap1325"]


def test_a_change_of_plan_leaves_what_has_happened(world):
    put(world, planned(1))
    world.session.write(lambda c: dialogues.open_now(c, world.dialogue, 1, NOW))
    put(world, planned(1, "A new title"))
    (module,) = read(world).modules
    assert (module.title, module.opened_at, module.closed_at) == ("A new title", NOW, None)
    world.session.write(lambda c: dialogues.change(c, world.dialogue, {"title": "Otherwise"}))
    assert read(world).title == "Otherwise"
    world.session.write(lambda c: dialogues.drop_module(c, world.dialogue, 1))
    assert read(world).modules == ()


def test_a_module_opens_once_closes_once_and_its_reopenings_are_counted(world):
    put(world, planned(1), planned(2))

    def opens(**more: bool) -> bool:
        return world.session.write(lambda c: dialogues.open_now(c, world.dialogue, 1, NOW, **more))

    def closes(at: datetime = NOW + DAY) -> bool:
        return world.session.write(lambda c: dialogues.close_now(c, world.dialogue, 1, at))

    assert not opens(again=True)  # it has not been open yet
    assert [opens(), opens()] == [True, False]
    assert [closes(), closes(NOW + 2 * DAY)] == [True, False]
    assert not opens()
    assert [opens(again=True), opens(again=True)] == [True, False]
    one, two = read(world).modules
    assert (one.opened_at, one.closed_at, one.reopenings) == (NOW, None, 1)
    assert (two.opened_at, two.closed_at, two.reopenings) == (None, None, 0)


def test_dates_set_by_hand_name_who_set_them(world):
    put(world, planned(1), planned(2))
    changed = {"closes_at": NOW + 9 * DAY, "dated_by": "ana@example.org"}
    assert world.session.write(lambda c: dialogues.set_module(c, world.dialogue, 2, changed))
    assert not world.session.write(lambda c: dialogues.set_module(c, world.dialogue, 3, changed))
    with world.session.read() as connection:
        assert dialogues.dated_by_hand(connection, world.dialogue) == {2: "ana@example.org"}
    assert read(world).modules[1].closes_at == NOW + 9 * DAY


def test_a_dialogues_time_never_goes_back(world):
    other = world.new_dialogue("other")

    def ticked(dialogue: int = world.dialogue) -> datetime | None:
        with world.session.read() as connection:
            return dialogues.ticked_at(connection, dialogue)

    assert ticked() is None
    for at, shown in ((NOW, NOW), (NOW - DAY, NOW), (NOW + DAY, NOW + DAY)):
        world.session.write(lambda c, at=at: dialogues.advance_clock(c, world.dialogue, at))
        assert ticked() == shown
    assert ticked(other) is None
    with world.session.read() as connection:
        assert dialogues.latest_tick(connection) == NOW + DAY


def test_its_own_questions_and_papers_are_kept_as_given(world):
    fields = [{"key": "stage", "label": "Stage", "choices": ["planned", "published"]}]
    papers = [{"title": "Securing Equality", "url": "https://example.org/guide.pdf"}]
    world.session.write(lambda c: dialogues.change(c, world.dialogue, {"fields": fields, "resources": papers}))
    with world.session.read() as connection:
        assert dialogues.fields(connection, world.dialogue) == fields
        assert dialogues.by_id(connection, world.dialogue).papers == (
            ("Securing Equality", "https://example.org/guide.pdf"),
        )
        assert dialogues.columns(connection, world.dialogue)["slug"] == "nap1325"
