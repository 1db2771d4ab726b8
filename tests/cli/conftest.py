"""`cli`: the command line in a folder with a running dialogue (tests/house), on a clock that stands still.

A command runs in this process through `listserv.cli.main.main`, so exit status, standard output and standard error
are those of the program. Standard input is no terminal.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from listserv.cli.main import main
from tests import databases
from tests.house import FRIDAY_DRAFT, HERE, House, folder, mail, open_house


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.toml = place / "listserv.toml"
        self._monkeypatch = monkeypatch

    def raw(self, *words: str, input: bytes = b"", env: dict[str, str] | None = None) -> Answer:
        """Any command line, whatever comes of it."""
        self._monkeypatch.setattr(sys, "argv", ["listserv", *words])
        code = 0
        # A narrow terminal would cut what tests look for.
        with CliRunner().isolation(input=input, env={"COLUMNS": "400", **(env or {})}) as (out, err, _):
            try:
                main()
            except SystemExit as stop:
                code = int(stop.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            return Answer(code, out.getvalue().decode(), err.getvalue().decode())

    def run(self, command: str, *more: str, input: bytes = b"", env: dict[str, str] | None = None) -> Answer:
        """`command` is cut at its blanks; `more` are words that have blanks of their own."""
        return self.raw("-c", str(self.toml), *command.split(), *more, input=input, env=env)

    def ok(self, command: str, *more: str, input: bytes = b"", env: dict[str, str] | None = None) -> str:
        answer = self.run(command, *more, input=input, env=env)
        assert (answer.code, answer.err) == (0, ""), answer
        return answer.out

    def json(self, command: str, *more: str) -> Any:
        return json.loads(self.ok(command, *more, "--json"))

    def refused(self, command: str, *more: str, input: bytes = b"") -> str:
        """The one line that says why; the database is as it was."""
        before = self.dump()
        answer = self.run(command, *more, input=input)
        assert answer.code == 1, answer
        assert answer.err.count("\n") == 1, answer.err
        assert self.dump() == before
        return answer.err.strip().removeprefix("listserv: ")

    def usage(self, command: str, *more: str) -> str:
        before = self.dump()
        answer = self.run(command, *more)
        assert answer.code == 2, answer
        assert "Traceback" not in answer.err
        assert self.dump() == before
        return answer.err

    def dump(self) -> list[str]:
        return databases.dump(self.place)

    def at(self, now: datetime) -> None:
        """Set the clock that stands still."""
        shown = f"shows = {now:%Y-%m-%dT%H:%M:%SZ}"
        self.toml.write_text(re.sub(r"shows = \S+", shown, self.toml.read_text()))

    def change(self, old: str, new: str) -> None:
        """Edit listserv.toml."""
        text = self.toml.read_text()
        assert old in text
        self.toml.write_text(text.replace(old, new))

    def write_in(self, text: str = "We need a plan.", to: str = HERE, **options: Any) -> None:
        """A mail comes in by the pipe and is processed."""
        self.ok(f"receive --recipient {to} --sender anna@example.net", input=mail(text, **options))
        self.work()

    def work(self) -> None:
        """What a running engine does between two commands, but for sending."""
        with open_house(self.place) as house:
            house.work()

    def house(self) -> AbstractContextManager[House]:
        return open_house(self.place)


def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LISTSERV_AS", "LISTSERV_SECRET", "LISTSERV_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Cli]:
    """In a folder that the test has made."""
    _alone(monkeypatch)
    return lambda place: Cli(place, monkeypatch)


@pytest.fixture
def cli(tmp_path: Path, cli_of: Callable[[Path], Cli]) -> Cli:
    return cli_of(folder(tmp_path))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Applied, before its start, with nobody but the moderators."""
    _alone(monkeypatch)
    return Cli(folder(tmp_path / "empty", running=False), monkeypatch)


@pytest.fixture(scope="session")
def _said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something in every table: a contribution released, two held, a round-up drafted."""
    place = folder(tmp_path_factory.mktemp("full"))
    with open_house(place) as house:
        house.released("One.", subject="First", message_id="<one@example.net>")
        house.contribute("Two.", subject="Second")
        house.contribute("Three.", author="boris@example.net")
        house.tick(FRIDAY_DRAFT)
    return place


@pytest.fixture
def full(tmp_path: Path, _said: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    _alone(monkeypatch)
    return Cli(databases.copy(_said, tmp_path / "full"), monkeypatch)
