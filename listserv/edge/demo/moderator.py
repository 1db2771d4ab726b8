"""The moderator at a command line: every command is a process of its own, as from a person's terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from listserv.edge.demo.screen import Screen
from listserv.errors import Refused


@dataclass(frozen=True, slots=True)
class Terminal:
    """`program`: the words that start listserv. Commands find their settings and who acts in the environment."""

    program: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    screen: Screen

    def run(self, *words: str) -> str:
        """Show the command, run it in the demo's folder, and give what it printed. Refused if it was refused."""
        return self.run_all([words])[0]

    def run_all(self, commands: Sequence[Sequence[str]]) -> list[str]:
        """The same for several that do not depend on each other, two at a time."""
        for words in commands:
            self.screen.command(shlex.join(["listserv", *words]))
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self._run, commands))

    def _run(self, words: Sequence[str]) -> str:
        done = subprocess.run(  # noqa: S603 (our own program)
            [*self.program, *words],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise Refused(f"demo: this command ended with status {done.returncode}: {said}")
        return done.stdout


def ranges(ids: Sequence[int]) -> list[str]:
    """As a moderator types them: 4-7 9."""
    words: list[str] = []
    first = last = None
    for one in [*sorted(ids), None]:
        if last is not None and one == last + 1:
            last = one
            continue
        if first is not None:
            words.append(f"{first}-{last}" if last != first else str(first))
        first = last = one
    return words
