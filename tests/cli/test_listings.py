"""What every listing gives: the keys of DESIGN §6, times in UTC, complete unless --limit, an empty array for none."""

from __future__ import annotations

import re
from typing import Any

import pytest

from listserv.cli import output
from tests.cli.conftest import Cli

KEYS = {
    "queue list": "id state dialogue module from name subject reasons words received_at claimed_by",
    "contribution list": "number module subject author country released_at words tags question message_id",
    "participant list": "address name country organisation sector gender language role status delivery contributions"
    " bounces",
    "roundup list": "id due_at state contributions recipients",
    "outbox list": "id kind recipient state attempts next_attempt_at reply",
    "trace anna@example.net": "at direction kind subject state reply",
    "inbox list": "id received_at recipient sender message_id state outcome reason",
    "module list": "number title state opens_at closes_at contributions",
}
ALSO = {
    "participant list": {"stage", "resumes_at"},  # stage: the dialogue's own field
    "contribution list": {"organisation", "via", "attribution", "quotable", "questions", "passages"},
}
LIMITED = [command for command in KEYS if command not in ("roundup list", "module list")]
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.mark.parametrize("command", KEYS)
def test_keys(full: Cli, command: str) -> None:
    rows = full.json(command)
    assert isinstance(rows, list)
    assert rows
    for row in rows:
        assert set(row) >= set(KEYS[command].split())
        assert set(row) - set(KEYS[command].split()) <= ALSO.get(command, set())


@pytest.mark.parametrize("command", KEYS)
def test_times_are_utc(full: Cli, command: str) -> None:
    times = [
        value
        for row in full.json(command)
        for key, value in row.items()
        if (key.endswith("_at") or key == "at") and value
    ]
    assert all(UTC.fullmatch(value) for value in times)
    assert times or command == "participant list"


@pytest.mark.parametrize("command", LIMITED)
def test_limit(full: Cli, command: str) -> None:
    whole = full.json(command)
    some = full.json(f"{command} --limit 1")
    assert len(some) == 1
    assert some[0] in whole
    assert full.usage(f"{command} --limit 0")


@pytest.mark.parametrize("command", KEYS)
def test_a_table_for_people(full: Cli, command: str) -> None:
    lines = full.ok(command).splitlines()
    assert len(lines) == len(full.json(command)) + 1


@pytest.mark.parametrize("command", KEYS)
def test_the_dialogue_may_be_named_after_the_command(full: Cli, command: str) -> None:
    assert full.json(f"{command} -d nap") == full.json(f"{command} --dialogue nap") == full.json(command)
    assert full.refused(f"{command} -d other") == "there is no dialogue 'other'; there is: nap"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("queue list", "nothing is held"),
        ("queue list --state released", "nothing is released"),
        ("contribution list", "nothing has been released yet"),
        ("roundup list", "no round-up has been drafted yet; see what is to come: listserv plan"),
        ("outbox list", "the outbox is empty"),
        ("trace nobody@example.net", "nothing to or from nobody@example.net"),
        ("inbox list", "no mail has come in"),
    ],
)
def test_nothing_is_an_empty_array_and_a_sentence(empty: Cli, command: str, said: str) -> None:
    assert empty.json(command) == []
    assert empty.ok(command) == said + "\n"


def test_listings_are_complete(cli: Cli) -> None:
    for i in range(60):
        with cli.house() as house:
            house.receive(f"From: x{i}@elsewhere.example\r\n\r\nWords {i}.\r\n".encode())
    cli.work()
    assert len(cli.json("inbox list")) == len(cli.json("queue list")) == 60


