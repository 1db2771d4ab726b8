"""`listserv participant`: adding, importing, exporting, and what is wrong with a file, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.house import DOMAIN

KNOWN = "address, name, country, organisation, sector, gender, language, role, status, delivery, stage"


def who(cli: Cli, address: str) -> Any:
    return next((row for row in cli.json("participant list") if row["address"] == address), None)


def kinds(cli: Cli, address: str) -> list[str]:
    return [row["kind"] for row in cli.json("outbox list") if row["recipient"] == address]


class TestAdd:
    def test_active_at_once_with_welcome_and_announcement(self, cli: Cli) -> None:
        assert cli.ok("participant add pia@example.net --name", "Pia Sol", "--country", "CL") == "added: 1\n"
        row = who(cli, "pia@example.net")
        assert (row["name"], row["country"], row["status"], row["role"], row["delivery"]) == (
            "Pia Sol",
            "CL",
            "active",
            "participant",
            "each",
        )
        assert kinds(cli, "pia@example.net") == ["welcome", "announcement"]

    def test_asked_first(self, cli: Cli) -> None:
        assert cli.ok("participant add pia@example.net --invite") == "invited: 1\n"
        assert who(cli, "pia@example.net")["status"] == "invited"
        assert kinds(cli, "pia@example.net") == ["invitation"]

    def test_without_a_welcome(self, cli: Cli) -> None:
        cli.ok("participant add pia@example.net --no-welcome --delivery roundup --role moderator")
        assert kinds(cli, "pia@example.net") == []
        row = who(cli, "pia@example.net")
        assert (row["delivery"], row["role"]) == ("roundup", "moderator")

    def test_a_language_that_letters_are_not_in(self, cli: Cli) -> None:
        note = "letters are not in Swahili (sw) but in English; [site] languages has: en, fr, es\n"
        said = cli.ok("participant add pia@example.net --language sw --dry-run")
        assert said.splitlines(keepends=True)[1] == f"  note: {note}"
        assert cli.ok("participant add pia@example.net --language sw") == f"added: 1\nnote, of 1 person: {note}"

    def test_own_profile_fields(self, cli: Cli) -> None:
        cli.ok("participant add pia@example.net --field stage=published")
        assert who(cli, "pia@example.net")["stage"] == "published"
        assert cli.refused("participant add leo@example.net --field height=2") == (
            "no profile field 'height'; there is stage"
        )

    @pytest.mark.parametrize("address", ["pia", "pia@", "@example.net", "pia sol@example.net", "a@b\r\nBcc: c@d", ""])
    def test_an_address_that_is_none(self, cli: Cli, address: str) -> None:
        expected = f"{address.strip()!r} is not a mail address; write name@example.org"
        assert cli.refused("participant add", address) == expected

    @pytest.mark.parametrize("local", ["nap", "NAP-Owner", "nap-leave", "postmaster"])
    @pytest.mark.parametrize("how", ["", "--dry-run", "--invite"])
    def test_an_address_of_ours_takes_no_part(self, cli: Cli, local: str, how: str) -> None:
        """Two dialogues that take part in each other would fill each other's queue."""
        address = f"{local}@{DOMAIN}"
        expected = f"{address} is an address of ours; write one where a person reads"
        assert cli.refused(f"participant add {how}", address) == expected

    def test_who_takes_part_already_is_brought_up_to_date(self, cli: Cli) -> None:
        before = kinds(cli, "anna@example.net")
        assert cli.ok("participant add ANNA@Example.net --sector government") == "changed: 1\n"
        assert (who(cli, "anna@example.net")["sector"], who(cli, "anna@example.net")["name"]) == ("government", "Anna")
        assert kinds(cli, "anna@example.net") == before

    def test_nothing_new_is_no_change(self, cli: Cli) -> None:
        before = cli.dump()
        assert cli.ok("participant add anna@example.net --name Anna --field stage=planned") == "unchanged: 1\n"
        assert cli.dump() == before

    @pytest.mark.parametrize("status", ["left", "declined"])
    def test_who_said_no_comes_back_on_purpose_only(self, cli: Cli, status: str) -> None:
        with cli.house() as house:
            house.set("anna@example.net", status=status)
        said = {"left": "has left", "declined": "was declined"}[status]
        for option in ("", "--invite"):
            assert cli.refused(f"participant add Anna@example.net --country IT {option}") == (
                f"Anna@example.net {said}; to bring them back: listserv participant add Anna@example.net --again"
            )
        assert cli.ok("participant add anna@example.net --again --country IT") == "added: 1\n"
        assert (who(cli, "anna@example.net")["status"], who(cli, "anna@example.net")["country"]) == ("active", "IT")
        assert kinds(cli, "anna@example.net")[-1] == "welcome"

    @pytest.mark.parametrize(
        ("option", "said"),
        [
            ("--field stage=bogus", "stage 'bogus': write one of planned, published"),
            ("--language x-y", "language 'x-y': write its tag, like en, fr or pt-BR"),
            ("--language xx", "language 'xx': write its tag, like en, fr or pt-BR"),
            ("--language und", "language 'und': write its tag, like en, fr or pt-BR"),
            (f"--name {'N' * 300}", "name has 300 characters; 200 are the most"),
            (f"--organisation {'N' * 300}", "organisation has 300 characters; 200 are the most"),
            ("--field address=q@example.net", "no profile field 'address'; there is stage"),
        ],
    )
    def test_values_that_cannot_be_are_refused_and_when_changed_too(self, cli: Cli, option: str, said: str) -> None:
        assert cli.refused(f"participant add pia@example.net {option}") == said
        assert cli.refused(f"participant set anna@example.net {option}") == said

    @pytest.mark.parametrize("language", ["en", "fr", "pt-BR", "sw", "zh-Hant-TW"])
    def test_a_language_we_have_no_words_for_will_do(self, cli: Cli, language: str) -> None:
        cli.ok(f"participant add pia@example.net --language {language} --name {'N' * 200}")
        assert who(cli, "pia@example.net")["language"] == language

    def test_a_field_has_a_value(self, cli: Cli) -> None:
        for command in ("add", "set"):
            assert "write KEY=VALUE" in cli.usage(f"participant {command} anna@example.net --field stage")

    def test_choices_are_checked_by_the_command_line(self, cli: Cli) -> None:
        assert "--delivery" in cli.usage("participant add pia@example.net --delivery weekly")
        assert "--role" in cli.usage("participant add pia@example.net --role king")


