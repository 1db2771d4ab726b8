"""The inbox, mail by mail: read, sorted, and handed to admit, command or bounce; each in one transaction.

A crash on one mail parks it with its traceback and the next goes on. Database trouble is not the mail's fault: it
stays new and is tried again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue, Outcome
from listserv.core.mail import identity, inmail
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.authentication import Prove, unproven
from listserv.core.mail.automatic import Automatic
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps import admit, bounce, command
from listserv.store import dialogues, inbox
from listserv.store.session import Connection, Session, temporary

#: Received lines beyond which a mail is going in circles (RFC 5321 §6.3; Postfix's hopcount_limit).
HOPS = 50

Effect = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How mail is read, and what proves who wrote it: here and now by default, or by the edge's helper processes."""

    read: Callable[[bytes, str | None], InboundMail] = inmail.read
    prove: Prove = unproven


HERE = Reading()


def intake(session: Session, now: datetime, site: Site, limit: int, reading: Reading = HERE) -> int:
    """Process up to `limit` new mails, oldest first; how many."""
    count, after = 0, 0
    while count < limit:
        with session.read() as connection:
            mails = inbox.new(connection, min(50, limit - count), after)
        if not mails:
            break
        for mail in mails:
            after = mail.id
            process(session, now, site, mail, reading)
        count += len(mails)
    return count


def process(session: Session, now: datetime, site: Site, row: Any, reading: Reading = HERE) -> None:
    """One mail. Whatever a step raises parks it, but for database trouble, which is raised on."""
    try:
        _process(session, now, site, row, reading)
    except Exception as error:
        if temporary(error):
            raise
        told = "".join(traceback.format_exception(error))
        session.write(lambda connection: inbox.park(connection, row.id, told))


def _process(session: Session, now: datetime, site: Site, row: Any, reading: Reading) -> None:
    target = site.addresses.parse(row.recipient)
    with session.read() as connection:
        if site.addresses.is_postmaster(row.recipient):
            # The newest dialogue's moderators know who runs the site; its contact address may be this very one.
            target = next((Target(slug, Role.OWNER) for slug in reversed(dialogues.slugs(connection))), None)
        dialogue = dialogues.read(connection, target.slug) if target else None
        ticked = dialogues.ticked_at(connection, dialogue.id) if dialogue else None
    mail = reading.read(row.content, row.sender)
    known = _Known(row.id, mail, dialogue)
    if target is None or dialogue is None:
        session.write(lambda connection: known.done(connection, Outcome.REFUSED, "no such address here"))
        return
    # A dialogue's time never goes back: by hand, in tests or by a wrong clock it may be ahead of ours.
    now = max(now, ticked) if ticked else now
    sorted_out = _not_for_people(site, dialogue, mail)
    if sorted_out is not None:
        outcome, reason = sorted_out
        effect: Effect = _nothing
        if outcome is Outcome.BOUNCE:
            effect, reason = bounce.consider(session, now, site, dialogue, target, mail)
        session.write(lambda connection: known.done(connection, outcome, reason) and effect(connection))
        return
    proof = reading.prove(row.content, mail, row.protocol)
    if target.role in (Role.DIALOGUE, Role.REPLY):
        admit.admit(session, now, site, dialogue, target, mail, row, known.done, proof)
    else:
        if target.role in (Role.BOUNCES, Role.MODERATE):  # a person answered a return address: moderators read it
            target = replace(target, role=Role.OWNER)
        if proof.refuted and target.role is not Role.OWNER and not target.token:
            why = f"nothing was done, it may be forged: {proof.says}"
            session.write(lambda connection: known.done(connection, Outcome.REFUSED, why))
            return
        effect, reason = command.consider(session, now, site, dialogue, target, mail, proof)
        session.write(lambda connection: known.done(connection, Outcome.COMMAND, reason) and effect(connection))


class _Known:
    """What every outcome of one inbound mail records of it."""

    def __init__(self, inbox_id: int, mail: InboundMail, dialogue: Dialogue | None) -> None:
        self._id = inbox_id
        self._columns = {
            "message_id": mail.message_id,
            "subject": mail.subject,
            "author": identity.key(mail.author.address) if mail.author else "",
            "dialogue_id": dialogue.id if dialogue else None,
        }

    def done(self, connection: Connection, outcome: Outcome, reason: str, contribution_id: int | None = None) -> bool:
        return inbox.done(connection, self._id, outcome, reason, contribution_id=contribution_id, **self._columns)


def _nothing(connection: Connection) -> None:
    pass


def _not_for_people(site: Site, dialogue: Dialogue, mail: InboundMail) -> tuple[Outcome, str] | None:
    """What is no human's mail to us: reports, automatic answers, our own mail come back, mail in circles."""
    if mail.automatic in (Automatic.BOUNCE, Automatic.COMPLAINT):
        return Outcome.BOUNCE, ""
    if mail.automatic not in (None, Automatic.CALENDAR, Automatic.GUESS):
        return Outcome.AUTOMATIC, mail.automatic.value
    if f"{dialogue.slug}.{site.domain}" in mail.list_ids:  # RFC 2919 §6: our own, sent back to us
        return Outcome.AUTOMATIC, "our own mail came back"
    if mail.author and site.addresses.parse(mail.author.address) is not None:
        return Outcome.AUTOMATIC, "from one of our own addresses"
    if mail.received_count > HOPS:
        return Outcome.AUTOMATIC, f"it has passed {mail.received_count} hosts: a loop"
    return None
