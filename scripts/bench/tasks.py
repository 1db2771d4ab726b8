"""The tasks of scripts/bench/peers, ours: each once, through the real program, SMTP in and SMTP out.

A task gives what it measured by name. What is counted is checked as well (scripts/bench/run): RuntimeError where a
mail or a copy is missing, or there twice. Needs Linux and the repository's .venv; `workers` a PostgreSQL's programs.
"""

from __future__ import annotations

import importlib.util
import smtplib
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import signing
from intake_load import mail
from sink import start_sink
from trial import DIALOGUE, Serving, Trial, trial, until

MAILS, SENDERS, HELD = 10_000, 200, 500


def _whole() -> ModuleType:
    """scripts/bench/run, whose name has no ending."""
    loader = SourceFileLoader("whole", str(Path(__file__).with_name("run")))
    spec = importlib.util.spec_from_loader("whole", loader)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["whole"] = made  # where its dataclasses look for it
    loader.exec_module(made)
    return made


whole = _whole()
machine = whole.machine


def intake() -> dict[str, float]:
    """Ten kept-open sessions hand over 10,000 mails; everything runs."""
    with whole.running(100) as (place, serving, _):
        result = serving.load(MAILS)
        until(lambda: not place.unprocessed(), 0.25)
        whole.each_once(place, result)
    return {"intake": result.rate}


def through() -> dict[str, float]:
    """200 mails of 200 people who get no copies, ten at a time, go out unread by moderators; one participant gets all.

    Each author is told of it as well, and that is part of the time. Then one mail comes alone.
    """
    with whole.running(1) as (place, serving, _):
        settings = place.folder / "listserv.toml"
        settings.write_text(
            settings.read_text().replace("[[dialogue]]\n", '[[dialogue]]\nmoderation = "none"\nword_limit = 0\n')
        )
        place.command("apply", "--yes")
        names = [f"s{number}@people.example.net" for number in range(SENDERS)]
        people = place.folder / "silent.csv"
        people.write_text("address,delivery\n" + "".join(f"{one},none\n" for one in names))
        place.command("participant", "import", "--no-welcome", "--yes", people.name)
        place.command("participant", "set", "moderator@example.org", "--delivery", "none", "--yes")
        until(place.settled, 0.1)
        sent = (
            "SELECT count(*) FROM mailing JOIN delivery ON mailing_id = mailing.id"
            f" WHERE kind = 'contribution' AND state = 'sent' AND address = '{Trial.address(1)}'"
        )
        began = time.perf_counter()
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda some: _hand_over(serving, some), [names[n::10] for n in range(10)]))
            done = until(lambda: place.query(sent) == SENDERS, 0.01)
        until(place.settled, 0.1)
        _hand_over(serving, [Trial.address(1)])
        arrived = time.perf_counter()
        copied = until(lambda: place.query(sent) > SENDERS, 0.002)
        return {"through": SENDERS / (done - began), "arrival": copied - arrived}


def _hand_over(serving: Serving, senders: list[str]) -> None:
    with smtplib.SMTP("127.0.0.1", serving.port) as client:
        for one in senders:
            client.sendmail(one, [DIALOGUE], mail(f"<{one}>", one, DIALOGUE, 4096))


def copies() -> dict[str, float]:
    """One contribution, released by a command beside the engine, to 1,000 and to 10,000.

    Memory is that of another run: to look at it takes the process a while, in which it does nothing else.
    """
    found = {}
    for participants in (1_000, 10_000):
        with whole.running(participants) as (place, serving, sink):
            committed, first, last = whole.release(place, serving, sink)
        found[f"copies to {participants:,}"] = place.recipients / (last - committed)
        if participants == 1_000:
            found |= {"first": first - committed, "last": last - committed}
    with whole.running(10_000) as (place, serving, sink), _watched(serving) as memory:
        whole.release(place, serving, sink)
    return found | {"memory": max(memory)}


@contextmanager
def _watched(serving: Serving) -> Iterator[list[float]]:
    """Megabytes of all its processes together, time after time; what they share counts once (PSS)."""
    seen, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            seen.append(sum(map(_pss, _family(serving.pid))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:  # the thread has ended
                continue
    return found


def _pss(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0]) / 1000
    except (OSError, IndexError):  # it has ended
        return 0.0


def signed() -> dict[str, float]:
    """The same with a signature on every copy."""
    found: dict[str, float] = {}

    def add(name: str, unit: str, target: str, value: float) -> None:
        if unit == "copies/s":
            found[name.removesuffix(": commit to last copy").replace("fan-out ", "")] = value

    signing.fanout(add, whole.release, (1_000, 10_000))
    return found


def release_many() -> dict[str, float]:
    """500 held mails, released by one command beside the engine, to 100 recipients each."""
    with whole.running(99) as (place, serving, sink):
        serving.load(HELD)
        until(lambda: place.query("SELECT count(*) FROM contribution WHERE state = 'held'") == HELD, 0.1)
        until(place.settled, 0.1)
        before, began = sink.recipients(), time.perf_counter()
        with place.start("queue", "release", "--all", "--yes"):
            released = until(lambda: place.query("SELECT max(number) FROM contribution") == HELD, 0.005)
            last = until(lambda: sink.recipients() >= before + HELD * place.recipients, 0.005)
        until(place.settled, 0.1)
        sent = place.query(
            "SELECT count(*) FROM mailing JOIN delivery ON mailing_id = mailing.id"
            " WHERE kind = 'contribution' AND state = 'sent'"
        )
        whole.require(sent == HELD * place.recipients, f"{sent} copies of {HELD} to {place.recipients}")
    return {"released": HELD / (released - began), "release": HELD / (last - began)}


def cost() -> dict[str, float]:
    """From the first to the last copy, a recipient, in a small dialogue and in a very large one."""
    took = {}
    for participants in (1_000, 100_000):
        with whole.running(participants) as (place, serving, sink):
            _, first, last = whole.release(place, serving, sink)
        took[participants] = (last - first) / place.recipients
    return {"cost": took[100_000] / took[1_000]}


def workers() -> dict[str, float]:
    """One contribution to 10,000, sent by one process `serve --only work` and by two, the same database server."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from postgres import Server

    with Server.create() as server:
        one, two = (_sent_by(count, server.database(f"workers{count}")) for count in (1, 2))
    return {"workers": two / one}


def _sent_by(count: int, url: Any) -> float:
    sink = start_sink()
    try:
        with trial(sink.port, 10_000, url=str(url)) as place, ExitStack() as working:
            with place.serving() as serving:
                serving.one_mail()
                until(lambda: place.query("SELECT count(*) FROM contribution WHERE state = 'held'") == 1, 0.1)
                until(place.settled, 0.1)
            for _ in range(count):
                working.enter_context(place.serving("--only", "work"))
            before = sink.recipients()
            with place.start("queue", "release", "1"):
                first = until(lambda: sink.recipients() > before, 0.001)
                last = until(lambda: sink.recipients() >= before + place.recipients, 0.001)
            until(place.settled, 0.1)
            # By all that went: the moderator's notice may have come before the copies, or among them.
            sent = place.query("SELECT count(*) FROM delivery WHERE state = 'sent'")
            whole.require(sink.recipients() == sent, f"{sent:,} copies were sent, {sink.recipients():,} came")
            return float(place.recipients / (last - first))
    finally:
        sink.stop()


def idle() -> dict[str, float]:
    """Nothing to do for ten seconds."""
    figures = whole.Figures()
    whole.idle(figures)
    share, written = (values[0] for _, _, values in figures.rows.values())
    return {"idle": share, "idle, written": written}
