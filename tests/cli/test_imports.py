"""What a command imports: most of the time until it answers, so what it does not need it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Cli

ASKED = """
import atexit, sys
ours = lambda: {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
atexit.register(lambda: print(*ours(), file=sys.stderr))
from listserv.cli.main import main
main()
"""
SETTINGS = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection", "idna"}
DATABASE = {"sqlalchemy", "greenlet"}


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        ("--help", set()),
        ("queue --help", set()),
        ("queue list", SETTINGS | DATABASE),
        ("participant list", SETTINGS | DATABASE),
        ("status", SETTINGS | DATABASE),
    ],
)
@pytest.mark.sqlite("the other driver is loaded there")
def test_a_command_loads_nothing_that_it_does_not_need(cli: Cli, command: str, needs: set[str]) -> None:
    """Above all not alembic, jinja2, babel, markdown_it, textual, starlette, cryptography, dkim, dns."""
    words = [sys.executable, "-c", ASKED, "-c", str(cli.toml), *command.split()]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stderr.splitlines()[-1].split() if not name.startswith(("_", "cython"))}
    assert loaded <= {"listserv", "click", *needs}
