"""`listserv plan` with a facilitator's mails: listed by id, looked at, skipped, moved, written anew, restored."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pytest

from tests.cli.conftest import Cli
from tests.house import FRIDAY_ROUNDUP

WEDNESDAY = datetime(2008, 11, 5, 16, tzinfo=UTC)


@pytest.fixture
def planned(cli: Cli) -> Cli:
    """Tuesday of module 1, with all mails that the settings have by default."""
    cli.toml.write_text(re.sub(r"(?s)\[dialogue\.calendar\].*?\n\n", "", cli.toml.read_text()))
    cli.ok("apply")
    return cli


def row(cli: Cli, named: str) -> dict[str, object]:
    return next(one for one in cli.json("plan --all") if one["id"] == named)


def test_every_mail_has_an_id_a_time_a_state_and_how_many_get_it(planned: Cli) -> None:
    first = [(one["id"], one["local"], one["recipients"], one["state"]) for one in planned.json("plan")][:6]
    assert first == [
        ("midweek-draft-1", "Wed 2008-11-05 09:00", 2, "planned"),
        ("midweek-1", "Wed 2008-11-05 12:00", 4, "planned"),
        ("nudge-1", "Thu 2008-11-06 10:00", 2, "planned"),
        ("reminder-1", "Thu 2008-11-06 18:00", 4, "planned"),
        ("draft-1", "Fri 2008-11-07 13:00", 2, "planned"),
        ("roundup-1", "Fri 2008-11-07 16:00", 5, "planned"),
    ]
    assert row(planned, "open-1")["state"] == "sent"
    assert row(planned, "checkin")["state"] == "left out"
    assert (row(planned, "welcome")["at"], row(planned, "frequent-3")["state"]) == (None, "as it happens")
    assert "as it happens: invitation, welcome, frequent-1" in planned.ok("plan")


def test_preview_is_the_mail_as_it_would_go_now(planned: Cli, tmp_path: Path) -> None:
    said = planned.ok("plan preview midweek-1 --language fr --html", str(tmp_path / "note.html"))
    assert said.startswith(
        "midweek-1, Wed 2008-11-05 12:00 (America/Santo_Domingo): planned, to 4 people\n\nSubject: [nap 1]"
    )
    assert "Chères participantes, chers participants," in said
    assert '<html lang="fr"' in (tmp_path / "note.html").read_text("utf-8")
    for named in ("nudge-2", "frequent-1", "checkin", "invitation", "invitation-again", "welcome"):
        assert "\nDear Amina Diallo,\n" in planned.ok(f"plan preview {named}"), named
    for named in ("open-2", "close-1", "reminder-1", "last-call", "thanks"):
        assert "\n\nDear participants,\n" in planned.ok(f"plan preview {named}"), named


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("preview nonsense", "there is no 'nonsense' in the calendar; see: listserv plan --all"),
        ("preview midweek", "there is no 'midweek' in the calendar; did you mean midweek-1 or midweek-2 or midweek-3?"),
        ("skip nuge-2", "there is no 'nuge-2' in the calendar; did you mean nudge-2?"),
        (
            "move bundle --to 2008-11-09T09:00",
            "bundle is made of contributions as they are; its hour is bundle in listserv.toml",
        ),
        ("preview purge", "purge is no mail; its time follows from retention in listserv.toml"),
        (
            "move thanks --to 2008-11-14T10:00",
            "the last module closes 2008-11-21 18:00, and thanks is for after that; write a time then",
        ),
        (
            "move last-call --to 2008-11-21T10:00",
            "the last module closes 2008-11-21 18:00, and last-call is for after that; write a time then",
        ),
        ("preview midweek-1 --language de", "'de' is none of site.languages: en, fr, es"),
        ("preview nudge-1 --html x.html", "nudge-1 goes out as text alone"),
        (
            "preview midweek-draft-1",
            "midweek-draft-1 is midweek-1 as the moderators see it first; name that: listserv plan preview midweek-1",
        ),
        (
            "skip roundup-1",
            "round-ups have commands of their own: listserv roundup preview | edit | send | skip -d nap",
        ),
        ("skip open-1", "open-1 was sent already"),
        ("move checkin --to 2008-11-10T10:00", "checkin was left out: its time has passed"),
        ("skip welcome", "welcome goes to each person as they come; it can be edited, not skipped"),
        ("move midweek-1 --to 2008-11-04T09:00", "2008-11-04 09:00 has passed; write a time to come"),
        (
            "move midweek-1 --to 2008-11-08T09:00",
            "module 1 is open 2008-11-03 09:00 to 2008-11-07 18:00 (America/Santo_Domingo); write a time within",
        ),
        (
            "move open-2 --to 2008-11-09T09:00",
            "open-2 opens module 2: change opens in listserv.toml, then: listserv apply",
        ),
        ("move close-1 --to 2008-11-09T09:00", "close-1 closes module 1: listserv module extend 1 --until T"),
        ("move frequent-1 --to 2008-11-09T09:00", "frequent-1 goes as it happens, so it has no time to move"),
        ("restore midweek-1", "midweek-1 is as it was planned"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(planned: Cli, command: str, line: str) -> None:
    assert planned.refused(f"plan {command}") == line


def test_skip_move_edit_and_restore(planned: Cli) -> None:
    assert planned.ok("plan move midweek-1 --to 2008-11-06T15:00") == (
        "midweek-1  moved to Thu 2008-11-06 15:00 (America/Santo_Domingo)\n"
    )
    assert row(planned, "midweek-draft-1")["local"] == "Thu 2008-11-06 12:00"
    planned.ok("plan edit midweek-1 --text -", input=b"Nobody has written about money.\n")
    assert row(planned, "midweek-1")["state"] == "planned, moved, edited"
    said = planned.ok("plan preview midweek-1 --language es")
    assert "this text goes to readers of every language as it stands" in said
    assert "Estimadas y estimados participantes:\n\nNobody has written about money.\n" in said
    planned.ok("plan skip midweek-1")
    assert (row(planned, "midweek-1")["state"], row(planned, "midweek-1")["recipients"]) == (
        "skipped, moved, edited",
        0,
    )
    assert planned.ok("plan restore midweek-1") == "midweek-1  is as it was planned\n"
    assert row(planned, "midweek-1")["local"] == "Wed 2008-11-05 12:00"
    actions = [(one["action"], one["subject"]) for one in planned.json("audit") if one["subject"] == "midweek-1"]
    assert actions == [(one, "midweek-1") for one in ("move", "edit", "skip", "restore")]


def test_what_was_moved_goes_then_and_what_was_skipped_is_recorded(planned: Cli) -> None:
    planned.ok("plan move midweek-1 --to 2008-11-06T15:00")
    planned.ok("plan skip nudge-1")
    planned.ok(f"tick --at {FRIDAY_ROUNDUP.isoformat()}")
    assert (row(planned, "midweek-1")["state"], row(planned, "nudge-1")["state"]) == ("left out, moved", "left out")
    assert row(planned, "reminder-1")["state"] == "sent"
    assert planned.refused("plan restore nudge-1") == "nudge-1 was left out: its time has passed"


def test_a_module_opened_by_hand_sends_no_mail_that_was_skipped(planned: Cli) -> None:
    planned.ok("plan skip open-2")
    said = planned.ok("module advance --yes")
    assert "the announcement with its guiding questions goes to nobody: it was skipped" in said
    assert [one["state"] for one in planned.json("module list")] == ["grace", "open", "planned"]
    assert {one["kind"] for one in planned.json("outbox list")} == {"announcement", "closing"}
    assert sum(one["kind"] == "announcement" for one in planned.json("outbox list")) == 4


def test_the_calendar_file_has_modules_and_mails_with_the_same_uid_each_time(planned: Cli, tmp_path: Path) -> None:
    found = []
    for name in ("a.ics", "b.ics"):
        planned.ok("plan --ics", str(tmp_path / name))
        found.append(icalendar.Calendar.from_ical((tmp_path / name).read_bytes()).walk("VEVENT"))
    first, second = ([str(one["UID"]) for one in events] for events in found)
    assert first == second
    assert len(set(first)) == len(first)
    assert first[:4] == [f"nap-{one}@talk.example" for one in ("module-1", "module-2", "module-3", "midweek-draft-1")]
    assert found[0][4].start == WEDNESDAY


def why(cli: Cli, named: str) -> dict[str, str]:
    return {one["address"]: "gets it" if one["gets"] else one["why"] for one in cli.json(f"plan who {named}")}


def test_who_gets_one_by_name_and_why_not_the_others(planned: Cli) -> None:
    planned.ok("participant set boris@example.net --reminders no")
    planned.ok("participant pause anna@example.net")
    assert why(planned, "nudge-1") == {
        "mod@example.org": "moderates",
        "chief@example.org": "moderates",
        "anna@example.net": "paused, or does not take part",
        "boris@example.net": "wants no reminders",
        "chloe@example.net": "gets round-ups only, or nothing",
    }
    assert why(planned, "midweek-1") == {
        "mod@example.org": "gets it",
        "chief@example.org": "gets it",
        "anna@example.net": "has paused",
        "boris@example.net": "gets it",
        "chloe@example.net": "gets round-ups only",
    }
    assert why(planned, "thanks")["chloe@example.net"] == "gets it"
    assert why(planned, "midweek-draft-1") == {"mod@example.org": "gets it", "chief@example.org": "gets it"}
    planned.ok("plan skip midweek-2")
    assert set(why(planned, "midweek-2").values()) == {"skipped: it goes to nobody"}
    assert planned.ok("plan who midweek-1").startswith("midweek-1, if it went now: to 3 of 5 people\naddress ")


@pytest.mark.parametrize("named", ["midweek-1", "nudge-1", "nudge-2", "reminder-1", "roundup-1", "close-2", "thanks"])
def test_who_gets_it_is_as_many_as_the_plan_says(planned: Cli, named: str) -> None:
    planned.ok("participant pause anna@example.net")
    get = sum(one["gets"] for one in planned.json(f"plan who {named}"))
    assert get == row(planned, named)["recipients"]


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ("welcome", "welcome goes as it happens: nobody can be named yet"),
        ("open-1", "open-1 is past; who got what: listserv trace ADDRESS, listserv outbox list"),
    ],
)
def test_who_cannot_be_told(planned: Cli, named: str, line: str) -> None:
    assert planned.refused(f"plan who {named}") == line
