"""Contributions: held until a moderator decides; each decision is a compare-and-set on the state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState
from listserv.store.tables import contribution, dialogue, inbox, mailing, occurrence, person
from listserv.store.waiting import wanted

#: That it came with an old list's archive and was never sent to anybody (steps/bring_in).
BROUGHT_IN = sa.and_(
    sa.exists().where(inbox.c.contribution_id == contribution.c.id, inbox.c.protocol == "import"),
    ~sa.exists().where(mailing.c.contribution_id == contribution.c.id),
)


def add(connection: Connection, values: dict[str, Any]) -> int:
    return connection.execute(_ADD, values).inserted_primary_key[0]


def get(connection: Connection, contribution_id: int) -> Any | None:
    """One contribution, all columns, with `dialogue` (slug) and the person's profile."""
    return connection.execute(_GET, {"of": contribution_id}).mappings().first()


def of(connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    """Those of them that there are, as `get` gives them, by id."""
    return {row["id"]: row for row in connection.execute(_GET_SOME, {"ids": list(ids)}).mappings()}


def by_number(connection: Connection, dialogue_id: int, number: int) -> Any | None:
    """The released contribution that bears this official number, as `get` gives it."""
    query = whole().where(
        contribution.c.dialogue_id == dialogue_id,
        contribution.c.number == number,
        contribution.c.state == ContributionState.RELEASED,
    )
    return connection.execute(query).mappings().first()


def of_mail(connection: Connection, inbox_id: int) -> Any | None:
    """What the mail of that inbox id became, as `get` gives it; None if no contribution."""
    query = whole().join(inbox, inbox.c.contribution_id == contribution.c.id).where(inbox.c.id == inbox_id)
    return connection.execute(query).mappings().first()


def mail_of(connection: Connection, contribution_id: int) -> int | None:
    """The inbox id of the mail that a contribution came as."""
    query = sa.select(inbox.c.id).where(inbox.c.contribution_id == contribution_id).order_by(inbox.c.id)
    return connection.execute(query).scalars().first()


def whole() -> sa.Select[Any]:
    """Contributions as `get` gives them."""
    return (
        sa.select(
            contribution,
            dialogue.c.slug.label("dialogue"),
            person.c.name.label("person_name"),
            person.c.country,
            person.c.organisation,
            person.c.sector,
            person.c.gender,
            person.c.language.label("person_language"),
        )
        .join_from(contribution, dialogue)
        .outerjoin(person, person.c.id == contribution.c.person_id)
    )


# Made once: a statement costs five times as much to make as to execute.
_OF_DIALOGUE = contribution.c.dialogue_id == sa.bindparam("dialogue")
_ADD = contribution.insert()
_GET = whole().where(contribution.c.id == sa.bindparam("of"))
_GET_SOME = whole().where(contribution.c.id.in_(sa.bindparam("ids", expanding=True)))
_CHANGE = contribution.update().where(contribution.c.id == sa.bindparam("of"))
_CHANGE_IF = _CHANGE.where(contribution.c.state == sa.bindparam("was"))
_RENDERED = ("text", "subject", "attribution")  # what a copy is made from and others may change meanwhile
_CHANGE_SAME = _CHANGE_IF.where(*(contribution.c[name] == sa.bindparam(f"same_{name}") for name in _RENDERED))
_TURN = sa.select(dialogue.c.id).where(dialogue.c.id == sa.bindparam("dialogue")).with_for_update(key_share=True)
_NEXT = sa.select(sa.func.coalesce(sa.func.max(contribution.c.number), 0) + 1).where(_OF_DIALOGUE)
# The sign keeps SQLite from going through all of a dialogue where a digest or a Message-ID finds a few rows.
_WITHIN = sa.literal_column("+contribution.dialogue_id") == sa.bindparam("dialogue")
_NAMED = sa.bindparam("message_id")
_DIGESTS = sa.select(contribution.c.digest).where(_WITHIN)
_SAME = _DIGESTS.where(contribution.c.digest == sa.bindparam("digest"))
# What came under an ID used before went on under one of ours; its mail still tells the ID it came with.
_CAME_AS = _DIGESTS.join_from(contribution, inbox, inbox.c.contribution_id == contribution.c.id)
_USED = sa.union_all(_DIGESTS.where(contribution.c.message_id == _NAMED), _CAME_AS.where(inbox.c.message_id == _NAMED))
_RELEASED_AS = sa.select(
    *(contribution.c[name] for name in ("id", "module", "subject", "text", "message_id")), sa.null().label("bundle")
).where(_WITHIN, contribution.c.message_id == _NAMED, contribution.c.state == ContributionState.RELEASED)
_MAILED_AS = sa.select(
    mailing.c.contribution_id.label("id"),
    mailing.c.module,
    mailing.c.subject,
    sa.literal("").label("text"),
    mailing.c.message_id,
    sa.case((mailing.c.kind == "bundle", mailing.c.id)).label("bundle"),
).where(
    sa.literal_column("+mailing.dialogue_id") == sa.bindparam("dialogue"),
    mailing.c.message_id == _NAMED,
    sa.or_(mailing.c.module.is_not(None), mailing.c.kind == "bundle"),
)
_WAITS = (
    sa.select(contribution.c.received_at, contribution.c.decided_at)
    .where(_OF_DIALOGUE, contribution.c.number.is_not(None), contribution.c.decided_by != sa.bindparam("apart_from"))
    .order_by(contribution.c.number.desc())
    .limit(sa.bindparam("most"))
)


def rows(
    connection: Connection,
    dialogue_id: int | None = None,
    states: Collection[str] = (),
    *,
    module: int | None = None,
    person_id: int | None = None,
    since: datetime | None = None,
    limit: int | None = None,
) -> Sequence[Any]:
    """In order of arrival; the released by official number."""
    query = wanted(whole(), dialogue_id, states, module, limit)
    if person_id is not None:
        query = query.where(contribution.c.person_id == person_id)
    if since is not None:
        query = query.where(contribution.c.decided_at > since)
    return connection.execute(query).mappings().all()


def released_after(connection: Connection, dialogue_id: int, number: int, limit: int) -> Sequence[Any]:
    """The released with a higher official number, in its order, as `get` gives them."""
    query = whole().where(
        contribution.c.dialogue_id == dialogue_id,
        contribution.c.number > number,
        contribution.c.state == ContributionState.RELEASED,
    )
    return connection.execute(query.order_by(contribution.c.number).limit(limit)).mappings().all()


def asked(connection: Connection, ids: Collection[int]) -> Sequence[Any]:
    """Of each: id dialogue_id module question further subject text."""
    columns = ("id", "dialogue_id", "module", "question", "further", "subject", "text")
    query = sa.select(*(contribution.c[name] for name in columns)).where(contribution.c.id.in_(ids))
    return connection.execute(query).mappings().all()


def questions(row: Any) -> tuple[int, ...]:
    """The guiding questions that a contribution answers, the main one first."""
    return (row["question"], *row["further"]) if row["question"] else ()


def change(
    connection: Connection,
    contribution_id: int,
    values: dict[str, Any],
    *,
    state: ContributionState | None = None,
    rendered: Mapping[str, Any] | None = None,
) -> bool:
    """Write the values; with `state`, only if it is still in that state (false: it is not).

    With `rendered` too, a row of `get`, only if it is still what copies were rendered from; files aside.
    """
    if state is None:
        return connection.execute(_CHANGE, {"of": contribution_id, **values}).rowcount == 1
    these = {"of": contribution_id, "was": state, **values}
    if rendered is None:
        return connection.execute(_CHANGE_IF, these).rowcount == 1
    these |= {f"same_{name}": rendered[name] for name in _RENDERED}
    return connection.execute(_CHANGE_SAME, these).rowcount == 1


def next_number(connection: Connection, dialogue_id: int) -> int:
    """The official number that a release in this transaction gets; others who release wait for its end."""
    if connection.dialect.name != "sqlite":  # which has one writer at a time anyway
        connection.execute(_TURN, {"dialogue": dialogue_id})
    return connection.execute(_NEXT, {"dialogue": dialogue_id}).scalar_one()


def known_as(connection: Connection, dialogue_id: int, message_ids: Sequence[str]) -> Any | None:
    """What one of these Message-IDs is of ours, the first that is anything: a contribution or a mailing.

    A row with: id (of the contribution, else None), module, subject, text, message_id; bundle: its mailing's id, of a
    daily bundle, which belongs to no module.
    """
    for message_id in message_ids:
        these = {"dialogue": dialogue_id, "message_id": message_id}
        found = connection.execute(_RELEASED_AS, these).first() or connection.execute(_MAILED_AS, these).first()
        if found:
            return found
    return None


def same(connection: Connection, dialogue_id: int, message_id: str, digest: str) -> tuple[bool, bool]:
    """Whether this very mail is there already, and whether its Message-ID is, with whatever content."""
    if not message_id:
        return connection.execute(_SAME, {"dialogue": dialogue_id, "digest": digest}).first() is not None, False
    found = set(connection.execute(_USED, {"dialogue": dialogue_id, "message_id": message_id}).scalars())
    return digest in found, bool(found)


def waits(connection: Connection, dialogue_id: int, limit: int, *, apart_from: str) -> list[timedelta]:
    """How long the latest released had waited, apart from those that `apart_from` released."""
    found = connection.execute(_WAITS, {"dialogue": dialogue_id, "apart_from": apart_from, "most": limit})
    return [max(decided - received, timedelta(0)) for received, decided in found]


def counts(connection: Connection, dialogue_id: int) -> dict[str, int]:
    query = sa.select(contribution.c.state, sa.func.count()).where(contribution.c.dialogue_id == dialogue_id)
    return dict(connection.execute(query.group_by(contribution.c.state)).all())


def per_module(connection: Connection, dialogue_id: int) -> dict[int | None, int]:
    """How many have been released, by module."""
    query = sa.select(contribution.c.module, sa.func.count()).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.state == ContributionState.RELEASED
    )
    return dict(connection.execute(query.group_by(contribution.c.module)).all())


