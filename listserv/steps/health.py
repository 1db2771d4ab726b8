"""Whether all goes on: the outbox goes out, the relay takes it, the clock keeps the programme's time. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from listserv.steps.agenda import Agenda
from listserv.store import vital
from listserv.store.session import Session
from listserv.store.vital import Outbox

#: What is due longer than this is late.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Health:
    """`behind`: for how long the earliest thing of the programme has been due; 0 where none is."""

    outbox: Outbox
    behind: timedelta

    @property
    def troubles(self) -> dict[str, str]:
        """By part, what is wrong with it, in a few words; nothing: all is well."""
        found = {}
        if self.outbox.overdue > PATIENCE.total_seconds():
            found["outbox"] = f"copies have been due for {_lasted(self.outbox.overdue)}"
        if self.outbox.codes.get(None):
            found["relay"] = f"not reached; {self.outbox.codes[None]} copies wait for it"
        if self.behind > PATIENCE:
            found["clock"] = f"the programme is {_lasted(self.behind.total_seconds())} behind"
        return found


def health(session: Session, now: datetime, agenda: Agenda) -> Health:
    """`agenda`: of who asks again and again, so that a site of a thousand dialogues is not gone through each time."""
    with session.read() as connection:
        outbox = vital.outbox(connection)
    due = agenda.looked()
    return Health(outbox, now - due if due is not None and due < now else timedelta(0))


def _lasted(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
