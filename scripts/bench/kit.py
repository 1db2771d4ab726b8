"""Mailman 3, mlmmj and Postfix: installed and driven by a kit's scripts, or as they were measured before.

A kit is a folder with setup_PEER.sh, run_PEER.py, run_limits.py and peerlib.py (RESULTS as JSON lines). All it makes
goes into the scratch folder; its servers listen on free ports of 127.0.0.1 and end with its scripts. What cannot be
installed, is not asked for, or fails is said once, and its figures are those recorded: medians of a quiet machine with
two cores on 23 November 2026.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.ports import reserved


@dataclass(frozen=True, slots=True)
class Figure:
    """What is known of one peer at one task, a second: recorded, and which of its runs and columns measures it."""

    peer: str
    recorded: float
    variant: str  # what the kit calls it
    column: str
    words: tuple[str, ...]  # the kit's program and its options


QUICK = ("run_mlmmj.py", "--quickack", "--kinds", "verp")
FIGURES = {
    ("postfix", "intake"): Figure("postfix", 1352, "postfix: 10 sessions, reused", "accept_per_s",
                                  ("run_limits.py", "postfix")),
    ("mailman", "intake"): Figure("mailman", 216, "default subscribed conc=10", "accept_per_s",
                                  ("run_mailman.py", "--only", "s1:10", "s1")),
    ("mailman", "through"): Figure("mailman", 7.26, "default subscribed conc=10", "deliver_per_s",
                                   ("run_mailman.py", "--only", "s1:10", "s1")),
    ("mlmmj", "through"): Figure("mlmmj", 506, "quickack-sink background conc=10", "deliver_per_s", (*QUICK, "s1")),
    ("mailman", "copies"): Figure("mailman", 78.4, "default verp N=1000", "rcpt_per_s",
                                  ("run_mailman.py", "--kinds", "verp", "--sizes", "1000", "s2")),
    ("mlmmj", "copies to 1,000"): Figure("mlmmj", 4278, "quickack-sink verp N=1000", "rcpt_per_s", (*QUICK, "s2")),
    ("mlmmj", "copies to 10,000"): Figure("mlmmj", 3644, "quickack-sink verp N=10000", "rcpt_per_s", (*QUICK, "s2")),
    ("mailman", "release"): Figure("mailman", 4.86, "default REST held=500", "release_per_s", ("run_mailman.py", "s3")),
    ("mlmmj", "release"): Figure("mlmmj", 144, "quickack-sink verp -F conc=10", "release_per_s", (*QUICK, "s3")),
}  # fmt: skip


class Kit:
    """`skip`: peers that are not to be run. `folder`: None = there is no kit, all is as recorded."""

    def __init__(self, folder: Path | None, scratch: Path, runs: int, skip: Collection[str]) -> None:
        self._folder, self._scratch, self._runs = folder, scratch, runs
        self._out = {peer for peer, _ in FIGURES} if folder is None else set(skip)
        self._ready: set[str] = set()
        self._done: dict[tuple[str, ...], list[dict[str, object]]] = {}
        self._environment = os.environ | {
            "BENCH_RESULTS": str(scratch / "results"),
            "BENCH_LOCK": str(scratch / "lock"),
            **{name: str(reserved()) for name in ("SINK_PORT", "MM_LMTP", "MM_REST", "PF_PORT")},
        }

    def of(self, peer: str, task: str) -> tuple[float, bool]:
        """A second, the median; whether that is as it was recorded."""
        figure = FIGURES[peer, task]
        if peer not in self._out:
            try:
                return self._measured(figure), False
            except (OSError, subprocess.SubprocessError, ValueError) as error:
                print(f"{peer} cannot be run here, it stands as recorded: {error}", file=sys.stderr)
                self._out.add(peer)
        return figure.recorded, True

    def _measured(self, figure: Figure) -> float:
        if figure.peer not in self._ready:
            self._install(figure.peer)
            self._ready.add(figure.peer)
        if figure.words not in self._done:
            self._done[figure.words] = self._run(figure)
        values = [row[figure.column] for row in self._done[figure.words] if row["variant"] == figure.variant]
        return median(float(str(value)) for value in values)  # ValueError where there is none

    def _install(self, peer: str) -> None:
        print(f"{peer}: installing into {self._scratch} ...", file=sys.stderr)
        places = [self._data(peer), *([self._scratch / "mailman-venv"] if peer == "mailman" else [])]
        self._call("sh", self._kit(f"setup_{peer}.sh"), *places)

    def _run(self, figure: Figure) -> list[dict[str, object]]:
        program, *options = figure.words
        print(f"{figure.peer}: {' '.join(figure.words)} ...", file=sys.stderr)
        results = self._scratch / "results"
        for one in results.glob("*.jsonl"):
            one.unlink()
        place = ("--pf-dir" if program == "run_limits.py" else "--dir", str(self._data(figure.peer)))
        work = ("--work", str(self._scratch / "limits")) if program == "run_limits.py" else ()
        self._call(sys.executable, self._kit(program), *place, *work, "--runs", str(self._runs), *options)
        return [json.loads(line) for one in results.glob("*.jsonl") for line in one.read_text().splitlines()]

    def _call(self, *words: str | Path) -> None:
        with (self._scratch / "kit.log").open("ab") as log:
            subprocess.run([*map(str, words)], cwd=self._scratch, env=self._environment, stdout=log, stderr=log,
                           check=True)  # fmt: skip

    def _kit(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / name

    def _data(self, peer: str) -> Path:
        return self._scratch / f"{peer}-data"
