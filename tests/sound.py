"""Whether all invariants hold of a database that the program has written: what `doctor --deep` asks."""

from __future__ import annotations

from datetime import datetime

from listserv.steps.verify import verify
from listserv.store.session import Session


def broken(url: str, now: datetime) -> list[str]:
    """A line for each invariant that does not; `now`: the dialogues' time."""
    session = Session(url)
    try:
        return [f"{one.invariant.name}: {'; '.join(one.first)}" for one in verify(session, now) if one.count]
    finally:
        session.close()
