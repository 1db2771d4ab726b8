"""Mails to a dialogue's service addresses: what each asks for, and answers to questions of ours.

What the wishes bring about is steps/wish. Automatic mail is never answered (RFC 3834 §2): intake has sorted that out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listserv.core.dialogue import commands
from listserv.core.dialogue.commands import Ask
from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Dialogue, Participation
from listserv.core.mail import identity
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.authentication import Proof
from listserv.core.mail.automatic import GUESSES
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps import compose, confirm, credit, enrol, entrust, erased, leave, link
from listserv.steps.confirm import Purpose
from listserv.steps.wish import Effect, Wish, nothing
from listserv.store import audit, confirmations, people
from listserv.store.session import Connection, Session


def consider(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    target: Target,
    mail: InboundMail,
    proof: Proof,
    inbox_id: int,
) -> Effect:
    """What a mail to one of the service addresses brings about."""
    if mail.author is None or not identity.valid(mail.author.address):
        return nothing, "no clear sender"
    with session.read() as connection:
        part = people.part_of(connection, dialogue.id, mail.author.address)
        gone = erased.among(connection, site, [mail.author.address])
    wish = Wish(
        session, now, site, dialogue, mail, mail.author, part, proof, inbox_id, _sent_to(site, dialogue, target)
    )
    if gone:  # whoever may have written, we do not write there: a person may
        return wish.owner("not answered, they were erased; passed on to the moderators")
    if target.role is Role.CONFIRM:
        return _confirmation(wish, target.token)
    if target.role is Role.LEAVE and target.payload is not None:
        return wish.leave_by_token(target.payload)
    asked = commands.parse(target.role.value, mail.subject, mail.text)
    if mail.automatic in GUESSES and not mail.to_many and asked.ask is not Ask.OWNER:
        return wish.owner("not answered, it may be a machine's; passed on to the moderators")
    # A list would send our answer to all its members, a machine would answer it (RFC 3834 §2).
    if (mail.to_many or mail.automatic is not None) and asked.ask is not Ask.OWNER:
        return nothing, "from a machine, or through a list to many: not answered"
    match asked.ask:
        case Ask.JOIN:
            return wish.join()
        case Ask.LEAVE:
            return wish.leave()
        case Ask.OWNER:
            return wish.owner()
        case Ask.HELP:
            return wish.help(understood=True)
        case Ask.PAUSE | Ask.RESUME | Ask.DELIVERY if part is not None:
            return wish.choice(asked)
        case Ask.MISSED if part is not None:
            return wish.missed()
        case Ask.SHOWN if part is not None:
            return credit.asked(wish, part, asked.choice)
        case Ask.ADDRESS:
            return link.ask(wish, asked.address)
        case _:
            return wish.help(understood=False)


def _sent_to(site: Site, dialogue: Dialogue, target: Target) -> str:
    """The service address a mail was sent to, without a token; "" for the moderators' own."""
    if target.role is Role.CONFIRM:
        return f"{dialogue.slug}-{Role.CONFIRM.value}@{site.domain}"
    to = {
        Role.REQUEST: site.addresses.request,
        Role.HELP: site.addresses.help,
        Role.JOIN: site.addresses.join,
        Role.LEAVE: site.addresses.leave,
    }.get(target.role)
    return to(dialogue.slug) if to else ""


def _confirmation(wish: Wish, token: str) -> Effect:
    """A yes to a question of ours; the address alone says which (the mail may come from another of theirs)."""
    with wish.session.read() as connection:
        asked = confirmations.find(connection, confirm.hashed(token))
        part = people.part_of(connection, wish.dialogue.id, asked["address"]) if asked else None
        moderators = people.moderators(connection, wish.dialogue.id)
    if asked is None or asked["dialogue_id"] != wish.dialogue.id:
        return wish.help(understood=False)
    if asked["used_at"] is not None or asked["lapses_at"] <= wish.now:
        return wish.send("help", f"{asked['purpose']}: confirmed before, or too late", understood=True, waits=False)
    answer = commands.parse("confirm", wish.mail.subject, wish.mail.text)
    if answer.ask is Ask.UNKNOWN or wish.mail.automatic is not None:  # a machine's answer is no yes
        return wish.owner("confirmation not understood; passed on to the moderators")
    if asked["purpose"] in link.PURPOSES:
        return link.answered(wish, asked, yes=answer.ask is Ask.CONFIRM)
    if answer.ask is Ask.DECLINE:
        return _no(wish, asked, part)
    if asked["purpose"] == Purpose.LEAVE:
        return _leave_confirmed(wish, asked, part)
    return _join_confirmed(wish, asked, part, moderators)


