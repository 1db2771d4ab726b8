"""What moderators are told of an answer to a notice: all of them what one decided, or one why nothing was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue import decision, duty
from listserv.core.dialogue.decision import Decision, Doubt, Verdict
from listserv.core.dialogue.model import Dialogue, Outcome, Participation
from listserv.core.mail.authentication import Proof
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps import compose, entrust
from listserv.steps.arrival import Arrival, Done
from listserv.store import audit, occurrences, people, tickets
from listserv.store.session import Connection, Session

#: Letters a day that tell a moderator that nothing was changed.
ANSWERS = 20
TOLD_NOTHING = "answer:undecided"

#: What the ticket of a whole bundle is for: nothing, but to say so.
BUNDLE: Mapping[str, Any] = {"name": "", "address": "", "status": ""}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of it. `part`: of the ticket's moderator."""

    arrival: Arrival
    token: str  # "" where a bundle's stood for it
    ticket: Mapping[str, Any]
    part: Mapping[str, Any]
    sender: Mapping[str, Any] | None  # the participation of who wrote
    thing: Mapping[str, Any]  # the contribution, the requester's participation, or BUNDLE
    told: Mapping[int, tuple[str, str]]  # by participation: Message-ID and subject of its notice
    notice: str  # what the answered notice said

    @property
    def session(self) -> Session:
        return self.arrival.session

    @property
    def now(self) -> datetime:
        return self.arrival.now

    @property
    def site(self) -> Site:
        return self.arrival.site

    @property
    def dialogue(self) -> Dialogue:
        return self.arrival.dialogue

    @property
    def mail(self) -> InboundMail:
        return self.arrival.mail

    @property
    def proof(self) -> Proof:
        return self.arrival.proof

    @property
    def done(self) -> Done:
        return self.arrival.done

    @property
    def contribution_id(self) -> int | None:
        return self.ticket["contribution_id"]

    @property
    def allowed(self) -> tuple[Verdict, ...]:
        return decision.OF_REQUEST if self.ticket["requester_id"] else decision.OF_CONTRIBUTION


def not_now(one: Answer) -> str | None:
    """Why the ticket is good no more."""
    waits = one.thing["state"] == "held" if one.contribution_id else one.thing["status"] == Participation.REQUESTED
    if not waits:
        return "decided"
    if one.ticket["used_at"] is not None:
        return "used"
    return "lapsed" if one.ticket["lapses_at"] <= one.now else None


def news(one: Answer, said: Decision, number: int | None) -> list[tuple[Mapping[str, Any], compose.Prepared]]:
    """To all moderators, each beneath the notice they got; those with one mail a day only of what they were told."""
    with one.session.read() as connection:
        staff = people.moderators(connection, one.dialogue.id)
    wanted = [to for to in staff if to["notices"] != "daily" or to["id"] in one.told]
    values = {
        "verdict": said.verdict.value,
        "number": number,
        "reason": clean(one, said.reason),
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
        zone=duty.zone_of(to, one.dialogue.zone),
        thread=subject,
        id=one.contribution_id,
        name=thing["from_name"] if own else thing["name"],
        address=thing["from_address"] if own else thing["address"],
        subject=thing["subject"] if own else "",
        **values,
    )


def nothing(one: Answer, why: str, said: Decision | None = None) -> None:
    """Record that the mail changed nothing, and tell the ticket's moderator why, or the one who used another's."""
    to = one.sender if why == "colleague" and one.sender else one.part
    if why == "colleague" and (one.thing is BUNDLE or not_now(one) == "decided"):
        why = "bundle" if one.thing is BUNDLE else "decided"
    fresh = _fresh(one, to) if _needs(one, why) else None
    reply_to = fresh.address if fresh else None
    if not fresh and why not in ("decided", "resigned", "colleague"):
        reply_to = one.site.addresses.moderate(one.dialogue.slug, one.token)  # an answer to the letter decides
    letter = _letter(
        one,
        to,
        "undecided",
        reply_to,
        why=why,
        said=clean(one, said.said if said else ""),
        sender=one.mail.author.address if one.mail.author else one.mail.from_text,
        proof=one.proof.says,
        decided=_decided(one),
        request=bool(one.ticket["requester_id"]),
        doubts=tuple(Doubt),
    )

    def write(connection: Connection) -> None:
        if not one.done(connection, Outcome.COMMAND, f"moderation by mail: nothing was changed ({why})"):
            return
        subject, since = str(to["id"]), one.now - timedelta(days=1)
        if occurrences.how_many(connection, one.dialogue.id, TOLD_NOTHING, subject, since) >= ANSWERS:
            return
        round_ = occurrences.last(connection, one.dialogue.id, TOLD_NOTHING, subject) + 1
        occurrences.once(connection, one.dialogue.id, TOLD_NOTHING, subject, round_, one.now)
        if fresh:
            tickets.add(connection, fresh.row)
        letter.to_one(connection, one.now, to["address"], to["id"])

    one.session.write(write)


def _needs(one: Answer, why: str) -> bool:
    """Whether its reader needs a new ticket to answer the letter."""
    if one.thing is BUNDLE or why in ("decided", "resigned"):
        return False
    return why in ("lapsed", "used", "colleague") or not one.token


def _fresh(one: Answer, to: Mapping[str, Any]) -> entrust.Ticket:
    """A new ticket for what still waits."""
    about = {"contribution_id": one.contribution_id, "requester_id": one.ticket["requester_id"]}
    return entrust.ticket(one.site, one.dialogue, one.now, to["id"], **about)


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


def clean(one: Answer, text: str) -> str:
    return one.site.addresses.without_tokens(text)
