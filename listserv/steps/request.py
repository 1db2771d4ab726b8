"""Somebody asks on our page to take part: their answers become a mail to -join in their name, and go the way of those.

So there is one way to take part, with one proof (their answer to our question), one set of limits, and nothing on the
page that tells who is known. The answers wait in that mail, until the question that it brings about is answered; they
lapse, are exported and erased as mails are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.profile import LONGEST, Question
from listserv.core.mail import identity, inmail, outmail
from listserv.core.mail.authentication import Proof
from listserv.core.mail.identity import Mailbox
from listserv.core.sentence import Sentence
from listserv.core.site import Site
from listserv.steps import compose, limit
from listserv.steps.limit import Left
from listserv.store import inbox
from listserv.store.session import Connection, Session

#: What came so, where others name the protocol it came by.
PAGE: Final = "web"

UNPROVEN: Final = Proof(says=Sentence("It was written on our page, where nothing proves an address."))


class Taken(StrEnum):
    """What became of a request. It depends on who asks and on what else there was, never on the address."""

    IN = "in"
    ENOUGH = "enough"  # that network has asked for enough within the hour
    FLOOD = "flood"  # people who do not take part have been written to enough


def request(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    address: str,
    told: Mapping[str, str],
    network: str,
) -> Taken:
    """Take in what was filled in, by key. In the name of one address some an hour are taken, and others let go."""
    to = site.addresses.join(dialogue.slug)
    content = mail(site, now, to, address, told)

    def write(connection: Connection) -> Taken:
        if not limit.of_network(connection, now, site, dialogue.id, "join", network):
            return Taken.ENOUGH
        if limit.full(connection, now, dialogue.id):  # they would get no answer: better that they try again
            limit.left_out(connection, now, dialogue.id, Left.JOIN)
            return Taken.FLOOD
        if limit.of_address(connection, now, site, dialogue.id, "join", address):
            inbox.add(connection, now, address, [to], content, PAGE)
        return Taken.IN

    return session.write(write)


def mail(site: Site, now: datetime, to: str, address: str, told: Mapping[str, str]) -> bytes:
    made = outmail.compose(
        sender=Mailbox(outmail.plain(told.get("name", ""), LONGEST), address),  # an address in it: two senders
        to=Mailbox("", to),
        subject="join",
        date=now,
        message_id=compose.identifier(site, "page"),
        text="".join(f"{key}: {value}\n" for key, value in told.items() if value),
    )
    return made.message()


def filled(
    connection: Connection, site: Site, dialogue: Dialogue, asked: Any, form: Sequence[Question]
) -> dict[str, str]:
    """The answers that brought about a question of ours, by key; {} where it was a mail. `asked`: its row."""
    to = site.addresses.join(dialogue.slug)
    content = inbox.last_of(connection, identity.key(asked["address"]), to, PAGE, asked["asked_at"])
    return answers(inmail.read(content, None), form) if content else {}


def answers(came: inmail.InboundMail, form: Sequence[Question]) -> dict[str, str]:
    """What stands in such a mail, a line for each answer."""
    lines = (line.partition(": ") for line in came.body.splitlines())
    keys = {one.key for one in form}
    return {key: value for key, _, value in lines if value and key in keys}
