"""What a reader of the pages waits for, with 5,000 contributions in the store; what mail loses while pages are read.

Twenty readers, each in a connection of its own: once at the pace of people, a page a second each, and once one page
after the other without a pause. Every answer must be 200.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from trial import PROGRAM, Serving, Trial

ROOT = Path(__file__).resolve().parents[2]
LOAD = Path(__file__).with_name("reading_load.py")
CONTRIBUTIONS, READERS, SECONDS = 5_000, 20, 20.0
#: Asked for in six languages: words, phrases, filters.
QUERIES = (
    "plan", "budget", '"action plan"', "women peace security", "monitor*", "ministry -donor", "plan de acción",
    "suivi", "mujeres presupuesto", "خطة",
    "الميزانية", "المرأة والسلام", "план", "бюджет", "женщины", "计划", "预算", "妇女",
)  # fmt: skip

Add = Callable[..., None]


def measured(add: Add) -> None:
    with _filled() as (port, numbers):
        archive = [f"/nap1325/contribution/{number}" for number in range(1, numbers, 13)]
        archive += [f"/nap1325/module/{one}" for one in (1, 2, 3)] + ["/nap1325/", "/"]
        search = [f"/nap1325/search?q={quote(one)}" for one in QUERIES]
        for what, paths, target in (("archive page", archive, "< 50"), ("search", search, "< 100")):
            read(port, paths, pace=0.0, seconds=3.0)  # templates are compiled, pages of the file are in memory
            paced = read(port, paths, pace=1.0, seconds=SECONDS)
            add(f"{what}, {READERS} readers, a page a second each, p95", "ms", target, _percentile(paced, 95))
            driven = read(port, paths, pace=0.0, seconds=SECONDS)
            add(f"{what}, {READERS} readers without a pause, p95", "ms", "", _percentile(driven, 95))
            add(f"{what}, {READERS} readers without a pause", "pages/s", "", len(driven) / SECONDS)


@contextmanager
def beside(place: Trial, serving: Serving) -> Iterator[None]:
    """Twenty readers open a page a second each: the programme, the module, and what has been released."""
    released = place.query("SELECT count(*) FROM contribution WHERE state = 'released'")
    numbers = range(1, released + 1)
    paths = ["/bench/", "/bench/module/1", *(f"/bench/contribution/{number}" for number in numbers)]
    command = [sys.executable, LOAD, "--port", str(serving.pages), "--pace", "1", "--seconds", "600", *paths]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        if process.stderr is None or process.stderr.readline() != "reading\n":  # to start is no reading
            raise RuntimeError("the readers did not begin")
        yield
        if process.poll() is not None:
            raise RuntimeError("the readers ended before their time")
    finally:
        process.kill()
        process.communicate()


def read(port: int, paths: list[str], *, pace: float, seconds: float) -> list[float]:
    """Seconds of each page; by a process of its own."""
    command = [sys.executable, LOAD, "--port", str(port), "--readers", str(READERS), "--pace", str(pace)]
    done = subprocess.run([*command, "--seconds", str(seconds), *paths], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return [float(one) for one in json.loads(done.stdout)]


@contextmanager
def _filled() -> Iterator[tuple[int, int]]:
    """The port of the pages, and how many contributions stand on them."""
    sys.path.insert(0, str(ROOT))
    from tests import model_case

    copies = -(-CONTRIBUTIONS // len(model_case.CASE.said))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = model_case.folder(Path(folder), copies=copies)
        toml = place / "listserv.toml"
        text = re.sub(r'(?m)^archive = "[^"]*"', 'archive = "public"', toml.read_text())
        toml.write_text(re.sub(r"(?m)^port = \d+", "port = 0", text))
        for words in (("apply", "--yes"), ("work", "--until-idle")):
            subprocess.run([PROGRAM, *words], cwd=place, check=True, capture_output=True)
        process = subprocess.Popen(
            [PROGRAM, "serve", "--only", "web,work"],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            greeting = process.stdout.readline() if process.stdout else ""
            found = re.search(r"pages at http://[^ ]*:(\d+)", greeting)
            if not found:
                raise RuntimeError(f"serve did not start: {greeting}")
            yield int(found[1]), copies * len(model_case.CASE.said)
        finally:
            process.terminate()
            process.wait(30)


def _percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds."""
    return 1000 * sorted(seconds)[max(0, -(-len(seconds) * percent // 100) - 1)]
