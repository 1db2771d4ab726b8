"""Somebody comes to take part by mail: the request, its confirmation with the form, the moderators' notice.

Where the sender is proven one mail is enough; else one is asked for that confirms and answers the form at once. Nothing
of an unproven request stands in what we send to the address it names: neither name nor subject nor text.
"""

from __future__ import annotations

from typing import Any

from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Participation
from listserv.core.mail.authentication import IN_WORDS, Level
from listserv.core.sentence import Sentence
from listserv.steps import compose, confirm, profile, welcome
from listserv.steps.confirm import Purpose
from listserv.steps.limit import Left
from listserv.steps.wish import Effect, Wish
from listserv.store import audit, confirmations, people
from listserv.store.session import Connection

CONFIRMED = Sentence("The address answered our mail.")


def ask(wish: Wish) -> Effect:
    """A mail to -join."""
    if not wish.stranger:
        return wish.send("help", "join: takes part already", understood=True, waits=False)
    invited = wish.part is not None and wish.part["status"] == Participation.INVITED
    if wish.dialogue.policy.participation == "invite" and not invited:
        return wish.not_here("join: by invitation only")
    if wish.proof.level is not Level.NONE:
        return _proven(wish)
    if wish.too_many("join"):
        return wish.left_out(Left.JOIN, "join: not asked to confirm")
    called = wish.name or wish.author.name
    with wish.session.read() as connection:
        form = profile.unanswered(profile.questions(connection, wish.dialogue.id), {})
    question = confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.JOIN,
        called,
        wish.author.address,
        wish.language,
        answers=wish.mail.message_id,
        greeted=False,
        form=[one for one in form if one.key != "name" or not called],
        by_request=wish.dialogue.policy.participation == "request" and not invited,
    )
    return wish.once_a_day("join", lambda c: question.ask(c, wish.now, wish.part_id)), "join: asked to confirm"


def _proven(wish: Wish) -> Effect:
    """The one mail that is needed. Of its text all is read that the form would ask."""
    entry = Entry(
        wish, wish.author.address, wish.author.name, wish.language, wish.proof.says or IN_WORDS[wish.proof.level]
    )
    if wish.part and wish.part["status"] == Participation.REQUESTED and not entry.told.values:
        return wish.owner("join: asks again, and waits for a moderator already; passed on to the moderators")
    form = profile.unanswered(entry.asked, entry.answers)
    question = confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.PROFILE,
        entry.name,
        entry.address,
        entry.language,
        template="join_received",
        answers=wish.mail.message_id,
        form=form,
        noted=profile.noted(entry.asked, entry.answers),
        waits=entry.status is Participation.REQUESTED,
    )

    def write(connection: Connection) -> None:
        if (part_id := entry.write(connection)) is not None and (form or entry.status is Participation.REQUESTED):
            question.ask(connection, wish.now, part_id)

    return wish.once_a_day("join", write), f"join: {entry.status.value}"


def confirmed(wish: Wish, asked: Any) -> Effect:
    """A yes to the question whether it was them, or to an invitation."""
    entry = Entry(wish, asked["address"], asked["name"], asked["language"], CONFIRMED, asked=asked)

    def effect(connection: Connection) -> None:
        if confirmations.use(connection, asked["id"], wish.now):
            entry.write(connection)

    return effect, f"join: {entry.status.value}"


class Entry:
    """Somebody about to take part, or to wait for a moderator: what is known, what is written, who is told."""

    def __init__(
        self, wish: Wish, address: str, name: str, language: str, proven: str, *, asked: Any | None = None
    ) -> None:
        self._wish, self.address = wish, address
        with wish.session.read() as connection:
            self.part = people.part_of(connection, wish.dialogue.id, address)
            person_id = people.person_of(connection, address)
            person = people.profile_of(connection, person_id) if person_id is not None else None
            self.asked = profile.questions(connection, wish.dialogue.id)
            self._moderators = people.moderators(connection, wish.dialogue.id)
        self.told = profile.told(wish.mail, self.asked)
        given = {"name": name} if name else {}
        self.answers = {**given, **profile.known(person, self.asked), **self.told.values}
        self.name = self.answers.get("name", "")
        self.language = wish.site.language(self.answers.get("language", ""), language)
        invited = self.part is not None and self.part["status"] == Participation.INVITED
        purpose = asked["purpose"] if asked else Purpose.JOIN
        by_request = purpose == Purpose.JOIN and wish.dialogue.policy.participation == "request" and not invited
        self.status = Participation.REQUESTED if by_request else Participation.ACTIVE
        noted = profile.noted(self.asked, self.answers)
        self._welcome = welcome.welcome_letter(
            wish.site, wish.dialogue, wish.now, self.name, address, self.language, noted=noted
        )
        self._notices = compose.notices_to(
            wish.site,
            wish.dialogue,
            wish.now,
            "join_request",
            self._moderators,
            name=self.name,
            address=address,
            noted=[one for one in noted if one.key != "name"],
            proven=proven,
            text=wish.site.addresses.without_tokens(wish.mail.text).strip(),
        )
        shown = {"name": self.name, "address": address, "language": self.language}
        self._unclear = profile.unclear(wish, shown, self.asked, self.answers, self.told) if self.told.unread else None

    def write(self, connection: Connection) -> int | None:
        """Their participation's id; None, and nothing written, for whom a moderator has added meanwhile."""
        wish, now = self._wish, self._wish.now
        current = people.part_of(connection, wish.dialogue.id, self.address)
        if current and current["status"] in TAKING_PART:
            return None  # a late yes takes nothing back
        part_id = self._part(connection, current)
        if self.status is Participation.REQUESTED:
            compose.to_moderators(connection, now, self._moderators, self._notices)
        else:
            self._welcome.to_one(connection, now, self.address, part_id)
            welcome.hand_announcement(
                connection, wish.dialogue, part_id, self.language, self.address, DeliveryMode.EACH
            )
        profile.say_once(connection, now, wish.dialogue.id, part_id, self._unclear)
        audit.record(connection, now, self.address, "join", self.address, self.status.value, wish.dialogue.id)
        return part_id

    def _part(self, connection: Connection, current: Any | None) -> int:
        wish, now = self._wish, self._wish.now
        person_id = people.person_of(connection, self.address)
        if person_id is None:
            first = {"language": self.language, **self.answers}
            person_id = people.add_person(connection, now, self.address, profile.columns(first, {}))
        else:
            profile.keep(connection, person_id, self.answers)
        values = {"status": self.status, "joined_at": now, "consented_at": now, "checked_at": now}
        if current is not None:
            people.change_part(connection, now, current["id"], values)
            return current["id"]
        part_id = people.add_part(connection, now, wish.dialogue.id, person_id, status=self.status)
        people.change_part(connection, now, part_id, {key: values[key] for key in ("consented_at", "checked_at")})
        return part_id
