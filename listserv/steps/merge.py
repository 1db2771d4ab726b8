"""Two people on record who are one: what the second has becomes the first's. An organiser's decision; nothing is sent.

Addresses, contributions, participations, bounces and what was sent to them move; of two participations in one dialogue
one is left, with the more active status and the higher role; blanks in the profile are filled. Mail goes to the first's
address from then on. Links in mail that the second has got go on working. It cannot be undone.

Raises Refused when an address is nobody's, or both are one person's already; then nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Participation, Role
from listserv.errors import Refused
from listserv.store import addresses, audit, people
from listserv.store.session import Connection, Session

#: The more active first: the first of two wins.
_STATUSES = (
    Participation.ACTIVE,
    Participation.PAUSED,
    Participation.INVITED,
    Participation.REQUESTED,
    Participation.LEFT,
    Participation.DECLINED,
)
_ROLES = (Role.ORGANISER, Role.MODERATOR, Role.PARTICIPANT)  # the higher first


@dataclass(frozen=True, slots=True)
class Merger:
    """Who becomes one, and what moves: counts by what it is."""

    keep: str  # the address that mail goes to
    other: str
    moves: Mapping[str, int]


def foresee(session: Session, keep: str, other: str) -> Merger:
    """What `merge` would do; nothing is written."""
    with session.read() as connection:
        return _who(connection, keep, other)[2]


def merge(session: Session, now: datetime, keep: str, other: str, actor: str) -> Merger:
    """Make the person of the second address part of the person of the first."""

    def write(connection: Connection) -> Merger:
        first, second, merger = _who(connection, keep, other)
        # The younger row stays, with the first one's values (store/addresses.join_parts says why).
        stays, goes = max(first["id"], second["id"]), min(first["id"], second["id"])
        theirs, others = addresses.parts(connection, first["id"]), addresses.parts(connection, second["id"])
        for dialogue_id in theirs.keys() & others.keys():
            one, two = theirs[dialogue_id], others[dialogue_id]
            ids = sorted((one["id"], two["id"]))
            joined = _one_part(now, one, two)
            addresses.join_parts(connection, now, dialogue_id, keep=ids[1], gone=ids[0], values=joined)
        addresses.absorb(connection, stays, goes, _one_person(first, second))
        said = ", ".join(f"{count} {what}" for what, count in merger.moves.items())
        for dialogue_id in sorted(theirs.keys() | others.keys()) or [None]:
            audit.record(connection, now, actor, "merge", merger.keep, f"{merger.other}: {said}", dialogue_id)
        return merger

    return session.write(write)


def _who(connection: Connection, keep: str, other: str) -> tuple[Any, Any, Merger]:
    """The two people, and what is to move."""
    found = []
    for mail_address in (keep, other):
        person_id = people.person_of(connection, mail_address)
        if person_id is None:
            raise Refused(f"{mail_address} is nobody's here; see: listserv participant list")
        found.append(people.profile_of(connection, person_id))
    first, second = found
    if first["id"] == second["id"]:
        raise Refused(f"{keep} and {other} are one person's already")
    return first, second, Merger(first["address"], second["address"], addresses.figures(connection, second["id"]))


def _one_part(now: datetime, one: Any, two: Any) -> dict[str, Any]:
    winner = one if _STATUSES.index(one["status"]) <= _STATUSES.index(two["status"]) else two
    return {
        **{key: winner[key] for key in ("status", "delivery", "unreachable_at")},
        "reinstated_at": now,  # what came back from the one address says nothing of the other
        "role": min(one["role"], two["role"], key=_ROLES.index),
        "joined_at": min((at for at in (one["joined_at"], two["joined_at"]) if at), default=None),
    }


def _one_person(first: Any, second: Any) -> dict[str, Any]:
    return {
        **{key: first[key] or second[key] for key in people.PROFILE},
        "profile": {**second["profile"], **first["profile"]},
        "address": first["address"],
        "created_at": min(first["created_at"], second["created_at"]),
    }
