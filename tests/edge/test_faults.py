"""scripts/bench/faults in its short form: the same on the real program, fewer times. Plus a clock that is killed.

The seed is fixed: what fails here can be tried again as often as one likes, with `scripts/bench/faults --seed`.
"""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from listserv.steps import programme
from tests.house import SECOND, House, folder, open_house

BENCH = Path(__file__).parents[2] / "scripts" / "bench"
SEED = 1325


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.syspath_prepend(str(BENCH))
    names = ("reckoning", "killing", "outages", "crowding")
    found = SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    monkeypatch.setattr(found.killing, "PARTICIPANTS", 150)
    monkeypatch.setattr(found.killing, "HELD", 2)
    monkeypatch.setattr(found.outages, "PARTICIPANTS", 60)
    return found


def ground(bench: SimpleNamespace, runs: int) -> Any:
    return bench.reckoning.Ground(runs, random.Random(SEED))


def test_kill_9_of_intake_loses_nothing_that_was_acknowledged(bench: SimpleNamespace) -> None:
    (seen,) = bench.killing.intake(ground(bench, 3))
    assert int(seen.remark.split()[0].replace(",", "")) > 3
    assert (seen.lost, seen.right) == (0, True), seen


def test_kill_9_of_work_loses_no_copy_and_repeats_few(bench: SimpleNamespace) -> None:
    (seen,) = bench.killing.work(ground(bench, 4))
    assert (seen.lost, seen.right) == (0, True), seen


def test_a_disk_that_is_full_for_a_while_loses_nothing(bench: SimpleNamespace) -> None:
    outages, seen = bench.outages, bench.reckoning.Seen("full")
    outages.troubled(ground(bench, 1), seen, outages.limited, 0.5, refusing=True)
    assert "451 4.3.0" in seen.remark
    assert (seen.lost, seen.right) == (0, True), seen


@pytest.mark.parametrize("attack", ["smtp: a byte a second in a mail", "web: half open"])
def test_honest_clients_are_served_beside_a_crowd(bench: SimpleNamespace, attack: str) -> None:
    crowding = bench.crowding
    trials = importlib.import_module("trial")
    with trials.trial(9, 1) as place, place.serving("--only", "intake,web") as serving:
        smtp = attack.startswith("smtp")
        what, port = (crowding.write, serving.port) if smtp else (crowding.read, serving.pages)
        _, before = crowding.served(serving, what, port, 5)
        with crowding.attacked(attack, port, 1100 if smtp else 350):
            full = 1000 if smtp else 300
            trials.until(lambda: serving.sockets() >= full, 0.05, 60)
            _, most = crowding.served(serving, what, port, 10)
            assert serving.sockets() <= full + 50  # its own among them
    assert most - before < 60  # MB


def test_what_is_reckoned_is_seen(bench: SimpleNamespace) -> None:
    """The reckoning finds a copy that is missing, one that is there twice, and by which connection."""
    place = SimpleNamespace(rows=lambda statement: [("a@x", "<1@y>", "sent"), ("b@x", "<1@y>", "sent")])
    copy = SimpleNamespace(recipients=("a@x",), content=b"Subject: x\r\nMessage-ID: <1@y>\r\n\r\n", session=3)
    seen = bench.reckoning.Seen("")
    bench.reckoning.count_copies(seen, place, SimpleNamespace(mails=[copy] * 13))
    assert (seen.lost, seen.duplicates, seen.most, seen.right) == (1, 12, 12, False)


@pytest.mark.parametrize(
    ("slower", "grown", "right"), [(1.0, 0.0, True), (2.0, 160.0, True), (2.1, 0.0, False), (1.0, 161.0, False)]
)
def test_a_crowd_is_judged(bench: SimpleNamespace, slower: float, grown: float, right: bool) -> None:
    assert bench.reckoning.Seen("", slower=slower, grown=grown).right is right


TICK = """
import sys
from datetime import datetime
from listserv.cli.context import App
from listserv.steps import programme
app = App(sys.argv[1], "clock")
session, site = app.session, app.site
print("ready", flush=True)
sys.stdin.readline()
programme.tick(session, datetime.fromisoformat(sys.argv[2]), site)
"""


def done(house: House) -> tuple[Counter[Any], Counter[Any]]:
    """What was sent, and what is recorded as having happened."""
    mailings = Counter((row["kind"], row["module"], row["subject"]) for row in house.rows("mailing"))
    return mailings, Counter((row["kind"], row["subject"], row["state"]) for row in house.rows("occurrence"))


def test_kill_9_of_the_clock_does_each_thing_once(tmp_path: Path) -> None:
    """After a week's outage, so that there is much to do: killed at any instant, and done to its end by the next."""
    rng = random.Random(SEED)
    for name in ("usual", "killed"):
        (tmp_path / name).mkdir()
    with open_house(folder(tmp_path / "usual", running=True)) as house:
        began = time.monotonic()
        programme.tick(house.session, SECOND, house.site)
        took, usual = time.monotonic() - began, done(house)
    where = folder(tmp_path / "killed", running=True)
    words = [sys.executable, "-c", TICK, str(where / "listserv.toml"), SECOND.isoformat()]
    for _ in range(5):
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clock:
            assert clock.stdout
            assert clock.stdout.readline() == "ready\n"
            assert clock.stdin
            print(file=clock.stdin, flush=True)
            time.sleep(rng.uniform(0, 1.2 * took))
            clock.kill()
    with open_house(where) as house:
        programme.tick(house.session, SECOND, house.site)
        assert done(house) == usual
        assert programme.tick(house.session, SECOND, house.site) == 0
