"""Questions we ask by mail and their answers: "was it really you?" to a wish to join or leave or to use another
address, and invitations.

The token is random, single-use and lapsing; only its hash is kept. A reply to the address that bears it is a yes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.occurrence import OccurrenceKind
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import confirmations
from listserv.store.session import Connection

if TYPE_CHECKING:
    from listserv.steps.enrol import Newcomer

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class Purpose(StrEnum):
    JOIN = "join"
    LEAVE = "leave"
    INVITATION = "invitation"
    ADDRESS = "address"  # asked at the new address: is it yours too?
    ADDRESS_OWN = "address-own"  # asked at the known one before, where nothing proves who wrote
    PROFILE = "profile"  # the form: who are you?
    NEVER = "never"  # never to be written to again: was it really you?
    CHECKIN = "checkin"  # before the opening: does this address reach you?
    LOGIN = "login"  # answered on a page (steps/login)


#: How long each question may be answered.
LASTS = {purpose: timedelta(days=3) for purpose in Purpose} | dict.fromkeys(
    (Purpose.INVITATION, Purpose.PROFILE, Purpose.CHECKIN), timedelta(days=60)
)
LASTS[Purpose.LOGIN] = timedelta(minutes=15)

_TEMPLATE = {
    Purpose.JOIN: "join_confirm",
    Purpose.LEAVE: "leave_confirm",
    Purpose.INVITATION: "invitation",
    Purpose.ADDRESS: "link_confirm",
    Purpose.ADDRESS_OWN: "link_ask",
    Purpose.PROFILE: "join_received",
    Purpose.CHECKIN: "checkin",
    Purpose.NEVER: "never_confirm",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question ready to be asked."""

    row: dict[str, Any]
    mail: compose.Prepared
    to: str

    def ask(self, connection: Connection, now: datetime, part_id: int | None = None) -> None:
        confirmations.add(connection, self.row)
        self.mail.to_one(connection, now, self.to, part_id)


def question(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    purpose: Purpose,
    name: str,
    address: str,
    language: str,
    *,
    answers: str | None = None,
    person_id: int | None = None,
    new: str = "",
    template: str = "",
    greeted: bool = True,
    **values: object,
) -> Question:
    """A question to that address. `new`: the further address of that person that it is about, if it is.

    `greeted`: false where the name is a stranger's word, which nobody is sent by us. `template`: other than usual.
    """
    drawn = token()
    to_confirm = site.addresses.confirm(dialogue.slug, drawn)
    if new:
        values["new"] = new
    if LASTS[purpose] < timedelta(days=30):
        values["hours"] = int(LASTS[purpose].total_seconds() // 3600)
    mail = compose.notice(
        site,
        dialogue,
        now,
        template or _TEMPLATE[purpose],
        Mailbox(name if greeted else "", address),
        language,
        answers=answers,
        reply_to=to_confirm,
        name=name if greeted else "",
        confirm=to_confirm,
        **values,
    )
    row = {
        "dialogue_id": dialogue.id,
        "purpose": purpose,
        "token_hash": hashed(drawn),
        "name": name,
        "address": new or address,
        "language": language,
        "asked_at": now,
        "lapses_at": now + LASTS[purpose],
        "person_id": person_id,
    }
    return Question(row, mail, address)


def invitation(
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    one: Newcomer,
    form: Sequence[object],
    again: bool = False,
) -> Question:
    """What asks somebody to take part, with the background papers. `form`: what is still open of their profile."""
    edited = dialogue.edited(OccurrenceKind.INVITATION) if again else ""
    return question(
        site,
        dialogue,
        now,
        Purpose.INVITATION,
        one.name,
        one.address,
        site.language(one.profile.get("language", ""), dialogue.language),
        inviter="",
        form=form,
        edited=edited or dialogue.edited("invitation"),
    )


def token() -> str:
    """130 random bits, as they may stand in an address."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))


def hashed(drawn: str) -> str:
    return hashlib.sha256(drawn.encode()).hexdigest()
