"""What it takes to draw up a round-up: `listserv roundup preview` on the model case, several times over.

Seconds are those from outside, from the start of the process to its end; processor time stands beside them, for
machines that have more to do. Raises RuntimeError when the draft is not of all that was said, or too long.
"""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests import model_case  # noqa: E402

CONTRIBUTIONS = 200
CALLS = 5
LONGEST = 1_100  # words

Add = Callable[..., None]


def measured(add: Add) -> None:
    what = f"roundup preview, of {CONTRIBUTIONS} contributions"
    with tempfile.TemporaryDirectory() as folder:
        place = model_case.folder(Path(folder), copies=3)
        with sqlite3.connect(place / "var" / "listserv.db") as database:
            database.execute("UPDATE contribution SET state = 'discarded' WHERE number > ?", (CONTRIBUTIONS,))
        database.close()
        for _ in range(CALLS):
            before, began = _processor(), time.perf_counter()
            made = subprocess.run(
                [sys.executable, "-m", "listserv", "-c", str(place / "listserv.toml"), "roundup", "preview"],
                cwd=TOP,
                check=True,
                capture_output=True,
                encoding="utf-8",
            )
            add(what, "s", "< 2", time.perf_counter() - began)
            add(f"{what}, processor time", "s", "", _processor() - before)
            if f"\n{CONTRIBUTIONS} contributions, " not in made.stdout or len(made.stdout.split()) > LONGEST:
                raise RuntimeError(f"wrong: {len(made.stdout.split())} words: {made.stdout[:300]}")


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
