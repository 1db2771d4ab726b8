"""`listserv plan` says what will really go out, and `listserv roundup` names round-ups by the id that is typed."""

from __future__ import annotations

from datetime import timedelta

from tests.cli.conftest import Cli
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP

IF_SAID = " (only if something was said)"


def told(cli: Cli, kind: str) -> list[str]:
    return [row["what"] for row in cli.json("plan") if row["kind"] == kind]


def test_only_the_last_round_up_depends_on_what_was_said(full: Cli) -> None:
    assert told(full, "roundup")[1:] == ["round-up", "round-up", "round-up" + IF_SAID]
    draft = "draft of a round-up, to the moderators"
    assert told(full, "draft")[-3:] == [draft, draft, draft + IF_SAID]


def test_one_that_is_drafted_has_its_id(full: Cli) -> None:
    full.ok(f"tick --at {FRIDAY_DRAFT.isoformat()}")
    assert told(full, "roundup")[:2] == ["round-up 1", "round-up"]


def test_reminders_of_modules_closed_by_hand_are_left_out(full: Cli) -> None:
    for move in ("close 1", "open 2", "close 2"):
        full.ok(f"module {move} --yes")
    assert told(full, "reminder") == ["reminder: module 3 closes soon"]
    assert all(row["recipients"] for row in full.json("plan") if row["kind"] != "purge")


def test_moderators_type_the_id_and_see_the_readers_number(full: Cli) -> None:
    full.ok("roundup skip")
    full.ok(f"tick --at {FRIDAY_ROUNDUP.isoformat()}")
    assert full.ok("roundup send --dry-run").startswith("the next round-up, ")
    full.ok(f"tick --at {(FRIDAY_ROUNDUP + timedelta(days=7)).isoformat()}")
    assert full.ok("roundup preview 2").startswith("Subject: [nap] Round-up 1\n")
    assert full.ok("roundup send --dry-run").startswith("the next round-up, ")
    assert full.ok("roundup preview").startswith("Subject: [nap] Round-up 2\n")
    assert full.refused("roundup send 2 --yes").startswith("round-up 2 was already sent by clock on ")
    assert [set(row) for row in full.json("roundup list")] == [
        {"id", "due_at", "state", "contributions", "recipients"}
    ] * 2


def test_a_late_tick_shows_the_planned_close(full: Cli) -> None:
    full.ok(f"tick --at {(FRIDAY_ROUNDUP + timedelta(hours=3, minutes=30)).isoformat()}")
    first = full.json("module list")[0]
    assert (first["state"], first["closes_at"]) == ("grace", "2008-11-07T22:00:00Z")


def test_the_daily_bundle_is_planned_for_those_who_get_it(full: Cli) -> None:
    assert told(full, "bundle") == []
    full.ok("participant set boris@example.net --delivery daily")
    rows = full.json("plan")
    bundles = [row for row in rows if row["kind"] == "bundle"]
    assert {(row["what"], row["recipients"], row["module"]) for row in bundles} == {
        ("daily bundle of contributions (only if something was said)", 1, None)
    }
    assert [bundles[0]["local"], bundles[-1]["local"]] == ["Fri 2008-11-07 17:00", "Sun 2008-11-23 17:00"]
    assert len(bundles) == 17
    (line,) = [one for one in full.ok("plan").splitlines() if one.startswith("bundle ")]
    assert line.split(maxsplit=3)[1:3] == ["daily", "17:00"]
    assert "daily bundle of contributions (only if something was said)" in line
    assert rows == sorted(rows, key=lambda row: row["at"])
    assert {row["recipients"] for row in rows if row["kind"] == "close"} == {4}  # the programme's mails come as ever
