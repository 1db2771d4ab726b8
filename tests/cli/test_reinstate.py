"""`listserv participant reinstate`: who cannot be reached, why, and mail to them again."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.model import Participation
from listserv.store import audit, people
from tests.cli.conftest import Cli
from tests.house import TUESDAY

ANNA, BORIS = "anna@example.net", "boris@example.net"


@pytest.fixture
def gone(cli: Cli) -> Cli:
    """Mail to Anna and Boris came back; Chloe has complained."""
    with cli.house() as house:
        for address in (ANNA, BORIS):
            house.set(address, status=Participation.PAUSED, unreachable_at=TUESDAY)
        part = house.part("chloe@example.net")

        def complained(connection: object) -> None:
            people.change_part(connection, TUESDAY, part["id"], {"status": Participation.PAUSED})
            audit.record(connection, TUESDAY, "complaint", "pause", part["address"], "abuse", house.dialogue.id)

        house.session.write(complained)
    return cli


def states(cli: Cli) -> dict[str, str]:
    return {row["address"].partition("@")[0]: row["status"] for row in cli.json("participant list --role participant")}


def test_one(gone: Cli) -> None:
    assert gone.ok(f"participant reinstate {ANNA}") == f"{ANNA}  active\n"
    assert states(gone) == {"anna": "active", "boris": "paused", "chloe": "paused"}
    entry = gone.json("audit")[-1]
    assert (entry["action"], entry["subject"], entry["reason"]) == ("reinstate", ANNA, "mail came back")
    with gone.house() as house:
        part = house.part(ANNA)
        assert part["unreachable_at"] is None
        assert part["reinstated_at"] >= TUESDAY


def test_all_are_those_whose_mail_came_back(gone: Cli) -> None:
    said = gone.ok("participant reinstate --all --yes")
    assert said == f"{ANNA}  active\n{BORIS}  active\nreinstated: 2\n"
    assert states(gone) == {"anna": "active", "boris": "active", "chloe": "paused"}
    assert gone.ok("participant reinstate --all") == "nobody is paused because mail came back\n"


def test_all_asks(gone: Cli) -> None:
    assert gone.refused("participant reinstate --all") == (
        "Send mail to 2 participants again? This cannot be undone: repeat with --yes"
    )


def test_a_dry_run_changes_nothing(gone: Cli) -> None:
    before = gone.dump()
    said = gone.ok("participant reinstate --all --dry-run")
    assert said == f"{ANNA}  would be active\n{BORIS}  would be active\nwould be reinstated: 2\n"
    assert gone.dump() == before


def test_who_complained_only_if_they_ask(gone: Cli) -> None:
    assert gone.refused("participant reinstate chloe@example.net") == (
        "chloe@example.net complained of our mail; if they ask for it again: repeat with --yes"
    )
    assert gone.ok("participant reinstate chloe@example.net --yes") == "chloe@example.net  active\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nobody@example.net", "nobody@example.net does not take part in nap; see: listserv participant list"),
        ("mod@example.org", "mod@example.org is active: mail goes to them already"),
    ],
)
def test_refused(gone: Cli, words: str, said: str) -> None:
    assert gone.refused(f"participant reinstate {words}") == said


def test_of_several_the_rest_goes_on(gone: Cli) -> None:
    answer = gone.run(f"participant reinstate mod@example.org {ANNA}")
    assert (answer.code, answer.out) == (1, f"{ANNA}  active\n")
    assert answer.err.splitlines()[-1] == "listserv: 1 of 2 could not be done, see above"


@pytest.mark.parametrize("words", ["", f"--all {ANNA}"])
def test_names_or_all(gone: Cli, words: str) -> None:
    assert "name addresses, or --all" in gone.usage(f"participant reinstate {words}")


def test_the_listing_of_the_paused_says_why(gone: Cli) -> None:
    gone.ok(f"participant reinstate {BORIS}")
    gone.ok(f"participant pause {BORIS} --as chief@example.org")
    rows = {row["address"]: row["reason"] for row in gone.json("participant list --status paused")}
    assert rows == {
        ANNA: "mail comes back, since 2008-11-04",
        BORIS: "by chief@example.org, 2008-11-04",
        "chloe@example.net": "complained of our mail, 2008-11-04",
    }
    assert "complained of our mail" in gone.ok("participant list --status paused")


def test_the_status_has_a_line_only_if_there_is_somebody(gone: Cli) -> None:
    assert "  Unreachable:  2 (listserv participant list --status paused)\n" in gone.ok("status")
    assert gone.run("status --json").json["unreachable"] == 2
    gone.ok("participant reinstate --all --yes")
    assert "Unreachable" not in gone.ok("status")


def test_ending_the_pause_in_another_way_counts_as_well(gone: Cli) -> None:
    gone.ok(f"participant pause {ANNA} --off")
    with gone.house() as house:
        part = house.part(ANNA)
        assert (part["status"], part["unreachable_at"]) == ("active", None)
        assert part["reinstated_at"] >= TUESDAY