class TestImport:
    def refused(self, cli: Cli, content: str | bytes) -> str:
        file = cli.place / "people.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        said = cli.refused("participant import", str(file))
        assert said.startswith(str(file)) or not said.startswith("/")
        return said.replace(str(file), "FILE")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "FILE:1: no column named address; the columns are those of: listserv participant list --json"),
            (
                "name\nPia\n",
                "FILE:1: no column named address; the columns are those of: listserv participant list --json",
            ),
            ("address,height\np@example.net,2\n", f"FILE:1: unknown column 'height'; known are {KNOWN}"),
            (
                "address,name\np@example.net,P\nnonsense,N\n",
                "FILE:3: 'nonsense' is not a mail address; write name@example.org",
            ),
            ("address,name\np@example.net,P\nq@example.net\n", "FILE:3: 2 values are needed, as in the first line"),
            ("address,name\np@example.net,P,1\n", "FILE:2: 2 values are needed, as in the first line"),
            (
                "address,role\np@example.net,king\n",
                "FILE:2: role 'king': write one of participant, moderator, organiser",
            ),
            (
                "address,delivery\np@example.net,weekly\n",
                "FILE:2: delivery 'weekly': write one of each, daily, roundup, none",
            ),
            (
                "address,status\np@example.net,here\n",
                "FILE:2: status 'here': write one of requested, invited, active, paused, left, declined",
            ),
            (b"address,name\np@example.net,\x81\n", "FILE:2: neither UTF-8 nor Windows-1252; save it as CSV UTF-8"),
            ("address,name,Name\n", "FILE:1: two columns are named 'name'"),
            (
                "address\nnonsense\np@example.net\nother\n",
                "FILE:2: 'nonsense' is not a mail address; write name@example.org (and 1 more; --dry-run tells of each"
                " line)",
            ),
            ("address,name\np@example.net,P\x1b[31m\n", "FILE:2: name has control characters"),
            (
                "address\np@example.net\nq@example.net\nP@Example.NET\n",
                "FILE:4: P@Example.NET stands twice; it is in line 2 already",
            ),
            ("address,stage\np@example.net,bogus\n", "FILE:2: stage 'bogus': write one of planned, published"),
            ("address,stage\np@example.net,a\tb\n", "FILE:2: stage 'a b': write one of planned, published"),
            (f"address,name\np@example.net,{'N' * 201}\n", "FILE:2: name has 201 characters; 200 are the most"),
            (
                "address,language\np@example.net,Frensh\n",
                "FILE:2: language 'Frensh': write its tag, like en, fr or pt-BR; did you mean French (fr)?",
            ),
            (
                "address,language\np@example.net,e\n",
                "FILE:2: language 'e': write its tag, like en, fr or pt-BR",
            ),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line_and_nothing_is_written(
        self, cli: Cli, content: str | bytes, said: str
    ) -> None:
        assert self.refused(cli, content) == said

    @pytest.mark.parametrize("content", ['address,name\np@example.net,"open\n', "address,name\np@example.net,\0\n"])
    def test_a_broken_csv_is_said_with_its_line(self, cli: Cli, content: str) -> None:
        assert self.refused(cli, content).startswith("FILE:2: ")

    @pytest.mark.parametrize(
        "content",
        [
            "address,name,stage\np@example.net,Pia,planned\nq@example.net,Quim,\n",
            "\ufeffaddress,name,stage\np@example.net,Pia,planned\nq@example.net,Quim,\n",
            "Address;Name;Stage\r\np@example.net;Pia;planned\r\nq@example.net;Quim;\r\n",
            "address\tname\tstage\np@example.net\tPia\tplanned\n\n\t\t\nq@example.net\tQuim\t\n",
        ],
        ids=["comma", "mark", "semicolon", "tab"],
    )
    def test_as_spreadsheets_write_it(self, cli: Cli, content: str) -> None:
        file = cli.place / "people.csv"
        file.write_bytes(content.encode())
        assert cli.ok("participant import", str(file)) == "added: 2\n"
        assert (who(cli, "p@example.net")["name"], who(cli, "p@example.net")["stage"]) == ("Pia", "planned")
        assert kinds(cli, "q@example.net") == ["welcome", "announcement"]

    def test_from_standard_input_dry(self, cli: Cli) -> None:
        before = cli.dump()
        said = cli.ok("participant import - --dry-run", input=b"address,name\np@example.net,Pia\n")
        assert said == "2  would add p@example.net Pia\n1 line (new: 1); nothing was changed (--dry-run)\n"
        assert cli.dump() == before

    def test_who_has_left_stays_away_however_often_the_file_comes(self, cli: Cli) -> None:
        """Nobody is written to who has left, and nothing of theirs is changed."""
        file = cli.place / "people.csv"
        file.write_text("address,name\np@example.net,Pia\nq@example.net,Quim\nr@example.net,Rui\n")
        cli.ok(f"participant import {file}")
        cli.ok("participant remove p@example.net --yes")
        with cli.house() as house:
            house.set("q@example.net", status="declined")
        before = cli.dump()
        again = (
            "left, not added again: 1 (p@example.net); to bring somebody back: participant add ADDRESS --again\n"
            "declined, not added again: 1 (q@example.net); to bring somebody back: participant add ADDRESS --again\n"
        )
        for option in ("", "--invite"):
            assert cli.ok(f"participant import {file} {option}") == f"unchanged: 1\n{again}"
        assert cli.dump() == before
        file.write_text("address,name\nP@example.net,Pia Sol\ns@example.net,Sara\n")
        assert cli.ok(f"participant import {file}").startswith("added: 1\nleft, not added again: 1 (P@example.net); ")
        assert (who(cli, "p@example.net")["status"], who(cli, "p@example.net")["name"]) == ("left", "Pia")

    def test_who_stands_there_as_left_is_not_invited(self, cli: Cli) -> None:
        cli.ok("participant import - --invite", input=b"address,status\np@example.net,left\nq@example.net,active\n")
        assert (who(cli, "p@example.net")["status"], kinds(cli, "p@example.net")) == ("left", [])
        assert (who(cli, "q@example.net")["status"], kinds(cli, "q@example.net")) == ("invited", ["invitation"])

    def test_dry_it_says_of_each_what_would_become_of_them(self, cli: Cli) -> None:
        cli.ok("participant remove chloe@example.net --yes")
        rows = (
            "address,name,country,stage\nboris@example.net,Boris,,\nanna@example.net,Anna,IT,published\n"
            "chloe@example.net,,,\np@example.net,Pia,,\n"
        )
        before = cli.dump()
        assert cli.ok("participant import - --dry-run", input=rows.encode()) == (
            "2  is there already: boris@example.net\n"
            "3  is there already: anna@example.net (would change country, stage)\n"
            "4  left, would not be added: chloe@example.net\n"
            "5  would add p@example.net Pia\n"
            "4 lines (known: 2, left: 1, new: 1); nothing was changed (--dry-run)\n"
        )
        assert cli.ok("participant add chloe@example.net --dry-run").startswith("left, would not be added: chloe")
        assert cli.ok("participant add chloe@example.net --dry-run --again").startswith("would add chloe@example.net\n")
        assert cli.dump() == before

    def test_a_file_that_is_not_there(self, cli: Cli) -> None:
        assert "does not exist" in cli.usage("participant import nowhere.csv")


