"""What comes back: delivery reports, complaints. Never a contribution, never answered (RFC 3834 §2, RFC 5321 §4.5.5).

The return address names the delivery (VERP, with an HMAC), so the participant is known whatever the report says; where
a report comes elsewhere, the copy of our mail that it holds may bear the same address, or the one for leaving. Only
what such a token names counts, and only within reach.LASTS of the copy's sending: anybody can write an address into
a report (field note 6.7). A failure without one is kept to be seen, and scores nothing.

A complaint (RFC 5965) pauses whoever a token names, at once: they asked their provider to stop us. It does not let
them leave, since people press "spam" by mistake; the moderators are told. Without a token it is only told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import reach as rules
from listserv.core.dialogue.model import Dialogue, Participation
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.automatic import Automatic
from listserv.core.mail.bounce import reports as reading
from listserv.core.mail.bounce.reports import Verdict
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps import alarm, compose, crosspost, reach
from listserv.store import audit, bounces, occurrences, people
from listserv.store.session import Connection, Session

Effect = tuple[Callable[[Connection], None], str]

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463 §2, at the reply's start (RFC 2034 §4)
_ONE_CLICK = re.compile(r"/u/([a-z0-9]{16,64})(?![a-z0-9])", re.IGNORECASE)

#: What says something about the address or about us; a delay is no failure (RFC 3464 §2.3.3).
FAILURES = (Verdict.HARD, Verdict.SOFT, Verdict.OURS)


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whom a report is about. `delivery_id`: the copy that a token of ours names, if it may count; `sure`: a token."""

    part: Any
    delivery_id: int | None
    sure: bool


def consider(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, target: Target, mail: InboundMail
) -> Effect:
    """Whose bounce or complaint it is, and what that leads to."""
    report = mail.bounce
    with session.read() as connection:
        whose = _whose(connection, now, site, dialogue, target, mail)
        to = None
        if whose is None and target.role is Role.BOUNCES and target.payload is not None:
            to = bounces.posted(connection, dialogue.id, target.payload, crosspost.KIND)
    if to is not None and report is not None and report.verdict in FAILURES:
        said = report.diagnostic or report.status or report.verdict.value
        alarm.network(session, now, site, dialogue, to.mailing_id, to.address, said)
        return lambda connection: None, f"{to.address}, a sister network: {report.status or report.verdict.value}"
    if whose is None:
        return lambda connection: None, "nobody's that takes part"
    if mail.automatic is Automatic.COMPLAINT:
        return _complaint(session, now, site, dialogue, whose, report.diagnostic if report else "")
    verdict = report.verdict if report else Verdict.NONE
    status, diagnostic = (report.status, report.diagnostic) if report else ("", mail.subject)

    def effect(connection: Connection) -> None:
        current = people.part(connection, whose.part["id"])
        if verdict in FAILURES and current is not None:
            reach.note(connection, now, current, whose.delivery_id, verdict, status, diagnostic)

    aside = "" if whose.delivery_id is not None or verdict not in FAILURES else " (not counted)"
    return effect, f"{whose.part['address']}: {verdict.value} {status}".strip() + aside


def refused(connection: Connection, now: datetime, delivery_id: int, code: int, reply: str) -> None:
    """The relay's 5yz to RCPT, which is about the recipient: judged like a bounce."""
    to = bounces.delivery_of(connection, delivery_id)
    part = people.part(connection, to.participation_id) if to and to.participation_id is not None else None
    if part is None:
        return
    found = _STATUS.match(reply)
    status = found[1] if found else f"{code // 100}.0.0"
    verdict = reading.judge("failed", status, reply)
    if verdict in FAILURES:
        reach.note(connection, now, part, delivery_id, verdict, status, reply)


def _whose(
    connection: Connection, now: datetime, site: Site, dialogue: Dialogue, target: Target, mail: InboundMail
) -> _Whose | None:
    report = mail.bounce
    traces = report.traces if report else ()
    for named in (target, *filter(None, map(site.addresses.parse, traces))):
        if named.slug != dialogue.slug or named.payload is None:
            continue
        if named.role is Role.BOUNCES:
            found = _of_delivery(connection, now, dialogue, named.payload)
        elif named.role is Role.LEAVE and named is not target:
            found = _of_part(connection, dialogue, named.payload)
        else:
            continue
        if found is not None:
            return found
    for token in _ONE_CLICK.findall(" ".join(traces)):
        link = site.addresses.read_link(token)
        if link is not None and (found := _of_part(connection, dialogue, link[1])):
            return found
    for address in report.recipients if report else ():
        part = people.part_of(connection, dialogue.id, address)
        if part is not None:
            return _Whose(part, None, sure=False)
    return None


def _of_delivery(connection: Connection, now: datetime, dialogue: Dialogue, delivery_id: int) -> _Whose | None:
    to = bounces.delivery_of(connection, delivery_id)
    if to is None or to.participation_id is None or to.dialogue_id != dialogue.id:
        return None
    part = people.part(connection, to.participation_id)
    # Once dialled it may have left, though a crash kept us from noting it.
    left_at = (to.finished_at or to.created_at) if to.attempts else None
    counts = rules.believed(left_at, now)
    return _Whose(part, delivery_id if counts else None, sure=counts) if part else None


def _of_part(connection: Connection, dialogue: Dialogue, part_id: int) -> _Whose | None:
    part = people.part(connection, part_id)
    return _Whose(part, None, sure=True) if part and part["dialogue_id"] == dialogue.id else None


def _complaint(session: Session, now: datetime, site: Site, dialogue: Dialogue, whose: _Whose, kind: str) -> Effect:
    part = whose.part
    pauses = whose.sure and part["status"] == Participation.ACTIVE
    with session.read() as connection:
        moderators = people.moderators(connection, dialogue.id)
    notices = compose.notices_to(
        site,
        dialogue,
        now,
        "complaint",
        moderators,
        name=part["name"],
        address=part["address"],
        paused=pauses,
    )

    def effect(connection: Connection) -> None:
        current = people.part(connection, part["id"])
        if current is None:
            return
        if pauses and current["status"] == Participation.ACTIVE:
            people.change_part(connection, now, part["id"], {"status": Participation.PAUSED})
            audit.record(connection, now, reach.COMPLAINT, "pause", part["address"], kind[:200], dialogue.id)
        # Once a day and participant: whoever writes complaints by the hundred fills nobody's box.
        about = f"{part['id']}{' paused' if pauses else ''}"
        if occurrences.once_a_day(connection, dialogue.id, "answer:complaint", about, now):
            compose.to_moderators(connection, now, moderators, notices)

    return effect, f"{part['address']}: complaint" + ("" if whose.sure else " (nobody's token: only told)")
