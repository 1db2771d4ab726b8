"""The inbox, mail by mail: read, sorted, and handed to admit, command or bounce; each in one transaction, contributions
that are independent in one together (steps/together).

A crash on one mail parks it with its traceback and the next goes on. Trouble with the database, or a helper process
that does not start, is not the mail's fault: it stays new and is tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from listserv.core.dialogue.model import Dialogue, Outcome
from listserv.core.mail import absence, identity, inmail, listed
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.authentication import Prove, unproven
from listserv.core.mail.automatic import GUESSES, Automatic
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.threads import base_subject
from listserv.core.site import Site
from listserv.steps import admit, answer, bounce, command, crosspost, decide, obey, poll, request
from listserv.steps.arrival import Arrival
from listserv.steps.share import Shared
from listserv.steps.together import Together, parked
from listserv.store import contributions, copies, dialogues, inbox, originals, people
from listserv.store.session import Connection, Session

#: Received lines beyond which a mail is going in circles (RFC 5321 §6.3; Postfix's hopcount_limit).
HOPS = 50

#: Seconds for which a mail is ours to process unless we ask for more: it is taken over from a host that is gone.
LEASE = 20.0

Effect = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How mail is read, and what proves who wrote it: here and now by default, or by the edge's helper processes."""

    read: Callable[[bytes, str | None], InboundMail] = inmail.read
    prove: Prove = unproven


HERE = Reading()


def intake(session: Session, now: datetime, site: Site, limit: int, reading: Reading = HERE) -> int:
    """Process up to `limit` new mails that nobody else is processing, oldest first; how many."""
    count = 0
    while count < limit:
        mails = session.write(partial(inbox.claim, limit=min(50, limit - count), lease=LEASE))
        if not mails:
            break
        _each(session, now, site, mails, reading)
        count += len(mails)
    return count


def _each(session: Session, now: datetime, site: Site, mails: Sequence[Any], reading: Reading) -> None:
    shared, together, since, ids = Shared(), Together(session), time.monotonic(), [mail.id for mail in mails]
    try:
        try:
            for mail in mails:
                if time.monotonic() > since + LEASE / 3:
                    since = time.monotonic()
                    together.write()  # some mails take long: what is judged does not wait for them
                    session.write(lambda connection: inbox.hold(connection, ids, LEASE))
                parked(session, mail.id, partial(_process, session, now, site, mail, reading, shared, together))
        finally:
            together.write()
        ids = []
    finally:
        if ids:
            session.submit(lambda connection: inbox.hold(connection, ids, 0))


def _process(
    session: Session, now: datetime, site: Site, row: Any, reading: Reading, shared: Shared, together: Together
) -> None:
    target = site.addresses.parse(row.recipient)
    with session.read() as connection:
        if site.addresses.is_postmaster(row.recipient):
            # The newest dialogue's moderators know who runs the site; its contact address may be this very one.
            target = next((Target(slug, Role.OWNER) for slug in reversed(dialogues.slugs(connection))), None)
        dialogue, ticked = (target and shared.dialogue(connection, target.slug)) or (None, None)
        content = inbox.content(connection, row.raw_id)
    mail = reading.read(content, row.sender)
    known = _Known(row.id, mail, dialogue, shared)
    if target is None or dialogue is None:
        session.write(lambda connection: known.done(connection, Outcome.REFUSED, "no such address here"))
        return
    if together.concerns(mail):
        together.write()
    # A dialogue's time never goes back: by hand, in tests or by a wrong clock it may be ahead of ours.
    now = max(now, ticked) if ticked else now
    sorted_out = _repeated(session, row, target, mail) or _not_for_people(session, site, dialogue, target, mail)
    if sorted_out is not None:
        outcome, reason = sorted_out
        effect: Effect = _nothing
        if outcome is Outcome.BOUNCE:
            together.write()
            effect, reason = bounce.consider(session, now, site, dialogue, target, mail)
        session.write(lambda connection: known.done(connection, outcome, reason) and effect(connection))
        return
    proof = request.UNPROVEN if row.protocol == request.PAGE else reading.prove(content, mail, row.protocol)
    if mail.author and mail.automatic is None and not proof.refuted and not proof.lacking:
        known.heard = now, dialogue.id, mail.author.address
    objects = originals.objects(content)
    arrival = poll.asked(Arrival(session, now, site, dialogue, target, mail, row, proof, objects, shared, known.done))
    target = arrival.target
    if (network := crosspost.answering(session, site, dialogue, target, mail)) and not dialogue.closed_at:
        # Its token names the network, no contribution.
        together.write()
        guest = _by_its_author(replace(arrival, target=replace(target, payload=None)), content, reading)
        admit.admit(guest, network=network.name)
        return
    if target.role is Role.NETWORK:  # from who takes part here too
        target = Target(target.slug, Role.DIALOGUE)
        arrival = replace(arrival, target=target)
    said = poll.read(arrival) if target.role is Role.SURVEY else None
    word = obey.obey(arrival) if said is None or not said.answers else None
    if word is not None and together.write():
        word = obey.obey(arrival)
    if word is not None:
        effect, reason = word
        session.write(lambda connection: known.done(connection, Outcome.COMMAND, reason) and effect(connection))
    elif said is not None:
        together.write()
        poll.poll(arrival, said)
    elif target.role in (Role.DIALOGUE, Role.REPLY) and not dialogue.closed_at:
        judged = admit.judge(arrival)
        if together.hinders(judged):
            together.write()
            judged = admit.judge(arrival)
        together.add(row.id, mail, judged)
    elif target.role is Role.AUTHOR:
        together.write()
        answer.answer(arrival)
    else:
        together.write()
        if target.role is Role.MODERATE and decide.decide(arrival):
            return
        if target.role in (Role.BOUNCES, Role.MODERATE):  # a person answered a return address: moderators read it
            target = replace(target, role=Role.OWNER)
        if proof.refuted and target.role is not Role.OWNER and not target.token:
            why = f"nothing was done, it may be forged: {proof.says}"
            session.write(lambda connection: known.done(connection, Outcome.REFUSED, why))
            return
        effect, reason = command.consider(replace(arrival, target=target))
        session.write(lambda connection: known.done(connection, Outcome.COMMAND, reason) and effect(connection))


