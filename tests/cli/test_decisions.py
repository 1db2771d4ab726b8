"""`listserv queue`, `contribution`, `roundup`, `module`, `outbox` and `inbox`: what changes something."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from listserv.steps import deliver
from listserv.store import contributions
from listserv.store.tables import delivery
from tests.cli.conftest import Cli
from tests.house import CLOSING, FRIDAY_DRAFT, FRIDAY_ROUNDUP, SECOND, mail

DRY = [
    "queue release 2",
    "queue release --all",
    "queue return 2 --reason why",
    "queue discard 2",
    "queue move 2 --module 2",
    "roundup send",
    "module close 1",
    "module advance",
    "module open 2",
    "module extend 1 --until 2008-11-09T18:00",
    "participant add pia@example.net --name Pia",
    "apply",
]


@pytest.mark.parametrize("command", DRY)
def test_dry_run_changes_nothing(full: Cli, command: str) -> None:
    full.change("Getting started", "Getting going")
    before = full.dump()
    said = full.ok(f"{command} --dry-run")
    assert "would" in said or "--dry-run" in said
    assert full.dump() == before
    full.ok(f"{command} --yes")
    assert full.dump() != before  # so the dry run had something to leave out


@pytest.mark.parametrize(
    "command",
    [
        "queue release 1",
        "queue return 1 --reason why",
        "queue return 2 --reason=",
        "queue discard 1",
        "queue move 1 --module 2",
        "queue move 2 --module 9",
    ],
)
def test_dry_run_is_refused_what_is_refused(full: Cli, command: str) -> None:
    assert full.refused(f"{command} --dry-run") == full.refused(f"{command} --yes")


def test_dry_run_of_several_says_which_cannot_be(full: Cli) -> None:
    answer = full.run("queue release 1,2,3 --dry-run")
    assert answer.code == 1
    assert answer.out == (
        "2  Anna: Second  would be released to 4 participants\n3  Boris: Plans  would be released to 4 participants\n"
    )
    assert answer.err.endswith("listserv: 1 of 3 could not be done, see above\n")


OF_ANOTHER = [
    "queue show 2",
    "queue explain 2",
    "queue edit 2 --subject New",
    "queue release 2",
    "queue release 1-9 --dry-run",
    "queue return 2 --reason why",
    "queue discard 2 --yes",
    "queue move 2 --module 2",
    "queue tag 2 --tag money",
    "queue claim 2",
    "outbox drop 2 --yes",
    "outbox retry 2",
]


@pytest.mark.parametrize("command", OF_ANOTHER)
def test_an_id_of_another_dialogue_is_refused(full: Cli, command: str) -> None:
    text = full.toml.read_text()
    full.toml.write_text(text + text[text.index("[[dialogue]]") :].replace('"nap"', '"other"'))
    full.ok("apply")
    assert "in other; see: listserv " in full.refused(f"{command} -d other")


ASKS = [
    ("queue release --all", "Release 2 contributions?"),
    ("queue return --all --reason why", "Return 2 contributions?"),
    ("module close 1", "Do it now?"),
    ("module advance", "Do it now?"),
    ("roundup send", "Send it now?"),
    ("participant remove anna@example.net", "Remove anna@example.net?"),
    ("outbox drop 1", "Give up 1 delivery?"),
]


@pytest.mark.parametrize(("command", "question"), ASKS)
def test_where_nobody_can_be_asked_it_is_refused(full: Cli, command: str, question: str) -> None:
    assert full.refused(command, input=b"y\n") == f"{question} This cannot be undone: repeat with --yes"
    full.ok(f"{command} --yes")


def test_a_discard_asks_too_though_it_can_be_undone(full: Cli) -> None:
    assert full.refused("queue discard 2") == "Discard 1 contribution? Nobody is told of it: repeat with --yes"


class TestWhoMayNeverHaveWritten:
    """A return of what came in somebody's name would be mail to them that they never asked for."""

    LACKING = "It may come from somebody else than its author. It is not signed."
    FORGED = "It may be forged. Our mail host's check says so (DMARC)."

    @pytest.fixture
    def doubtful(self, full: Cli) -> Cli:
        """Nothing proves who sent 4 and 5, and 6 is forged."""
        for name in ("eve@far.example", "boris@example.net", "anna@example.net"):
            full.write_in(f"I am {name}.", author=name)
        reasons = {
            4: ("unauthenticated", self.LACKING),
            5: ("unauthenticated", self.LACKING),
            6: ("forged", self.FORGED),
        }
        with full.house() as house:
            for number, reason in reasons.items():
                values = {"reasons": [reason]}
                house.session.write(lambda c, number=number, values=values: contributions.change(c, number, values))
        return full

    def test_is_asked_about(self, doubtful: Cli) -> None:
        ending = "all the same? This cannot be undone: repeat with --yes"
        assert doubtful.refused("queue return 4 --reason why") == (
            f"4: {self.LACKING} Return it to eve@far.example {ending}"
        )
        assert doubtful.refused("queue return 2-5 --reason why") == (
            f"Nothing proves who sent 4, 5, so a return may go to who never wrote. Return them {ending}"
        )
        assert doubtful.ok("queue return 2 --reason why").endswith("returned to its author\n")
        assert doubtful.ok("queue return 4,5 --reason why --yes").count("returned to its author\n") == 2

    @pytest.mark.parametrize("how", ["", "--dry-run"])
    def test_is_refused_where_a_check_says_so(self, doubtful: Cli, how: str) -> None:
        assert doubtful.refused(f"queue return 6 --reason why {how}") == (
            f"contribution 6: {self.FORGED} A return would go to anna@example.net, who may never have written it:"
            " discard it, or repeat with --yes"
        )
        doubtful.ok("queue return 6 --reason why --yes")