class TestValues:
    def test_queue_list(self, full: Cli) -> None:
        first, second = full.json("queue list")
        assert first == {
            "id": 2,
            "state": "held",
            "dialogue": "nap",
            "module": 1,
            "from": "anna@example.net",
            "name": "Anna",
            "subject": "Second",
            "reasons": ["Every contribution is read before it goes out."],
            "words": 1,
            "received_at": "2008-11-04T15:00:00Z",
            "claimed_by": None,
        }
        assert second["from"] == "boris@example.net"

    def test_queue_list_by_state_module_and_sender(self, full: Cli) -> None:
        def ids(more: str) -> list[int]:
            return [row["id"] for row in full.json(f"queue list {more}")]

        assert ids("") == [2, 3]
        assert ids("--state released") == [1]
        assert ids("--state all") == [2, 3, 1]
        assert ids("--from BORIS") == [3]
        assert ids("--module 1") == [2, 3]
        assert ids("--module 2") == []
        assert full.usage("queue list --state gone")

    def test_module_is_null_while_it_waits_for_one(self, full: Cli) -> None:
        with full.house() as house:
            house.session.write(lambda c: c.exec_driver_sql("UPDATE contribution SET module = NULL WHERE id = 2"))
        assert full.json("queue list")[0]["module"] is None
        assert full.json("queue show 2")["module"] is None
        assert "Module:   the next to open" in full.ok("queue show 2")

    def test_queue_show(self, full: Cli) -> None:
        full.write_in(
            "My words.\n\n> His words.",
            subject="Re: First",
            answers="<one@example.net>",
            message_id="<answer@example.net>",
        )
        whole = full.json("queue show 4")
        assert set(whole) >= {
            *KEYS["queue list"].split(),
            *("text", "cut", "html", "attachments", "message_id", "in_reply_to", "authentication", "history"),
        }
        assert whole["text"].strip() == "My words."
        assert "His words." in whole["cut"]
        assert (whole["message_id"], whole["in_reply_to"]) == ("<answer@example.net>", "<one@example.net>")
        assert (whole["attachments"], whole["history"]) == ([], [])
        full.ok("queue claim 4 --as chief@example.org")
        (entry,) = full.json("queue show 4")["history"]
        assert (entry["actor"], entry["action"], entry["at"]) == ("chief@example.org", "claim", entry["at"])
        assert UTC.fullmatch(entry["at"])

    def test_queue_show_for_people(self, full: Cli) -> None:
        said = full.ok("queue show 2")
        for words in ("Anna <anna@example.net>, Ministry", "Subject:  Second", "Two.", "Held:     Every contribution"):
            assert words in said

    def test_contribution_list(self, full: Cli) -> None:
        full.ok("contribution tag 1 --tag Law --tag money --question 2")
        assert full.json("contribution list") == [
            {
                "number": 1,
                "module": 1,
                "subject": "First",
                "author": "Anna",
                "country": "FR",
                "released_at": "2008-11-04T15:00:00Z",
                "words": 1,
                "tags": ["law", "money"],
                "question": 2,
                "message_id": "<one@example.net>",
                "organisation": "Ministry",
                "via": "",
                "attribution": "name",
                "quotable": True,
                "questions": [2],
                "passages": [],
            }
        ]
        assert full.json("contribution show 1")["text"].strip() == "One."
        assert full.json("contribution list --module 2") == []
        assert full.refused("contribution show 2") == (
            "there is no contribution number 2 in nap; see: listserv contribution list"
        )

    def test_participant_list(self, full: Cli) -> None:
        full.ok("queue release 3")
        rows = {row["address"]: row for row in full.json("participant list")}
        assert list(rows) == [
            "mod@example.org",
            "chief@example.org",
            "anna@example.net",
            "boris@example.net",
            "chloe@example.net",
        ]
        assert rows["anna@example.net"] == {
            "address": "anna@example.net",
            "name": "Anna",
            "country": "FR",
            "organisation": "Ministry",
            "sector": "",
            "gender": "",
            "language": "",
            "role": "participant",
            "status": "active",
            "delivery": "each",
            "contributions": 1,
            "bounces": 0,
            "resumes_at": None,
            "stage": "planned",
        }
        assert (rows["chief@example.org"]["role"], rows["chloe@example.net"]["delivery"]) == ("organiser", "roundup")
        assert [row["address"] for row in full.json("participant list --role moderator")] == ["mod@example.org"]
        assert full.json("participant list --status left") == []

    def test_until_when_somebody_pauses(self, full: Cli) -> None:
        """As the day begins where the dialogue is held, four hours after UTC."""
        full.ok("participant pause anna@example.net --until 2008-11-10")
        until = {row["address"]: row["resumes_at"] for row in full.json("participant list")}
        assert (until["anna@example.net"], until["boris@example.net"]) == ("2008-11-10T04:00:00Z", None)
        anna, boris = full.ok("participant list").splitlines()[3:5]
        assert "  paused until 10 Nov  " in anna
        assert "  active  " in boris

    def test_module_list_and_show(self, full: Cli) -> None:
        assert full.json("module list")[0] == {
            "number": 1,
            "title": "Getting started",
            "state": "open",
            "opens_at": "2008-11-03T13:00:00Z",
            "closes_at": "2008-11-07T22:00:00Z",
            "contributions": 1,
        }
        assert [row["state"] for row in full.json("module list")] == ["open", "planned", "planned"]
        assert full.json("module show 1")["questions"] == ["Is it needed?", "Who pays?"]
        assert full.refused("module show 4") == "nap has no module 4; it has 1, 2, 3"

    def test_roundup_list(self, full: Cli) -> None:
        assert full.json("roundup list") == [
            {"id": 1, "due_at": "2008-11-07T20:00:00Z", "state": "draft", "contributions": 1, "recipients": 0}
        ]
        (line,) = full.ok("roundup list").splitlines()[1:]
        assert line.split()[-2:] == ["1", "-"]  # to nobody yet: a 0 would read as if nobody got it
        full.ok("roundup send --yes")
        assert full.ok("roundup list").splitlines()[1].split()[-3:] == ["sent", "1", "5"]
        (row,) = full.json("roundup list")
        assert (row["state"], row["recipients"]) == ("sent", 5)

    def test_outbox_list_and_summary(self, full: Cli) -> None:
        rows = full.json("outbox list")
        assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
        assert {row["state"] for row in rows} == {"pending"}
        assert full.json("outbox summary") == {"pending": len(rows), "sent": 0, "deferred": 0, "failed": 0}
        kind = full.json("outbox list --kind contribution")
        assert sorted(row["recipient"] for row in kind) == [
            "anna@example.net",
            "boris@example.net",
            "chief@example.org",
            "mod@example.org",
        ]
        full.ok("work --until-idle")
        rows = full.json("outbox list")
        assert {(row["state"], row["attempts"], row["next_attempt_at"]) for row in rows} == {("sent", 1, None)}
        assert full.json("outbox list --state failed") == []

    def test_trace(self, full: Cli) -> None:
        full.ok("work --until-idle")
        rows = full.json("trace ANNA@example.net")
        assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
        assert {(row["direction"], row["kind"]) for row in rows} >= {
            ("in", "released"),
            ("in", "held"),
            ("out", "announcement"),
            ("out", "receipt"),
            ("out", "contribution"),
        }
        assert "'Anna' is not a mail address" in full.refused("trace Anna")

    def test_inbox_list_and_show(self, full: Cli) -> None:
        row = full.json("inbox list")[0]
        assert row == {
            "id": 1,
            "received_at": "2008-11-04T15:00:00Z",
            "recipient": "nap@talk.example",
            "sender": "anna@example.net",
            "message_id": "<one@example.net>",
            "state": "done",
            "outcome": "released",
            "reason": row["reason"],
        }
        assert full.json("inbox list --state parked") == []
        assert full.json("inbox show 1")["subject"] == "First"
        assert "Message-ID: <one@example.net>\n" in full.ok("inbox show 1 --raw").replace("\r", "")
        assert full.refused("inbox show 9") == "there is no inbound mail 9; see: listserv inbox list"


