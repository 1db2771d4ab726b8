"""Somebody handed in to take part, as the store knows them, and what is to become of them: foreseen, then written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Dialogue, Participation, Role
from listserv.steps import compose, confirm
from listserv.steps.recognise import Register
from listserv.steps.welcome import hand_announcement
from listserv.store import people
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to take part. `profile` holds country, organisation, sector, gender, language."""

    address: str
    name: str = ""
    profile: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)  # the dialogue's own
    role: Role = Role.PARTICIPANT
    status: Participation = Participation.ACTIVE
    delivery: DeliveryMode = DeliveryMode.EACH


@dataclass(frozen=True, slots=True)
class Enrolled:
    address: str
    what: str  # added | invited | changed | unchanged; left | declined | suppressed | never: not asked or written to
    changes: tuple[str, ...] = ()  # the keys of their profile that are (or would be) brought up to date


SAID_NO = (Participation.LEFT, Participation.DECLINED)
SUPPRESSED = "suppressed"  # was erased, in whatever dialogue
NEVER = "never"  # asked never to be written to again, in whatever dialogue: nobody but they themselves lifts that


@dataclass(frozen=True, slots=True)
class Found:
    """One newcomer as the store knows them, and what is to become of them."""

    one: Newcomer
    person_id: int | None
    part: Any | None
    changes: Mapping[str, Any]  # columns of person
    enrolled: Enrolled

    @classmethod
    def of(
        cls,
        connection: Connection,
        register: Register,
        dialogue: Dialogue,
        one: Newcomer,
        *,
        invite: bool,
        again: bool,
    ) -> Found:
        part = people.part_of(connection, dialogue.id, one.address) if register.known(one.address) else None
        person_id = part["person_id"] if part else None
        if part is None and register.known(one.address):
            person_id = people.person_of(connection, one.address)
        known = part or (people.profile_of(connection, person_id) if person_id is not None else {})
        own = dict(known.get("profile", {}))
        given = {"name": one.name, **one.profile}
        changes: dict[str, Any] = {key: value for key, value in given.items() if value and value != known.get(key, "")}
        keys = (*changes, *(key for key, value in one.fields.items() if value != own.get(key, "")))
        if own | dict(one.fields) != own:
            changes["profile"] = own | dict(one.fields)
        if register.said_never(one.address) and not (
            again and register.asked_back(connection, dialogue.slug, one.address)
        ):
            return cls(one, person_id, part, {}, Enrolled(one.address, NEVER))
        if not again and part is None and register.suppressed(one.address):
            return cls(one, person_id, part, {}, Enrolled(one.address, SUPPRESSED))
        if part and part["status"] in SAID_NO and not again:
            return cls(one, person_id, part, {}, Enrolled(one.address, part["status"]))
        if part and part["status"] in TAKING_PART:
            return cls(one, person_id, part, changes, Enrolled(one.address, "changed" if keys else "unchanged", keys))
        what = "invited" if invite and one.status not in SAID_NO else "added"
        return cls(one, person_id, part, changes, Enrolled(one.address, what, keys))

    def write(
        self,
        connection: Connection,
        now: datetime,
        dialogue: Dialogue,
        letter: compose.Prepared | None,
        question: confirm.Question | None,
    ) -> None:
        one, person_id = self.one, self.person_id
        if self.enrolled.what in (SUPPRESSED, NEVER):
            return
        if person_id is None:
            person_id = people.add_person(connection, now, one.address, dict(self.changes))
        elif self.changes:
            people.change_person(connection, person_id, dict(self.changes))
        if self.enrolled.what not in ("added", "invited"):
            return
        status = Participation.INVITED if question else one.status
        if self.part is None:
            part_id = people.add_part(
                connection, now, dialogue.id, person_id, role=one.role, status=status, delivery=one.delivery
            )
        else:
            part_id = self.part["id"]
            values = {"status": status, "delivery": one.delivery, "joined_at": now}
            people.change_part(connection, now, part_id, values)
        if question:
            question.ask(connection, now, part_id)
        elif letter:
            letter.to_one(connection, now, one.address, part_id)
            language = one.profile.get("language", "")
            hand_announcement(connection, dialogue, part_id, language, one.address, one.delivery)
