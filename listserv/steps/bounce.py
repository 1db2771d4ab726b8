"""What comes back: delivery reports, complaints. Never a contribution, never answered (RFC 3834 §2, RFC 5321 §4.5.5).

The return address names the delivery (VERP, with an HMAC), so the participant is known whatever the report says.
A complaint (RFC 5965) pauses whoever made it: they asked their provider to stop us.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue, Participation
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.automatic import Automatic
from listserv.core.mail.bounces import Verdict
from listserv.core.mail.inmail import InboundMail
from listserv.store import audit, outbox, people
from listserv.store.session import Connection, Session

Effect = tuple[Callable[[Connection], None], str]


def consider(session: Session, now: datetime, dialogue: Dialogue, target: Target, mail: InboundMail) -> Effect:
    """Whose bounce it is, and a row for it."""
    report = mail.bounce
    with session.read() as connection:
        part, delivery_id = _whose(connection, dialogue, target, mail)
    if part is None:
        return lambda connection: None, "nobody's that takes part"
    verdict = report.verdict if report else Verdict.NONE
    status, diagnostic = (report.status, report.diagnostic) if report else ("", mail.subject)

    def effect(connection: Connection) -> None:
        if verdict in (Verdict.HARD, Verdict.SOFT, Verdict.OURS):  # RFC 3464 §2.3.3: a delay is no failure
            people.record_bounce(connection, now, part["id"], delivery_id, verdict, status, diagnostic)
        if mail.automatic is Automatic.COMPLAINT and part["status"] == Participation.ACTIVE:
            people.change_part(connection, now, part["id"], {"status": Participation.PAUSED})
            audit.record(connection, now, "complaint", "pause", part["address"], diagnostic[:200], dialogue.id)

    return effect, f"{part['address']}: {verdict.value} {status}".strip()


def _whose(
    connection: Connection, dialogue: Dialogue, target: Target, mail: InboundMail
) -> tuple[Any | None, int | None]:
    if target.role is Role.BOUNCES and target.payload is not None:
        to = outbox.recipient(connection, target.payload)
        if to is not None and to.participation_id is not None and to.dialogue_id == dialogue.id:
            return people.part(connection, to.participation_id), target.payload
    for address in mail.bounce.recipients if mail.bounce else ():
        part = people.part_of(connection, dialogue.id, address)
        if part is not None:
            return part, None
    return None, None
