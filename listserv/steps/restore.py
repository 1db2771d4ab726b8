"""What it means to go back to an earlier state: told before it is done, and put right as far as it can be.

What was sent after the backup is not known of any more: a delivery that was unfinished then goes out again, and the
clock does again what it did since. Nobody is left out by that; some get a mail twice. Who would rather look first
`hold`s both: the deliveries are given up with a reason that `listserv outbox retry --held` finds, and mails of the
calendar that are due are skipped, which `listserv plan` shows. What was decided, released, asked or changed after the
backup is lost; so are mails that came since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from listserv.core.dialogue import programme
from listserv.core.dialogue.occurrence import Key, OccurrenceKind
from listserv.steps import schedule
from listserv.store import audit, calendar, copying, dialogues, inbox, occurrences, outbox, senders, underway, visits
from listserv.store.session import Connection
from listserv.store.underway import UnderWay

#: What the clock sends mail for; round-ups cannot be held, only skipped by a command of their own.
MAILED = {*schedule.BODIES, OccurrenceKind.ROUNDUP}


@dataclass(frozen=True, slots=True)
class Again:
    """What the clock does when it runs, sending mail: `id` as `listserv plan` has it."""

    dialogue: str
    dialogue_id: int
    id: str
    key: Key
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """`under_way`: mailings that were unfinished. `again`: mails that are due at once, sent since or not.

    `lost`: what the database that is replaced has recorded since, by action; empty where there is none.
    """

    under_way: Sequence[UnderWay]
    again: Sequence[Again]
    lost: Counter[str]

    @property
    def deliveries(self) -> int:
        return sum(one.waiting for one in self.under_way)


def look(backup: Connection, now: datetime) -> Told:
    """What restoring it at that time would do."""
    again = []
    for dialogue in dialogues.all_of(backup):
        due = [] if dialogue.closed_at else programme.due(dialogue, occurrences.done(backup, dialogue.id), now)
        for one in due:
            change = dialogue.change(*one.key)
            if one.kind in MAILED and not one.skip and not (change and change.skipped):
                again.append(Again(dialogue.slug, dialogue.id, one.id, one.key, one.at))
    return Told(underway.mailings(backup), again, Counter())


def lost(standing: Connection, since: datetime) -> Counter[str]:
    """What the database that is about to be replaced has recorded after that time, by action."""
    return audit.actions_since(standing, since)


def settle(
    connection: Connection, now: datetime, taken_at: datetime, actor: str, file: str, told: Told, *, hold: bool
) -> int:
    """In the transaction that restores: nobody stays logged in, it is recorded, and held if so wished; how many.

    Who has logged out since must not be logged in again. What was being sent is due: whoever sent it is gone.
    """
    copying.skip_ids(connection)
    visits.end_every(connection)
    outbox.free_leases(connection)
    inbox.free_leases(connection)
    senders.forget(connection)
    when = f"{taken_at:%Y-%m-%d %H:%M} UTC"
    held = 0
    if hold:
        held = underway.hold(connection, now, f"may have been sent after the backup of {when}")
        for one in told.again:
            if one.key[0] != OccurrenceKind.ROUNDUP:
                calendar.change(connection, now, one.dialogue_id, one.key, actor, {"skipped": 1})
    reason = f"backup of {when}, schema and rows verified"
    audit.record(connection, now, actor, "db-restore", file, f"{reason}; {held} deliveries held" if hold else reason)
    return held
