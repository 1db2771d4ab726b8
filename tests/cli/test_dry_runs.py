"""--dry-run where much changes: what would be refused is, what would happen is said, and nothing is left of it."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.model import InboxState
from listserv.store.tables import inbox
from tests.cli.conftest import Cli

UNTOUCHED = "nothing was changed (--dry-run)\n"


@pytest.fixture
def asked(full: Cli) -> Cli:
    """Pia and Quim have asked to take part."""
    rows = "address,name,status\np@example.net,Pia,requested\nq@example.net,Quim,requested\n"
    full.ok("participant import -", input=rows.encode())
    return full


def foreseen(cli: Cli, command: str) -> str:
    """What is said; nothing was changed, and nobody is asked."""
    before = cli.dump()
    said = cli.ok(f"{command} --dry-run")
    assert cli.dump() == before
    assert said.endswith(UNTOUCHED)
    return said.removesuffix(UNTOUCHED)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("approve p@example.net q@example.net", "p@example.net  would be active\nq@example.net  would be active\n"),
        ("decline p@example.net --reason Full", "p@example.net  would be declined\n"),
        ("pause anna@example.net", "anna@example.net  would be paused\n"),
        ("pause anna@example.net --off", "anna@example.net  would be active\n"),
        (
            "pause anna@example.net --until 2008-11-10",
            "anna@example.net  would be paused until Monday 10 November 2008\n",
        ),
        (
            "remove anna@example.net boris@example.net",
            "anna@example.net  would leave\nboris@example.net  would leave\n",
        ),
    ],
)
def test_of_participants(asked: Cli, command: str, said: str) -> None:
    assert foreseen(asked, f"participant {command}") == said


def test_who_has_left_would_not_leave(asked: Cli) -> None:
    asked.ok("participant remove anna@example.net --yes")
    assert foreseen(asked, "participant remove anna@example.net") == "anna@example.net  had left already\n"


@pytest.mark.parametrize(
    "command", ["approve anna@example.net", "decline anna@example.net", "pause p@example.net", "remove x@example.net"]
)
def test_what_would_be_refused_is(asked: Cli, command: str) -> None:
    foreseen = asked.refused(f"participant {command} --dry-run")
    assert foreseen == asked.refused(f"participant {command} --yes")


def test_of_deliveries(full: Cli) -> None:
    count = len(full.json("outbox list"))
    assert foreseen(full, "outbox drop --all") == f"{count} deliveries would be given up\n"
    full.ok("outbox drop 1 --yes")
    assert foreseen(full, "outbox drop 1") == "0 deliveries would be given up\n"
    assert foreseen(full, "outbox retry 1") == "1 delivery would be tried again\n"
    assert "there is no delivery with id 999" in full.refused("outbox drop 999 --dry-run")


def test_of_parked_mails(full: Cli) -> None:
    assert "none of these is parked" in full.refused("inbox retry 1 --dry-run")
    with full.house() as house:
        house.session.write(lambda c: c.execute(inbox.update().values(state=InboxState.PARKED)))
    count = len(full.json("inbox list"))
    assert foreseen(full, "inbox retry --all") == f"{count} mails would be processed again\n"


def test_of_a_round_up(full: Cli, cli: Cli) -> None:
    assert foreseen(full, "roundup skip") == "round-up 1  would be skipped\n"
    full.ok("roundup skip")
    assert full.refused("roundup skip 1 --dry-run").startswith("round-up 1 was already skipped by ")
    assert foreseen(cli, "roundup skip") == "the next round-up  would be skipped\n"
