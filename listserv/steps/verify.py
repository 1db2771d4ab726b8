"""Verifying all data: every invariant (store/invariants), and whether mail as it came is what was read then.

Reads only, in transactions of its own for each, so that a running engine is not held up; what it knows at a time is a
few rows and one mail. At a million deliveries it takes some tens of seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from listserv.core.mail import inmail
from listserv.store import inbox, originals
from listserv.store.invariants import Invariant, contributions, mailings, programme, records, unhurried
from listserv.store.session import Connection, Session

#: Lines of what breaks an invariant that are told; the rest are counted.
TOLD = 3


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one invariant: how many things break it, and the first of them, a line each."""

    invariant: Invariant
    count: int
    first: tuple[str, ...]


def verify(session: Session, now: datetime) -> Iterator[Verified]:
    """One after the other; `now`: the dialogues' time. Raises what the database raises."""
    for invariant in (*mailings.ALL, *contributions.ALL, *programme.ALL, *records.ALL, READ):
        with session.read() as connection:
            broken = iter(invariant.broken(unhurried(connection), now))
            first = tuple(islice(broken, TOLD))
            count = len(first) + sum(1 for _ in broken)
        yield Verified(invariant, count, first)


def _read(connection: Connection, now: datetime) -> Iterator[str]:
    """Contributions whose mail, read again, is another: one that cost too much was read without its HTML."""
    after = 0
    while numbers := originals.read_as(connection, after):
        for after, raw_id, digest in numbers:
            content = inbox.content(connection, raw_id)
            if all(inmail.read(content, html=html).digest != digest for html in (True, False)):
                yield f"contribution {after} is not what its mail says today"


READ = Invariant(
    "as it was read",
    "each contribution is what its mail as it came says.",
    "After an upgrade that reads mail otherwise that is no harm; else compare: listserv queue show ID, inbox show ID",
    _read,
    grave=False,
)