def adopt(connection: Connection, dialogue_id: int, number: int) -> int:
    """Held contributions that waited for the next module join the one that opens; how many."""
    statement = contribution.update().where(
        contribution.c.dialogue_id == dialogue_id,
        contribution.c.module.is_(None),
        contribution.c.state == ContributionState.HELD,
    )
    return connection.execute(statement.values(module=number)).rowcount


def untold(connection: Connection, dialogue_id: int, kind: str, limit: int | None = None) -> Sequence[Any]:
    """Held contributions that no occurrence of that kind names, oldest first: the moderators have yet to be told."""
    return connection.execute(_held(dialogue_id).where(~_told(dialogue_id, kind)).limit(limit)).all()


def untold_in(connection: Connection, kind: str) -> list[int]:
    """The dialogues in which there are any."""
    # With LIMIT, so that PostgreSQL looks at what is held in each, and never through all occurrences.
    one = _held(dialogue.c.id).where(~_told(dialogue.c.id, kind)).with_only_columns(contribution.c.id).limit(1)
    query = sa.select(dialogue.c.id).where(one.correlate(dialogue).scalar_subquery().is_not(None))
    return list(connection.execute(query.order_by(dialogue.c.id)).scalars())


def _told(dialogue_id: int | sa.ColumnElement[int], kind: str) -> sa.Exists:
    return sa.exists().where(
        occurrence.c.dialogue_id == dialogue_id,
        occurrence.c.kind == kind,
        occurrence.c.subject == sa.cast(contribution.c.id, sa.Text),
    )


