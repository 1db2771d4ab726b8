"""The program as a whole: help, exit statuses, one line on standard error, and what reaches a terminal (DESIGN §6)."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from listserv.cli import receive
from listserv.cli.main import COMMANDS, root
from listserv.store import inbox
from listserv.store.session import GroupingSession, Session
from tests.cli.conftest import Cli
from tests.house import House, folder, mail

EXIT_75 = "listserv: temporary failure, try again: "


def paths() -> Iterator[tuple[str, ...]]:
    """Every command and sub-command that exists."""
    for name in COMMANDS:
        yield (name,)
        command = root.get_command(click.Context(root), name)
        if isinstance(command, click.Group):
            for sub in command.commands:
                yield name, sub


ALL = list(paths())
GROUPS = {
    "module": "list show open close advance extend reopen",
    "queue": "list show attachment release undo return discard edit move tag claim attribute rules explain",
    "contribution": "list show tag tags attribute export",
    "survey": "show remind",
    "participant": "list add import export approve decline set pause reinstate remove merge",
    "person": "export erase",
    "dialogue": "list close continue",
    "export": "mbox bundle",
    "import": "mbox bundle",
    "roundup": "list preview edit send skip",
    "outbox": "list summary retry drop",
    "inbox": "list show retry",
    "db": "upgrade",
    "dkim": "new show",
    "resources": "hide restore",
    "report": "build list show edit restore send",
}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_of_every_command(cli: Cli, path: tuple[str, ...]) -> None:
    for option in ("--help", "-h"):
        answer = cli.raw(*path, option)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.startswith(f"Usage: listserv {' '.join(path)}")
        assert "README" not in answer.out
        assert len(answer.out.splitlines()) > 3


LOOKS = ["list", "show", "preview", "export", "summary", "rules", "explain", "attachment", "tags", "build"]
# Or run until they are stopped.
ONLY_LOOK = [
    "serve",
    "demo",
    "check",
    "doctor",
    "plan",
    "status",
    "figures",
    "trace",
    "audit",
    "export",
    "coverage",
    "rehearse",
]
CHANGING = [path for path in ALL if path[-1] not in (*LOOKS, *GROUPS) and path[0] not in ONLY_LOOK]


@pytest.mark.parametrize("path", CHANGING, ids=" ".join)
def test_what_changes_something_accepts_yes_and_says_who_acts(cli: Cli, path: tuple[str, ...]) -> None:
    said = cli.raw(*path, "--help").out
    assert "--yes" in said
    assert "--as ADDRESS" in said


@pytest.mark.parametrize("group", GROUPS)
def test_sub_commands_are_those_of_the_contract(group: str) -> None:
    command = root.get_command(click.Context(root), group)
    assert isinstance(command, click.Group)
    assert set(command.commands) >= set(GROUPS[group].split())


def test_help_needs_no_settings_and_names_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = Cli(tmp_path, monkeypatch).raw("--help").out
    for name, (_, text) in COMMANDS.items():
        assert f"\n  {name} " in said
        assert text.split()[0] in said
    assert list(tmp_path.iterdir()) == []


def test_version(cli: Cli) -> None:
    from listserv import __version__

    assert cli.raw("--version").out == f"listserv, version {__version__}\n"


class TestExitStatus:
    @pytest.mark.parametrize(
        "words",
        [
            "nonsense",
            "queue nonsense",
            "queue show",
            "queue show x",
            "queue list --nonsense",
            "participant add",
            "receive",
            "queue release",
            "apply --start soon",
            "module open",
        ],
    )
    def test_usage_is_2(self, cli: Cli, words: str) -> None:
        assert cli.usage(words).startswith("Usage: listserv")

    def test_no_command_at_all_is_usage(self, cli: Cli) -> None:
        assert cli.raw().code == 2

    @pytest.mark.parametrize(
        "words", ["queue show 99", "module show 9", "trace x", "serve --only tea", "participant pause nobody@x.example"]
    )
    def test_refused_is_1_with_one_line(self, cli: Cli, words: str) -> None:
        assert cli.refused(words)

    def test_settings_that_are_not_there(self, cli: Cli) -> None:
        answer = cli.raw("-c", str(cli.place / "other.toml"), "status")
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
        assert str(cli.place / "other.toml") in answer.err

    def test_settings_from_the_environment(self, cli: Cli) -> None:
        assert cli.raw("module", "list", env={"LISTSERV_CONFIG": str(cli.toml)}).code == 0

    @pytest.mark.sqlite("breaks the file")
    @pytest.mark.parametrize("command", ["queue list", "status", "tick", "queue release 1"])
    def test_database_trouble_is_75(self, cli: Cli, command: str) -> None:
        file = cli.place / "var" / "listserv.db"
        file.write_bytes(b"this is no database at all, " * 100)
        answer = cli.run(command)
        assert (answer.code, answer.out, answer.err.count("\n")) == (75, "", 1)
        assert answer.err.startswith(EXIT_75)

    def test_another_schema_is_refused_with_what_to_do(self, cli: Cli) -> None:
        with cli.house() as house:
            house.session.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
        assert "newer than this listserv" in cli.refused("status")

    def test_a_database_of_another_schema_is_let_go_of(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """On PostgreSQL a connection that is merely forgotten stays on the server until the process ends."""
        with cli.house() as house:
            house.session.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
        closed, close = [], Session.close
        monkeypatch.setattr(Session, "close", lambda self: (closed.append(self.role), close(self)))
        cli.refused("status")
        assert closed == ["listserv status"]

    @pytest.mark.sqlite("its folder")
    def test_a_database_folder_that_cannot_be_made(self, cli: Cli) -> None:
        cli.change("sqlite:///var/listserv.db", "sqlite:///listserv.toml/listserv.db")
        answer = cli.run("status")
        assert (answer.code, answer.err.count("\n")) == (1, 1)
        assert "listserv.toml" in answer.err

    @pytest.mark.sqlite("the engine lock")
    def test_one_engine_at_a_time_on_sqlite(self, cli: Cli) -> None:
        engine = GroupingSession(f"sqlite:///{cli.place / 'var' / 'listserv.db'}")
        try:
            for command in ("work --until-idle", "work", "serve"):
                said = cli.refused(command)
                assert said == "listserv.db is in use by another serve or work; stop it, or set a PostgreSQL URL"
            for command in ("status", "tick", "queue list", "participant pause anna@example.net"):
                cli.ok(command)  # beside it, all others run
        finally:
            engine.close()
        cli.ok("work --until-idle")

    def test_several_dialogues_have_to_be_named(self, cli: Cli) -> None:
        text = cli.toml.read_text()
        cli.toml.write_text(text + text[text.index("[[dialogue]]") :].replace('"nap"', '"other"'))
        cli.ok("apply")
        assert cli.refused("module list") == "several dialogues exist; name one with -d: nap, other"
        assert len(cli.json("module list -d other")) == 3
        assert cli.json("participant list -d other")[0]["address"] == "mod@example.org"

    def test_of_many_dialogues_a_refusal_names_a_few(self, cli: Cli) -> None:
        text = cli.toml.read_text()
        one = text[text.index("[[dialogue]]") :]
        more = (one.replace('"nap"', f'"more{number}"') for number in range(10, 22))
        cli.toml.write_text(text + "".join(more))
        cli.ok("apply")
        assert cli.refused("module list") == (
            "several dialogues exist; name one with -d: nap, more10, more11, more12, more13, more14, more15, more16"
            " and 5 more (listserv dialogue list)"
        )
        assert cli.refused("module list -d napp") == (
            "there is no dialogue 'napp'; there is: nap and 12 more (listserv dialogue list)"
        )


class TestReceive:
    TO = "--recipient nap@talk.example --sender anna@example.net"

    def test_kept(self, cli: Cli) -> None:
        content = mail()
        assert cli.ok(f"receive {self.TO} --recipient nap-owner@talk.example", input=content) == ""
        rows = cli.json("inbox list")
        assert [row["recipient"] for row in rows] == ["nap@talk.example", "nap-owner@talk.example"]
        assert {(row["state"], row["sender"]) for row in rows} == {("new", "anna@example.net")}
        with cli.house() as house:
            assert house.one("raw")["content"] == content

    def test_any_bytes_are_kept_as_they_are(self, cli: Cli) -> None:
        content = b"\xff\0\r\nx: \x1b[31m\n\n\n"
        cli.ok(f"receive {self.TO}", input=content)
        with cli.house() as house:
            assert house.one("raw")["content"] == content

    TO_ALL = ("receive", "--recipient", "nap@talk.example")

    @pytest.mark.parametrize("sender", ["", "<>"])
    def test_the_null_sender_is_said(self, cli: Cli, sender: str) -> None:
        cli.ok(*self.TO_ALL, "--sender", sender, input=mail())
        cli.work()
        (row,) = cli.json("inbox list")
        assert (row["sender"], row["outcome"]) == ("", "automatic")

    @pytest.mark.parametrize(
        ("headers", "author", "sender", "outcome"),
        [
            ({}, "Anna <anna@example.net>", "anna@example.net", "held"),
            ({"Return-Path": "<anna+x@example.net>"}, "Anna <anna@example.net>", "anna+x@example.net", "held"),
            ({"Return-Path": "<>"}, "Anna <anna@example.net>", "", "automatic"),
            ({"Return-Path": "nothing at all"}, "Anna <anna@example.net>", "anna@example.net", "held"),
            ({}, "a@example.net, b@example.net", "unknown", "held"),
        ],
    )
    def test_without_a_sender_the_mail_tells_it(
        self, cli: Cli, headers: dict[str, str], author: str, sender: str, outcome: str
    ) -> None:
        """Not told is not the null sender: what people write must not be taken for a machine's."""
        cli.ok(*self.TO_ALL, input=mail(author=author, headers=headers))
        cli.work()
        (row,) = cli.json("inbox list")
        assert (row["sender"], row["outcome"]) == (sender, outcome)

    def test_a_sender_in_brackets(self, cli: Cli) -> None:
        cli.ok(*self.TO_ALL, "--sender", "<anna@example.net>", input=mail())
        assert cli.json("inbox list")[0]["sender"] == "anna@example.net"

    @pytest.mark.parametrize("content", [b"", b"\r\n \n"])
    def test_an_empty_mail_is_65(self, cli: Cli, content: bytes) -> None:
        before = cli.dump()
        answer = cli.run(f"receive {self.TO}", input=content)
        assert (answer.code, answer.err) == (65, "listserv: an empty mail\n")
        assert cli.dump() == before

    def test_a_mail_too_large_is_65(self, cli: Cli) -> None:
        cli.change("[clock]", '[intake.smtp]\nmax_size = "64 KB"\n\n[clock]')
        answer = cli.run(f"receive {self.TO}", input=b"x" * 64_001)
        assert (answer.code, answer.err) == (65, "listserv: the mail has 64,001 bytes; at most 64,000 are taken\n")
        assert cli.json("inbox list") == []
        cli.ok(f"receive {self.TO}", input=b"x" * 64_000)

    def test_of_a_mail_too_large_no_more_is_kept_than_it_takes_to_tell(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 1_000_000)))
        content, size = receive._read(1000)
        assert (len(content), size) == (1000, 1_000_000)

    @pytest.mark.parametrize(
        "address",
        ["other@talk.example", "nap@elsewhere.example", "nap-tea@talk.example", f"nap+{'a' * 26}@talk.example"],
    )
    def test_an_unknown_address_is_67(self, cli: Cli, address: str) -> None:
        before = cli.dump()
        answer = cli.run(f"receive {self.TO} --recipient {address}", input=mail())
        assert (answer.code, answer.err) == (67, f"listserv: no such address here: {address}\n")
        assert cli.dump() == before

    @pytest.mark.sqlite("breaks the file")
    def test_whatever_has_to_be_mended_first_is_75_so_that_the_mta_keeps_the_mail(self, cli: Cli) -> None:
        file = cli.place / "var" / "listserv.db"
        good = file.read_bytes()
        with cli.house() as house:
            house.session.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
        other_schema = cli.run(f"receive {self.TO}", input=mail())
        file.write_bytes(b"this is no database at all, " * 100)
        broken = cli.run(f"receive {self.TO}", input=mail())
        file.write_bytes(good)
        toml = cli.toml.read_text()
        cli.change("word_limit = 50", "word_limit = ")
        bad_settings = cli.run(f"receive {self.TO}", input=mail())
        cli.toml.unlink()
        no_settings = cli.run(f"receive {self.TO}", input=mail())
        cli.toml.write_text(toml)
        cli.change("sqlite:///var/listserv.db", "sqlite:///listserv.toml/listserv.db")
        no_folder = cli.run(f"receive {self.TO}", input=mail())
        for answer in (other_schema, broken, bad_settings, no_settings, no_folder):
            assert (answer.code, answer.out, answer.err.count("\n")) == (75, "", 1), answer
            assert answer.err.startswith(EXIT_75)

    def test_a_sender_that_is_no_utf_8_is_kept_as_far_as_it_goes(self, cli: Cli) -> None:
        done = outside(cli, "receive", "--recipient", "nap@talk.example", "--sender", b"j\xf6rg@x.org", input=mail())
        assert (done.returncode, done.stderr) == (0, b"")
        assert [row["sender"] for row in cli.json("inbox list")] == ["j\ufffdrg@x.org"]

    def test_without_an_input_it_is_75(self, cli: Cli) -> None:
        done = outside(cli, *self.TO_ALL, shell="<&-")
        assert (done.returncode, done.stderr.count(b"\n")) == (75, 1)

    def test_what_is_a_mistake_of_ours_is_75_too(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """1 means nothing to an MTA, and it may send the mail back."""
        monkeypatch.setattr(inbox, "add", lambda *words: 1 // 0)
        answer = cli.run(f"receive {self.TO}", input=mail())
        assert (answer.code, answer.err) == (
            75,
            EXIT_75 + "not kept (ZeroDivisionError integer division or modulo by zero)\n",
        )


def outside(cli: Cli, *words: str | bytes, shell: str = "", input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """As a process of its own. `shell`: what becomes of its streams."""
    command = [sys.executable, "-m", "listserv", "-c", str(cli.toml), *words]
    if shell:
        command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
    return subprocess.run(command, cwd=Path(__file__).parents[2], input=input, capture_output=True, timeout=60)


class TestOutput:
    @pytest.mark.parametrize(
        "words", [("check",), ("--help",), ("queue", "discard", "1", "--yes"), ("audit", "--json")]
    )
    def test_where_it_does_not_fit_one_line_says_so(self, cli: Cli, words: tuple[str, ...]) -> None:
        with cli.house() as house:
            house.contribute()
        done = outside(cli, *words, shell=">/dev/full")
        told = b"listserv: what was done could not be said in full: No space left on device\n"
        assert (done.returncode, done.stderr) == (1, told)

    def test_closed_it_is_as_good_as_none(self, cli: Cli) -> None:
        assert outside(cli, "queue", "list", shell=">&-").stderr.count(b"\n") <= 1

    def test_who_cannot_be_asked_is_told_of_yes(self, cli: Cli) -> None:
        with cli.house() as house:
            house.contribute()
        done = outside(cli, "queue", "discard", "1", shell="<&-")
        assert done.returncode == 1
        assert b"repeat with --yes" in done.stderr


class TestInput:
    @pytest.mark.parametrize("words", [("queue", "list", "-d", b"\xff"), ("participant", "add", b"\xff@x.org")])
    def test_what_is_no_utf_8_is_usage(self, cli: Cli, words: tuple[str | bytes, ...]) -> None:
        done = outside(cli, *words)
        assert done.returncode == 2
        assert b"is not UTF-8" in done.stderr.splitlines()[-1]

    @pytest.mark.parametrize(
        "words",
        [
            "tick --at 9999-12-31T23:59:59Z",
            "tick --at 0001-01-01T00:00:00+14:00",
            "module extend 1 --until 9999-12-31T23:59 --yes",
            "plan move reminder-1 --to 9999-12-31T23:00 --yes",
            "participant add p\u202e@x.org",
            "participant set anna@example.net --name A\u202eB",
        ],
    )
    def test_what_cannot_be_is_refused_with_one_line(self, cli: Cli, words: str) -> None:
        before = cli.dump()
        assert cli.refused(words)
        assert cli.dump() == before

    def test_more_than_there_can_be_is_usage(self, cli: Cli) -> None:
        assert "--limit" in cli.usage("queue list --limit 9223372036854775808")


class TestHostileText:
    """Nothing of others reaches a terminal that could change what it shows."""

    HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b2J \u202egnp.exe\u2066\u200b\ufeff"

    @classmethod
    def everywhere(cls, house: House) -> None:
        row = house.contribute()
        columns = ("subject", "from_name", "text", "cut")
        values = ", ".join(f"{one} = :it" for one in columns)
        house.sql(f"UPDATE contribution SET {values}", it=cls.HOSTILE)
        house.release(row["id"])
        house.contribute("Two.", subject="Second \u202e\u2066")
        house.sql("UPDATE contribution SET subject = :it", it=cls.HOSTILE)
        for statement in (
            "UPDATE person SET name = :it, country = :it, organisation = :it",
            "UPDATE mailing SET subject = :it, kind = substr(:it, 1, 30)",
            "UPDATE inbox SET subject = :it, reason = :it, message_id = :it",
            "UPDATE delivery SET reply = :it, state = 'failed', code = 2 * length(:it)",
        ):
            house.sql(statement, it=cls.HOSTILE)

    @pytest.fixture
    def hostile(self, tmp_path: Path, cli_of: Callable[[Path], Cli]) -> Cli:
        return cli_of(folder(tmp_path, after=self.everywhere))

    VIEWS = (
        "queue list",
        "queue list --state all",
        "queue show 1",
        "queue show 2",
        "queue explain 2",
        "queue release 2 --dry-run",
        "contribution list",
        "contribution show 1",
        "participant list",
        "outbox list",
        "trace anna@example.net",
        "inbox list",
        "inbox show 1",
        "figures",
        "roundup preview",
        "status",
        "audit",
    )

    @pytest.mark.parametrize("command", VIEWS)
    @pytest.mark.parametrize("form", ["", "--json"])
    def test_view(self, hostile: Cli, command: str, form: str) -> None:
        if form and command in ("queue release 2 --dry-run", "roundup preview"):
            form = ""
        said = hostile.ok(f"{command} {form}")
        assert said.strip()
        assert [c for c in said if c in self.HOSTILE and not c.isalnum() and c not in " .;[]"] == []

    def test_json_still_gives_the_text_as_it_is(self, hostile: Cli) -> None:
        assert hostile.json("queue show 2")["subject"] == self.HOSTILE

    def test_release_and_its_refusal(self, hostile: Cli) -> None:
        for answer in (hostile.run("queue release 2 1"), hostile.run("queue discard --all")):
            for said in (answer.out, answer.err):
                assert "\x1b" not in said
                assert "\u202e" not in said


class TestProcess:
    """A few of these once more as a program of its own."""

    def run(self, cli: Cli, *words: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        code = "from listserv.cli.main import main; main()"
        root = str(Path(__file__).parent.parent.parent)
        env = {**os.environ, "PYTHONPATH": root, "PYTHONWARNINGS": "error"}
        command = [sys.executable, "-c", code, "-c", str(cli.toml), *words]
        return subprocess.run(command, input=input, capture_output=True, timeout=60, env=env, check=False)

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("queue list", 0),
            ("queue list --nonsense", 2),
            ("queue show 99", 1),
            ("module close 1", 1),
            ("receive --recipient x@elsewhere.example", 67),
        ],
    )
    def test_status_and_no_traceback(self, cli: Cli, words: str, code: int) -> None:
        done = self.run(cli, *words.split(), input=b"x\n")
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
        assert (done.stderr == b"") is (code == 0)
        if code in (1, 67):
            assert done.stderr.count(b"\n") == 1
            assert done.stdout.count(b"--yes") == 0

    def test_a_reader_that_goes_away(self, full: Cli) -> None:
        code = "from listserv.cli.main import main; main()"
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
        command = [sys.executable, "-c", code, "-c", str(full.toml), "outbox", "list", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 1
