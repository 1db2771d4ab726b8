"""README and templates tell the truth: every command, every cited standard, every mail we send is named."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from listserv.cli.main import COMMANDS, root

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_readme_names_every_command(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert f"`{name}" in README, f"README does not name {name}"
    for sub in getattr(command, "commands", {}):
        assert re.search(rf"`{name} [^`]*\b{sub}\b", README), f"README does not name {name} {sub}"


def test_every_cited_rfc_stands_in_the_table_of_standards() -> None:
    table = README.partition("## Standards")[2].partition("\n## ")[0]
    known = set(re.findall(r"RFC (\d+)", table))
    cited = {
        number
        for folder in ("listserv", "templates", "migrations", "scripts")
        for path in (TOP / folder).rglob("*")
        if path.suffix in (".py", ".txt", ".html", ".toml", "") and path.is_file()
        for number in re.findall(r"RFC ?(\d{3,5})", path.read_text("utf-8", "replace"))
    }
    assert cited - known == set()


def test_the_quick_start_is_two_commands() -> None:
    start = README.partition("## What you see")[0]
    assert "    scripts/listserv demo\n    scripts/test\n" in start


def test_no_marks_of_unfinished_text() -> None:
    assert "<!--" not in README
