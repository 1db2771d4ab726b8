"""Deliveries on their way out: claimed by a lease, renewed while held, finished under its epoch (DESIGN §3).

A claim pushes `due_at` ahead by the database's clock and counts `epoch` and `attempts`, all before dialling; a finish
is fenced by `epoch`. There is no "running" state to stick. Any number of processes claim at once, none waits for
another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import DeliveryState
from listserv.core.mail.identity import domain_of
from listserv.store import batch, claimed, turns
from listserv.store.claimed import Claimed
from listserv.store.tables import delivery, mailing
from listserv.store.turns import UNFINISHED, unfinished
from listserv.store.types import database_now

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
    return claimed.of_rows(connection, taken)


def _take(connection: Connection, lane: int, limit: int, lease: float) -> list[Any]:
    rows = connection.execute(_TAKE[connection.dialect.name], {"in": lane, "most": limit, "lease": lease})
    return sorted(rows, key=itemgetter(0))


_pick = (
    sa.select(delivery.c.id)
    .where(unfinished, delivery.c.lane == sa.bindparam("in", type_=sa.BigInteger()))
    .where(delivery.c.due_at <= database_now())
    .order_by(delivery.c.due_at, delivery.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
    .cte("pick")
)
_taken = (
    delivery.update()
    .values(
        state=sa.literal_column(f"'{DeliveryState.PENDING}'"),
        due_at=database_now() + sa.bindparam("lease", type_=sa.Float()),
        epoch=delivery.c.epoch + 1,
        attempts=delivery.c.attempts + 1,
    )
    .returning(*claimed.COLUMNS)
)
_TAKE = batch.among(_taken.where, delivery.c.id, sa.select(_pick.c.id))


def renew(connection: Connection, claims: Sequence[tuple[int, int]], lease: float) -> set[int]:
    """Hold these claims (delivery, epoch) for `lease` seconds more; those that are still ours."""
    mine = ours(connection, claims)
    if mine:
        more = delivery.update().where(delivery.c.id.in_(mine)).values(due_at=database_now() + lease)
        connection.execute(more)
    return set(mine)


def ours(connection: Connection, claims: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Of claims (delivery, epoch) those that are still ours to finish: by delivery, how often it has been tried.

    Until the transaction ends nobody else can take them.
    """
    epochs = dict(claims)
    query = (
        sa.select(delivery.c.id, delivery.c.epoch, delivery.c.attempts)
        .where(delivery.c.id.in_(epochs), turns.only(*UNFINISHED))
        .order_by(delivery.c.id)
        .with_for_update()
    )
    return {row.id: row.attempts for row in connection.execute(query) if row.epoch == epochs[row.id]}


_mine = sa.and_(
    delivery.c.id == sa.bindparam("of"),
    delivery.c.epoch == sa.bindparam("under"),
    turns.only(*UNFINISHED),
)
_said = {name: sa.bindparam(name) for name in ("state", "code", "reply")}

_end = delivery.update().where(_mine).values(finished_at=sa.bindparam("finished_at"), **_said)
_defer = (
    delivery.update()
    .where(_mine)
    .values(
        due_at=database_now() + sa.bindparam("delay", type_=sa.Float()),
        attempts=delivery.c.attempts - sa.bindparam("uncounted", type_=sa.Integer()),
        **_said,
    )
)


#: An answer's names, and the columns that they are compared with or stand in.
_ANSWER = {"of": "id", "under": "epoch", "code": "code", "reply": "reply"}


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


def _sent(taken: sa.FromClause, theirs: sa.ColumnElement[bool]) -> sa.Update:
    return (
        delivery.update()
        .where(theirs, delivery.c.epoch == taken.c.under, turns.only(*UNFINISHED))
        .values(
            state=sa.literal_column(f"'{DeliveryState.SENT}'"),
            code=taken.c.code,
            reply=taken.c.reply,
            finished_at=sa.bindparam("at", type_=delivery.c.finished_at.type),
        )
    )


_SENT = batch.each(_sent, {name: delivery.c[of].type for name, of in _ANSWER.items()}, delivery.c.id, "of")


def sent(connection: Connection, results: Sequence[dict[str, Any]]) -> int:
    """Record copies that were taken: of, under (epoch), code, reply; all finished_at once. How many were still ours."""
    answers = ({name: one[name] for name in _ANSWER} for one in results)
    at = {"at": results[0]["finished_at"]}
    return connection.execute(_SENT[connection.dialect.name], batch.of(answers) | at).rowcount


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
