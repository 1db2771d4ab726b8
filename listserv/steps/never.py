"""Somebody wants never to be written to again: no invitation, import or check-in of any dialogue here reaches them.

It takes the proof that leaving takes: the link or an answer to an address of ours that only they have got, or else an
answer to a question sent to them. One last letter confirms it. Nobody but they themselves lifts it, by a mail to -join.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listserv.core.dialogue import commands
from listserv.core.dialogue.commands import Ask
from listserv.core.dialogue.model import TAKING_PART, Dialogue, Participation, Role
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose, confirm, recognise
from listserv.steps.confirm import Purpose
from listserv.steps.deliver import LAST
from listserv.steps.limit import Left
from listserv.steps.wish import Effect, Wish
from listserv.store import addresses, audit, confirmations, people, visits
from listserv.store.session import Connection, Session

#: The questions of ours that went to the address they are about.
THEIRS = frozenset(Purpose) - {Purpose.ADDRESS_OWN}

STAFF = "never: from a moderator; nothing was done, passed on to the moderators"


def said(wish: Wish) -> bool:
    """Whether a mail says that and nothing else."""
    asked = commands.alone(wish.mail.text, f"{wish.name} {wish.author.name}")
    return asked is not None and asked.ask is Ask.NEVER and wish.mail.automatic is None and not wish.mail.to_many


def ask(wish: Wish) -> Effect:
    """Nothing proves it yet: they are asked, at their address."""
    if wish.mute:
        return wish.owner(f"never: not asked, {wish.proof.says} Passed on to the moderators")
    if moderates(wish.session, wish.author.address):
        return wish.owner(STAFF)
    if wish.too_many("never"):
        return wish.left_out(Left.REQUEST, "never: not asked to confirm")
    question = confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.NEVER,
        wish.name,
        wish.author.address,
        wish.language,
        answers=wish.mail.message_id,
    )
    return wish.once_a_day("never", lambda c: question.ask(c, wish.now, wish.part_id)), "never: asked to confirm"


def answered(wish: Wish, asked: Any) -> Effect:
    """The answer to a question of ours, whose row is `asked`: its address had to be known."""
    address = asked["address"]
    return _silenced(wish, address, asked["name"], asked["language"], asked["id"])


def by_part(wish: Wish, part_id: int) -> Effect:
    """An answer to the address in List-Unsubscribe: only its owner has got it (RFC 2369 §3.2)."""
    with wish.session.read() as connection:
        part = people.part(connection, part_id)
    if part is None or part["dialogue_id"] != wish.dialogue.id:
        return (lambda connection: None), "never: nobody"
    return _silenced(wish, part["address"], part["name"], part["language"], None)


def _silenced(wish: Wish, address: str, name: str, language: str, question_id: int | None) -> Effect:
    if moderates(wish.session, address):
        return wish.owner(STAFF)
    letter = _letter(wish.site, wish.dialogue, wish.now, Mailbox(name, address), language, wish.mail.message_id)

    def effect(connection: Connection) -> None:
        if question_id is not None and not confirmations.use(connection, question_id, wish.now):
            return
        _silence(connection, wish.now, wish.site, wish.dialogue, address, letter, "by mail")

    return effect, "never: not written to again"


def by_link(session: Session, now: datetime, site: Site, dialogue: Dialogue, part: Any, reason: str) -> bool:
    """The page that the link in every mail leads to (RFC 8058). `part`: whose link it is.

    False, and nothing done, for moderators, and when it has been said before.
    """
    if moderates(session, part["address"]):
        return False
    letter = _letter(site, dialogue, now, Mailbox(part["name"], part["address"]), part["language"], None)
    return session.write(lambda c: _silence(c, now, site, dialogue, part["address"], letter, reason))


def _letter(
    site: Site, dialogue: Dialogue, now: datetime, to: Mailbox, language: str, answers: str | None
) -> compose.Prepared:
    spoken = site.language(language, dialogue.language)
    return compose.notice(site, dialogue, now, LAST, to, spoken, answers=answers, name=to.name)


def _silence(
    connection: Connection,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    address: str,
    letter: compose.Prepared,
    reason: str,
) -> bool:
    """False when they are not written to already."""
    if recognise.said_never(connection, site, address):
        return False
    person_id = people.person_of(connection, address)
    keys = {identity.key(address)}
    if person_id is not None:
        keys |= set(addresses.of(connection, person_id))
        visits.end_all(connection, person_id)
        for part in people.parts_of(connection, person_id):
            if part["status"] not in (Participation.LEFT, Participation.DECLINED):
                people.change_part(connection, now, part["id"], {"status": Participation.LEFT})
    letter.to_one(connection, now, address)
    recognise.suppress(connection, now, site, keys)
    audit.record(connection, now, address, "never", address, reason, dialogue.id)
    return True


def moderates(session: Session, address: str) -> bool:
    """Whether they moderate a dialogue here: who leaves that by mistake leaves others without a moderator."""
    with session.read() as connection:
        person_id = people.person_of(connection, address)
        parts = people.parts_of(connection, person_id) if person_id is not None else []
    return any(part["role"] != Role.PARTICIPANT and part["status"] in TAKING_PART for part in parts)
