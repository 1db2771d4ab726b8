"""People come and are changed: by command line here, by mail through steps/command. How they go is steps/leave.

Nobody is written to who has left: they are not added again but on purpose, a fan-out reaches the active only, and a
claim crosses out who left meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import TAKING_PART, Dialogue, Participation
from listserv.core.dialogue.profile import Question
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, confirm, insist, profile, recognise
from listserv.steps.moderate import Along, alone
from listserv.steps.newcomer import NEVER, SAID_NO, SUPPRESSED, Enrolled, Found, Newcomer
from listserv.steps.recognise import Register
from listserv.steps.welcome import hand_announcement, welcome_letter
from listserv.store import audit, people
from listserv.store.session import Connection, Session


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
    again: bool = False,
) -> list[Enrolled]:
    """Add them in one transaction; who takes part already has their profile brought up to date.

    Active ones get the welcome and the open module's announcement; with `invite` they are asked first. Who has left
    or was declined is passed over untouched, but for `again`: to bring somebody back is a decision of its own.
    Raises Refused for an address that is none, or ours, before anything is written.
    """
    _usable(site, newcomers)
    if invite or welcome:
        insist.on_running(dialogue, "to let somebody read it: --no-welcome; ")
    with session.read() as connection:
        questions = profile.questions(connection, dialogue.id)
    letters: dict[str, compose.Prepared] = {}
    asked: dict[str, confirm.Question] = {}
    for one in newcomers:
        if invite and one.status not in SAID_NO:
            asked[one.address] = confirm.invitation(now, site, dialogue, one, _open(questions, one))
        elif welcome and one.status is Participation.ACTIVE:
            noted = profile.noted(questions, {**one.profile, **one.fields})
            letters[one.address] = welcome_letter(
                site, dialogue, now, one.name, one.address, _language(site, dialogue, one), noted=noted
            )
    done: list[Enrolled] = []

    def write(connection: Connection) -> list[Enrolled]:
        done.clear()
        register = Register(connection, site, [one.address for one in newcomers])
        for one in newcomers:
            found = Found.of(connection, register, dialogue, one, invite=invite, again=again)
            if again and found.enrolled.what != NEVER:
                recognise.lift(connection, site, [identity.key(one.address)])
            found.write(connection, now, dialogue, letters.get(one.address), asked.get(one.address))
            done.append(found.enrolled)
        changed = [one.address for one in done if one.what not in ("unchanged", SUPPRESSED, NEVER, *SAID_NO)]
        if changed:
            subject = changed[0] if len(changed) == 1 else f"{len(changed)} people"
            audit.record(connection, now, actor, "invite" if invite else "enrol", subject, "", dialogue.id)
        return list(done)

    return session.write(write)


def foresee(
    session: Session,
    site: Site,
    dialogue: Dialogue,
    newcomers: Sequence[Newcomer],
    *,
    invite: bool = False,
    again: bool = False,
) -> list[Enrolled]:
    """What `enrol` would do with each of them; nothing is written. Raises Refused as it does."""
    _usable(site, newcomers)
    with session.read() as connection:
        register = Register(connection, site, [one.address for one in newcomers])
        return [Found.of(connection, register, dialogue, one, invite=invite, again=again).enrolled for one in newcomers]


def _usable(site: Site, newcomers: Sequence[Newcomer]) -> None:
    if why := next(filter(None, (flaw(site, one.address) for one in newcomers)), ""):
        raise Refused(why)


def flaw(site: Site, address: str) -> str:
    """Why nobody can take part under that address; "" if they can."""
    if not identity.valid(address):
        return f"{address!r} is not a mail address; write name@example.org"
    if site.addresses.parse(address) is not None or site.addresses.is_postmaster(address):
        return f"{address} is an address of ours; write one where a person reads"
    return ""


def _language(site: Site, dialogue: Dialogue, one: Newcomer) -> str:
    return site.language(one.profile.get("language", ""), dialogue.language)


def _open(questions: Sequence[Question], one: Newcomer) -> list[Question]:
    given = {"name": one.name, **one.profile, **one.fields}
    return profile.unanswered(questions, {key: value for key, value in given.items() if value})


def approve(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, address: str, actor: str, along: Along = alone
) -> None:
    """Say yes to somebody who asked: active, with the welcome and the open module's announcement."""
    insist.on_running(dialogue)
    with session.read() as connection:
        part = _part(connection, dialogue, address)
        asked = profile.questions(connection, dialogue.id)
    language = site.language(part["language"], dialogue.language)
    noted = profile.noted(asked, profile.known(part, asked))
    letter = welcome_letter(site, dialogue, now, part["name"], part["address"], language, noted=noted)
    also = along(None)

    def write(connection: Connection) -> None:
        current = _part(connection, dialogue, address)
        if current["status"] in TAKING_PART:
            raise Refused(f"{address} takes part already")
        if current["status"] == Participation.LEFT:
            raise Refused(f"{address} has left; should they come back: listserv participant add {address} --again")
        people.change_part(
            connection,
            now,
            current["id"],
            {"status": Participation.ACTIVE, "joined_at": now, **_consents(current, now)},
        )
        letter.to_one(connection, now, current["address"], current["id"])
        hand_announcement(
            connection, dialogue, current["id"], current["language"], current["address"], current["delivery"]
        )
        audit.record(connection, now, actor, "approve", address, "", dialogue.id)
        also(connection)

    session.write(write)


def _consents(part: Any, now: datetime) -> dict[str, datetime]:
    """Who comes after we have told what taking part means agrees to it."""
    return {} if part["consented_at"] else {"consented_at": now}


def decline(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    address: str,
    actor: str,
    reason: str,
    along: Along = alone,
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
    also = along(None)

    def write(connection: Connection) -> None:
        current = _part(connection, dialogue, address)
        if current["status"] not in (Participation.REQUESTED, Participation.INVITED):
            raise Refused(f"{address} has not asked to take part: {current['status']}")
        people.change_part(connection, now, current["id"], {"status": Participation.DECLINED})
        notice.to_one(connection, now, current["address"], current["id"])
        audit.record(connection, now, actor, "decline", address, reason, dialogue.id)
        also(connection)

    session.write(write)


def change(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    address: str,
    actor: str,
    *,
    profile: Mapping[str, Any] | None = None,
    own: Mapping[str, str] | None = None,
    part: Mapping[str, Any] | None = None,
) -> None:
    """Set columns of somebody's profile or participation; `own` are the dialogue's own fields, "" to take one out."""

    def write(connection: Connection) -> None:
        current = _part(connection, dialogue, address)
        if part and "status" in part and current["status"] not in TAKING_PART:
            raise Refused(f"{address} does not take part: {current['status']}")
        columns = dict(profile or {})
        if own:
            columns["profile"] = {key: value for key, value in (current["profile"] | dict(own)).items() if value}
        if columns:
            people.change_person(connection, current["person_id"], columns)
        if part:
            people.change_part(connection, now, current["id"], dict(part))
        given = {**(profile or {}), **(own or {}), **(part or {})}
        said = ", ".join(f"{key} {value}" for key, value in given.items())
        audit.record(connection, now, actor, "set", address, said, dialogue.id)

    session.write(write)


def _part(connection: Connection, dialogue: Dialogue, address: str) -> Any:
    part = people.part_of(connection, dialogue.id, address)
    if part is None:
        raise Refused(f"{address} does not take part in {dialogue.slug}; see: listserv participant list")
    return part
