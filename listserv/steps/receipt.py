"""What the author of a mail to the dialogue is told: received, too early, too late, or how to take part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from listserv.core.dialogue import moderation
from listserv.core.dialogue.expectation import Duty, expected
from listserv.core.dialogue.model import Attribution, Dialogue, Participation
from listserv.core.dialogue.routing import Place, Tell
from listserv.core.mail import identity
from listserv.core.mail.files import Fate, File
from listserv.core.mail.identity import Mailbox
from listserv.steps import compose, invite, limit
from listserv.steps.arrival import Arrival
from listserv.steps.limit import Left
from listserv.store import occurrences
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one contribution: its subject, how it is shown; and what `expected` is made of."""

    subject: str
    attribution: Attribution
    quotable: bool
    duties: Sequence[Duty]
    waits: Sequence[timedelta]


def letter(
    arrival: Arrival,
    part: Any | None,
    place: Place,
    judgement: moderation.Judgement,
    text: str,
    came: Sequence[File],
    silence: str,
    facts: Facts,
) -> Callable[[Connection], None] | None:
    """What its author is told; None when there is nobody to tell, or perhaps a machine (RFC 3834 §2).

    `silence`: why nothing is written; it is counted then.
    """
    mail, now, site, dialogue = arrival.mail, arrival.now, arrival.site, arrival.dialogue
    if mail.author is None or not identity.valid(mail.author.address):
        return None
    if mail.automatic is not None or any(reason.rule == "automatic" for reason in judgement.reasons):
        return None
    if mail.to_many:
        return None  # a list would send our answer to all its members, us among them
    address = mail.author.address
    if part is None or part["status"] in (Participation.LEFT, Participation.DECLINED):
        if silence:
            return lambda connection: limit.left_out(connection, now, dialogue.id, Left.MAIL)
        answer = invite.stranger(arrival.session, now, site, dialogue, mail, mail.author)

        def once_a_day(connection: Connection) -> None:
            if occurrences.once_a_day(connection, dialogue.id, "answer:stranger", identity.key(address), now):
                limit.from_source(connection, now, dialogue.id, arrival.row.sender, address)
                answer(connection)

        return once_a_day
    if silence:
        return lambda connection: None
    kind, values = _said(dialogue, place, judgement, text, came)
    reply_to = None
    if kind in ("receipt", "early"):
        reply_to = site.addresses.author(dialogue.slug, arrival.row.id)
        values |= {"attribution": facts.attribution.value, "quotable": facts.quotable}
        if kind == "receipt":
            values |= _expected(now, dialogue, facts)
    name = part["name"]  # not what From says: it may be another's words
    told = compose.notice(
        site,
        dialogue,
        now,
        kind,
        Mailbox(name, address),
        site.language(part["language"], dialogue.language),
        answers=mail.message_id,
        reply_to=reply_to,
        name=name,
        subject=facts.subject,
        home=part["country"],
        **values,
    )
    return lambda connection: told.to_one(connection, now, address, part["id"]) and None


def _said(
    dialogue: Dialogue, place: Place, judgement: moderation.Judgement, text: str, came: Sequence[File]
) -> tuple[str, dict[str, object]]:
    if any(reason.rule == "administrivia" for reason in judgement.reasons):
        return "help", {"understood": True, "waits": True}
    module = dialogue.module(place.module)
    if place.tell is Tell.RETURNED:
        return "late_returned", {"module": module, "text": text, "open_module": dialogue.open_module()}
    refused = [one for one in came if one.fate is Fate.REFUSED]
    about = {"refused": refused, "empty": not text.strip() and not came}
    if place.tell is Tell.BEFORE:
        return "early", {"next_module": module, "ended_at": None, **about}
    if place.tell is Tell.AFTER:
        return "early", {"next_module": None, "ended_at": place.when, **about}
    return "receipt", {"module": module, "released": not judgement.hold, **about}


def _expected(now: datetime, dialogue: Dialogue, facts: Facts) -> dict[str, object]:
    found = expected(now, facts.duties, facts.waits)
    noon = datetime.combine(found.next_on, time(12), dialogue.zone) if found.next_on else None
    return {"expected": found, "next_on": noon}
