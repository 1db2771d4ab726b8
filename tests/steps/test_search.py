"""What is searched stays what there is, whatever is done to a contribution; and what is offered where nothing fits."""

from __future__ import annotations

from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import Attribution
from listserv.core.search import facets, query
from listserv.core.search.facets import Filters
from listserv.steps import amend, credit, erase, index, mark, moderate, undo
from listserv.steps.mark import Marks
from listserv.steps.search import PAGE, Found, search
from listserv.store import people, searching
from tests.house import House, mail

MOD = "mod@example.org"


def ask(house: House, said: str, filters: Filters = facets.ALL, **more: int) -> Found:
    with house.session.read() as connection:
        return search(connection, house.dialogue.id, query.read(said), filters, **more)


def found(house: House, said: str) -> list[int]:
    """Before the engine comes by, nothing is found that is not so any more; then everything is that is so."""
    before = {row["number"] for row in ask(house, said).rows}
    index.index_all(house.session)
    after = [row["number"] for row in ask(house, said).rows]
    assert before <= set(after)
    return after


def test_what_is_released_is_found_and_what_is_held_is_not(house: House) -> None:
    house.contribute("A held larch.")
    house.released("A larch.", subject="Trees")
    assert found(house, "larch") == [1]


def test_a_release_that_is_taken_back_is_found_no_more(house: House) -> None:
    row = house.contribute("A larch.")
    moderate.release(house.session, house.now, house.site, row["id"], MOD, wait=60.0)
    assert found(house, "larch") == [1]
    undo.undo(house.session, house.now, row["id"], MOD)
    assert found(house, "larch") == []
    house.release(row["id"])
    assert found(house, "larch") == [1]


def test_what_is_moved_marked_and_tagged_is_found_by_that(house: House) -> None:
    row = house.contribute("A larch.")
    amend.move(house.session, house.now, row["id"], MOD, 1)
    house.release(row["id"])
    mark.put(house.session, house.now, row["id"], MOD, Marks(tags=["Bonne pratique"], questions=[2]))
    assert found(house, "larch tag:practice question:2 module:1") == [1]
    assert found(house, "larch question:1.2") == [1]
    assert found(house, "larch module:2") == []
    mark.take(house.session, house.now, row["id"], MOD, Marks(tags=["good practice"]))
    assert found(house, "tag:practice") == []


def test_who_is_shown_otherwise_is_found_otherwise(house: House) -> None:
    row = house.released("A larch.")
    assert found(house, "anna") == found(house, "author:anna") == found(house, "country:France") == [1]
    credit.set_one(house.session, house.now, row["id"], MOD, Choice(Attribution.ORGANISATION))
    assert found(house, "anna") == []
    assert found(house, "ministry") == found(house, "author:ministry") == [1]
    credit.set_one(house.session, house.now, row["id"], MOD, Choice(Attribution.ANONYMOUS))
    assert found(house, "ministry") == found(house, "country:France") == found(house, "France") == []
    assert found(house, "larch") == [1]


def test_who_is_called_otherwise_is_found_so(house: House) -> None:
    house.released("A larch.")
    person = house.part("anna@example.net")["person_id"]
    house.session.write(lambda c: people.change_person(c, person, {"name": "Annabel", "country": "KE"}))
    assert found(house, "annabel country:Kenya") == [1]
    assert found(house, "anna") == found(house, "France") == []


def test_who_is_erased_is_found_no_more_and_what_they_said_stays(house: House) -> None:
    house.released("A larch.", subject="Trees")
    house.released("As Anna said.", author="Boris <boris@example.net>")
    erase.erase(house.session, house.now, house.site, "anna@example.net", MOD, texts=False)
    assert found(house, "anna") == []
    assert found(house, "larch") == [1]


def test_an_objection_to_archives_is_kept(house: House) -> None:
    house.released("A larch.", headers={"X-No-Archive": "yes"})
    assert found(house, "larch") == found(house, "") == []


def test_pages_of_twenty_and_the_nearest_to_one_that_is_not(house: House) -> None:
    for number in range(45):
        house.released(f"peace {number}")
    first, last, beyond = (ask(house, "peace", page=number) for number in (1, 3, 99))
    assert (len(first.rows), first.pages, first.total) == (PAGE, 3, 45)
    assert (len(last.rows), beyond.page, ask(house, "peace", page=0).page) == (5, 3, 1)


def test_what_else_may_be_looked_for(house: House) -> None:
    house.released("The budget of the ministry.")
    assert ask(house, "budget elephants").instead.others == (("budget", 1),)
    assert ask(house, "budgte").instead.others == (("budget", 1),)
    assert ask(house, "minsitry budget").instead.others == (("ministry budget", 1), ("ministry", 1), ("budget", 1))
    assert ask(house, "budget", Filters(country="KE", module=1)).instead.without == (("country", 1),)
    assert ask(house, "xylophone").instead.others == ()


def test_no_word_of_another_dialogue_is_offered(house: House) -> None:
    """SQLite's list of words is of all dialogues: a word that only another has tells of what is said there."""
    house.released("Nothing here.")
    with house.session.read() as connection:
        other = search(connection, house.dialogue.id + 1, query.read("nothign"), facets.ALL)
    assert other.instead.others == ()


def test_the_engine_indexes_what_a_command_has_released(house: House) -> None:
    row = house.contribute("A larch.")
    moderate.release(house.session, house.now, house.site, row["id"], MOD)
    with house.session.read() as connection:
        assert searching.behind(connection) == 1
    house.receive(mail("Another mail."))
    house.work()
    with house.session.read() as connection:
        assert searching.behind(connection) == 0
