"""A moderator decides by mail: the answer to a notice, at its ticket's address.

Whoever has the address has a ticket for one thing, once; they must be the moderator it was given to, and a release
needs proof that they are (core/mail/authentication). What is unclear, forged, late or done already changes nothing,
and its moderator is told so, at the address we know: at most ANSWERS a day. The decision is steps/moderate's (of
requests, steps/enrol's); using up the ticket, the mail's outcome and the news to all moderators are its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue import decision
from listserv.core.dialogue.decision import Decision, Doubt, Verdict
from listserv.core.dialogue.model import TAKING_PART, Dialogue, Outcome, Participation, Role
from listserv.core.mail import inmail
from listserv.core.mail.authentication import Level, Proof
from listserv.core.mail.automatic import GUESSES
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.reply import extract
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, confirm, enrol, entrust, moderate
from listserv.store import audit, contributions, occurrences, people, tickets
from listserv.store.session import Connection, Session

#: Letters a day that tell a moderator that nothing was changed.
ANSWERS = 20
TOLD_NOTHING = "answer:undecided"

#: What the ticket of a whole bundle is for: nothing, but to say so.
_BUNDLE: Mapping[str, Any] = {"name": "", "address": "", "status": ""}

Done = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail to a ticket's address, and what is known of it. `part`: of the ticket's moderator."""

    session: Session
    now: datetime
    site: Site
    dialogue: Dialogue
    mail: InboundMail
    proof: Proof
    done: Done
    token: str
    ticket: Mapping[str, Any]
    part: Mapping[str, Any]
    sender: Mapping[str, Any] | None  # the participation of who wrote
    thing: Mapping[str, Any]  # the contribution, or the requester's participation
    told: Mapping[int, tuple[str, str]]  # by participation: Message-ID and subject of its notice
    notice: str  # what the answered notice said

    @property
    def contribution_id(self) -> int | None:
        return self.ticket["contribution_id"]

    @property
    def allowed(self) -> tuple[Verdict, ...]:
        return decision.OF_CONTRIBUTION if self.contribution_id else decision.OF_REQUEST


def decide(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    token: str,
    mail: InboundMail,
    proof: Proof,
    done: Done,
) -> bool:
    """Do what the mail says, or tell its moderator why not; false for an address that was never given to anybody."""
    answer = _read(session, now, site, dialogue, token, mail, proof, done)
    if answer is None:
        return False
    if (why := _not_theirs(answer)) is not None:
        _nothing(answer, why)
        return True
    if answer.thing is _BUNDLE:
        if mail.automatic in GUESSES:
            return False
        _nothing(answer, "bundle")
        return True
    said = decision.parse(extract(mail.body, answer.notice or None).text, answer.allowed, answer.contribution_id)
    if mail.automatic in GUESSES and (said.reason or said.verdict is Verdict.UNCLEAR):
        return False  # perhaps a machine's, though its words only say so: never answered, moderators read it
    if (why := _not_now(answer)) is not None:
        _nothing(answer, why, said)
    elif said.verdict is Verdict.UNCLEAR:
        _nothing(answer, str(said.doubt), said)
    elif said.verdict is Verdict.RELEASE and proof.level is Level.NONE:
        _nothing(answer, "unproven", said)
    else:
        try:
            _act(answer, said)
        except Refused:
            fresh = _read(session, now, site, dialogue, token, mail, proof, done)
            assert fresh is not None  # tickets are never deleted while what they are for is there
            _nothing(fresh, _not_now(fresh) or "refused", said)
    return True


def _read(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    token: str,
    mail: InboundMail,
    proof: Proof,
    done: Done,
) -> Answer | None:
    with session.read() as connection:
        ticket = tickets.find(connection, confirm.hashed(token))
        if ticket is None or ticket["dialogue_id"] != dialogue.id:
            return None
        contribution_id, requester_id = ticket["contribution_id"], ticket["requester_id"]
        part = people.part(connection, ticket["participation_id"])
        thing = contributions.get(connection, contribution_id) if contribution_id else None
        if requester_id:
            thing = people.part(connection, requester_id)
        elif not contribution_id:
            thing = _BUNDLE
        if part is None or thing is None:
            return None
        told = tickets.told(connection, contribution_id=contribution_id, requester_id=requester_id)
        mine = told.get(part["id"])
        raw = tickets.notice_of(connection, mine[0]) if mine else b""
        sender = people.part_of(connection, dialogue.id, mail.author.address) if mail.author else None
    notice = inmail.read(raw).body if raw else ""
    return Answer(session, now, site, dialogue, mail, proof, done, token, ticket, part, sender, thing, told, notice)


def _not_theirs(one: Answer) -> str | None:
    """Why whoever wrote may not use this ticket."""
    if one.sender is None or one.sender["person_id"] != one.part["person_id"]:
        return "another"
    if one.proof.refuted:
        return "forged"
    if one.mail.to_many:
        return "list"
    if one.part["role"] not in (Role.MODERATOR, Role.ORGANISER) or one.part["status"] not in TAKING_PART:
        return "resigned"
    return None


