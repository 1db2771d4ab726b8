"""People come, go and choose what they get: by command line here, by mail through steps/command.

Nobody is written to who has left: a fan-out reaches the active only, and a claim crosses out who left meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import DeliveryMode, Dialogue, Participation, Role
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, confirm
from listserv.store import audit, outbox, people
from listserv.store.session import Connection, Session


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
    what: str  # added | changed | invited | unchanged


def enrol(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    newcomers: Sequence[Newcomer],
    actor: str,
    *,
    invite: bool = False,
    welcome: bool = True,
) -> list[Enrolled]:
    """Add them in one transaction; who takes part already has their profile brought up to date.

    Active ones get the welcome and the open module's announcement; with `invite` they are asked first.
    Raises Refused for an address that is none, before anything is written.
    """
    for one in newcomers:
        if not identity.valid(one.address):
            raise Refused(f"{one.address!r} is not a mail address; write name@example.org")
    letters: dict[str, compose.Prepared] = {}
    asked: dict[str, confirm.Question] = {}
    for one in newcomers:
        if invite:
            asked[one.address] = confirm.invitation(session, now, site, dialogue, one)
        elif welcome and one.status is Participation.ACTIVE:
            letters[one.address] = welcome_letter(
                site, dialogue, now, one.name, one.address, _language(site, dialogue, one)
            )
    done: list[Enrolled] = []

    def write(connection: Connection) -> list[Enrolled]:
        done.clear()
        for one in newcomers:
            done.append(_enrol(connection, now, dialogue, one, letters.get(one.address), asked.get(one.address)))
        count = sum(one.what != "unchanged" for one in done)
        subject = done[0].address if len(done) == 1 else f"{count} people"
        audit.record(connection, now, actor, "invite" if invite else "enrol", subject, "", dialogue.id)
        return list(done)

    return session.write(write)


def _language(site: Site, dialogue: Dialogue, one: Newcomer) -> str:
    return site.language(one.profile.get("language", ""), dialogue.language)


def _enrol(
    connection: Connection,
    now: datetime,
    dialogue: Dialogue,
    one: Newcomer,
    letter: compose.Prepared | None,
    question: confirm.Question | None,
) -> Enrolled:
    profile: dict[str, Any] = {key: value for key, value in one.profile.items() if value}
    if one.name:
        profile["name"] = one.name
    if one.fields:
        profile["profile"] = dict(one.fields)
    part = people.part_of(connection, dialogue.id, one.address)
    person_id = part["person_id"] if part else people.person_of(connection, one.address)
    if person_id is None:
        person_id = people.add_person(connection, now, one.address, profile)
    elif profile:
        people.change_person(connection, person_id, profile)
    status = Participation.INVITED if question else one.status
    if part is None:
        part_id = people.add_part(
            connection, now, dialogue.id, person_id, role=one.role, status=status, delivery=one.delivery
        )
    elif part["status"] in (Participation.ACTIVE, Participation.PAUSED):
        return Enrolled(one.address, "changed" if profile else "unchanged")
    else:  # somebody who had left or was declined is added on purpose
        part_id = part["id"]
        people.change_part(connection, now, part_id, {"status": status, "delivery": one.delivery, "joined_at": now})
    if question:
        question.ask(connection, now, part_id)
    elif letter:
        letter.to_one(connection, now, one.address, part_id)
        hand_announcement(connection, dialogue, part_id, one.profile.get("language", ""), one.address, one.delivery)
    return Enrolled(one.address, "invited" if question else "added")


def welcome_letter(
    site: Site, dialogue: Dialogue, now: datetime, name: str, address: str, language: str
) -> compose.Prepared:
    following = [module for module in dialogue.modules if module.opened_at is None and module.opens_at > now]
    return compose.notice(
        site,
        dialogue,
        now,
        "welcome",
        Mailbox(name, address),
        language,
        name=name,
        module=dialogue.open_module(),
        next_module=following[0] if following else None,
    )


def hand_announcement(
    connection: Connection, dialogue: Dialogue, part_id: int, language: str, address: str, delivery: str
) -> None:
    """Who joins late gets the open module's announcement too, the same mail as everybody.

    Which module is open is asked of the store: it may have opened since `dialogue` was read.
    """
    found = outbox.current_announcement(connection, dialogue.id)
    if found is not None and delivery == DeliveryMode.EACH:
        mailing_id, renderings = found
        if outbox.has_delivery(connection, mailing_id, address):  # they had left, and come back
            return
        rendering_id = renderings.get(language) or renderings.get(dialogue.language) or min(renderings.values())
        outbox.add_delivery(connection, mailing_id, rendering_id, address, part_id)


def approve(session: Session, now: datetime, site: Site, dialogue: Dialogue, address: str, actor: str) -> None:
    """Say yes to somebody who asked: active, with the welcome and the open module's announcement."""
    with session.read() as connection:
        part = _part(connection, dialogue, address)
    letter = welcome_letter(
        site, dialogue, now, part["name"], part["address"], site.language(part["language"], dialogue.language)
    )

    def write(connection: Connection) -> None:
        current = _part(connection, dialogue, address)
        if current["status"] in (Participation.ACTIVE, Participation.PAUSED):
            raise Refused(f"{address} takes part already")
        if current["status"] == Participation.LEFT:
            raise Refused(f"{address} has left; should they come back: listserv participant add {address}")
        people.change_part(connection, now, current["id"], {"status": Participation.ACTIVE, "joined_at": now})
        letter.to_one(connection, now, current["address"], current["id"])
        hand_announcement(
            connection, dialogue, current["id"], current["language"], current["address"], current["delivery"]
        )
        audit.record(connection, now, actor, "approve", address, "", dialogue.id)

    session.write(write)


