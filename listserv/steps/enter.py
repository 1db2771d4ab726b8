"""Somebody enters by mail, active at once or waiting for a moderator: what is known, written, and said to whom.

Moderators get one notice with all they need to decide; who is active the welcome and the open module's announcement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Participation
from listserv.core.dialogue.profile import Told
from listserv.core.mail import identity
from listserv.core.mail.inmail import InboundMail
from listserv.steps import entrust, profile, recognise, welcome
from listserv.steps.wish import Wish
from listserv.store import addresses, audit, people
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants to take part, as far as mails say. `language`: which they are written to, as long as they do not say.

    `proven`: what vouches for them, a Sentence; `text`: what they wrote; `told`: what of it answers the form.
    """

    address: str
    name: str
    language: str
    proven: str
    text: str
    told: Told
    status: Participation
    brought: str = ""  # name of the moderator who vouches for them: nothing of theirs has reached us itself
    brought_by: str = ""  # and that one's address


def status(wish: Wish, part: Any | None) -> Participation:
    """What somebody is who asks by mail themselves, and has been proven."""
    invited = part is not None and part["status"] == Participation.INVITED
    by_request = wish.dialogue.policy.participation == "request" and not invited
    return Participation.REQUESTED if by_request else Participation.ACTIVE


def own_text(wish: Wish, mail: InboundMail) -> str:
    """What moderators read of a mail, without the tokens that stand in what it quotes."""
    return wish.site.addresses.without_tokens(mail.text).strip()


class Entry:
    def __init__(self, wish: Wish, who: Applicant) -> None:
        self._wish, self.who, self.status = wish, who, who.status
        with wish.session.read() as connection:
            person_id = people.person_of(connection, who.address)
            person = people.profile_of(connection, person_id) if person_id is not None else None
            self.asked = profile.questions(connection, wish.dialogue.id)
            self._moderators = people.moderators(connection, wish.dialogue.id)
        given = {"name": who.name} if who.name else {}
        self.answers = {**given, **profile.known(person, self.asked), **who.told.values}
        self.name = self.answers.get("name", "")
        self.language = wish.site.language(self.answers.get("language", ""), who.language)
        self.noted = profile.noted(self.asked, self.answers)
        self._welcome = welcome.welcome_letter(
            wish.site,
            wish.dialogue,
            wish.now,
            self.name,
            who.address,
            self.language,
            noted=self.noted,
            brought=who.brought,
        )
        self._notices = entrust.notices(
            wish.site,
            wish.dialogue,
            wish.now,
            "join_request",
            self._moderators,
            name=self.name,
            address=who.address,
            noted=[one for one in self.noted if one.key != "name"],
            proven=who.proven,
            text=who.text,
        )
        shown = {"name": self.name, "address": who.address, "language": self.language}
        unclear = who.told.unread and not who.brought  # who has not written to us is not asked by us
        self._unclear = profile.unclear(wish, shown, self.asked, self.answers, who.told) if unclear else None

    def write(self, connection: Connection) -> int | None:
        """Their participation's id; None, and nothing written, for whom a moderator has added meanwhile."""
        wish, who, now = self._wish, self.who, self._wish.now
        current = people.part_of(connection, wish.dialogue.id, who.address)
        if current and current["status"] in TAKING_PART:
            return None  # a late yes takes nothing back
        part_id = self._part(connection, current)
        whose = addresses.of(connection, people.person_of(connection, who.address) or 0)
        recognise.lift(connection, wish.site, {identity.key(who.address), *whose})  # they ask themselves
        if self.status is Participation.REQUESTED:
            self._notices.post(connection, now, part_id)
        else:
            self._welcome.to_one(connection, now, who.address, part_id)
            each = DeliveryMode.EACH
            welcome.hand_announcement(connection, wish.dialogue, part_id, self.language, who.address, each)
        profile.say_once(connection, now, wish.dialogue.id, part_id, self._unclear)
        actor = who.brought_by or who.address
        audit.record(connection, now, actor, "join", who.address, self.status.value, wish.dialogue.id)
        return part_id

    def _part(self, connection: Connection, current: Any | None) -> int:
        wish, who, now = self._wish, self.who, self._wish.now
        person_id = people.person_of(connection, who.address)
        if person_id is None:
            first = {"language": self.language, **self.answers}
            person_id = people.add_person(connection, now, who.address, profile.columns(first, {}))
        else:
            profile.keep(connection, wish, person_id, who.address, self.answers)
        values: dict[str, Any] = {"status": self.status, "joined_at": now}
        if not who.brought:
            values |= {"consented_at": now, "checked_at": now}
        if current is None:
            part_id = people.add_part(connection, now, wish.dialogue.id, person_id, status=self.status)
        else:
            part_id = current["id"]
        people.change_part(connection, now, part_id, values)
        return part_id
