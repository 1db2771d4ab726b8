"""A relay that is gone, slow, silent, refuses or hangs up, in each phase of SMTP, and then behaves.

How long it takes "by itself" is when the next try was planned for once the relay behaved again. That wait is then cut
short by `outbox retry`, as an operator would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from killing import held
from reckoning import Ground, Seen, count_copies, say, until
from trial import Trial

from tests.ports import reserved
from tests.sink import Sink

PARTICIPANTS = 40
PHASES = ("greeting", "ehlo", "mail", "rcpt", "data", "content", "end")
#: Until an answer that does not come is given up (edge/relay), and a little more.
SILENCE = 60.0

Script = Callable[[Sink], None]


def relay(ground: Ground) -> Iterator[Seen]:
    cases: dict[str, list[tuple[str, Script]]] = {
        "relay gone, then back": [("connect", lambda sink: sink.away())],
        "relay slow: 0.3 s before each reply": [("all", _slow)],
    }
    for code in ("421", "451", "554"):
        # 554 of a mail or a recipient is an answer, not a fault.
        phases = PHASES if code != "554" else PHASES[:2]
        cases[f"relay answers {code}"] = [(phase, _answering(phase, code)) for phase in phases]
    cases["relay drops the connection"] = [(phase, _dropping(phase, False)) for phase in PHASES]
    cases["relay takes the mail and drops the connection"] = [("end", _dropping("end", True))]
    with _ready(ground, sum(map(len, cases.values()))) as (sink, place), place.serving("--only", "work"):
        number = before = 0
        for fault, scripts in cases.items():
            seen = Seen(fault, remark=", ".join(phase for phase, _ in scripts))
            for phase, script in scripts:
                number += 1
                _one(seen, place, sink, number, phase, script)
            after = Seen(fault)
            count_copies(after, place, sink)
            seen.lost, seen.duplicates, seen.most = after.lost, after.duplicates - before, after.most
            before = after.duplicates
            yield seen
    yield _silent(ground)
    yield from _at_quit(ground)


@contextmanager
def _ready(ground: Ground, mails: int) -> Iterator[tuple[Sink, Trial]]:
    """So many mails, held, and a sink that has forgotten what they brought about."""
    with Sink.in_thread(port=reserved()) as sink, ground.trial(sink.port, PARTICIPANTS) as place:
        held(place, mails)
        yield sink, place


def _one(seen: Seen, place: Trial, sink: Sink, number: int, phase: str, script: Script, limit: float = 60.0) -> None:
    """Misbehave while a contribution goes out, then behave until all is sent."""
    sink.away()  # or a connection that is kept open would never come to a greeting
    sink.back()
    script(sink)
    place.command("queue", "release", str(number), "--yes")
    until(lambda: _answered(place), f"{seen.fault} at {phase}: its end", limit)
    if not sink.listening:
        sink.back()
    sink.forget()
    sink.slow = 0.0
    due = place.rows("SELECT min(due_at) FROM delivery WHERE state = 'deferred'")[0][0]
    seen.after.append(0.0 if due is None else max(0.0, due - time.time()))
    seen.runs += 1
    if due is not None:
        place.command("outbox", "retry", "--all", "--yes")
    until(place.settled, f"{seen.fault} at {phase}: all copies to be sent")
    say(f"{seen.fault} at {phase}: next try was planned in {seen.after[-1]:.0f} s")


def _answered(place: Trial) -> bool:
    """Each copy has had its answer, or the relay has asked to be left alone for a while, and is."""
    waiting = "SELECT count(*) FROM delivery WHERE state = 'pending'"
    paused = f"SELECT count(*) FROM budget WHERE paused_until > {time.time()}"
    return not place.query(f"{waiting} AND epoch > 0" if place.query(paused) else waiting)


def _slow(sink: Sink) -> None:
    sink.slow = 0.3


def _answering(phase: str, code: str) -> Script:
    return lambda sink: sink.answer(phase, f"{code} {code[0]}.3.2 not now")


def _dropping(phase: str, keep: bool) -> Script:
    return lambda sink: sink.drop(phase, keep=keep)


def _stalling(phase: str) -> Script:
    return lambda sink: sink.stall(phase)


def _silent(ground: Ground) -> Seen:
    """Each phase on ground of its own, all at once: what is waited for is our own patience."""
    seen = Seen("relay silent", remark=", ".join(PHASES))

    def one(phase: str) -> Seen:
        mine = Seen(seen.fault)
        with _ready(ground, 1) as (sink, place), place.serving("--only", "work"):
            _one(mine, place, sink, 1, phase, _stalling(phase), 6 * SILENCE)
            count_copies(mine, place, sink)
        return mine

    with ThreadPoolExecutor(len(PHASES)) as threads:
        for mine in threads.map(one, PHASES):
            seen.runs += mine.runs
            seen.lost += mine.lost
            seen.duplicates += mine.duplicates
            seen.most = max(seen.most, mine.most)
            seen.after += mine.after
    return seen


def _at_quit(ground: Ground) -> Iterator[Seen]:
    """The end of a connection: how long `serve` takes to stop."""
    seen = Seen("relay drops, answers 421 or is silent at QUIT", remark="s it took to stop")
    scripts = (_dropping("quit", False), _answering("quit", "421"), _stalling("quit"))
    with _ready(ground, len(scripts)) as (sink, place):
        for number, script in enumerate(scripts, 1):
            with place.serving("--only", "work"):
                script(sink)
                place.command("queue", "release", str(number), "--yes")
                until(place.settled, "all copies to be sent")
                began = time.monotonic()
            seen.after.append(time.monotonic() - began)
            seen.runs += 1
            sink.forget()
        count_copies(seen, place, sink)
    yield seen
