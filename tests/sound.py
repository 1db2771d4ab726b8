"""Whether all invariants hold of a SQLite file that the program has written: what `doctor --deep` asks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from listserv.steps.verify import verify
from listserv.store.session import Session


def broken(file: Path, now: datetime) -> list[str]:
    """A line for each invariant that does not; `now`: the dialogues' time."""
    session = Session(f"sqlite:///{file}")
    try:
        return [f"{one.invariant.name}: {'; '.join(one.first)}" for one in verify(session, now) if one.count]
    finally:
        session.close()
