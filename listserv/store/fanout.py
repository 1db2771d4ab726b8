"""The deliveries of a mailing to everybody: one INSERT … SELECT, made once for each set of languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import DeliveryMode, DeliveryState, Participation
from listserv.store import turns
from listserv.store.tables import delivery, participation, person
from listserv.store.types import Id, database_now


def fan_out(
    connection: Connection,
    dialogue_id: int,
    mailing_id: int,
    renderings: Mapping[str, int],
    default: str,
    modes: Sequence[DeliveryMode],
    wait: float = 0.0,
    *,
    only: Collection[int] | None = None,
    but: Collection[int] = (),
) -> int:
    """A delivery for each active participant whose delivery mode is among `modes`.

    Each gets the rendering of their language, `default` where there is none. `wait`: seconds until it may
    leave. `only`: of these participations; `but`: of all but these. How many.
    """
    values = {f"rendering_{number}": one for number, one in enumerate(renderings.values())}
    values |= {"dialogue": dialogue_id, "mailing": mailing_id, "otherwise": renderings[default]}
    statement = _to_all(tuple(renderings), tuple(modes))
    if only is not None or but:
        chosen = _chosen(tuple(renderings), tuple(modes))
        chosen = chosen if only is None else chosen.where(participation.c.id.in_(only))
        statement = _into(chosen.where(participation.c.id.not_in(but)) if but else chosen)
    return connection.execute(
        statement, {**values, "wait": wait}, execution_options={"preserve_rowcount": True}
    ).rowcount


def receives(dialogue_id: Any, modes: Sequence[DeliveryMode]) -> tuple[Any, ...]:
    """That a participation gets what goes to these modes."""
    return (
        participation.c.dialogue_id == dialogue_id,
        participation.c.status == Participation.ACTIVE,
        participation.c.delivery.in_(modes),
    )


@cache
def _to_all(languages: tuple[str, ...], modes: tuple[DeliveryMode, ...]) -> sa.Insert:
    return _into(_chosen(languages, modes))


def _into(chosen: sa.Select[Any]) -> sa.Insert:
    columns = ["mailing_id", "rendering_id", "participation_id", "address", "state", "due_at", "lane"]
    return delivery.insert().from_select(columns, chosen)


def _chosen(languages: Sequence[str], modes: Sequence[DeliveryMode]) -> sa.Select[Any]:
    theirs = (
        (person.c.language == language, sa.bindparam(f"rendering_{number}", type_=Id))
        for number, language in enumerate(languages)
    )
    return (
        sa.select(
            sa.bindparam("mailing", type_=Id),
            sa.case(*theirs, else_=sa.bindparam("otherwise", type_=Id)),
            participation.c.id,
            person.c.address,
            sa.literal(DeliveryState.PENDING.value),
            database_now() + sa.bindparam("wait", type_=sa.Float),
            turns.lane_of(sa.bindparam("mailing", type_=Id)),
        )
        .join_from(participation, person)
        .where(*receives(sa.bindparam("dialogue"), modes))
    )
