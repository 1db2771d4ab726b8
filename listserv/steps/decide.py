"""A moderator decides by mail: the answer to a notice, at its ticket's address.

Whoever has the address has a ticket for one thing, once; they must be the moderator it was given to, and a release or
an approval needs proof that they are (core/mail/authentication): both open the dialogue to somebody. A notice may have
strayed, and From proves nothing; all moderators are told what else was decided so, and a discard can be undone. What is
unclear, forged, late or done already changes nothing, and its moderator is told so, at the address we know
(steps/inform). The decision is steps/moderate's (of requests, steps/enrol's); using up the ticket, the mail's outcome
and the news to all moderators are its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from listserv.core.dialogue import backscatter, decision
from listserv.core.dialogue.decision import Decision, Verdict
from listserv.core.dialogue.model import TAKING_PART, Outcome, Role
from listserv.core.mail import inmail
from listserv.core.mail.authentication import Level
from listserv.core.mail.automatic import GUESSES
from listserv.core.mail.reply.extractor import extract
from listserv.errors import Refused
from listserv.steps import confirm, enrol, give_back, inform, moderate
from listserv.steps.arrival import Arrival
from listserv.steps.inform import Answer
from listserv.store import contributions, people, tickets
from listserv.store.session import Connection

#: What is believed only of a proven sender.
NEED_PROOF = (Verdict.RELEASE, Verdict.APPROVE)


def decide(arrival: Arrival) -> bool:
    """Do what the mail says, or tell its moderator why not; false for an address that was never given to anybody."""
    session, mail, token = arrival.session, arrival.mail, arrival.target.token
    with session.read() as connection:
        ticket = tickets.find(connection, confirm.hashed(token))
    if ticket is None or ticket["dialogue_id"] != arrival.dialogue.id:
        return False
    answer = _read(arrival, ticket, token)
    if (why := _not_theirs(answer)) is not None:
        inform.nothing(answer, why)
        return True
    with session.read() as connection:
        listed = tickets.of_bundle(connection, ticket) if answer.thing is inform.BUNDLE else {}
    numbers = listed or ([answer.contribution_id] if answer.contribution_id else [])
    said = decision.parse(extract(mail.body, answer.notice or None).text, answer.allowed, numbers)
    if mail.automatic in GUESSES and (said.reason or said.verdict is Verdict.UNCLEAR):
        return False  # perhaps a machine's, though its words only say so: never answered, moderators read it
    if answer.thing is inform.BUNDLE:
        _several(answer, said, listed)
    else:
        _settle(answer, said)
    return True


def _settle(one: Answer, said: Decision) -> None:
    if (why := inform.not_now(one)) is not None:
        inform.nothing(one, why, said)
    elif said.verdict is Verdict.UNCLEAR:
        inform.nothing(one, str(said.doubt), said)
    elif said.verdict in NEED_PROOF and one.proof.level is Level.NONE:
        inform.nothing(one, "unproven", said)
    elif said.verdict is Verdict.RETURN and _forged(one.thing):
        inform.nothing(one, "backscatter", said)
    else:
        try:
            _act(one, said)
        except Refused:
            with one.session.read() as connection:
                ticket = tickets.again(connection, one.ticket["id"])
            fresh = _read(one.arrival, ticket, one.token)
            inform.nothing(fresh, inform.not_now(fresh) or "refused", said)


def _forged(contribution: Mapping[str, Any]) -> bool:
    found = backscatter.risk(contribution["reasons"])
    return found is not None and found.forged


def _several(bundle: Answer, said: Decision, listed: Mapping[int, Any]) -> None:
    """Decide those of a bundle that the answer names, each in a transaction of its own, by its own ticket."""
    if said.verdict is Verdict.UNCLEAR or not said.numbers:
        inform.nothing(bundle, "bundle", said)
    elif said.verdict is Verdict.RELEASE and bundle.proof.level is Level.NONE:
        inform.nothing(bundle, "unproven", said)
    else:
        # The mail is done with the last of them: run again after a crash, those decided before say so.
        each = replace(bundle.arrival, done=lambda *_: True)
        for number in said.numbers:
            _settle(_read(each, listed[number], ""), said)
        reason = f"{said.verdict.value} by mail: contributions {', '.join(map(str, said.numbers))}"
        bundle.session.write(lambda connection: bundle.done(connection, Outcome.COMMAND, reason))


def _read(arrival: Arrival, ticket: Any, token: str) -> Answer:
    """What is known of the answer to that ticket's address."""
    contribution_id, requester_id = ticket["contribution_id"], ticket["requester_id"]
    author = arrival.mail.author
    with arrival.session.read() as connection:
        part = people.part(connection, ticket["participation_id"])
        thing: Any = inform.BUNDLE
        if contribution_id:
            thing = contributions.get(connection, contribution_id)
        elif requester_id:
            thing = people.part(connection, requester_id)
        told = tickets.told(connection, ticket)
        mine = told.get(part["id"]) if part else None
        raw = tickets.notice_of(connection, mine[0]) if mine else b""
        sender = people.part_of(connection, arrival.dialogue.id, author.address) if author else None
    if part is None or thing is None:
        raise ValueError(f"ticket {ticket['id']} is for nobody or nothing")
    return Answer(arrival, token, ticket, part, sender, thing, told, inmail.read(raw).body if raw else "")


def _not_theirs(one: Answer) -> str | None:
    """Why whoever wrote may not use this ticket."""
    if one.sender is None or one.sender["person_id"] != one.part["person_id"]:
        return "colleague" if one.sender and _moderates(one.sender) else "another"
    if one.proof.refuted:
        return "forged"
    if one.mail.to_many:
        return "list"
    return None if _moderates(one.part) else "resigned"


def _moderates(part: Mapping[str, Any]) -> bool:
    return part["role"] in (Role.MODERATOR, Role.ORGANISER) and part["status"] in TAKING_PART


def _act(one: Answer, said: Decision) -> None:
    """Raises Refused when somebody was faster, or it cannot be done now."""
    session, now, site, actor = one.session, one.now, one.site, one.part["address"]

    def along(number: int | None) -> Callable[[Connection], None]:
        letters = inform.news(one, said, number)
        reason = (
            f"{said.verdict.value} by mail: {'contribution' if one.contribution_id else 'request'} {one.thing['id']}"
        )

        def write(connection: Connection) -> None:
            if not tickets.use(connection, one.ticket["id"], now):
                raise Refused("this address has been used")
            if not one.done(connection, Outcome.COMMAND, reason):
                raise RuntimeError("another process has processed this mail")  # undoes the decision
            for to, letter in letters:
                letter.to_one(connection, now, to["address"], to["id"])

        return write

    match said.verdict:
        case Verdict.RELEASE:
            moderate.release(session, now, site, one.thing["id"], actor, along=along)
        case Verdict.RETURN:
            give_back.give_back(session, now, site, one.thing["id"], actor, inform.clean(one, said.reason), along=along)
        case Verdict.DISCARD:
            moderate.discard(session, now, one.thing["id"], actor, inform.clean(one, said.reason), along=along)
        case Verdict.APPROVE:
            enrol.approve(session, now, site, one.dialogue, one.thing["address"], actor, along)
        case Verdict.DECLINE:
            reason = inform.clean(one, said.reason)
            enrol.decline(session, now, site, one.dialogue, one.thing["address"], actor, reason, along)
        case Verdict.UNCLEAR:
            raise ValueError("nothing is decided by what is unclear")
