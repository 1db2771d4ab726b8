"""The model case's corpus holds together: what its tests count on."""

from __future__ import annotations

from tests import model_case
from tests.model_case import CASE


def test_passages_stand_word_for_word_in_their_contributions():
    assert [(one.id, words) for one in CASE.said for _, words in one.passages if words not in one.text] == []


def test_there_is_something_of_everything():
    assert len(CASE.said) == 75
    assert {one.module for one in CASE.said} == {1, 2, 3}
    assert {CASE.person(one.by).language for one in CASE.said} == {"en", "fr", "es", "ar", "ru", "zh"}
    assert {one.attribution for one in CASE.said} == {"name", "organisation", "anonymous"}
    assert sum(not one.quotable for one in CASE.said) == 3
    assert sum(one.late for one in CASE.said) == 4
    assert sum(one.original is not None for one in CASE.said) == 2


def test_a_folder_has_all_of_it_released(tmp_path):
    session = model_case.open_case(model_case.folder(tmp_path))
    from listserv.store import contributions

    with session.read() as connection:
        rows = contributions.rows(connection, 1, ["released"])
    session.close()
    assert [row["number"] for row in rows] == list(range(1, 76))
