"""kill -9, and SIGSTOP, at random instants: of what takes mail and of what sends it."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from beside import beside
from intake_load import Plan, Result, load
from reckoning import Ground, Seen, count_copies, count_mails, say, until
from trial import Serving, Trial

from tests.sink import Sink

PARTICIPANTS = 2_000
#: Mails that wait to be released, one fan-out each, when the kills are not used up by the first.
HELD = 40


@contextmanager
def loaded(serving: Serving, plan: Plan | None = None) -> Iterator[Result]:
    """Mail comes in by ten connections until the server goes, or to the plan's end. What was acknowledged."""
    result = Result()

    async def come() -> None:
        with suppress(OSError):  # it went before all ten were connected
            await load(plan or serving.plan(10**6), result)

    with beside(come(), 60):
        yield result


def held(place: Trial, number: int) -> None:
    """So many mails, held: their numbers are 1 to `number`."""
    with place.serving() as serving:
        done = serving.load(number)
        until(lambda: len(done.acknowledged) == number and place.settled(), "the mails to begin with")
    if place.query("SELECT count(*) FROM contribution WHERE state = 'held'") != number:
        raise RuntimeError("not all mails to begin with are held")


def intake(ground: Ground) -> Iterator[Seen]:
    """Killed while mails come in and are judged: all that was acknowledged is there, and was judged once."""
    seen = Seen("kill -9 of intake under load", ground.runs)
    acknowledged: list[str] = []
    with Sink.in_thread() as sink, ground.trial(sink.port, 100) as place:
        for number in range(ground.runs):
            began = time.monotonic()
            with place.serving("--only", "intake,work") as serving:
                with loaded(serving) as result:
                    until(lambda: bool(result.acknowledged), "the first mail to be taken", pause=0.001)
                    seen.after.append(time.monotonic() - began)
                    time.sleep(ground.rng.uniform(0, 0.15))
                    serving.signal()
                acknowledged += result.acknowledged
            _progress(seen, number, f"{len(acknowledged):,} mails acknowledged")
        with place.serving("--only", "work"):
            until(place.settled, "the mails to be judged", 900)
        count_mails(seen, place, acknowledged)
        judged = Counter(one for (one,) in place.rows("SELECT message_id FROM contribution"))
        seen.lost += sum(judged[one] == 0 for one in acknowledged)
        seen.duplicates += sum(number > 1 for number in judged.values())
        count_copies(seen, place, sink)
        seen.remark = f"{len(acknowledged):,} mails acknowledged"
    yield seen


def work(ground: Ground) -> Iterator[Seen]:
    """Killed while a contribution goes out to 2,000; when that is done and kills are left, another."""
    seen = Seen(f"kill -9 of work in a fan-out to {PARTICIPANTS:,}", ground.runs)
    yield from _fanned(ground, seen, ground.runs, _kill)


def stopped(ground: Ground) -> Iterator[Seen]:
    """SIGSTOP in the middle of a fan-out, for a moment and once past the lease, then SIGCONT."""
    seen = Seen("SIGSTOP of work in a fan-out, SIGCONT within 0.3 s", min(ground.runs, 50))
    yield from _fanned(ground, seen, seen.runs, _stop_for_a_moment)
    seen = Seen("SIGSTOP past the lease (65 s), SIGCONT", 1)
    yield from _fanned(ground, seen, 1, _stop_past_the_lease)


def _kill(ground: Ground, serving: Serving, sink: Sink) -> None:
    time.sleep(ground.rng.uniform(0, 0.1))
    serving.signal()


def _stop(serving: Serving, seconds: float) -> None:
    serving.signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        serving.signal(signal.SIGCONT)


def _stop_for_a_moment(ground: Ground, serving: Serving, sink: Sink) -> None:
    time.sleep(ground.rng.uniform(0, 0.1))
    _stop(serving, ground.rng.uniform(0, 0.3))
    serving.signal(signal.SIGTERM)


def _stop_past_the_lease(ground: Ground, serving: Serving, sink: Sink) -> None:
    _stop(serving, 65)
    time.sleep(2)


Harm = Callable[[Ground, Serving, Sink], None]


def _fanned(ground: Ground, seen: Seen, runs: int, harm: Harm) -> Iterator[Seen]:
    with Sink.in_thread() as sink, ground.trial(sink.port, PARTICIPANTS) as place:
        held(place, HELD)
        sink.slow = 0.001
        released = run = 0
        while run < runs:
            if place.settled() or not released:  # receipts may still be under way at first
                if released == HELD:
                    raise RuntimeError("the mails to be released are used up; take fewer runs")
                released += 1
                place.command("queue", "release", str(released), "--yes")
            before, began = len(sink.mails), time.monotonic()
            with place.serving("--only", "work") as serving:
                until(lambda: len(sink.mails) > before or place.settled(), "the first copy", pause=0.001)  # noqa: B023
                if len(sink.mails) > before:
                    seen.after.append(time.monotonic() - began)
                    harm(ground, serving, sink)
                    run += 1
                    _progress(seen, run - 1, f"{len(sink.mails):,} copies at the sink")
        sink.slow = 0.0
        with place.serving("--only", "work"):
            until(place.settled, "all copies to be sent", 300)
        count_copies(seen, place, sink)
        seen.remark = f"{released * place.recipients:,} copies due"
    yield seen


def _progress(seen: Seen, number: int, what: str) -> None:
    if (number + 1) % 20 == 0 or number + 1 == seen.runs:
        say(f"{seen.fault}: {number + 1} of {seen.runs}, {what}")
