"""A mail to the dialogue becomes a contribution: placed in its module, judged, held, and its author told.

The contribution, what its author is told and the mail's outcome are one transaction. What no moderator has to read
is held in the policy's name and released by steps/moderate right after; of the rest steps/notify tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue import choices, moderation, routing
from listserv.core.dialogue.model import (
    TAKING_PART,
    ContributionState,
    Dialogue,
    ModuleState,
    Outcome,
    Participation,
    Reason,
)
from listserv.core.dialogue.phrases import length
from listserv.core.dialogue.routing import Place
from listserv.core.mail import files, listed, outmail
from listserv.core.mail.automatic import Automatic
from listserv.core.mail.files import Fate, File
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.links import links
from listserv.core.mail.reply.extractor import extract
from listserv.core.sentence import Sentence, remade
from listserv.steps import compose, credit, find, limit, mend, receipt, who
from listserv.steps.arrival import Arrival
from listserv.steps.discreet import discreet
from listserv.steps.mend import Again
from listserv.steps.moderate import PASSED
from listserv.steps.together import Judged
from listserv.store import attachments, contributions
from listserv.store.session import Connection

#: Why a mail that reached us looks like a machine's, for moderators.
_LOOKS = {
    Automatic.CALENDAR: Sentence("it is a calendar program's invitation, or the answer to one"),
    Automatic.GUESS: Sentence("its subject or words read like one"),
    Automatic.TITLED: Sentence("its subject reads like one's"),
    Automatic.UNDELIVERED: Sentence("it reads like a program's report that a mail was not delivered"),
}


def admit(arrival: Arrival, again: Again | None = None, network: str = "") -> None:
    """Keep a mail as a contribution, as `judge` says."""
    arrival.session.write(judge(arrival, again, network).write)


def judge(arrival: Arrival, again: Again | None = None, network: str = "") -> Judged:
    """What keeps a mail to SLUG@ or SLUG+TOKEN@ as a contribution, whatever is to become of it.

    `again`: it is the mended version of one that was returned. `network`: the sister network that it comes from; its
    members are guests, and nothing is written to them by itself.
    """
    session, now, site, dialogue = arrival.session, arrival.now, arrival.site, arrival.dialogue
    row, proof = arrival.row, arrival.proof
    cleaned = site.addresses.without_tokens
    mail = replace(arrival.mail, subject=cleaned(arrival.mail.subject), html=cleaned(arrival.mail.html))
    with session.read() as connection:
        found = find.find(connection, site, dialogue, arrival.target, mail)
        _, used = contributions.same(connection, dialogue.id, mail.message_id, mail.digest)
        doubts = who.doubts(connection, dialogue, mail, found.part, proof, arrival.shared)
        author = mail.author.address if mail.author else ""
        silence = limit.of_contribution(connection, now, dialogue.id, found.part, author, proof, row.sender)
        duties, waits = arrival.shared.outlook(connection, dialogue)
    place = routing.place(dialogue, now, by_reference=found.by_reference, by_token=found.by_token, subject=mail.subject)
    if again is not None:
        place = again.place
    known = found.part is not None and found.part["status"] in TAKING_PART
    if place.returned and (not known or proof.refuted or proof.lacking or silence or mail.automatic or network):
        place = replace(place, tell=None)  # no policy decides on what nobody may be told of: it is held
    text, cut = mail.text, mail.cut
    if again is not None:
        text, cut = again.text, again.beside
    elif found.parent_text:  # the mail it answers tells unmarked quotes apart
        written = extract(mail.body, found.parent_text)
        text, cut = written.text, written.cut
    text, cut, subject = discreet(session, site, dialogue, mail, found.part, text, cut)
    choice, without = choices.leading(text)
    if without.strip() or mail.attachments:  # who says nothing else has said it to a moderator
        text = without
    came = files.sorted_out(mail.attachments, mail.html, dialogue.policy.attachments)
    came = files.without_tokens(came, cleaned, site.addresses.masked)
    case = _case(dialogue, mail, row, found, place, text, used, came)
    if again is not None:
        case = replace(case, mends=str(again.before["id"]))
    if network:
        case = replace(case, network=network)
    attribution, quotable = credit.chosen(again.before if again else found.part, choice)
    named = mail.author.name if mail.author else ""
    case = credit.on(case, attribution, found.part, named, [mail.subject, *(one.name for one in came)])
    judgement = moderation.judge(doubts.on(case))
    state = ContributionState.RETURNED if place.returned else ContributionState.HELD
    message_id = mail.message_id
    if not message_id or used or not outmail.is_identifier(message_id):
        message_id = compose.identifier(site, "contribution")
    part = found.part
    values = {
        "dialogue_id": dialogue.id,
        "module": place.module,
        "state": state,
        "person_id": part["person_id"] if part else None,
        "raw_id": row.raw_id,
        "from_name": cleaned(_name(mail, network)),
        "from_address": mail.author.address if mail.author else "",
        "subject": found.subject or subject or dialogue.title,
        "message_id": message_id,
        "in_reply_to": (mail.in_reply_to or mail.references or ("",))[-1],
        "parent_id": place.parent,
        "text": text,
        "cut": cut,
        "html": mail.html,
        "words": case.words,
        "reasons": [[reason.rule, remade(reason.text, cleaned)] for reason in judgement.reasons],
        "digest": mail.digest,
        "attribution": attribution,
        "quotable": int(quotable),
        "authentication": proof.level,
        "via": network,
        "late": int(_late(dialogue, now, place)),
        "objects": int(arrival.objects),
        "received_at": row.received_at,
        "decided_at": now if place.returned else None,
        "decided_by": "late contributions" if place.returned else None if judgement.hold else PASSED,
    }
    if again is not None:
        values |= {key: again.before[key] for key in ("subject", "in_reply_to", "late")}
    letter = None
    # No answer to who may never have written (RFC 3834 §2), nor to a guest.
    if not network and not proof.refuted and (known or not proof.lacking):
        facts = receipt.Facts(values["subject"], attribution, quotable, duties, waits)
        letter = receipt.letter(replace(arrival, mail=mail), part, place, judgement, text, came, silence, facts)
    reason = cleaned(_first(judgement.reasons))
    if silence and letter is not None:
        reason = f"{reason} {silence[0].upper()}{silence[1:]}.".lstrip()

    def write(connection: Connection) -> None:
        repeated, _ = contributions.same(connection, dialogue.id, mail.message_id, mail.digest)
        if repeated:
            arrival.done(connection, Outcome.DUPLICATE, "the same mail came before")
            return
        contribution_id = contributions.add(connection, values)
        attachments.add(connection, now, contribution_id, came)
        if again is not None:
            mend.link(connection, now, again, contribution_id, values["from_address"])
        outcome = Outcome.REFUSED if place.returned else Outcome.HELD
        if not arrival.done(connection, outcome, reason, contribution_id):
            raise RuntimeError("another process has processed this mail")  # undoes the contribution
        if letter is not None:
            letter(connection)

    return Judged(write, part["id"] if part and known else None)


def _first(reasons: tuple[Reason, ...]) -> str:
    return str(reasons[0].text) if reasons else ""


def _answered_within(mail: InboundMail, received_at: datetime, reached_at: datetime | None) -> timedelta | None:
    """How long after its author got what it answers a mail was written: by its Date, if that lies between."""
    if reached_at is None or received_at < reached_at:
        return None
    written = mail.date if mail.date and reached_at <= mail.date <= received_at else received_at
    return written - reached_at


def _name(mail: InboundMail, network: str) -> str:
    """What the author calls themselves; of a guest without the " via Network" that lists add."""
    name = mail.author.name if mail.author else mail.from_text
    return listed.display_name(name) if network else name


def _late(dialogue: Dialogue, now: datetime, place: Place) -> bool:
    """It came after the module it counts for had closed, be it within its grace."""
    module = dialogue.module(place.module)
    return module is not None and module.state(now, dialogue.policy.grace) in (ModuleState.GRACE, ModuleState.CLOSED)


def _case(
    dialogue: Dialogue,
    mail: InboundMail,
    row: Any,
    found: find.Found,
    place: Place,
    text: str,
    used: bool,
    came: Sequence[File],
) -> moderation.Case:
    own, quoted = moderation.own_and_quoted(text)
    return moderation.Case(
        participation=Participation(found.part["status"]) if found.part else None,
        moderation=dialogue.policy.moderation,
        released=found.released,
        introduced=bool(found.part and found.part["country"]),
        subject=mail.subject,
        text=text,
        words=length(text),
        word_limit=dialogue.policy.word_limit,
        attachments=tuple(
            one.name if one.fate is Fate.KEPT else Sentence("%(file)s (not kept)", file=one.name)
            for one in came
            if one.fate is not Fate.DROPPED
        ),
        links=links(text),
        own_lines=own,
        quoted_lines=quoted,
        place_reasons=place.reasons,
        author_clean=mail.author is not None,
        author=mail.author.address if mail.author else "",
        automatic=_LOOKS.get(mail.automatic, mail.automatic.value) if mail.automatic else "",
        answered_within=_answered_within(mail, row.received_at, found.reached_at),
        foreign_lists=mail.list_ids,  # what came back of our own is sorted out before
        remarks=mail.remarks,
        same_id=used,
    )
