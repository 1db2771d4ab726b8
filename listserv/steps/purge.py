"""What is kept goes in its time: mails as they came, once retention is over, and what erasures left behind.

Retention: once a day, in small transactions. What the inbox and the queue say of a mail stays, and so do contributions
with their files, which are the archive; of the mail itself, the day it went. Whoever calls may call again at any time.
"""

from __future__ import annotations

from datetime import datetime

from listserv.core.dialogue import facilitation, programme
from listserv.core.dialogue.model import Dialogue
from listserv.steps.publish import CLOCK
from listserv.steps.shed import shed
from listserv.store import audit, compaction, dialogues, originals
from listserv.store.session import Connection, Session

#: Mails of one transaction: others that write wait for no more.
BATCH = 100

PURGED = "purge"  # the occurrence that says a day's is done


def tidy(session: Session, now: datetime) -> bool:
    """Clear the file if somebody was erased, or mail forgotten, since it last was; false when not, or not by us."""
    with session.read() as connection:
        if not session.sqlite or not compaction.due(connection, now):
            return False
    if not session.compact():
        return False
    session.write(lambda connection: audit.record(connection, now, CLOCK, compaction.COMPACTED, "database"))
    return True


def purge(session: Session, now: datetime) -> int:
    """Let go of the mails as they came whose retention is over; how many.

    Of a network without an end that is some each day; what came to another dialogue too waits for that one's end.
    """
    with session.read() as connection:
        there = [(one, until) for one in dialogues.all_of(connection) if (until := programme.outlived(one, now))]
    ended = {one.id for one, _ in there if facilitation.end(one)}
    return sum(_purge(session, now, one, until, {*ended, one.id}) for one, until in there)


def _purge(session: Session, now: datetime, dialogue: Dialogue, until: datetime, ended: set[int]) -> int:
    def some(connection: Connection) -> int:
        due = originals.due(connection, ended, of=dialogue.id, until=until, limit=BATCH)
        return originals.purge(connection, now, due)

    daily, said = (PURGED, "originals", now.toordinal()), ("mails as they came", "retention")
    return shed(session, now, dialogue.id, daily, said, some)
