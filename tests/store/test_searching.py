"""Searching, on both databases: the same is found, in the same order, and what is searched is what there is."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listserv.core.search import facets
from listserv.core.search.query import read
from listserv.core.search.spelling import beginning, near
from listserv.steps.index import index, index_all
from listserv.store import people, searching, tagging, watching
from listserv.store.schema import upgrade
from listserv.store.tables import contribution, person, searched, tag
from tests.store.conftest import MIGRATIONS, NOW, World


class Shelf:
    """A dialogue whose contributions are released and indexed."""

    def __init__(self, world: World) -> None:
        self.session, self.world, self.dialogue, self.number = world.session, world, world.dialogue, 0

    def person(self, name: str, **profile: str) -> int:
        return self.session.write(
            lambda c: people.add_person(c, NOW, f"{name.split()[0]}@example.org", {"name": name, **profile})
        )

    def add(self, text: str = "", subject: str = "A subject", **values: Any) -> int:
        self.number += 1
        columns = {"number": self.number, "state": "released", "decided_at": NOW + timedelta(hours=self.number)}
        columns |= {"message_id": f"<{self.number}@x.example>", "from_name": ""}
        return self.world.contribution(**(columns | {"text": text, "subject": subject, **values}))

    def change(self, contribution_id: int, /, **values: Any) -> None:
        self.session.write(lambda c: c.execute(contribution.update().filter_by(id=contribution_id).values(**values)))

    def found(self, said: str) -> list[int]:
        index_all(self.session)
        return self.seen(said)

    def seen(self, said: str) -> list[int]:
        """Without indexing first."""
        with self.session.read() as connection:
            return [one.id for one in facets.by_rank(searching.found(connection, self.dialogue, read(said)))]

    def words(self) -> str:
        """All that is kept for searching, as the database has it."""
        with self.session.read() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM searched_words").all()
            kept = connection.execute(sa.select(searched)).all()
        return f"{rows}{kept}"


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf(world)


# --- what is found

TEXTS = {
    "en": "The national plans were financed by women's organizations, not by the armed forces.",
    "fr": "L’égalité entre les femmes et les hommes dans les politiques nationales.",
    "es": "Las buenas prácticas de las mujeres en la evaluación del año.",
    "ru": "Женщины и война: национальный план действий ещё не принят.",
    "ar": "دور المرأة في السلام والأمن وخطط العمل الوطنية.",
    "zh": "妇女参与和平与安全的国家行动计划。",
}


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("plan financing", "en"),
        ("ORGANISATION", "en"),
        ('"armed forces"', "en"),
        ("financ*", "en"),
        ("armed-for*", "en"),
        ("egalite", "fr"),
        ("politique nationale", "fr"),
        ("l'égalité -mujeres", "fr"),
        ("mujer practicas", "es"),
        ("evaluaciones", "es"),
        ("женщинам", "ru"),
        ("национального плана", "ru"),
        ("еще", "ru"),
        ("سلام", "ar"),
        ("أمن", "ar"),
        ("المراه الوطنيه", "ar"),
        ("وطني", "ar"),
        ("和平", "zh"),
        ("和平与安全", "zh"),
        ("妇", "zh"),
        ("划", "zh"),
        ("国家 -军队", "zh"),
    ],
)
def test_six_languages_are_found_however_they_are_spelt(shelf: Shelf, said: str, language: str) -> None:
    ids = {one: shelf.add(text) for one, text in TEXTS.items()}
    assert shelf.found(said) == [ids[language]]


@pytest.mark.parametrize("said", ['"forces armed"', "воин", "plan -women", "安和", "planets", "nothing", "военный"])
def test_what_is_not_there_is_not_found(shelf: Shelf, said: str) -> None:
    for text in TEXTS.values():
        shelf.add(text)
    assert shelf.found(said) == []


def test_subject_and_author_weigh_more_than_the_text_and_the_newer_comes_first(shelf: Shelf) -> None:
    zara = shelf.person("Zara Peace", organisation="Network", country="KE")
    padding = " nothing else is said here at all" * 3
    old, new = shelf.add("We speak of peace." + padding), shelf.add("We speak of peace." + padding)
    hers = shelf.add("Hello there." + padding, person_id=zara)
    subject = shelf.add("Hello there." + padding, "Peace")
    assert shelf.found("peace") == [subject, hers, new, old]


def test_the_country_of_an_author_is_a_word_too_in_six_languages(shelf: Shelf) -> None:
    one = shelf.add("Hello", person_id=shelf.person("Grace", country="KE"))
    for said in ("Kenya", "Кения", "肯尼亚", "كينيا"):
        assert shelf.found(said) == [one]


def test_without_words_all_are_found_and_a_minus_alone_leaves_out(shelf: Shelf) -> None:
    one, two = shelf.add("peace"), shelf.add("war")
    assert sorted(shelf.found("")) == [one, two]
    assert shelf.found("-war") == [one]


def test_a_phrase_does_not_go_from_the_subject_into_the_text(shelf: Shelf) -> None:
    shelf.add("plan of action", "National")
    assert shelf.found('"national plan"') == []


def test_each_dialogue_is_searched_by_itself(shelf: Shelf) -> None:
    other = shelf.world.new_dialogue("other")
    shelf.add("peace", dialogue_id=other)
    assert shelf.found("peace") == []


def test_no_mail_address_is_found_by(shelf: Shelf) -> None:
    shelf.add("Write to ana.secret@hidden.example", "From ana.secret@hidden.example", from_address="b@hidden.example")
    assert shelf.found("secret") == shelf.found("hidden") == []
    assert "hidden" not in shelf.words()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\"'-*:()^和平محو&|!<>\\ ")), max_size=60))
def test_any_query_gets_an_answer(shelf: Shelf, said: str) -> None:
    assert shelf.seen(said) is not None


def test_what_somebody_wrote_is_found_by_itself_whatever_it_is(shelf: Shelf) -> None:
    one = shelf.add(
        "\ud7ff \U0001f600 '; DROP TABLE x; -- " + "q" * 5000 + " 😀 ẞ ﷽ İstanbul a\u0300\u0301 " + "和" * 3000
    )
    assert shelf.found("İstanbul") == shelf.found("ﷺ") + shelf.found("istanbul") == [one]
    assert shelf.found("和和和") == [one]


def test_a_very_long_text_is_indexed_as_far_as_a_database_takes_it(shelf: Shelf) -> None:
    one = shelf.add("first " + " ".join(f"{n}ж{n}" * 4 for n in range(searching.MOST + 9)))
    assert shelf.found("first") == [one]


# --- what is searched is what there is


def test_what_is_held_returned_or_kept_out_of_archives_is_not_found(shelf: Shelf) -> None:
    for state in ("held", "returned", "discarded", "withdrawn"):
        shelf.add("peace", state=state, number=None)
    shelf.add("peace", objects=1)
    assert shelf.found("") == []
    assert "peace" not in shelf.words()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "held", "number": None},
        {"state": "withdrawn"},
        {"text": "other"},
        {"objects": 1},
    ],
)
def test_a_change_takes_it_out_at_once(shelf: Shelf, change: dict[str, Any]) -> None:
    one = shelf.add("unheard")
    assert shelf.found("unheard") == [one]
    shelf.change(one, **change)
    assert shelf.seen("unheard") == []
    assert "unheard" not in shelf.words()
    assert shelf.found("unheard") == []


def test_an_edit_is_found_once_it_is_indexed(shelf: Shelf) -> None:
    one = shelf.add("before")
    shelf.found("")
    shelf.change(one, text="after", module=2, question=3, further=[1])
    assert shelf.found("before") == []
    assert shelf.found("after") == [one]
    with shelf.session.read() as connection:
        (entry,) = searching.found(connection, shelf.dialogue, read(""))
    assert (entry.module, entry.questions) == (2, (3, 1))


def test_who_does_not_want_to_be_named_is_not_found_by_name(shelf: Shelf) -> None:
    grace = shelf.person("Grace Wanjiru", organisation="Ministry", country="KE")
    one = shelf.add("peace", person_id=grace)
    assert shelf.found("wanjiru") == shelf.found("ministry") == shelf.found("kenya") == [one]
    shelf.change(one, attribution="organisation")
    assert shelf.seen("wanjiru") == []
    assert "wanjiru" not in shelf.words().casefold()
    assert shelf.found("wanjiru") == []
    assert shelf.found("ministry") == [one]
    shelf.change(one, attribution="anonymous")
    assert shelf.found("ministry") == shelf.found("kenya") == []
    assert shelf.found("peace") == [one]
    with shelf.session.read() as connection:
        (entry,) = searching.found(connection, shelf.dialogue, read(""))
    assert (entry.author, entry.country) == ("", "")


def test_a_new_name_is_found_and_the_old_one_is_gone_at_once(shelf: Shelf) -> None:
    ana = shelf.person("Ana Oldname")
    one = shelf.add("peace", person_id=ana)
    assert shelf.found("oldname") == [one]
    shelf.session.write(lambda c: c.execute(person.update().filter_by(id=ana).values(name="Ana Newname")))
    assert shelf.seen("oldname") == []
    assert "oldname" not in shelf.words().casefold()
    assert shelf.found("newname") == [one]


def test_what_is_somebody_elses_is_found_by_that_name(shelf: Shelf) -> None:
    """As after a merge of two people."""
    one = shelf.add("peace", person_id=shelf.person("Ana"))
    shelf.found("")
    shelf.change(one, person_id=shelf.person("Berta"))
    assert shelf.found("ana") == []
    assert shelf.found("berta") == [one]


def test_tags_are_told_as_they_are(shelf: Shelf) -> None:
    one = shelf.add("peace")

    def tags() -> list[tuple[str, ...]]:
        index_all(shelf.session)
        with shelf.session.read() as connection:
            return [entry.tags for entry in searching.found(connection, shelf.dialogue, read(""))]

    shelf.session.write(lambda c: tagging.add(c, one, ["experience", "mine"]))
    assert tags() == [("experience", "mine")]
    shelf.session.write(lambda c: c.execute(tag.update().filter_by(tag="mine").values(tag="yours")))
    assert tags() == [("experience", "yours")]
    shelf.session.write(lambda c: tagging.remove(c, one, ["experience", "yours"]))
    assert tags() == [()]


def test_what_changes_while_it_is_indexed_is_indexed_again(shelf: Shelf) -> None:
    one = shelf.add("before")
    with shelf.session.read() as connection:
        ((row, _, _),) = searching.waiting(connection, 10)
    shelf.change(one, text="after")
    made = searching.Indexed(row.id, row.contribution_id, row.asked)
    assert shelf.session.write(lambda c: searching.write(c, [made])) == 0
    assert index(shelf.session) == 1
    assert index(shelf.session) == 0
    assert shelf.seen("after") == [one]


def test_who_indexes_and_who_writes_do_not_stand_in_each_others_way(shelf: Shelf) -> None:
    """Several hosts index at once, while contributions are written to in whatever order."""
    ids = [shelf.add("before") for _ in range(8)]
    failures: list[Exception] = []

    def writes(order: list[int]) -> None:
        for turn in range(10):
            for one in order[turn % 3 :]:
                shelf.change(one, text=f"turn {turn}")

    def several() -> None:
        """In one transaction, the other way round than they are indexed in."""
        for turn in range(10):
            shelf.session.write(
                lambda c, turn=turn: [
                    c.execute(contribution.update().filter_by(id=one).values(subject=f"Turn {turn}"))
                    for one in reversed(ids)
                ]
            )

    def begin(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def indexes() -> None:
        for _ in range(30):
            index(shelf.session)

    for thread in [begin(lambda: writes(ids)), begin(several), begin(indexes), begin(indexes)]:
        thread.join()
    assert failures == []
    assert sorted(shelf.found("turn -before")) == ids
    assert shelf.found("before") == []


def test_what_a_trigger_has_missed_is_mended(shelf: Shelf) -> None:
    one = shelf.add("peace")
    shelf.session.write(lambda c: c.execute(searched.delete()))
    assert shelf.seen("peace") == []
    assert shelf.found("peace") == [one]
    assert index_all(shelf.session) == 0


def test_a_missing_trigger_is_told_and_put_back_by_an_upgrade(shelf: Shelf) -> None:
    with shelf.session.read() as connection:
        assert watching.gone(connection) == []
    shelf.session.write(watching.remove)
    with shelf.session.read() as connection:
        assert "searched_changed" in watching.gone(connection)
    upgrade(shelf.session, MIGRATIONS)
    with shelf.session.read() as connection:
        assert watching.gone(connection) == []


def test_a_row_that_goes_takes_its_words_along(shelf: Shelf) -> None:
    shelf.add("peace")
    shelf.found("")
    shelf.session.write(lambda c: c.execute(searched.delete()))
    assert "peace" not in shelf.words()


def test_after_compacting_nothing_of_what_is_gone_stands_in_the_file(sqlite_world: World) -> None:
    """An inverted index keeps the words of what was deleted until its parts are merged."""
    shelf = Shelf(sqlite_world)
    one = shelf.add("unheardofword here")
    shelf.add("other words")
    shelf.found("")
    shelf.change(one, text="gone")
    shelf.found("")
    sqlite_world.session.compact()
    path = sqlite_world.session.path
    kept = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    assert b"words" in kept
    assert not re.search(rb"unheardof", kept)


# --- other spellings


def test_words_that_may_be_meant(shelf: Shelf) -> None:
    shelf.add("gender mainstreaming and generals")
    shelf.found("")
    with shelf.session.read() as connection:
        known = searching.spelt(connection, shelf.dialogue, beginning("gendre"))
        assert near("gendre", known) == ["gender"]
