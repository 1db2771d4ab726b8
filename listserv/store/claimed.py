"""What a claimed delivery is, and whether it still goes out: all of it is read as it is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import Participation
from listserv.store import turns
from listserv.store.tables import delivery, dialogue, mailing, participation

#: What a copy is told that is put off for its domain's share; whoever was told so goes first the next time.
WAITS = "waits: "


class Claimed(NamedTuple):  # quicker to make than a frozen dataclass: there is one for each copy
    """A delivery under our lease. It goes out when its recipient is `active` and has it `wanted`.

    Both are as things stand now: who left, paused or changed their delivery mode since the release gets no copy, nor
    who wants no reminders any more a reminder. A personal answer still goes out.
    """

    id: int
    epoch: int
    rendering_id: int
    participation_id: int | None
    address: str
    slug: str
    kind: str
    personal: bool
    active: bool
    wanted: bool
    lane: int = turns.FIRST
    waited: bool = False  # it has been put off because its domain had had its share: now it goes before who comes new

    @property
    def allowed(self) -> bool:
        return self.active and self.wanted


def _theirs(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(participation.c.id == delivery.c.participation_id).scalar_subquery()


#: What a claim has to return of each delivery for `of_rows`.
COLUMNS = (
    delivery.c.id,
    delivery.c.epoch,
    delivery.c.mailing_id,
    delivery.c.rendering_id,
    delivery.c.participation_id,
    delivery.c.address,
    delivery.c.lane,
    delivery.c.reply,
    _theirs(participation.c.status).label("status"),
    _theirs(participation.c.delivery).label("mode"),
    _theirs(participation.c.nudges).label("nudges"),
)

_MAILINGS = (
    sa.select(mailing.c.id, mailing.c.kind, mailing.c.personal, dialogue.c.slug)
    .join_from(mailing, dialogue)
    .where(mailing.c.id.in_(sa.bindparam("these", expanding=True)))
)


def of_rows(connection: Connection, rows: Sequence[Any]) -> list[Claimed]:
    """In the order of the rows, which are COLUMNS."""
    if not rows:
        return []
    these = sorted({row.mailing_id for row in rows})
    mailings = {row.id: row for row in connection.execute(_MAILINGS, {"these": these})}
    found = []
    for number, epoch, mailing_id, rendering_id, part_id, address, lane, reply, status, mode, nudges in rows:
        _, kind, personal, slug = mailings[mailing_id]
        reminder = kind in audience.REMINDERS
        answer = bool(personal) and not reminder  # and not of those that nobody has asked for
        active = answer or status in (None, Participation.ACTIVE)
        wanted = answer or ((mode is None or mode in audience.modes(kind)) and not (reminder and not nudges))
        waited = reply.startswith(WAITS)
        of_it = (number, epoch, rendering_id, part_id, address, slug, kind, bool(personal))
        found.append(Claimed(*of_it, active, wanted, lane, waited))
    return found
