"""Logging in to the pages without a password: who takes part is sent a link, and whoever has it is logged in, once.

What is said to whoever asks is the same for every address. Of a token only a hash is kept, of another kind than that of
tokens that are answered by mail: neither works in the other's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from listserv.core.dialogue.model import TAKING_PART, Dialogue
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose, confirm, limit
from listserv.steps.confirm import LASTS, Purpose
from listserv.steps.limit import HOUR
from listserv.store import audit, confirmations, dialogues, people, visits
from listserv.store.session import Connection, Session

#: Links an hour: to one person, and to all. A round-up that leads to the pages brings some hundreds.
EACH, ALL = 3, 600


def ask(session: Session, now: datetime, site: Site, address: str, to: str, source: str) -> bool:
    """Send a link to whoever has that address, if they take part somewhere; whether one is on its way.

    `to`: the path to lead to, "" = the pages of a dialogue of theirs. `source`: the network it was asked from.
    """
    with session.read() as connection:
        held = dialogues.all_of(connection)
        person_id = people.person_of(connection, address) if identity.valid(address) else None
        parts = people.parts_of(connection, person_id) if person_id is not None else []
    theirs = [one for one in parts if one["status"] in TAKING_PART]

    def counted(connection: Connection) -> bool:
        # With the first dialogue: a network is the same one, whichever it asks for.
        return bool(held) and limit.of_network(connection, now, site, held[0].id, "login", source)

    if not theirs:
        session.write(counted)
        return False
    dialogue, part = _where(held, theirs, to)
    token, own = confirm.token(), _own(part["address"], address)
    letter = compose.notice(
        site,
        dialogue,
        now,
        "login",
        Mailbox(part["name"], own),
        site.language(part["language"], dialogue.language),
        name=part["name"],
        link=f"{site.base_url}/l/{token}?to={quote(to or f'/{dialogue.slug}/', safe='/')}",
        minutes=int(LASTS[Purpose.LOGIN].total_seconds() // 60),
    )

    def write(connection: Connection) -> bool:
        if not counted(connection) or _enough(connection, now, part["person_id"]):
            return False
        row = {
            "dialogue_id": dialogue.id,
            "purpose": Purpose.LOGIN,
            "token_hash": _hashed(token),
            "name": part["name"],
            "address": part["address"],
            "language": part["language"],
            "asked_at": now,
            "lapses_at": now + LASTS[Purpose.LOGIN],
            "person_id": part["person_id"],
        }
        confirmations.add(connection, row)
        letter.to_one(connection, now, own, part["id"])
        return True

    return session.write(write)


def _where(held: Sequence[Dialogue], parts: Sequence[Any], to: str) -> tuple[Dialogue, Any]:
    """In whose name to write, and their part there: the dialogue they want to read, else the one they came to last."""
    slug = to.strip("/").partition("/")[0]
    by_id = {one.id: one for one in held}
    part = next((one for one in parts if by_id[one["dialogue_id"]].slug == slug), parts[-1])
    return by_id[part["dialogue_id"]], part


def _own(known: str, asked: str) -> str:
    """Where the link goes: their address as they have given it to us, or a further one of theirs in the form we keep.

    Never as somebody has typed it: what compares alike need not be one mailbox everywhere.
    """
    return known if identity.key(asked) == identity.key(known) else identity.key(asked)


def _enough(connection: Connection, now: datetime, person_id: int) -> bool:
    theirs = confirmations.asked(connection, Purpose.LOGIN, now - HOUR, person_id)
    return theirs >= EACH or confirmations.asked(connection, Purpose.LOGIN, now - HOUR) >= ALL


def works(connection: Connection, now: datetime, token: str) -> bool:
    """Whether that link still logs somebody in. Changes nothing."""
    return _fresh(connection, now, token) is not None


def enter(session: Session, now: datetime, token: str, visit_hash: str, lapses_at: datetime, before: str = "") -> bool:
    """Use the link up for a visit until then; false when it has been used or has lapsed, or they take part no more.

    `visit_hash`: of the visit's own token, drawn for it; `before`: of the visit that the browser had until now.
    """

    def write(connection: Connection) -> bool:
        asked = _fresh(connection, now, token)
        if asked is None or not confirmations.use(connection, asked["id"], now):
            return False
        visits.end(connection, before)
        visits.begin(connection, now, asked["person_id"], visit_hash, lapses_at)
        reason = "by the link in a mail"
        audit.record(connection, now, asked["address"], "login", asked["address"], reason, asked["dialogue_id"])
        return True

    return session.write(write)


def leave(session: Session, now: datetime, visit_hash: str) -> bool:
    """End that visit; false when it was over."""

    def write(connection: Connection) -> bool:
        visit = visits.find(connection, now, visit_hash)
        if visit is None or not visits.end(connection, visit_hash):
            return False
        address = people.profile_of(connection, visit["person_id"])["address"]
        audit.record(connection, now, address, "logout", address)
        return True

    return session.write(write)


def _fresh(connection: Connection, now: datetime, token: str) -> Any | None:
    asked = confirmations.find(connection, _hashed(token))
    if asked is None or asked["used_at"] is not None or asked["lapses_at"] <= now or asked["person_id"] is None:
        return None
    parts = people.parts_of(connection, asked["person_id"])
    return asked if any(one["status"] in TAKING_PART for one in parts) else None


def _hashed(token: str) -> str:
    return confirm.hashed(f"login {token}")
