"""`listserv resources`: background papers first, then what people shared; hidden and shown again by moderators."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

PAPER = """
[[dialogue.resource]]
title = "The guide"
url = "https://example.org/guide.pdf"

[[dialogue.module]]
title = "Getting started"
"""


@pytest.fixture
def shared(full: Cli) -> Cli:
    full.change('\n[[dialogue.module]]\ntitle = "Getting started"\n', PAPER)
    full.ok("apply --yes")
    with full.house() as house:
        house.released("Our study: https://a.example.org/study?utm_source=x\nThat was all.")
        house.released("Anonymous\n\nRead http://www.a.example.org/study/ and https://b.example.org/\n")
        house.released("Not to be quoted\n\nhttps://secret.example.org/\n")
    return full


def test_what_there_is(shared: Cli) -> None:
    assert shared.ok("resources").splitlines() == [
        "  -  The guide",
        "     https://example.org/guide.pdf",
        "     a background paper of the organisers",
        "  1  Our study",
        "     https://a.example.org/study",
        "     shared by Anna, Ministry, FR (2); a participant (3)",
        "  2  b.example.org",
        "     shared by a participant (3)",
    ]
    rows = shared.json("resources")
    assert [(row["number"], row["title"], row["hidden"]) for row in rows] == [
        (None, "The guide", False),
        (1, "Our study", False),
        (2, "", False),
    ]
    assert rows[1]["shared"] == [
        {"contribution": 2, "module": 1, "author": "Anna", "organisation": "Ministry", "country": "FR", "via": ""},
        {"contribution": 3, "module": 1, "author": "", "organisation": "", "country": "", "via": ""},
    ]


def test_a_paper_that_people_share_too_stays_the_organisers(shared: Cli) -> None:
    with shared.house() as house:
        house.released("As https://example.org/guide.pdf says.")
    assert shared.ok("resources").splitlines()[:4] == [
        "  -  The guide",
        "     https://example.org/guide.pdf",
        "     a background paper of the organisers, also shared by Anna, Ministry, FR",
        "     (5)",
    ]


def test_one_is_hidden_and_shown_again(shared: Cli) -> None:
    assert shared.ok("resources hide 1") == "1  Our study: hidden\n"
    assert [row["number"] for row in shared.json("resources")] == [None, 2]
    assert "  1  Our study (hidden)" in shared.ok("resources --all")
    assert shared.refused("resources hide 1") == (
        "resource 1 is hidden already; to show it again: listserv resources restore 1"
    )
    entry = shared.json("audit")[-1]
    assert (entry["action"], entry["subject"], entry["reason"]) == ("hide", "resource 1", "Our study")
    assert shared.ok("resources restore http://a.example.org/study") == "1  Our study: shown again\n"
    assert [row["number"] for row in shared.json("resources")] == [None, 1, 2]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("resources hide 9", "there is no resource 9; see: listserv resources"),
        (
            "resources hide https://c.example.org/",
            "there is no resource https://c.example.org/; see: listserv resources",
        ),
        ("resources restore 2", "resource 2 is not hidden"),
        (
            "resources hide https://example.org/guide.pdf",
            "The guide is the organisers': take it out of listserv.toml ([[dialogue.resource]])",
        ),
    ],
)
def test_refused(shared: Cli, command: str, said: str) -> None:
    assert shared.refused(command) == said


def test_where_there_are_none(full: Cli) -> None:
    assert full.ok("resources") == "there are no resources yet\n"
    assert full.json("resources") == []


def test_background_papers_go_with_the_invitation_and_the_welcome(shared: Cli) -> None:
    shared.ok("participant add ina@example.net --name Ina --invite")
    shared.ok("participant add wim@example.net --name Wim")
    with shared.house() as house:
        for kind, to in (("invitation", "ina@example.net"), ("welcome", "wim@example.net")):
            (sent,) = house.sent(kind, to)
            assert "To read beforehand:\n\n- The guide\n    https://example.org/guide.pdf\n\n" in sent.text
