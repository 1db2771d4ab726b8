"""Somebody chooses what to get, by the link in a mail. A mail tells them, once a day: the link may have strayed."""

from __future__ import annotations

from datetime import datetime

from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Dialogue, Participation
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import audit, occurrences, people
from listserv.store.session import Connection, Session


def choose(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    part_id: int,
    *,
    paused: bool,
    mode: DeliveryMode | None,
    reason: str,
) -> bool:
    """`mode` None: as it was. False, and nothing written, when it is so already or they do not take part (any more)."""
    with session.read() as connection:
        part = people.part(connection, part_id)
    if part is None:
        return False
    status = Participation.PAUSED if paused else Participation.ACTIVE
    delivery = mode or DeliveryMode(part["delivery"])
    letter = compose.notice(
        site,
        dialogue,
        now,
        "choice",
        Mailbox(part["name"], part["address"]),
        site.language(part["language"], dialogue.language),
        name=part["name"],
        paused=paused,
        mode=delivery.value,
    )

    def write(connection: Connection) -> bool:
        current = people.part(connection, part_id)
        if current is None or current["status"] not in TAKING_PART:
            return False
        if (current["status"], current["delivery"]) == (status, delivery):
            return False
        people.change_part(connection, now, current["id"], {"status": status, "delivery": delivery})
        said, address = f"status {status.value}, delivery {delivery.value}", current["address"]
        audit.record(connection, now, address, "set", address, f"{said}, {reason}", dialogue.id)
        if occurrences.once_a_day(connection, dialogue.id, "answer:choice", identity.key(address), now):
            letter.to_one(connection, now, address, current["id"])
        return True

    return session.write(write)