def decline(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, address: str, actor: str, reason: str
) -> None:
    """Say no to somebody who asked, in a friendly mail."""
    with session.read() as connection:
        part = _part(connection, dialogue, address)
    notice = compose.notice(
        site,
        dialogue,
        now,
        "declined",
        Mailbox(part["name"], part["address"]),
        site.language(part["language"], dialogue.language),
        name=part["name"],
        reason=reason,
    )

    def write(connection: Connection) -> None:
        current = _part(connection, dialogue, address)
        if current["status"] not in (Participation.REQUESTED, Participation.INVITED):
            raise Refused(f"{address} has not asked to take part: {current['status']}")
        people.change_part(connection, now, current["id"], {"status": Participation.DECLINED})
        notice.to_one(connection, now, current["address"], current["id"])
        audit.record(connection, now, actor, "decline", address, reason, dialogue.id)

    session.write(write)


def change(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    address: str,
    actor: str,
    *,
    profile: Mapping[str, Any] | None = None,
    part: Mapping[str, Any] | None = None,
) -> None:
    """Set columns of somebody's profile or participation."""

    def write(connection: Connection) -> None:
        current = _part(connection, dialogue, address)
        if part and "status" in part and current["status"] not in (Participation.ACTIVE, Participation.PAUSED):
            raise Refused(f"{address} does not take part: {current['status']}")
        if profile:
            people.change_person(connection, current["person_id"], dict(profile))
        if part:
            people.change_part(connection, now, current["id"], dict(part))
        said = ", ".join(f"{key} {value}" for key, value in {**(profile or {}), **(part or {})}.items())
        audit.record(connection, now, actor, "set", address, said, dialogue.id)

    session.write(write)


def leave(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, part_id: int, actor: str, reason: str
) -> bool:
    """Let somebody leave at once, with one last mail that says so; false when they had left."""
    with session.read() as connection:
        part = people.part(connection, part_id)
    if part is None:
        return False
    goodbye = goodbye_letter(site, dialogue, now, part)

    def write(connection: Connection) -> bool:
        return left(connection, now, dialogue, part_id, goodbye, actor, reason)

    return session.write(write)


def left(
    connection: Connection,
    now: datetime,
    dialogue: Dialogue,
    part_id: int,
    goodbye: compose.Prepared,
    actor: str,
    reason: str,
) -> bool:
    """The writes of a leaving, for a transaction that does more."""
    current = people.part(connection, part_id)
    if current is None or current["status"] in (Participation.LEFT, Participation.DECLINED):
        return False
    people.change_part(connection, now, part_id, {"status": Participation.LEFT})
    goodbye.to_one(connection, now, current["address"], part_id)
    audit.record(connection, now, actor, "leave", current["address"], reason, dialogue.id)
    return True


def goodbye_letter(site: Site, dialogue: Dialogue, now: datetime, part: Mapping[str, Any]) -> compose.Prepared:
    return compose.notice(
        site,
        dialogue,
        now,
        "goodbye",
        Mailbox(part["name"], part["address"]),
        site.language(part["language"], dialogue.language),
        name=part["name"],
    )


def _part(connection: Connection, dialogue: Dialogue, address: str) -> Any:
    part = people.part_of(connection, dialogue.id, address)
    if part is None:
        raise Refused(f"{address} does not take part in {dialogue.slug}; see: listserv participant list")
    return part
