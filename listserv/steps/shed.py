"""To let go of many rows of a dialogue in small transactions; once all are gone, an occurrence and the audit say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from listserv.steps.publish import CLOCK
from listserv.store import audit, occurrences
from listserv.store.session import Connection, Session


def shed(
    session: Session,
    now: datetime,
    dialogue_id: int,
    occurrence: tuple[str, str, int],
    said: tuple[str, str],
    some: Callable[[Connection], int],
) -> int:
    """Call `some` until it lets go of none; how many it was in all, 0 if the occurrence has been before.

    `occurrence`: its kind, which is the audit's action too, subject and round. `said`: of what there were so many, why.
    """
    kind, subject, turn = occurrence
    with session.read() as connection:
        if occurrences.recorded(connection, dialogue_id, kind, subject, turn):
            return 0
    count = 0

    def write(connection: Connection) -> int:
        gone = some(connection)
        if not gone:
            occurrences.once(connection, dialogue_id, kind, subject, turn, now)
            if count:
                audit.record(connection, now, CLOCK, kind, f"{count} {said[0]}", said[1], dialogue_id)
        return gone

    while gone := session.write(write):
        count += gone
    return count