def held(connection: Connection, dialogue_id: int, module: int | None = None) -> Sequence[Any]:
    """What waits for a moderator, of that module or at all, oldest first; columns as those of `untold`."""
    query = _held(dialogue_id)
    return connection.execute(query if module is None else query.where(contribution.c.module == module)).all()


def waiting(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """The same without the words: id, module, received_at."""
    columns = (contribution.c.id, contribution.c.module, contribution.c.received_at)
    return connection.execute(_held(dialogue_id).with_only_columns(*columns)).all()


def _held(dialogue_id: int | sa.ColumnElement[int]) -> sa.Select[Any]:
    names = "id from_name from_address module subject text cut received_at reasons attribution quotable"
    return (
        sa.select(*(contribution.c[name] for name in names.split()))
        .where(
            contribution.c.dialogue_id == dialogue_id,
            contribution.c.state == ContributionState.HELD,
            contribution.c.decided_by.is_(None),
        )
        .order_by(contribution.c.id)
    )


def held_in_the_name_of(connection: Connection, decider: str) -> list[int]:
    """Ids of what is still held though it was decided upon: to be released right away."""
    query = sa.select(contribution.c.id).where(
        contribution.c.state == ContributionState.HELD, contribution.c.decided_by == decider
    )
    return list(connection.execute(query.order_by(contribution.c.id)).scalars())