@pytest.mark.parametrize("command", ["status", "plan", "figures", "audit", "queue rules", "queue explain 2"])
def test_the_other_views(full: Cli, command: str) -> None:
    assert full.ok(command).strip()
    found: Any = full.json(command)
    assert found


def test_status(full: Cli) -> None:
    row = full.json("status")
    assert (row["module"], row["held"], row["released"], row["participants"]) == (1, 2, 1, 5)
    assert set(row["outbox"]) == {"pending", "sent", "deferred", "failed"}


def test_plan_has_every_switchover_in_utc_and_local(full: Cli) -> None:
    rows = full.json("plan")
    assert rows[0]["kind"] == "roundup"
    opening = next(row for row in rows if row["kind"] == "open")
    assert (opening["module"], opening["at"], opening["recipients"]) == (2, "2008-11-10T13:00:00Z", 4)
    assert "2008-11-10 09:00" in opening["local"]
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


class TestReasons:
    """People read the telling reason first; scripts get all in the rules' order."""

    FIRST, PRIVATE = "It is the author's first contribution.", "It looks private:"

    def test_the_telling_one_comes_first(self, cli: Cli) -> None:
        cli.write_in("Dear Mo,\n\nPlease do not share this with the others.\n", subject="Private")
        (row,) = cli.json("queue list")
        assert row["reasons"][0] == self.FIRST
        assert row["reasons"][1].startswith(self.PRIVATE)
        assert row["reasons"][-1] == "Every contribution is read before it goes out."
        said = cli.ok("queue list")
        assert said.index(self.PRIVATE) < said.index(self.FIRST)
        assert "Every contribution" not in said
        shown = cli.ok("queue show 1")
        assert shown.index(self.PRIVATE) < shown.index(self.FIRST)
        assert "Every contribution" not in shown
        assert self.PRIVATE in cli.ok("inbox list")

    def test_where_it_is_the_only_one(self, full: Cli) -> None:
        assert "Every contribution is read before it goes out." in full.ok("queue list")


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("plan", 6, "plan  "),
        ("a longer one", 6, "a lon…"),
        ("计划计划", 5, "计划…"),  # two columns each
        ("计划计划", 4, "计… "),  # none is cut in half
        ("الميزانية", 12, "الميزانية   "),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
        ("anything", 1, "…"),
    ],
)
def test_a_cell_takes_its_columns(text: str, columns: int, shown: str) -> None:
    assert output.pad(text, columns) == shown
    assert output.width(output.pad(text, columns)) == columns