def _not_now(one: Answer) -> str | None:
    """Why the ticket is good no more."""
    waits = one.thing["state"] == "held" if one.contribution_id else one.thing["status"] == Participation.REQUESTED
    if not waits:
        return "decided"
    if one.ticket["used_at"] is not None:
        return "used"
    return "lapsed" if one.ticket["lapses_at"] <= one.now else None


def _act(one: Answer, said: Decision) -> None:
    """Raises Refused when somebody was faster, or it cannot be done now."""
    session, now, site, actor = one.session, one.now, one.site, one.part["address"]

    def along(number: int | None) -> Callable[[Connection], None]:
        letters = _news(one, said, number)
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
            moderate.give_back(session, now, site, one.thing["id"], actor, _clean(one, said.reason), along=along)
        case Verdict.DISCARD:
            moderate.discard(session, now, one.thing["id"], actor, _clean(one, said.reason), along=along)
        case Verdict.APPROVE:
            enrol.approve(session, now, site, one.dialogue, one.thing["address"], actor, along)
        case Verdict.DECLINE:
            reason = _clean(one, said.reason)
            enrol.decline(session, now, site, one.dialogue, one.thing["address"], actor, reason, along)
        case Verdict.UNCLEAR:
            raise ValueError("nothing is decided by what is unclear")


def _clean(one: Answer, text: str) -> str:
    return one.site.addresses.without_tokens(text)


def _news(one: Answer, said: Decision, number: int | None) -> list[tuple[Mapping[str, Any], compose.Prepared]]:
    """To all moderators, each beneath the notice they got; those with one mail a day only of what they were told."""
    with one.session.read() as connection:
        staff = people.moderators(connection, one.dialogue.id)
    wanted = [to for to in staff if to["notices"] != "daily" or to["id"] in one.told]
    values = {
        "verdict": said.verdict.value,
        "number": number,
        "reason": _clean(one, said.reason),
        "who": one.part["name"] or one.part["address"],
    }
    return [(to, _letter(one, to, "decided", **values)) for to in wanted]


def _letter(
    one: Answer, to: Mapping[str, Any], kind: str, reply_to: str | None = None, **values: Any
) -> compose.Prepared:
    message_id, subject = one.told.get(to["id"], ("", ""))
    thing = one.thing
    own = bool(one.contribution_id)
    return compose.notice(
        one.site,
        one.dialogue,
        one.now,
        kind,
        Mailbox(to["name"], to["address"]),
        one.site.language(to["language"], one.dialogue.language),
        answers=message_id,
        reply_to=reply_to,
        contribution_id=one.contribution_id,
        thread=subject,
        id=one.contribution_id,
        name=thing["from_name"] if own else thing["name"],
        address=thing["from_address"] if own else thing["address"],
        subject=thing["subject"] if own else "",
        **values,
    )


def _nothing(one: Answer, why: str, said: Decision | None = None) -> None:
    """Record that the mail changed nothing, and tell the ticket's moderator why."""
    fresh = None
    reply_to = None
    if why not in ("decided", "resigned", "bundle"):  # what still waits is decided by an answer to this letter
        if why in ("lapsed", "used"):
            fresh = entrust.ticket(
                one.site,
                one.dialogue,
                one.now,
                one.part["id"],
                contribution_id=one.contribution_id,
                requester_id=one.ticket["requester_id"],
            )
        reply_to = fresh.address if fresh else one.site.addresses.moderate(one.dialogue.slug, one.token)
    letter = _letter(
        one,
        one.part,
        "undecided",
        reply_to,
        why=why,
        said=_clean(one, said.said if said else ""),
        sender=one.mail.author.address if one.mail.author else one.mail.from_text,
        proof=one.proof.says,
        decided=_decided(one),
        request=not one.contribution_id,
        doubts=tuple(Doubt),
    )

    def write(connection: Connection) -> None:
        if not one.done(connection, Outcome.COMMAND, f"moderation by mail: nothing was changed ({why})"):
            return
        subject, since = str(one.part["id"]), one.now - timedelta(days=1)
        if occurrences.how_many(connection, one.dialogue.id, TOLD_NOTHING, subject, since) >= ANSWERS:
            return
        round_ = occurrences.last(connection, one.dialogue.id, TOLD_NOTHING, subject) + 1
        occurrences.once(connection, one.dialogue.id, TOLD_NOTHING, subject, round_, one.now)
        if fresh:
            tickets.add(connection, fresh.row)
        letter.to_one(connection, one.now, one.part["address"], one.part["id"])

    one.session.write(write)


def _decided(one: Answer) -> dict[str, Any]:
    """What became of it: state, who, when, number; who and when are "" and None where nobody noted it."""
    if one.contribution_id:
        thing = one.thing
        who, when, state = thing["decided_by"] or "", thing["decided_at"], thing["state"]
        return {"state": state, "who": who, "when": when, "number": thing["number"]}
    with one.session.read() as connection:
        rows = audit.rows(connection, one.dialogue.id, one.thing["address"])
    last = next((row for row in reversed(rows) if row["action"] in ("approve", "decline")), None)
    said = (last["actor"], last["at"]) if last else ("", None)
    return {"state": one.thing["status"], "who": said[0], "when": said[1], "number": None}
