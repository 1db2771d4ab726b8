"""The command line and files: seen before release, written out safely, left out, named after it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from listserv.edge import saving
from tests.cli.conftest import Cli
from tests.enclosing import EXE, PDF, enclosing
from tests.house import HERE

KEYS = {"name", "size", "content_type", "state", "reason"}


def send(cli: Cli, *files: tuple[str, bytes], logo: bool = False) -> int:
    """Its number in the queue."""
    mail = enclosing(*files, logo=logo)
    cli.ok(f"receive --recipient {HERE} --sender anna@example.net", input=mail)
    cli.work()
    return cli.json("queue list")[-1]["id"]


class TestShow:
    def test_as_json(self, cli: Cli) -> None:
        number = send(cli, ("plan.doc", PDF), ("fun.exe", EXE), logo=True)
        logo, plan, fun = cli.json(f"queue show {number}")["attachments"]
        assert set(plan) == KEYS
        assert plan == {
            "name": "plan.doc",
            "size": 14,
            "content_type": "application/pdf",
            "state": "kept",
            "reason": "",
        }
        assert (logo["state"], fun["state"]) == ("dropped", "refused")
        assert fun["reason"] == "It is a program, or a page or picture that can run one."

    def test_for_people(self, cli: Cli) -> None:
        shown = cli.ok(f"queue show {send(cli, ('plan.pdf', PDF), ('fun.exe', EXE))}")
        assert "\nAttached: 1. plan.pdf (application/pdf, 14 bytes)\n" in shown
        assert (
            "\nAttached: 2. fun.exe (application/vnd.microsoft.portable-executable, 8 bytes); refused: It is a" in shown
        )


class TestAttachment:
    def test_all_that_was_kept(self, cli: Cli, tmp_path: Path) -> None:
        number = send(cli, ("plan.pdf", PDF), ("fun.exe", EXE), ("notes.txt", b"Notes."))
        folder = tmp_path / "look"
        folder.mkdir()
        before = cli.dump()
        assert cli.ok(f"queue attachment {number} --output {folder}").splitlines() == [
            f"1  written to {folder}/plan.pdf (application/pdf, 14 bytes)",
            "2  fun.exe was refused: It is a program, or a page or picture that can run one.",
            f"3  written to {folder}/notes.txt (text/plain, 6 bytes)",
        ]
        assert cli.dump() == before
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"plan.pdf": PDF, "notes.txt": b"Notes."}
        assert stat.S_IMODE((folder / "plan.pdf").stat().st_mode) == 0o600

    def test_one_of_them(self, cli: Cli, tmp_path: Path) -> None:
        number = send(cli, ("plan.pdf", PDF), ("fun.exe", EXE), ("notes.txt", b"Notes."))
        folder = tmp_path / "look"
        folder.mkdir()
        cli.ok(f"queue attachment {number} 3 --output {folder}")
        assert [path.name for path in folder.iterdir()] == ["notes.txt"]

    def test_here_when_no_folder_is_named(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        number = send(cli, ("plan.pdf", PDF))
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        cli.ok(f"queue attachment {number}")
        assert (tmp_path / "here/plan.pdf").read_bytes() == PDF

    def test_nothing_is_overwritten_and_no_link_followed(self, cli: Cli, tmp_path: Path) -> None:
        number = send(cli, ("plan.pdf", PDF), ("readme", b"A."))
        folder = tmp_path / "look"
        folder.mkdir()
        (folder / "plan.pdf").write_text("mine")
        (folder / "plan-2.pdf").symlink_to(tmp_path / "elsewhere")
        (folder / "readme").write_text("mine")
        cli.ok(f"queue attachment {number} --output {folder}")
        assert sorted(os.listdir(folder)) == ["plan-2.pdf", "plan-3.pdf", "plan.pdf", "readme", "readme-2"]
        assert (folder / "plan.pdf").read_text() == (folder / "readme").read_text() == "mine"
        assert (folder / "plan-3.pdf").read_bytes() == PDF
        assert not (tmp_path / "elsewhere").exists()

    @pytest.mark.parametrize("name", ["../out.txt", "..\\out.txt", "/tmp/out.txt", ".out.txt", "o\u202eut.txt\x1b[2J"])
    def test_nothing_is_written_outside(self, cli: Cli, tmp_path: Path, name: str) -> None:
        number = send(cli, (name, b"Words."))
        folder = tmp_path / "deep" / "look"
        folder.mkdir(parents=True)
        said = cli.ok(f"queue attachment {number} --output {folder}")
        assert "\x1b" not in said
        (path,) = folder.iterdir()
        assert path.name.endswith(("out.txt", "out.txt [2J"))
        assert list((tmp_path / "deep").iterdir()) == [folder]

    @pytest.mark.parametrize("name", ["é" * 100 + ".pdf", "字" * 120, "x." + "é" * 110, "x" * 300])
    def test_a_name_too_long_for_the_disk(self, cli: Cli, tmp_path: Path, name: str) -> None:
        number = send(cli, (name, PDF))
        (tmp_path / "look").mkdir()
        cli.ok(f"queue attachment {number} --output {tmp_path / 'look'}")
        (path,) = (tmp_path / "look").iterdir()
        assert path.read_bytes() == PDF

    def test_what_there_is_not(self, cli: Cli, tmp_path: Path) -> None:
        number = send(cli, ("plan.pdf", PDF), ("fun.exe", EXE))
        assert cli.refused(f"queue attachment {number} 2") == (
            "fun.exe was refused, and not kept: It is a program, or a page or picture that can run one."
        )
        assert cli.refused(f"queue attachment {number} 3") == (
            f"contribution {number} has files 1 to 2; see: queue show {number}"
        )
        assert "there is no contribution with id 99" in cli.refused("queue attachment 99")
        cli.write_in("No file.")
        assert cli.refused(f"queue attachment {number + 1}") == f"no files came with contribution {number + 1}"
        assert "does not exist" in cli.usage(f"queue attachment {number} --output {tmp_path / 'none'}")

    def test_a_folder_that_cannot_be_written_to(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = send(cli, ("plan.pdf", PDF))

        def full(*args: object) -> Path:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(saving, "save", full)
        said = cli.refused(f"queue attachment {number} --output {tmp_path}")
        assert said == f"{tmp_path}: No space left on device; name another folder with --output"


class TestEdit:
    def test_without_a_file(self, cli: Cli) -> None:
        number = send(cli, ("plan.pdf", PDF), ("notes.txt", b"Notes."))
        said = cli.ok(f"queue edit {number} --without-attachment plan.pdf --as mod@example.org")
        assert said == f"{number}  goes out without plan.pdf\n"
        plan, notes = cli.json(f"queue show {number}")["attachments"]
        assert (plan["state"], plan["reason"]) == ("dropped", "Left out by mod@example.org.")
        assert notes["state"] == "kept"
        cli.ok(f"queue release {number}")
        assert [one["name"] for one in cli.json("contribution show 1")["attachments"]] == ["notes.txt"]

    def test_and_with_another_text(self, cli: Cli) -> None:
        number = send(cli, ("plan.pdf", PDF))
        cli.ok(f"queue edit {number} --without-attachment plan.pdf --text -", input=b"Better.\n")
        shown = cli.json(f"queue show {number}")
        assert (shown["text"], shown["attachments"][0]["state"]) == ("Better.\n", "dropped")

    def test_a_name_that_is_not_there(self, cli: Cli) -> None:
        number = send(cli, ("plan.pdf", PDF))
        assert cli.refused(f"queue edit {number} --without-attachment plan.doc --text -", input=b"Better.\n") == (
            f"contribution {number} has no file 'plan.doc' to leave out; it has: plan.pdf"
        )


class TestReleased:
    def test_show_and_export_name_the_kept(self, cli: Cli) -> None:
        cli.ok(f"queue release {send(cli, ('plan.pdf', PDF), ('fun.exe', EXE), logo=True)}")
        cli.write_in("No file.")
        cli.ok("queue release --all --yes")
        plan = {"name": "plan.pdf", "size": 14, "content_type": "application/pdf"}
        assert cli.json("contribution show 1")["attachments"] == [plan]
        assert cli.ok("contribution show 1").endswith("\nAttached: plan.pdf (application/pdf, 14 bytes)\n")
        whole = cli.raw("-c", str(cli.toml), "contribution", "export").json
        assert [one["attachments"] for one in whole] == [[plan], []]


class TestCheck:
    WARNING = (
        '  warning: attachments = "link", but there is no [web] table to serve them: mails name files and say whom'
    )

    def test_links_need_pages(self, cli: Cli) -> None:
        assert self.WARNING in cli.ok("check")

    @pytest.mark.parametrize("form", ["attach", "drop"])
    def test_other_forms_do_not(self, cli: Cli, form: str) -> None:
        cli.change('slug = "nap"\n', f'slug = "nap"\nattachments = "{form}"\n')
        assert self.WARNING not in cli.ok("check")

    def test_with_pages_all_is_well(self, cli: Cli) -> None:
        cli.change("[[dialogue]]", '[web]\nhost = "127.0.0.1"\n\n[[dialogue]]')
        assert self.WARNING not in cli.ok("check")
