"""Commands that say how authors are shown."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


def shown(cli: Cli, number: int) -> tuple[str, bool]:
    row = cli.json(f"queue show {number}")
    return row["attribution"], row["quotable"]


def test_one_contribution(full: Cli) -> None:
    assert "attribution anonymous, not to be quoted" in full.ok(
        "queue attribute 1 --attribution anonymous --quotable no"
    )
    assert shown(full, 1) == ("anonymous", False)
    assert "nothing was changed" in full.ok("queue attribute 1 --attribution anonymous")
    first = full.json("contribution list")[0]
    full.ok(f"contribution attribute {first['number']} --attribution organisation")
    assert full.json("contribution list")[0]["attribution"] == "organisation"


def test_one_that_waits_to_go_out_is_held_again(full: Cli) -> None:
    full.ok("queue release 2 --wait 1h")
    assert full.ok("queue attribute 2 --attribution anonymous") == (
        "2  attribution anonymous; no copy had left, so it is held again: listserv queue release 2\n"
    )


def test_all_of_somebody(full: Cli) -> None:
    out = full.ok("participant set anna@example.net --attribution organisation --quotable no --country Chile")
    assert out.strip() == "anna@example.net  country Chile, attribution organisation, quotable no"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("queue attribute 99 --attribution name", "there is no contribution with id 99; see: listserv queue list"),
        (
            "contribution attribute 99 --quotable no",
            "there is no contribution number 99 in nap; see: listserv contribution list",
        ),
        (
            "participant set x@y.example --attribution name",
            "x@y.example does not take part in nap; see: listserv participant list",
        ),
    ],
)
def test_refused(full: Cli, command: str, said: str) -> None:
    assert full.refused(command) == said


@pytest.mark.parametrize(
    "command", ["queue attribute 1", "contribution attribute 1", "queue attribute 1 --attribution nobody"]
)
def test_usage(full: Cli, command: str) -> None:
    full.usage(command)
