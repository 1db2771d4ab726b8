"""Deliveries on their way out: claimed by a lease, renewed while held, finished under its epoch (DESIGN §3).

A claim pushes `due_at` ahead by the database's clock and counts `epoch` and `attempts`, all before dialling; a finish
is fenced by `epoch`. There is no "running" state to stick. Any number of processes claim at once, none waits for
another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import DeliveryState, Participation
from listserv.core.mail.identity import domain_of
from listserv.store import turns
from listserv.store.tables import delivery, dialogue, mailing, participation
from listserv.store.turns import UNFINISHED, unfinished
from listserv.store.types import database_now


@dataclass(frozen=True, slots=True)
class Claimed:
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


#: What a copy is told that is put off for its domain's share; whoever was told so goes first the next time.
WAITS = "waits: "

#: Dialogues that one claim serves, at most.
LANES = 16


def claim(
    connection: Connection, limit: int, lease: float, *, after: int = turns.FIRST, kept: int = 0
) -> list[Claimed]:
    """Take up to `limit` due deliveries for `lease` seconds, in the order in which they are to go.

    First what somebody waits for, then the dialogues in turn from the one behind the lane `after` on, the longest due
    of each first. `kept`: how many of the limit are only for what somebody waits for.
    """
    lanes = turns.due(connection)
    taken = _take(connection, turns.FIRST, limit, lease) if turns.FIRST in lanes else []
    left, lanes = limit - kept - len(taken), [lane for lane in lanes if lane != turns.FIRST]
    lanes = ([lane for lane in lanes if lane > after] + [lane for lane in lanes if lane <= after])[:LANES]
    groups = []
    while left > 0 and lanes:
        group = _take(connection, lanes[0], -(-left // len(lanes)), lease)
        groups.append(group)
        left, lanes = left - len(group), lanes[1:]
    taken += [one for turn in zip_longest(*groups) for one in turn if one is not None]
    order = {number: place for place, number in enumerate(taken)}
    return sorted(_described(connection, taken), key=lambda one: order[one.id])


def _take(connection: Connection, lane: int, limit: int, lease: float) -> list[int]:
    rows = connection.execute(_TAKE, {"in": lane, "most": limit, "lease": lease})
    return sorted(rows.scalars())


_pick = (
    sa.select(delivery.c.id)
    .where(unfinished, delivery.c.lane == sa.bindparam("in", type_=sa.BigInteger()))
    .where(delivery.c.due_at <= database_now())
    .order_by(delivery.c.due_at, delivery.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
    .cte("pick")
)
_TAKE = (
    delivery.update()
    .where(delivery.c.id.in_(sa.select(_pick.c.id)))
    .values(
        state=sa.literal_column(f"'{DeliveryState.PENDING}'"),
        due_at=database_now() + sa.bindparam("lease", type_=sa.Float()),
        epoch=delivery.c.epoch + 1,
        attempts=delivery.c.attempts + 1,
    )
    .returning(delivery.c.id)
)


def _described(connection: Connection, ids: Sequence[int]) -> list[Claimed]:
    if not ids:
        return []
    query = (
        sa.select(
            delivery.c.id,
            delivery.c.epoch,
            delivery.c.rendering_id,
            delivery.c.participation_id,
            delivery.c.address,
            delivery.c.lane,
            delivery.c.reply,
            mailing.c.personal,
            mailing.c.kind,
            dialogue.c.slug,
            participation.c.status,
            participation.c.delivery,
            participation.c.nudges,
        )
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .join(dialogue, dialogue.c.id == mailing.c.dialogue_id)
        .outerjoin(participation, participation.c.id == delivery.c.participation_id)
        .where(delivery.c.id.in_(ids))
    )
    return [
        Claimed(
            id=row.id,
            epoch=row.epoch,
            rendering_id=row.rendering_id,
            participation_id=row.participation_id,
            address=row.address,
            slug=row.slug,
            kind=row.kind,
            personal=bool(row.personal),
            active=_answer(row) or row.status in (None, Participation.ACTIVE),
            wanted=_wanted(row),
            lane=row.lane,
            waited=row.reply.startswith(WAITS),
        )
        for row in connection.execute(query)
    ]


def renew(connection: Connection, claims: Sequence[tuple[int, int]], lease: float) -> set[int]:
    """Hold these claims (delivery, epoch) for `lease` seconds more; those that are still ours."""
    mine = ours(connection, claims)
    if mine:
        more = delivery.update().where(delivery.c.id.in_(mine)).values(due_at=database_now() + lease)
        connection.execute(more)
    return set(mine)


def _answer(row: Any) -> bool:
    """Personal, and not of those that nobody has asked for."""
    return bool(row.personal) and row.kind not in audience.REMINDERS


def _wanted(row: Any) -> bool:
    if row.kind in audience.REMINDERS and not row.nudges:
        return False
    return _answer(row) or row.delivery in (None, *audience.modes(row.kind))


def ours(connection: Connection, claims: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Of claims (delivery, epoch) those that are still ours to finish: by delivery, how often it has been tried.

    Until the transaction ends nobody else can take them.
    """
    epochs = dict(claims)
    query = (
        sa.select(delivery.c.id, delivery.c.epoch, delivery.c.attempts)
        .where(delivery.c.id.in_(epochs), delivery.c.state.in_(UNFINISHED))
        .order_by(delivery.c.id)
        .with_for_update()
    )
    return {row.id: row.attempts for row in connection.execute(query) if row.epoch == epochs[row.id]}