class TestExport:
    def test_and_import_again_gives_the_same_people(self, cli: Cli, empty: Cli, tmp_path: Path) -> None:
        cli.ok("participant add pia@example.net --name", 'Pia, Sol; "P"', "--no-welcome")
        cli.ok("participant pause boris@example.net")
        cli.ok("participant remove chloe@example.net --yes")
        file = tmp_path / "people.csv"
        cli.ok(f"participant export --output {file}")
        assert cli.ok("participant export") == file.read_text()
        empty.ok("participant import --no-welcome", str(file))
        assert empty.json("participant list") == cli.json("participant list")

    def test_into_itself_it_changes_nobody(self, cli: Cli, tmp_path: Path) -> None:
        before = cli.json("participant list"), cli.json("outbox list")
        cli.ok(f"participant export --output {tmp_path / 'people.csv'}")
        cli.ok("participant import", str(tmp_path / "people.csv"))
        assert (cli.json("participant list"), cli.json("outbox list")) == before

    def test_json(self, cli: Cli) -> None:
        assert cli.json("participant export") == cli.json("participant list")


class TestChange:
    def test_set(self, cli: Cli) -> None:
        cli.ok("participant set anna@example.net --delivery roundup --country", "Côte d’Ivoire")
        row = who(cli, "anna@example.net")
        assert (row["delivery"], row["country"], row["organisation"]) == ("roundup", "CI", "Ministry")
        assert "at least one" in cli.usage("participant set anna@example.net")
        assert cli.refused("participant set nobody@example.net --country FR") == (
            "nobody@example.net does not take part in nap; see: listserv participant list"
        )

    def test_set_a_language_that_letters_are_not_in(self, cli: Cli) -> None:
        note = "note: letters are not in Portuguese (pt-BR) but in English; [site] languages has: en, fr, es\n"
        assert cli.ok("participant set anna@example.net --language pt-BR").endswith(note)
        assert who(cli, "anna@example.net")["language"] == "pt-BR", "it is kept, for figures and for the day there are"
        assert "note" not in cli.ok("participant set anna@example.net --language fr-CA")
        assert "note" not in cli.ok("participant set anna@example.net --language", "")

    def test_set_that_they_get_no_private_reminders(self, cli: Cli) -> None:
        def reminded() -> int:
            (row,) = [one for one in cli.json("plan --all") if one["id"] == "nudge-1"]
            return int(row["recipients"])

        cli.change('nudge = "off"', 'nudge = "1 day before"')
        cli.ok("apply --yes")
        before = reminded()
        assert cli.ok("participant set anna@example.net --reminders no") == "anna@example.net  reminders no\n"
        assert reminded() == before - 1
        cli.ok("participant set anna@example.net --reminders yes")
        assert reminded() == before

    def test_set_a_field_of_the_dialogues_own(self, cli: Cli) -> None:
        said = cli.ok("participant set anna@example.net --field stage=published")
        assert said == "anna@example.net  stage published\n"
        assert who(cli, "anna@example.net")["stage"] == "published"
        assert cli.json("audit")[-1]["reason"] == "stage published"
        assert cli.refused("participant set anna@example.net --field height=2") == (
            "no profile field 'height'; there is stage"
        )
        cli.ok("participant set anna@example.net --country IT")
        assert who(cli, "anna@example.net")["stage"] == "published"
        cli.ok("participant set anna@example.net --field stage=")
        assert "stage" not in who(cli, "anna@example.net")

    def test_pause_and_back(self, cli: Cli) -> None:
        assert cli.ok("participant pause anna@example.net boris@example.net") == (
            "anna@example.net  paused\nboris@example.net  paused\n"
        )
        cli.ok("participant pause --off anna@example.net")
        assert [who(cli, f"{one}@example.net")["status"] for one in ("anna", "boris")] == ["active", "paused"]

    @pytest.mark.parametrize("command", ["pause", "pause --off", "set --status active", "set --status paused"])
    def test_a_pause_brings_nobody_back_who_has_left(self, cli: Cli, command: str) -> None:
        cli.ok("participant remove anna@example.net --yes")
        assert cli.refused(f"participant {command} anna@example.net") == "anna@example.net does not take part: left"

    def test_remove_says_goodbye_once(self, cli: Cli) -> None:
        assert cli.ok("participant remove anna@example.net --yes") == "anna@example.net  left\n"
        assert cli.ok("participant remove anna@example.net --yes") == "anna@example.net  had left already\n"
        assert kinds(cli, "anna@example.net").count("goodbye") == 1

    def test_approve_and_decline(self, cli: Cli) -> None:
        rows = "address,name,status\np@example.net,Pia,requested\nq@example.net,Quim,requested\n"
        cli.ok("participant import -", input=rows.encode())
        assert kinds(cli, "p@example.net") == []
        assert cli.ok("participant approve p@example.net") == "p@example.net  active\n"
        assert cli.ok("participant decline q@example.net --reason", "It is full.") == "q@example.net  declined\n"
        assert kinds(cli, "p@example.net") == ["welcome", "announcement"]
        assert kinds(cli, "q@example.net") == ["declined"]
        assert cli.refused("participant approve p@example.net") == "p@example.net takes part already"
        assert cli.refused("participant decline p@example.net") == ("p@example.net has not asked to take part: active")

    def test_who_has_left_is_added_not_approved(self, cli: Cli) -> None:
        cli.ok("participant remove anna@example.net --yes")
        assert cli.refused("participant approve anna@example.net") == (
            "anna@example.net has left; should they come back: listserv participant add anna@example.net --again"
        )
        cli.ok("participant add anna@example.net --again")
        assert who(cli, "anna@example.net")["status"] == "active"


