"""Pauses that end by themselves: on their day mail goes on as before, and who comes back hears what they missed.

What came out meanwhile is not sent after them; the mail says how many contributions there were, and by which word they
come in one mail.
"""

from __future__ import annotations

from datetime import datetime

from listserv.core.dialogue.model import DeliveryMode, Dialogue, Participation
from listserv.core.site import Site
from listserv.steps import choose
from listserv.store import audit, occurrences, people
from listserv.store.session import Connection, Session

RESUMED = "answer:resumed"  # the occurrence of a pause's end, by participation and instant


def resume(session: Session, now: datetime, site: Site, dialogue: Dialogue, actor: str) -> int:
    """End the pauses whose day it is; how many."""
    count = 0
    with session.read() as connection:
        due = people.resuming(connection, dialogue.id, now)
    for part_id in due:
        count += _resume(session, now, site, dialogue, part_id, actor)
    return count


def _resume(session: Session, now: datetime, site: Site, dialogue: Dialogue, part_id: int, actor: str) -> bool:
    with session.read() as connection:
        part = people.part(connection, part_id)
        if part is None:
            return False
        chosen = choose.Chosen(False, DeliveryMode(part["delivery"]))
        told = choose.letter(connection, site, dialogue, now, part, chosen)

    def write(connection: Connection) -> bool:
        current = people.part(connection, part_id)
        # They may have chosen something else since we looked.
        if current is None or current["status"] != Participation.PAUSED or current["resumes_at"] != part["resumes_at"]:
            return False
        ended = round(current["resumes_at"].timestamp())
        if not occurrences.once(connection, dialogue.id, RESUMED, str(current["id"]), ended, now):
            return False  # another clock was faster
        people.change_part(connection, now, current["id"], {"status": Participation.ACTIVE})
        told.to_one(connection, now, current["address"], current["id"])
        audit.record(connection, now, actor, "resume", current["address"], "their pause has ended", dialogue.id)
        return True

    return session.write(write)
