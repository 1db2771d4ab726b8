"""Deliveries of a dialogue that ended long ago become counts: per mailing how many were sent and how many failed.

Once a month from when it is due, in small transactions, audited. Who got a mail is not known any more after that; what
the survey's figures are counted from stays. Whoever calls may call again at any time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from listserv.core.dialogue import audience, facilitation
from listserv.core.dialogue.model import Dialogue
from listserv.steps.shed import shed
from listserv.store import dialogues, pruning
from listserv.store.session import Connection, Session

#: Deliveries of one transaction: others that write wait for no more.
BATCH = 500

PRUNED = "prune"  # the occurrence that says a month's is done


def prune(session: Session, now: datetime, keep: timedelta) -> int:
    """Let go of deliveries of dialogues that ended so long ago, counting them; how many. No `keep`: none."""
    if not keep:
        return 0
    with session.read() as connection:
        old = [one for one in dialogues.all_of(connection) if (at := ended(one)) and at + keep <= now]
    return sum(_prune(session, now, one) for one in old)


def ended(dialogue: Dialogue) -> datetime | None:
    """When it was closed, or its last module's grace was over; None while it goes on."""
    if dialogue.closed_at or not dialogue.over:
        return dialogue.closed_at
    return facilitation.end(dialogue)


def _prune(session: Session, now: datetime, dialogue: Dialogue) -> int:
    month = now.year * 12 + now.month  # what was answered after its end goes then

    def some(connection: Connection) -> int:
        return pruning.prune(connection, dialogue.id, BATCH, audience.ANSWERED_ALONE)

    return shed(session, now, dialogue.id, (PRUNED, "deliveries", month), ("deliveries", "now counts"), some)