class TestWhoActs:
    def last(self, cli: Cli) -> str:
        return str(cli.json("audit")[-1]["actor"])

    def test_before_and_after_the_command(self, cli: Cli) -> None:
        cli.raw("-c", str(cli.toml), "--as", "one@example.org", "participant", "pause", "anna@example.net")
        assert self.last(cli) == "one@example.org"
        cli.ok("participant pause anna@example.net --as two@example.org")
        assert self.last(cli) == "two@example.org"
        words = ["participant", "pause", "anna@example.net", "--as", "three@example.org"]
        cli.raw("-c", str(cli.toml), "--as", "one@example.org", *words)
        assert self.last(cli) == "three@example.org"

    def test_from_the_environment(self, cli: Cli) -> None:
        cli.ok("participant pause anna@example.net", env={"LISTSERV_AS": "env@example.org"})
        assert self.last(cli) == "env@example.org"
        cli.ok("participant pause anna@example.net --as me@example.org", env={"LISTSERV_AS": "env@example.org"})
        assert self.last(cli) == "me@example.org"

    def test_else_the_systems_user(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("getpass.getuser", lambda: "somebody")
        cli.ok("participant pause anna@example.net")
        assert self.last(cli) == "somebody"


class TestPause:
    @pytest.mark.parametrize("day", ["2008-11-10", "10 Nov", "10 novembre", "Monday 10 November 2008"])
    def test_until_a_day(self, cli: Cli, day: str) -> None:
        said = cli.ok("participant pause anna@example.net --until", day)
        assert said == "anna@example.net  paused until Monday 10 November 2008\n"
        (row,) = cli.json("participant list --status paused")
        assert (row["status"], row["delivery"], row["reason"]) == ("paused", "each", row["reason"])
        assert row["reason"].endswith(", 2008-11-04, until Mon 10 Nov 2008")
        cli.ok("participant pause anna@example.net --off")
        assert who(cli, "anna@example.net")["status"] == "active"

    @pytest.mark.parametrize(
        ("day", "said"),
        [
            ("2008-11-01", "--until '2008-11-01' is not to come; write it like 2008-11-11"),
            ("10/11/2008", "--until '10/11/2008' is no day, or may be two; write it like 2008-11-11"),
            ("soon", "--until 'soon' is no day, or may be two; write it like 2008-11-11"),
        ],
    )
    def test_a_day_that_cannot_be_changes_nothing(self, cli: Cli, day: str, said: str) -> None:
        before = cli.dump()
        assert cli.refused("participant pause anna@example.net --until", day) == said
        assert cli.dump() == before

    def test_off_and_until_at_once(self, cli: Cli) -> None:
        assert "one of the two" in cli.usage("participant pause anna@example.net --off --until 2008-11-10")

    def test_status_tells_who_gets_what(self, cli: Cli) -> None:
        cli.ok("participant set anna@example.net --delivery daily")
        cli.ok("participant pause boris@example.net --until 2008-11-10")
        status = cli.json("status")
        assert (status["delivery"], status["paused"]) == ({"each": 2, "daily": 1, "roundup": 1, "none": 0}, 1)
        assert "  Participants: 4 active (2 each, 1 daily, 1 roundup), 1 paused\n" in cli.ok("status")
