"""Mails to a dialogue's service addresses: what each asks for, and answers to questions of ours.

What the wishes bring about is steps/wish. Automatic mail is never answered (RFC 3834 §2): intake has sorted that out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listserv.core.dialogue import commands
from listserv.core.dialogue.commands import Ask
from listserv.core.dialogue.model import Dialogue, Participation
from listserv.core.mail import identity
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.automatic import GUESSES
from listserv.core.mail.level import Level
from listserv.core.site import Site
from listserv.steps import checkin, confirm, credit, erased, join, leave, link, never, profile, recognise
from listserv.steps.arrival import Arrival
from listserv.steps.confirm import Purpose
from listserv.steps.wish import Effect, Wish, nothing
from listserv.store import audit, confirmations, people
from listserv.store.session import Connection


def consider(arrival: Arrival) -> Effect:
    """What a mail to one of the service addresses brings about."""
    site, dialogue, target, mail, proof = arrival.site, arrival.dialogue, arrival.target, arrival.mail, arrival.proof
    if mail.author is None or not identity.valid(mail.author.address):
        return nothing, "no clear sender"
    with arrival.session.read() as connection:
        part = people.part_of(connection, dialogue.id, mail.author.address)
        gone = erased.among(connection, site, [mail.author.address])
        unwanted = bool(gone) and recognise.said_never(connection, site, mail.author.address)
    wish = Wish(arrival, mail.author, part, _sent_to(site, dialogue, target))
    themselves = target.role is Role.JOIN and proof.level is not Level.NONE  # then they ask otherwise now
    if gone and not themselves:  # whoever may have written, we do not write there: a person may
        why = "they asked never to be written to" if unwanted else "they were erased"
        return wish.owner(f"not answered, {why}; passed on to the moderators")
    if target.role is Role.CONFIRM:
        return _confirmation(wish, target.token)
    if target.role is Role.LEAVE and target.payload is not None:
        if never.said(wish):
            return never.by_part(wish, target.payload)
        return wish.leave_by_token(target.payload)
    if dialogue.closed_at and target.role in (Role.DIALOGUE, Role.REPLY, Role.NETWORK, Role.JOIN):
        return _archived(wish, dialogue.closed_at)
    asked = commands.parse(target.role.value, mail.subject, mail.text)
    if mail.automatic in GUESSES and not mail.to_many and asked.ask is not Ask.OWNER:
        return wish.owner("not answered, it may be a machine's; passed on to the moderators")
    # A list would send our answer to all its members, a machine would answer it (RFC 3834 §2).
    if (mail.to_many or mail.automatic is not None) and asked.ask is not Ask.OWNER:
        return nothing, "from a machine, or through a list to many: not answered"
    match asked.ask:
        case Ask.JOIN:
            return _archived(wish, dialogue.closed_at) if dialogue.closed_at else join.ask(wish)
        case Ask.LEAVE:
            return wish.leave()
        case Ask.OWNER:
            return wish.owner()
        case Ask.HELP:
            return _archived(wish, dialogue.closed_at) if dialogue.closed_at else wish.help(understood=True)
        case Ask.PAUSE | Ask.RESUME | Ask.DELIVERY if part is not None:
            return wish.choice(asked)
        case Ask.MISSED if part is not None:
            return wish.missed()
        case Ask.UNREMINDED | Ask.REMINDED if part is not None:
            return wish.reminders(asked.ask is Ask.REMINDED)
        case Ask.SHOWN if part is not None:
            return credit.asked(wish, part, asked.choice)
        case Ask.NEVER:
            return never.ask(wish)
        case Ask.ADDRESS:
            return link.ask(wish, asked.address)
        case _:
            return wish.help(understood=False)


def _archived(wish: Wish, closed_at: datetime) -> Effect:
    """The dialogue is an archive: nothing new comes in, and whoever writes is told so."""
    if wish.mail.to_many or wish.mail.automatic is not None:
        return nothing, "the dialogue has closed; from a machine, or through a list to many: not answered"
    return wish.send("archived", "the dialogue has closed; told so", ended_at=closed_at)


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
        questions = profile.questions(connection, wish.dialogue.id)
    if asked is None or asked["dialogue_id"] != wish.dialogue.id:
        return wish.help(understood=False)
    fresh = asked["used_at"] is None and asked["lapses_at"] > wish.now
    if asked["purpose"] in never.THEIRS and never.said(wish):
        return never.answered(wish, asked) if fresh else never.ask(wish)
    if not fresh:
        return wish.send("help", f"{asked['purpose']}: confirmed before, or too late", understood=True, waits=False)
    if asked["purpose"] == Purpose.PROFILE and wish.mail.automatic is None:
        return profile.answered(wish, asked)
    if asked["purpose"] == Purpose.CHECKIN and wish.mail.automatic is None:
        return checkin.answered(wish, asked)
    answer = commands.answer(wish.mail.text, leaving=asked["purpose"] == Purpose.LEAVE)
    if asked["purpose"] in (Purpose.JOIN, Purpose.INVITATION):
        told = profile.told(wish.mail, questions)  # whoever answers the form says yes, if not first of all no
        if told.begins or (answer.ask is Ask.UNKNOWN and not answer.denied and not told.nothing):
            answer = commands.Command(Ask.CONFIRM)
    if answer.ask is Ask.UNKNOWN or wish.mail.automatic is not None:  # a machine's answer is no yes
        return wish.owner("confirmation not understood; passed on to the moderators")
    if asked["purpose"] in link.PURPOSES:
        return link.answered(wish, asked, yes=answer.ask is Ask.CONFIRM)
    if answer.ask is Ask.DECLINE:
        return _no(wish, asked, part)
    if asked["purpose"] == Purpose.NEVER:
        return never.answered(wish, asked)
    if asked["purpose"] == Purpose.LEAVE:
        return _leave_confirmed(wish, asked, part)
    return join.confirmed(wish, asked, part)


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
