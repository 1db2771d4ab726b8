"""What a site of many dialogues costs that a site of one does not: a mail to one of them, and nothing to do at all.

All of them are open, and people take part in the one that is written to. Processor time is that of `serve`, and of a
mail all that it brings about: taken, judged, held, indexed, its author and the moderator told, the programme looked at.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable

from sink import start_sink
from trial import Serving, Trial, opened, trial, until

SIZES = (1, 200)
MAILS = 20
#: Seconds after which a site has come to rest, and for which it is looked at: some turns of steps/agenda.
SETTLED, REST = 5.0, 60.0

Add = Callable[..., None]


def measured(add: Add) -> None:
    sink = start_sink()
    try:
        for size in SIZES:
            with trial(sink.port, MAILS, dialogue=_dialogues(size), bare=True) as place:
                place.command("apply")
                place.command("participant", "import", "-d", "bench", "--no-welcome", "--yes", "people.csv")
                with place.serving() as serving:
                    _site(place, serving, add, f"a site of {size}: ", size)
    finally:
        sink.stop()


def _dialogues(size: int) -> str:
    return "".join(map(opened, ["bench", *(f"other{number}" for number in range(1, size))]))


def _site(place: Trial, serving: Serving, add: Add, site: str, size: int) -> None:
    until(place.settled, 0.1)
    time.sleep(SETTLED)
    many = size > 1
    before, began = serving.cpu(), time.perf_counter()
    for number in range(1, MAILS + 1):
        serving.one_mail(number)
        held = f"SELECT count(*) >= {number} FROM contribution WHERE state = 'held'"
        until(lambda held=held: place.query(held) == 1, 0.002)  # type: ignore[misc]
    took = time.perf_counter() - began
    until(place.settled, 0.1)
    time.sleep(SETTLED)
    add(f"{site}a mail, one after the other, to held", "ms", "", 1000 * took / MAILS)
    add(f"{site}processor time of a mail", "ms", "as of 1" if many else "", 1000 * (serving.cpu() - before) / MAILS)
    before = serving.cpu()
    time.sleep(REST)
    add(f"{site}idle, share of a core", "%", "", 100 * (serving.cpu() - before) / REST)
    _ask(serving)
    began = time.perf_counter()
    _ask(serving)
    add(f"{site}/health, asked again", "ms", "< 100", 1000 * (time.perf_counter() - began))


def _ask(serving: Serving) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{serving.pages}/health", timeout=30) as answer:
        answer.read()
