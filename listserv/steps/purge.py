"""What is kept goes: the database's file is cleared of what an erasure took out of the tables.

Raises nothing of its own; what is not due is not done, so whoever calls may call again at any time.
"""

from __future__ import annotations

from datetime import datetime

from listserv.steps.publish import CLOCK
from listserv.store import audit, compaction, suppressions
from listserv.store.session import Session


def tidy(session: Session, now: datetime) -> bool:
    """Clear the file if somebody was erased since it was last cleared; false when it was not, or cannot be by us."""
    with session.read() as connection:
        if not session.sqlite or not suppressions.count(connection) or not compaction.due(connection):
            return False
    if not session.compact():
        return False
    session.write(lambda connection: audit.record(connection, now, CLOCK, compaction.COMPACTED, "database"))
    return True