class TestIds:
    @pytest.mark.parametrize(
        ("words", "released"), [("2", [2]), ("2 3", [2, 3]), ("2,3", [2, 3]), ("1-9", [2, 3]), ("3,2-2", [3, 2])]
    )
    def test_ranges_and_lists(self, full: Cli, words: str, released: list[int]) -> None:
        full.ok(f"queue release {words}")
        entries = [row["subject"] for row in full.json("audit") if row["action"] == "release"]
        assert entries == ["contribution 1", *(f"contribution {one}" for one in released)]

    def test_a_range_over_what_another_moderator_has_decided_says_who_was_first(self, full: Cli) -> None:
        full.ok("queue release 2 --as mod@example.org")
        assert full.ok("queue release 2-9 --as chief@example.org") == (
            "already released by mod@example.org: 2\n3  Boris: Plans  released as number 3 to 4 participants\n"
        )
        assert full.ok("queue discard 2-9 --yes --as mod@example.org") == (
            "already released by mod@example.org: 2\nalready released by chief@example.org: 3\nnone of 2-9 is held\n"
        )

    def test_a_range_of_which_nothing_can_be_taken_back(self, full: Cli) -> None:
        assert full.ok("queue undo 2-9") == "still held: 2-3\nnone of 2-9 is released or discarded\n"

    @pytest.mark.parametrize("words", ["x", "3-2", "1-99999999", "2,", "1.5", "9" * 30, "9" * 5000])
    def test_what_is_none(self, full: Cli, words: str) -> None:
        assert "ID" in full.refused("queue release", words) or "range" in full.refused("queue release", words)

    def test_a_range_too_long(self, full: Cli) -> None:
        assert full.refused("queue release 1-999999999") == "the range 1-999999999 is too long (at most 10,000)"
        assert full.refused("queue release 1-10001") == "the range 1-10001 is too long (at most 10,000)"
        full.ok("queue release 1-10000 --dry-run")

    def test_one_that_does_not_exist(self, full: Cli) -> None:
        assert full.refused("queue release 2,99") == "there is no contribution with id 99; see: listserv queue list"

    @pytest.mark.parametrize(
        "command", ["queue show", "queue edit", "queue explain", "contribution show", "inbox show", "roundup preview"]
    )
    def test_one_too_large_for_any_database(self, full: Cli, command: str) -> None:
        assert "range" in full.usage(command, "9" * 30)

    def test_neither_ids_nor_all_or_both(self, full: Cli) -> None:
        assert "name IDs, or --all" in full.usage("queue release")
        assert "name IDs, or --all" in full.usage("queue release 2 --all")

    @pytest.mark.parametrize("command", ["release", "discard", "return --reason why"])
    def test_all_on_nothing_is_done(self, empty: Cli, command: str) -> None:
        assert empty.ok(f"queue {command} --all") == "nothing is held\n"

    @pytest.mark.parametrize("command", ["outbox retry", "outbox drop", "inbox retry"])
    def test_all_on_nothing_is_done_elsewhere(self, empty: Cli, command: str) -> None:
        assert empty.ok(f"{command} --all").startswith("0 ")

    def test_all_with_filters(self, full: Cli) -> None:
        full.ok("queue release --all --from boris --yes")
        assert [row["id"] for row in full.json("queue list")] == [2]
        assert full.ok("queue release --all --module 3 --yes") == "nothing is held\n"


