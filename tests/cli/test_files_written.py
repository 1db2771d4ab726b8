"""Files that commands write again and again: whole, over what is there only if so wished, addresses for nobody else.

`participant export --output`, `contribution export --output`, `plan --ics`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

COMMANDS = ["participant export --output", "participant export --json --output", "contribution export --output"]
COMMANDS += ["plan --ics"]


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_over_a_file_that_is_there_only_when_told_so(full: Cli, tmp_path: Path, command: str) -> None:
    full.ok(command, str(tmp_path / "fresh"))
    file = tmp_path / "there"
    file.write_text("of somebody's own\n")
    file.chmod(0o666)
    assert full.refused(command, str(file), input=b"y\n") == (f"Replace {file}? It exists already: repeat with --yes")
    assert file.read_text() == "of somebody's own\n"
    full.ok(command, str(file), "--yes")
    assert file.read_bytes() == (tmp_path / "fresh").read_bytes()
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == [], "nothing is left beside it"
    modes = {one.stat().st_mode & 0o777 for one in (file, tmp_path / "fresh")}
    assert modes == ({0o644} if command == "plan --ics" else {0o600})


def test_never_over_the_settings_or_the_database(full: Cli, command: str) -> None:
    for own in (full.toml, full.place / "var" / "listserv.db"):
        if own.exists():  # the other database is no file
            before = own.read_bytes()
            assert full.refused(command, str(own), "--yes") == f"{own} is this installation's own; name another file"
            assert own.read_bytes() == before


def test_what_cannot_be_written(full: Cli, tmp_path: Path, command: str) -> None:
    assert full.refused(command, "/nowhere/at/all") == (
        "/nowhere/at/all: cannot be written (No such file or directory); name another file"
    )
    assert "is a directory" in full.usage(command, str(tmp_path))


def test_a_link_stays_and_what_it_leads_to_is_written(full: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    link.symlink_to(target)
    full.ok(command, str(link))
    assert link.is_symlink()
    assert target.read_bytes()
    assert "repeat with --yes" in full.refused(command, str(link))


def test_what_is_no_file_is_written_to_as_it_is(full: Cli, tmp_path: Path, command: str) -> None:
    full.ok(command, "/dev/null")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        full.ok(command, str(pipe))
        assert os.read(reader, 1 << 16)
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_standard_output_by_its_name_in_the_system(full: Cli, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "listserv", "-c", str(full.toml), "contribution", "export"]
    out = tmp_path / "out"
    with out.open("wb") as stdout:
        subprocess.run([*words, "--output", "/dev/stdout"], stdout=stdout, check=True, timeout=60)
    assert [one["subject"] for one in json.loads(out.read_text())] == ["First"]
    assert full.ok("contribution export --output -") == out.read_text() == full.ok("contribution export")
    assert not Path("-").exists()


@pytest.mark.parametrize("command", ["plan preview open-2 --html", "roundup preview --html"])
class TestALook:
    def test_over_the_one_before_whole_and_for_oneself(self, full: Cli, tmp_path: Path, command: str) -> None:
        file = tmp_path / "look.html"
        file.write_text("of the last time " * 100_000)
        full.ok(command, str(file))
        assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
        assert "of the last time" not in file.read_text("utf-8")
        assert file.stat().st_mode & 0o777 == 0o600
        assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []

    def test_never_over_the_settings_or_the_database(self, full: Cli, command: str) -> None:
        for own in (full.toml, full.place / "var" / "listserv.db"):
            if own.exists():
                before = own.read_bytes()
                assert full.refused(command, str(own)) == f"{own} is this installation's own; name another file"
                assert own.read_bytes() == before

    def test_what_cannot_be_written(self, full: Cli, command: str) -> None:
        assert full.refused(command, "/nowhere/x.html").startswith("/nowhere/x.html: cannot be written")


def test_who_reads_only_the_beginning_hears_no_complaint(full: Cli) -> None:
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, "-m", "listserv", "-c", str(full.toml), "contribution", "export"]
    try:
        done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_what_is_written_is_said(full: Cli, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    assert full.ok(f"participant export --output {file}") == f"{file}  written\n"
    file = tmp_path / "contributions.json"
    assert full.ok(f"contribution export --output {file}") == f"{file}  written\n"
    assert json.loads(file.read_text()) == json.loads(full.ok("contribution export"))


def test_people_as_json_go_to_the_file_too(full: Cli, tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    assert full.ok(f"participant export --json --output {file}") == f"{file}  written\n"
    assert json.loads(file.read_text()) == full.json("participant list")


def test_the_plan_as_json_stays_json_beside_its_file(full: Cli, tmp_path: Path) -> None:
    assert full.json("plan --ics", str(tmp_path / "plan.ics")) == full.json("plan")
    assert "options stand after the command" in full.usage("plan --yes preview midweek-1")
