"""What a fault has cost: copies and mails lost or there twice, and how long it took until all went on by itself."""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from trial import Trial, trial

from tests.postgres import Server
from tests.sink import Mail, Sink

MOST = 11  # copies that one kill, or one connection lost, may repeat on a connection (DESIGN §3)
SLOWER, FLAT = 2.0, 160.0  # half of what intake may hold of mails on their way in, and a little more
_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^>\r\n]+>)")


@dataclass(slots=True)
class Seen:
    """A row of the table. `most`: duplicates by one connection of one life of the process. Of a crowd: how many times
    as long honest clients wait beside it, and by how many MB the memory has grown."""

    fault: str
    runs: int = 0
    lost: int = 0
    duplicates: int = 0
    most: int = 0
    once: str = "-"  # round-ups and switchovers
    after: list[float] = field(default_factory=list)  # seconds until it went on by itself
    remark: str = ""
    slower: float = 1.0
    grown: float = 0.0

    @property
    def right(self) -> bool:
        kept = not self.lost and self.most <= MOST and self.once in ("-", "yes")
        return kept and self.slower <= SLOWER and self.grown <= FLAT


@dataclass(slots=True)
class Ground:
    """Where faults are tried, and how often."""

    runs: int
    rng: random.Random
    server: Server | None = None  # of PostgreSQL, else it is SQLite
    databases: Iterator[int] = field(default_factory=lambda: count(1))  # some are tried in threads, all at once

    @contextmanager
    def trial(self, port: int, participants: int, **options: Any) -> Iterator[Trial]:
        if self.server is None:
            with trial(port, participants, **options) as place:
                yield place
            return
        name = f"fault{next(self.databases)}"
        try:
            with trial(port, participants, url=self.server.database(name), **options) as place:
                yield place
        finally:
            if self.server.running:
                self.server.drop(name)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def until(condition: Callable[[], bool], what: str, limit: float = 180.0, pause: float = 0.05) -> float:
    """Seconds until it holds. RuntimeError if it does not."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() > began + limit:
            raise RuntimeError(f"{what}: not within {limit:g} s")
        time.sleep(pause)
    return time.monotonic() - began


def copy_of(mail: Mail, recipient: str) -> tuple[str, str]:
    """Whose copy, and of what."""
    found = _MESSAGE_ID.search(mail.content.partition(b"\r\n\r\n")[0])
    return recipient.lower(), found[1].decode() if found else "?"


def count_copies(seen: Seen, place: Trial, sink: Sink) -> None:
    """Add what the sink lacks of the outbox, and has twice. Each repeat counts for the connection that was cut off."""
    by: dict[tuple[str, str], list[int]] = defaultdict(list)
    for mail in list(sink.mails):
        for recipient in mail.recipients:
            by[copy_of(mail, recipient)].append(mail.session)
    wanted = place.rows(
        "SELECT delivery.address, mailing.message_id, delivery.state FROM delivery"
        " JOIN mailing ON mailing.id = delivery.mailing_id"
    )
    seen.lost += sum(state != "sent" or (address.lower(), of) not in by for address, of, state in wanted)
    seen.duplicates += sum(len(sessions) - 1 for sessions in by.values())
    blamed = Counter(session for sessions in by.values() for session in sessions[:-1])
    seen.most = max(seen.most, *blamed.values(), 0)


def count_mails(seen: Seen, place: Trial, acknowledged: list[str]) -> None:
    """Add those of the acknowledged mails that are not in the inbox just once."""
    kept = Counter(place.message_ids())
    seen.lost += sum(kept[one] == 0 for one in acknowledged)
    seen.duplicates += sum(kept[one] > 1 for one in acknowledged)