class TestQueue:
    def test_release(self, full: Cli) -> None:
        assert full.ok("queue release 2") == "2  Anna: Second  released as number 2 to 4 participants\n"
        assert full.refused("queue release 2").startswith("contribution 2 was already released by ")

    def test_of_several_the_others_go_on(self, full: Cli) -> None:
        full.ok("queue release 2 --as mod@example.org")
        answer = full.run("queue release 2 3 --as chief@example.org")
        assert answer.code == 1
        assert "3  Boris: Plans  released as number 3" in answer.out
        assert "already released by mod@example.org on 2008-11-07 17:00 UTC as number 2" in answer.err
        assert answer.err.endswith("listserv: 1 of 2 could not be done, see above\n")

    def test_return(self, full: Cli) -> None:
        assert full.ok("queue return 2 --reason", "Please say where.") == "2  Anna: Second  returned to its author\n"
        assert "reason" in full.usage("queue return 3")
        assert full.json("queue list --state returned")[0]["id"] == 2
        assert full.json("audit --subject", "contribution 2")[-1]["reason"] == "Please say where."

    def test_edit_from_standard_input(self, full: Cli) -> None:
        full.ok("queue edit 2 --text -", input="Better words: é.\n".encode())
        whole = full.json("queue show 2")
        assert (whole["text"].strip(), whole["original"].strip()) == ("Better words: é.", "Two.")
        assert "--- as its author wrote it" in full.ok("queue show 2")

    def test_edit_from_a_file_and_the_subject(self, full: Cli, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("From a file.\n")
        full.ok(f"queue edit 2 --text {tmp_path / 'text'} --subject Renamed")
        whole = full.json("queue show 2")
        assert (whole["text"].strip(), whole["subject"]) == ("From a file.", "Renamed")
        full.ok("queue edit 2 --subject", "Only the subject")
        assert full.json("queue show 2")["text"].strip() == "From a file."

    def test_an_empty_subject(self, full: Cli) -> None:
        said = "contribution 2: an empty subject; write one, or leave it as it is"
        for subject in ("", " ", "\u200b\r\n"):
            assert full.refused("queue edit 2 --subject", subject) == said
        with full.house() as house:
            house.session.write(lambda c: contributions.change(c, 2, {"subject": ""}))
        full.ok("queue edit 2 --text -", input=b"It had none.\n")
        assert full.json("queue show 2")["text"].strip() == "It had none."

    def test_edit_in_an_editor(self, full: Cli, tmp_path: Path) -> None:
        editor = tmp_path / "editor"
        editor.write_text("#!/bin/sh\nsed -i -e 's/^Subject: Second$/Subject: Mended/' -e 's/Two/Deux/' \"$1\"\n")
        editor.chmod(0o755)
        env = {"EDITOR": str(editor), "VISUAL": str(editor)}
        assert full.ok("queue edit 2", env=env) == "2  edited; the original is kept\n"
        whole = full.json("queue show 2")
        assert (whole["subject"], whole["text"].strip()) == ("Mended", "Deux.")
        nothing = {"EDITOR": "true", "VISUAL": "true"}
        assert full.ok("queue edit 2", env=nothing) == "nothing was changed\n"

    @pytest.mark.parametrize(
        ("editor", "said"),
        [
            ("false", "false: Editing failed; nothing was changed"),
            ("", "there is no terminal to edit in, and no EDITOR is set"),
        ],
    )
    def test_an_editor_that_cannot_be_used(
        self, full: Cli, monkeypatch: pytest.MonkeyPatch, editor: str, said: str
    ) -> None:
        monkeypatch.setenv("EDITOR", editor)
        monkeypatch.setenv("VISUAL", "")
        assert full.refused("queue edit 2") == f"{said}; hand the text in with --text FILE (- = stdin)"

    def test_an_editor_that_saves_what_is_not_utf8(self, full: Cli, tmp_path: Path) -> None:
        editor = tmp_path / "editor"
        editor.write_text('#!/bin/sh\nprintf \'caf\\351\\n\' > "$1"\ntouch -d 2001-01-01 "$1"\n')
        editor.chmod(0o755)
        answer = full.run("queue edit 2", env={"EDITOR": str(editor), "VISUAL": ""})
        assert (answer.code, answer.err.split(";")[0]) == (
            1,
            "listserv: what the editor saved is not UTF-8 (byte 4)",
        )

    @pytest.mark.parametrize("command", ["queue edit 2", "roundup edit"])
    def test_a_text_that_is_not_utf8(self, full: Cli, tmp_path: Path, command: str) -> None:
        (tmp_path / "text").write_bytes(b"caf\xe9\n")
        file = str(tmp_path / "text")
        assert full.refused(command, "--text", file) == f"{file}: not UTF-8 (byte 4); save it as UTF-8"
        assert "not UTF-8 (byte 4)" in full.refused(command, "--text", "-", input=b"caf\xe9\n")

    def test_an_empty_text(self, full: Cli) -> None:
        assert full.refused("queue edit 2 --text -", input=b"\n") == (
            "contribution 2: an empty text; to take it out: listserv queue discard"
        )

    def test_move_tag_and_claim(self, full: Cli) -> None:
        full.ok("queue move 2 --module 3")
        full.ok("queue tag 2,3 --tag Money --question 0")
        full.ok("queue claim 2 --as chief@example.org")
        whole = full.json("queue show 2")
        assert (whole["module"], whole["tags"], whole["claimed_by"]) == (3, ["money"], "chief@example.org")
        assert full.json("queue list")[0]["claimed_by"] == "chief@example.org"
        assert full.refused("queue move 2 --module 9") == "nap has no module 9; it has 1, 2, 3"
        assert full.refused("queue claim 2 --as mod@example.org").startswith(
            "contribution 2 is claimed by chief@example.org until "
        )

    def test_explain(self, full: Cli) -> None:
        rows = {row["rule"]: row for row in full.json("queue explain 2")}
        assert list(rows) == [row["rule"] for row in full.json("queue rules")]
        assert rows["every contribution"]["held"] is True
        assert rows["word limit"]["held"] is False

    @pytest.mark.parametrize("wait", ["60s", "2m", "1h", "30"])
    def test_wait(self, full: Cli, wait: str) -> None:
        full.ok("work --until-idle")
        assert full.ok(f"queue release 2 --wait {wait}").endswith(
            f" to 4 participants; it leaves after {wait}, until then: listserv queue undo 2\n"
        )
        full.ok("work --until-idle")
        assert {row["state"] for row in full.json("outbox list")[-4:]} == {"pending"}

    def test_undo_while_it_waits(self, full: Cli) -> None:
        full.ok("queue release 2-3 --wait 1h")
        assert "undo the later ones first" in full.refused("queue undo 2")
        assert full.ok("queue undo 2-9") == "3  Boris: Plans  held again\n2  Anna: Second  held again\n"
        assert {row["id"] for row in full.json("queue list")} >= {2, 3}
        assert [row["action"] for row in full.json("audit")][-2:] == ["undo", "undo"]

    def test_undo_brings_back_what_was_discarded(self, full: Cli) -> None:
        before = full.json("queue list"), full.json("inbox list")
        full.ok("queue discard 2-3 --yes")
        assert full.json("queue list") == []
        assert full.ok("queue undo 2-3") == "2  Anna: Second  held again\n3  Boris: Plans  held again\n"
        assert (full.json("queue list"), full.json("inbox list")) == before
        assert (full.json("audit")[-1]["action"], full.json("audit")[-1]["reason"]) == ("undo", "was discarded")
        full.ok("queue release 2-3")

    def test_undo_of_what_was_erased(self, full: Cli) -> None:
        full.ok("person erase boris@example.net --yes")
        assert full.refused("queue undo 3") == "contribution 3 was erased; nothing is left of it"

    def test_undo_of_what_is_no_release_that_waits(self, full: Cli) -> None:
        assert full.refused("queue undo 99") == "there is no contribution with id 99; see: listserv queue list"
        assert "is held, not released or discarded" in full.refused("queue undo 2")
        full.ok("queue release 2")
        assert "is on its way already" in full.refused("queue undo 2")

    @pytest.mark.parametrize("wait", ["soon", "-5s", "1d", "9999999999s"])
    def test_wait_for_what_is_no_time(self, full: Cli, wait: str) -> None:
        assert full.refused(f"queue release 2 --wait={wait}") == (
            f"{wait!r} is not a time to wait; write 60s, 5m or 1h"
        )


class TestRoundups:
    def test_preview_edit_send(self, full: Cli) -> None:
        assert "One." in full.ok("roundup preview")
        assert full.ok("roundup edit --text -", input=b"My own words.\n").startswith("round-up 1  edited")
        assert "My own words." in full.ok("roundup preview 1")
        said = full.ok("roundup send 1 --yes --as mod@example.org")
        assert said == "round-up 1, 3 words, to 5 participants\nsent\n"
        assert full.json("roundup list")[0]["state"] == "sent"
        first = "round-up 1 was already sent by mod@example.org on 2008-11-07 17:00 UTC"
        for late in ("roundup send 1 --yes", "roundup send 1 --dry-run", "roundup skip 1", "roundup skip 1 --dry-run"):
            assert full.refused(late) == first
        full.ok(f"tick --at {FRIDAY_ROUNDUP.isoformat()}")
        assert len(full.json("outbox list --kind roundup")) == 5

    def test_skip(self, full: Cli) -> None:
        assert full.ok("roundup skip") == "round-up 1  skipped\n"
        full.ok(f"tick --at {FRIDAY_ROUNDUP.isoformat()}")
        assert full.json("outbox list --kind roundup") == []

    def test_notes_stay_while_it_is_drawn_up_anew(self, full: Cli) -> None:
        assert full.ok("roundup note") == 'no notes; write one: listserv roundup note --agreement "…"\n'
        agreement = ("--agreement", "All want money.", "--question", "1.2")
        said = full.ok("roundup note", *agreement, "--open", "Who counts?", "--next", "Bye.")
        assert said.splitlines()[0] == "note 1  agreement; it stands in the next round-up: listserv roundup preview"
        rows = full.json("roundup note")
        assert [(row["id"], row["kind"], row["question"], row["text"]) for row in rows] == [
            (1, "agreement", "1.2", "All want money."),
            (2, "open", None, "Who counts?"),
            (3, "next", None, "Bye."),
        ]
        assert "The moderators see agreement: All want money." in full.ok("roundup preview")
        assert full.ok("roundup note --remove 2 --remove 3") == "2 notes taken out\n"
        full.ok("queue release 2")
        told = full.ok("roundup preview")
        assert "The moderators see agreement: All want money." in told
        assert "Bye." not in told
        full.ok("roundup send --yes")
        assert full.json("roundup note") == []
        assert [row["id"] for row in full.json("roundup note 1")] == [1]

    def test_a_question_is_for_a_point_of_agreement(self, full: Cli) -> None:
        answer = full.run("roundup note --intro Hello --question 1.2")
        assert answer.code == 2
        assert "give one with --agreement" in answer.err

    def test_preview_in_another_language(self, full: Cli) -> None:
        assert "## La suite" in full.ok("roundup preview --language fr")
        assert full.refused("roundup preview --language xx") == (
            "there are no words in 'xx'; the site's languages: en, fr, es"
        )

    def test_an_edit_that_quotes_without_a_number_is_warned_of(self, full: Cli) -> None:
        answer = full.run(
            "roundup edit --text -", input="Anna says “One.” (1)\n\n“Words that nobody here has ever said.”\n".encode()
        )
        warned = (
            "look at this: “Words that nobody here has ever said.”: "
            "these words have no number, and are in no contribution as they stand\n"
        )
        assert (answer.code, answer.err) == (0, warned)
        assert full.run("roundup preview 1").err == warned
        assert full.run("roundup send 1 --dry-run").err == warned

    def test_a_name_that_will_not_go_out_is_told(self, full: Cli) -> None:
        full.run("roundup edit --text -", input=b"As Anna, Ministry, says.\n")
        full.ok("contribution attribute 1 --attribution anonymous")
        answer = full.run("roundup preview")
        assert "As A participant, says." in answer.out
        assert answer.err == (
            "look at this: it names Anna, who no longer wants to be named: “A participant” goes out instead;"
            " take out what else tells of them: listserv roundup edit\n"
        )

    def test_one_that_is_none(self, full: Cli) -> None:
        assert full.refused("roundup preview 9") == "there is no round-up 9; see: listserv roundup list"


class TestModules:
    def states(self, cli: Cli) -> list[str]:
        return [row["state"] for row in cli.json("module list")]

    def test_advance(self, cli: Cli) -> None:
        said = cli.ok("module advance --yes")
        assert said == (
            "close module 1 (Getting started): the closing mail goes to 4 participants\n"
            "open module 2 (Drafting): the announcement with its guiding questions goes to 4 participants\ndone\n"
        )
        assert self.states(cli) == ["grace", "open", "planned"]

    def test_open_close_reopen(self, cli: Cli) -> None:
        assert cli.refused("module open 1 --yes") == "module 1 is open already"
        assert cli.refused("module close 2 --yes") == "module 2 is not open: planned"
        assert cli.refused("module reopen 1 --yes") == "module 1 has not closed: open"
        cli.ok("module close 1 --yes")
        assert cli.refused("module open 1 --yes").endswith("listserv module reopen 1")
        cli.ok("module reopen 1 --yes")
        assert self.states(cli)[0] == "open"
        assert cli.refused("module open 7 --yes") == "nap has no module 7; it has 1, 2, 3"

    @pytest.mark.parametrize("until", ["2008-11-09T18:00", "2008-11-09T22:00:00Z", "2008-11-09T18:00:00-04:00"])
    def test_extend_is_local_unless_it_has_an_offset(self, cli: Cli, until: str) -> None:
        cli.ok(f"module extend 1 --until {until}")
        assert cli.json("module list")[0]["closes_at"] == "2008-11-09T22:00:00Z"

    def test_extend_to_what_is_no_time(self, cli: Cli) -> None:
        assert cli.refused("module extend 1 --until tomorrow") == (
            "'tomorrow' is not a time; write one like 2008-11-03T09:00, local"
        )

    def test_grace_ends_by_the_dialogues_own_time(self, cli: Cli) -> None:
        """A tick with a time of its own is where the dialogue stands, for every command after it."""
        cli.ok(f"tick --at {CLOSING.isoformat()}")
        assert self.states(cli) == ["grace", "planned", "planned"]
        cli.ok(f"tick --at {SECOND.isoformat()}")
        assert self.states(cli) == ["closed", "open", "planned"]


class TestTick:
    def test_once(self, cli: Cli) -> None:
        assert cli.ok(f"tick --at {FRIDAY_DRAFT.isoformat()}") == "2 things done\n"
        assert cli.ok(f"tick --at {FRIDAY_DRAFT.isoformat()}") == "nothing is due\n"
        assert cli.ok("tick") == "nothing is due\n"

    def test_without_an_offset_it_is_utc(self, empty: Cli) -> None:
        assert empty.ok("tick --at 2008-11-03T12:59:59") == "nothing is due\n"
        assert empty.ok("tick --at 2008-11-03T13:00:00") == "1 thing done\n"

    def test_what_is_no_time(self, cli: Cli) -> None:
        assert cli.refused("tick --at noon") == "'noon' is not a time; write one like 2008-11-03T13:00:00Z"

    def test_what_is_released_between_two_ticks_is_in_the_next_round_up(self, cli: Cli) -> None:
        """Whatever the clock shows: with ticks of their own, releases come after the round-up just sent."""
        cli.ok(f"tick --at {FRIDAY_ROUNDUP.isoformat()}")
        cli.write_in("Said after the round-up.")
        cli.ok("queue release 1")
        assert "Said after the round-up." in cli.ok("roundup preview")
        cli.ok("tick --at 2008-11-14T20:00:00Z")
        assert cli.json("roundup list")[-1]["contributions"] == 1
        cli.ok("tick --at 2008-11-21T20:00:00Z")
        assert cli.json("roundup list")[-1]["contributions"] == 0


class TestOutbox:
    def test_drop_and_retry(self, full: Cli) -> None:
        number = full.json("outbox list")[0]["id"]
        assert full.ok(f"outbox drop {number} --yes --as mod@example.org") == "1 delivery given up\n"
        row = full.json("outbox list")[0]
        assert (row["state"], row["reply"], row["next_attempt_at"]) == ("failed", "dropped by mod@example.org", None)
        assert full.ok(f"outbox retry {number}") == "1 delivery will be tried again\n"
        assert full.json("outbox list")[0]["state"] == "pending"
        assert full.json("audit")[-1]["action"] == "retry"

    def test_all_leaves_out_what_somebody_gave_up(self, full: Cli) -> None:
        first, second, *others = [row["id"] for row in full.json("outbox list")]
        with full.house() as house:
            values = {"state": "failed", "code": 550, "reply": "dropped by our filter"}
            house.session.write(lambda c: c.execute(delivery.update().where(delivery.c.id == second).values(values)))
            deferred = {"state": "deferred", "code": 451, "reply": "later"}
            house.session.write(lambda c: c.execute(delivery.update().where(delivery.c.id == first).values(deferred)))
        full.ok("outbox drop --all --yes")
        said = full.ok("outbox retry --all")
        assert said == f"1 delivery will be tried again; {len(others) + 1} given up by somebody, left alone\n"
        assert [row["id"] for row in full.json("outbox list --state pending")] == [second], "a relay said so"
        assert full.ok(f"outbox retry {first}") == "1 delivery will be tried again\n"
        assert full.ok("outbox retry --all -d nap").endswith(f"; {len(others)} given up by somebody, left alone\n")
        assert "not what outbox drop gave up" in " ".join(full.ok("outbox retry --help").split())

    def test_what_was_sent_is_neither_dropped_nor_sent_again(self, full: Cli) -> None:
        full.ok("work --until-idle")
        assert full.ok("outbox drop 1 --yes").startswith("0 ")
        assert full.ok("outbox retry 1").startswith("0 ")
        assert full.json("outbox list")[0]["state"] == "sent"

    def test_work_hands_every_copy_to_the_relay_once(self, full: Cli) -> None:
        waiting = len(full.json("outbox list"))
        assert full.ok("work --until-idle") == f"0 mails processed; {waiting} copies: {waiting} sent\n"
        assert full.ok("work --until-idle") == "0 mails processed; 0 copies\n"
        boxes = list((full.place / "var" / "mail").glob("*/new/*"))
        assert len(boxes) == waiting

    def test_work_says_what_became_of_the_copies(self, full: Cli) -> None:
        waiting = len(full.json("outbox list"))
        with full.house() as house:
            house.session.write(
                lambda c: c.exec_driver_sql("UPDATE delivery SET address = 'no address ' || id WHERE id IN (1, 2)")
            )
        assert full.ok("work --until-idle") == f"0 mails processed; {waiting} copies: {waiting - 2} sent, 2 failed\n"

    def test_work_with_a_relay_that_cannot_be_reached(self, full: Cli) -> None:
        waiting = len(full.json("outbox list"))
        with socket.socket() as nobody_listens:
            nobody_listens.bind(("127.0.0.1", 0))
            there = f'host = "127.0.0.1"\nport = {nobody_listens.getsockname()[1]}\ntls = "none"'
            full.change('kind = "maildir"\npath = "var/mail"', f'kind = "smtp"\n{there}')
            said = full.ok("work --until-idle")
        assert said == f"0 mails processed; {waiting} copies: {waiting} deferred\n"

    @pytest.mark.parametrize("command", ["drop", "retry"])
    @pytest.mark.parametrize(("ids", "missing"), [("999", 999), ("1,999", 999), ("900-999", 900)])
    def test_an_unknown_id(self, full: Cli, command: str, ids: str, missing: int) -> None:
        assert full.refused(f"outbox {command} {ids} --yes") == (
            f"there is no delivery with id {missing}; see: listserv outbox list"
        )

    def test_what_is_just_being_sent_is_not_tried_again(self, full: Cli) -> None:
        with full.house() as house:
            taken = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1)
        number = taken[0].delivery
        said = full.ok(f"outbox retry {number} {number + 1}")
        assert said == "1 delivery will be tried again; 1 just being sent, left alone\n"
        with full.house() as house:
            again = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
        assert number not in [copy.delivery for copy in again]

    @pytest.mark.parametrize("way", ["none", "roundup"])
    def test_who_wants_no_copies_any_more_gets_none_of_what_was_released_before(self, full: Cli, way: str) -> None:
        full.ok("work --until-idle")
        full.ok("queue release 2")
        full.ok(f"participant set boris@example.net --delivery {way}")
        full.ok("work --until-idle")
        copies = {row["recipient"]: row for row in full.json("outbox list --kind contribution")[-4:]}
        assert {address: row["state"] for address, row in copies.items()} == {
            "anna@example.net": "sent",
            "boris@example.net": "failed",
            "chief@example.org": "sent",
            "mod@example.org": "sent",
        }
        assert copies["boris@example.net"]["reply"] == "no longer wanted when it was to be sent"


class TestInbox:
    def test_retry_of_a_parked_mail(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        from listserv.steps import find

        monkeypatch.setattr(find, "find", lambda *args: 1 / 0)
        cli.write_in()
        (row,) = cli.json("inbox list --state parked")
        assert (row["outcome"], row["reason"]) == (None, "ZeroDivisionError: division by zero")
        assert "Traceback" in cli.ok("inbox show 1")
        assert "Traceback" in cli.json("inbox show 1")["traceback"]
        assert "1 parked" in cli.ok("status")
        monkeypatch.undo()
        assert cli.ok("inbox retry 1") == "1 mail will be processed again\n"
        cli.work()
        (row,) = cli.json("inbox list")
        assert (row["state"], row["outcome"]) == ("done", "held")
        assert cli.refused("inbox retry 1") == "none of these is parked; see: listserv inbox list --state parked"

    def test_work_processes_what_came_in(self, cli: Cli) -> None:
        cli.ok("receive --recipient nap@talk.example --sender anna@example.net", input=mail())
        assert cli.json("inbox list")[0]["state"] == "new"
        assert cli.ok("work --until-idle").startswith("1 mail processed; ")
        assert cli.json("inbox list")[0]["outcome"] == "held"