NARROW = [  # command, what stands there whole at 80 columns
    ("plan", ["roundup-1", "Fri  7 Nov 16:00", "round-up", "planned"]),
    ("queue list", [" module ", " subject ", " reasons"]),
    ("participant list", ["anna@example.net", "paused until 10 Nov", "roundup"]),
    ("inbox list", ["2008-11-04 15:00", "anna@example.net", "held"]),
    ("module list", ["2008-11-03 13:00", "2008-11-07 22:00"]),
    ("contribution list", ["Anna"]),
]


@pytest.mark.parametrize(("command", "whole"), NARROW)
def test_at_80_columns(full: Cli, command: str, whole: list[str]) -> None:
    if command == "participant list":
        full.ok("participant pause anna@example.net --until 2008-11-10")
    answer = full.run(command, env={"COLUMNS": "80"})
    assert [one for one in whole if one not in answer.out] == []
    assert max(map(output.width, answer.out.splitlines())) <= 80


def test_what_a_table_has_no_room_for_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """First what says nothing anywhere, then what can be spared; figures and what one types stay whole."""
    monkeypatch.setenv("COLUMNS", "40")
    rows = [{"id": 7, "address": "somebody@far.example.org", "empty": None, "why": "so long a reason", "deliveries": 3}]
    output.table(rows, list(rows[0]), ["why", "deliveries"])
    said = capsys.readouterr()
    assert said.out == "id  address                   deliver…\n7   somebody@far.example.org  3\n"
    assert said.err == "(why: on a wider terminal, or with --json)\n"