_mine = sa.and_(
    delivery.c.id == sa.bindparam("of"),
    delivery.c.epoch == sa.bindparam("under"),
    # An IN with its expanding parameter cannot be executed for many rows at once.
    sa.or_(*(delivery.c.state == state for state in UNFINISHED)),
)
_said = {name: sa.bindparam(name) for name in ("state", "code", "reply")}

_end = delivery.update().where(_mine).values(finished_at=sa.bindparam("finished_at"), **_said)
_sent = (
    delivery.update()
    .where(_mine)
    .values(
        state=sa.literal_column(f"'{DeliveryState.SENT}'"),
        code=sa.bindparam("code"),
        reply=sa.bindparam("reply"),
        finished_at=sa.bindparam("finished_at"),
    )
)
_defer = (
    delivery.update()
    .where(_mine)
    .values(
        due_at=database_now() + sa.bindparam("delay", type_=sa.Float()),
        attempts=delivery.c.attempts - sa.bindparam("uncounted", type_=sa.Integer()),
        **_said,
    )
)


def finish(connection: Connection, results: Sequence[dict[str, Any]]) -> None:
    """Record what became of claimed deliveries: of, under (epoch), state, code, reply, and finished_at or delay.

    One whose lease has gone to another (epoch differs) is left to them. `delay`: seconds to the next try; `uncounted`
    (0 if missing): 1 if this was no attempt.
    """
    ended = [_only(one, "finished_at") for one in results if one["state"] not in UNFINISHED]
    deferred = [_only({"uncounted": 0, **one}, "delay", "uncounted") for one in results if one["state"] in UNFINISHED]
    if ended:
        connection.execute(_end, ended)
    if deferred:
        connection.execute(_defer, deferred)


def _only(result: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: result[name] for name in ("of", "under", "state", "code", "reply", *names)}


def sent(connection: Connection, results: Sequence[dict[str, Any]]) -> int:
    """Record copies that were taken: of, under (epoch), code, reply, finished_at. How many were still ours."""
    return connection.execute(_sent, results).rowcount


def jumped(connection: Connection, seconds: float) -> int:
    """The database's clock has been put forward by so much (back: below 0): waits and leases stay as long as they were.

    What has come since then is due by the new clock and left as it is; what waits for its turn may come a little early.
    """
    moved = delivery.update().values(due_at=delivery.c.due_at + seconds)
    if seconds < 0:
        moved = moved.where(unfinished, delivery.c.due_at > database_now())
    else:  # leases only
        leased = sa.and_(delivery.c.state == DeliveryState.PENDING, delivery.c.epoch > 0)
        moved = moved.where(leased, delivery.c.due_at > database_now() - seconds)
    return connection.execute(moved).rowcount


def described(connection: Connection, ids: Sequence[int]) -> Sequence[Any]:
    """What these deliveries are: id address participation_id mailing_id dialogue_id kind subject created_at."""
    query = (
        sa.select(
            delivery.c.id,
            delivery.c.address,
            delivery.c.participation_id,
            delivery.c.mailing_id,
            mailing.c.dialogue_id,
            mailing.c.kind,
            mailing.c.subject,
            mailing.c.created_at,
        )
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .where(delivery.c.id.in_(ids))
        .order_by(delivery.c.id)
    )
    return connection.execute(query).all()


def deferred(connection: Connection, dialogue_id: int | None = None) -> Counter[tuple[str, int | None, str]]:
    """What deferred deliveries wait for: how many by recipient domain, code and reply."""
    query = sa.select(delivery.c.address, delivery.c.code, delivery.c.reply).where(
        delivery.c.state == DeliveryState.DEFERRED
    )
    if dialogue_id is not None:
        query = query.join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id).where(
            mailing.c.dialogue_id == dialogue_id
        )
    return Counter((domain_of(row.address), row.code, row.reply) for row in connection.execute(query))


def waiting(connection: Connection, dialogue_id: int) -> Sequence[str]:
    """The addresses that unfinished deliveries of a dialogue go to, one per delivery."""
    query = (
        sa.select(delivery.c.address)
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .where(mailing.c.dialogue_id == dialogue_id, unfinished)
    )
    return connection.execute(query).scalars().all()
