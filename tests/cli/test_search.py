"""`listserv contribution list --search`: what the search page finds, without an engine running."""

from __future__ import annotations

import pytest

from listserv.core.search import query
from listserv.store import contributions, searching
from listserv.store.tables import searched
from tests.cli.conftest import Cli


@pytest.fixture
def said(full: Cli) -> Cli:
    with full.house() as house:
        house.released("Money for peace, and budgets for peace.", subject="Peace budgets")
        house.released("План действий: мир.", author="Boris <boris@example.net>", subject="План")
        house.released("Peace without money.", subject="Another")
    return full


def subjects(cli: Cli, *words: str) -> list[str]:
    answer = cli.run("contribution list --json", *words)
    assert answer.code == 0
    return [one["subject"] for one in answer.json]


def test_the_best_come_first_and_the_keys_are_those_of_the_listing(said: Cli) -> None:
    assert subjects(said, "--search", "peace budget") == ["Peace budgets"]
    assert subjects(said, "--search", "peace") == ["Peace budgets", "Another"]
    assert subjects(said, "--search", "плана") == ["План"]
    listed, found = said.run("contribution list --json").json, said.run("contribution list --json --search мир").json
    assert found[0].keys() == listed[0].keys()


def test_filters_of_the_command_and_those_in_the_words_go_together(said: Cli) -> None:
    assert subjects(said, "--search", "country:Ukraine") == ["План"]
    assert subjects(said, "--search", "peace", "--country", "UA") == []
    assert subjects(said, "--search", "peace", "--limit", "1") == ["Peace budgets"]


def test_it_is_right_though_nothing_has_been_indexed_since(said: Cli) -> None:
    with said.house() as house:
        one = next(row for row in house.rows("contribution") if row["subject"] == "Another")
        house.session.write(lambda c: contributions.change(c, one["id"], {"text": "Unheard of."}))
    assert subjects(said, "--search", "unheard") == ["Another"]
    assert subjects(said, "--search", "without") == []


def test_the_engine_indexes_what_commands_have_changed(said: Cli) -> None:
    with said.house() as house:
        house.session.write(lambda c: c.execute(searched.delete()))
    said.ok("work --until-idle")
    with said.house() as house, house.session.read() as connection:
        assert searching.behind(connection) == 0
        assert len(searching.found(connection, house.dialogue.id, query.read("peace"))) == 2


def test_nothing_found_and_nothing_to_look_for_are_said(said: Cli) -> None:
    assert said.run("contribution list --search", "elephant").out == "none is like that\n"
    refused = said.run("contribution list --search", "the *")
    assert (refused.code, refused.out) == (1, "")
    assert "there is no word in it to search by; write one that not every text has" in refused.err