def _by_its_author(arrival: Arrival, content: bytes, reading: Reading) -> Arrival:
    """The same, from its author, where the list it came through wrote itself into From (for DMARC)."""
    whole = listed.restored(content)
    if whole == content:
        return arrival
    mail = reading.read(whole, arrival.row.sender)
    return replace(arrival, mail=mail, proof=reading.prove(whole, mail, arrival.row.protocol))


class _Known:
    """What every outcome of one inbound mail records of it."""

    def __init__(self, inbox_id: int, mail: InboundMail, dialogue: Dialogue | None, shared: Shared) -> None:
        self._id = inbox_id
        self._shared = shared
        self.heard: tuple[datetime, int, str] | None = None  # when, in which dialogue, from whom a person wrote
        self._columns = {
            "message_id": mail.message_id,
            "subject": mail.subject,
            "author": identity.key(mail.author.address) if mail.author else "",
            "dialogue_id": dialogue.id if dialogue else None,
        }

    def done(self, connection: Connection, outcome: Outcome, reason: str, contribution_id: int | None = None) -> bool:
        if self.heard and outcome is not Outcome.REFUSED:
            people.heard_of(connection, *self.heard)
        if outcome is Outcome.COMMAND:
            self._shared.forget()
        return inbox.done(connection, self._id, outcome, reason, contribution_id=contribution_id, **self._columns)


def _nothing(connection: Connection) -> None:
    pass


def _not_for_people(
    session: Session, site: Site, dialogue: Dialogue, target: Target, mail: InboundMail
) -> tuple[Outcome, str] | None:
    """What is no human's mail to us: reports, automatic answers, our own mail come back, mail in circles.

    What is automatic by its words alone stays, unless a second sign is with us: the return address it came to, or
    the mail of ours whose subject it answers.
    """
    if mail.automatic in (Automatic.BOUNCE, Automatic.COMPLAINT):
        return Outcome.BOUNCE, ""
    if mail.automatic is Automatic.UNDELIVERED and target.role is Role.BOUNCES:
        return Outcome.BOUNCE, ""
    if mail.automatic is Automatic.TITLED and _answers_ours(session, dialogue, mail):
        return Outcome.AUTOMATIC, Automatic.REPLY.value
    # Their own mail host may write to the address in List-Unsubscribe for them, and say so (RFC 2369 §3.2).
    for_them = target.role is Role.LEAVE and target.payload is not None and mail.automatic is Automatic.REPLY
    if mail.automatic is not None and mail.automatic not in GUESSES and not for_them:
        return Outcome.AUTOMATIC, mail.automatic.value
    if _is_ours(session, site, dialogue, mail):
        return Outcome.AUTOMATIC, "our own mail came back"
    if mail.author and site.addresses.parse(mail.author.address) is not None:
        return Outcome.AUTOMATIC, "from one of our own addresses"
    if mail.received_count > HOPS:
        return Outcome.AUTOMATIC, f"it has passed {mail.received_count} hosts: a loop"
    return None


def _repeated(session: Session, row: Any, target: Target, mail: InboundMail) -> tuple[Outcome, str] | None:
    """What was kept, but not acknowledged, for the database went away, is sent again (RFC 1047).

    What may be a contribution is looked for among those instead: steps/admit.
    """
    if target.role in (Role.DIALOGUE, Role.REPLY) or not mail.message_id:
        return None
    with session.read() as connection:
        repeated = inbox.repeated(connection, row, mail.message_id)
    return (Outcome.DUPLICATE, "the same mail came before") if repeated else None


def _answers_ours(session: Session, dialogue: Dialogue, mail: InboundMail) -> bool:
    """Whether what a mail's title says that it answers is the subject of the mail of ours that it refers to."""
    title = absence.titled(mail.subject)
    with session.read() as connection:
        known = contributions.known_as(connection, dialogue.id, [*mail.in_reply_to, *reversed(mail.references)])
    if title is None or known is None:
        return False
    theirs, ours = (base_subject(absence.plain(one), dialogue.slug) for one in (title[1], known.subject))
    return theirs.casefold() == ours.casefold() != ""


def _is_ours(session: Session, site: Site, dialogue: Dialogue, mail: InboundMail) -> bool:
    """Whether it is a mail that we sent: by its List-Id (RFC 2919 §6), X-Loop or Message-ID.

    A contribution has its author's Message-ID: what comes under it again is a repeat.
    """
    if f"{dialogue.slug}.{site.domain}" in mail.list_ids:
        return True
    if any(site.addresses.parse(one) is not None for one in mail.loops):
        return True
    if not mail.message_id.endswith(f"@{site.domain}>"):
        return False
    with session.read() as connection:
        return copies.is_ours(connection, mail.message_id)
