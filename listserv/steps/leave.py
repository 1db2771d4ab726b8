"""Somebody leaves: no more mail after one that says so. What they wrote stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue, Participation
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import audit, people
from listserv.store.session import Connection, Session


def leave(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, part_id: int, actor: str, reason: str
) -> bool:
    """Let somebody leave at once, with one last mail that says so; false when they had left."""
    with session.read() as connection:
        part = people.part(connection, part_id)
    if part is None:
        return False
    goodbye = goodbye_letter(site, dialogue, now, part)

    def write(connection: Connection) -> bool:
        return left(connection, now, dialogue, part_id, goodbye, actor, reason)

    return session.write(write)


def left(
    connection: Connection,
    now: datetime,
    dialogue: Dialogue,
    part_id: int,
    goodbye: compose.Prepared,
    actor: str,
    reason: str,
) -> bool:
    """The writes of a leaving, for a transaction that does more."""
    current = people.part(connection, part_id)
    if current is None or current["status"] in (Participation.LEFT, Participation.DECLINED):
        return False
    people.change_part(connection, now, current["id"], {"status": Participation.LEFT})
    goodbye.to_one(connection, now, current["address"], current["id"])
    audit.record(connection, now, actor, "leave", current["address"], reason, dialogue.id)
    return True


def goodbye_letter(site: Site, dialogue: Dialogue, now: datetime, part: Mapping[str, Any]) -> compose.Prepared:
    return compose.notice(
        site,
        dialogue,
        now,
        "goodbye",
        Mailbox(part["name"], part["address"]),
        site.language(part["language"], dialogue.language),
        name=part["name"],
    )