def _no(wish: Wish, asked: Any, part: Any | None) -> Effect:
    def effect(connection: Connection) -> None:
        if confirmations.use(connection, asked["id"], wish.now) and part and part["status"] == Participation.INVITED:
            people.change_part(connection, wish.now, part["id"], {"status": Participation.DECLINED})
            audit.record(
                connection, wish.now, asked["address"], "decline", asked["address"], "by mail", wish.dialogue.id
            )

    return effect, f"{asked['purpose']}: no"


def _leave_confirmed(wish: Wish, asked: Any, part: Any | None) -> Effect:
    if part is None:
        return nothing, "leave: nobody"
    goodbye = leave.goodbye_letter(wish.site, wish.dialogue, wish.now, part)

    def effect(connection: Connection) -> None:
        if confirmations.use(connection, asked["id"], wish.now):
            leave.left(connection, wish.now, wish.dialogue, part["id"], goodbye, asked["address"], "by mail")

    return effect, "leave: confirmed"


def _join_confirmed(wish: Wish, asked: Any, part: Any | None, moderators: Any) -> Effect:
    by_request = asked["purpose"] == Purpose.JOIN and wish.dialogue.policy.participation == "request"
    invited = part is not None and part["status"] == Participation.INVITED
    status = Participation.REQUESTED if by_request and not invited else Participation.ACTIVE
    welcome = enrol.welcome_letter(
        wish.site, wish.dialogue, wish.now, asked["name"], asked["address"], asked["language"]
    )
    notices = entrust.notices(
        wish.site,
        wish.dialogue,
        wish.now,
        "join_request",
        moderators,
        name=asked["name"],
        address=asked["address"],
        organisation=part["organisation"] if part else "",
        country=part["country"] if part else "",
        text=wish.site.addresses.without_tokens(wish.mail.text).strip(),
    )

    def effect(connection: Connection) -> None:
        if not confirmations.use(connection, asked["id"], wish.now):
            return
        current = people.part_of(connection, wish.dialogue.id, asked["address"])
        if current and current["status"] in TAKING_PART:
            return  # a moderator has added them meanwhile: a late yes takes nothing back
        part_id = _admit(connection, wish.now, wish.dialogue, asked, status)
        if status is Participation.REQUESTED:
            notices.post(connection, wish.now, part_id)
        else:
            welcome.to_one(connection, wish.now, asked["address"], part_id)
            enrol.hand_announcement(
                connection, wish.dialogue, part_id, asked["language"], asked["address"], DeliveryMode.EACH
            )
        audit.record(connection, wish.now, asked["address"], "join", asked["address"], status.value, wish.dialogue.id)

    return effect, f"join: {status.value}"


def _admit(connection: Connection, now: datetime, dialogue: Dialogue, asked: Any, status: Participation) -> int:
    part = people.part_of(connection, dialogue.id, asked["address"])
    if part is not None:
        people.change_part(connection, now, part["id"], {"status": status, "joined_at": now})
        return part["id"]
    person_id = people.person_of(connection, asked["address"])
    if person_id is None:
        profile = {"name": asked["name"], "language": asked["language"]}
        person_id = people.add_person(connection, now, asked["address"], profile)
    return people.add_part(connection, now, dialogue.id, person_id, status=status)


def stranger_letter(
    site: Site, dialogue: Dialogue, now: datetime, mail: InboundMail, author: Mailbox
) -> compose.Prepared:
    """How to take part, for somebody who does not; nothing of their mail is quoted."""
    return compose.notice(
        site,
        dialogue,
        now,
        "stranger",
        Mailbox(author.name, author.address),
        site.language(dialogue.language),
        answers=mail.message_id,
        contact=site.addresses.owner(dialogue.slug),
        participation=dialogue.policy.participation,
    )
