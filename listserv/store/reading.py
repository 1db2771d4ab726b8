"""What the archive shows: released contributions, without those whose authors object to an archive (X-No-Archive).

A list reads no text and no HTML, the order of a module's thread an index alone. Rows are those that
core/publication/byline tells an author from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState
from listserv.store.tables import contribution, person, tag

_LISTED = (
    contribution.c.id,
    contribution.c.number,
    contribution.c.module,
    contribution.c.parent_id,
    contribution.c.person_id,
    contribution.c.subject,
    contribution.c.attribution,
    contribution.c.via,
    contribution.c.from_name,
    contribution.c.from_address,
    contribution.c.decided_at,
    contribution.c.late,
)


def one(connection: Connection, dialogue_id: int, number: int) -> Any | None:
    """The contribution that bears this official number: what a list shows, and text, cut, original, question, further.

    Its state may be any that keeps the number; None where there is none, or where its author objects.
    """
    more = (contribution.c[name] for name in ("state", "text", "cut", "original", "question", "further"))
    query = _people(*_LISTED, *more).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.number == number, contribution.c.objects == 0
    )
    return connection.execute(query).mappings().first()


def listed(connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    """What a list shows of each of these contributions, by id."""
    query = _people(*_LISTED).where(contribution.c.id.in_(ids), *_READABLE)
    return {row["id"]: row for row in connection.execute(query).mappings()}


def latest(connection: Connection, dialogue_id: int, limit: int, *, texts: bool = False) -> Sequence[Any]:
    """The last ones released, newest first; with their text, if that is wanted."""
    query = _people(*_LISTED, *([contribution.c.text] if texts else [])).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.number.is_not(None), *_READABLE
    )
    return connection.execute(query.order_by(contribution.c.number.desc()).limit(limit)).mappings().all()


def answers(connection: Connection, contribution_id: int, limit: int) -> Sequence[Any]:
    """What answers it, in order."""
    query = _people(*_LISTED).where(contribution.c.parent_id == contribution_id, *_READABLE)
    return connection.execute(query.order_by(contribution.c.number).limit(limit)).mappings().all()


def beside(connection: Connection, dialogue_id: int, number: int) -> tuple[int | None, int | None]:
    """The official numbers before and after that one."""
    of_dialogue = (contribution.c.dialogue_id == dialogue_id, *_READABLE)
    before = sa.select(sa.func.max(contribution.c.number)).where(*of_dialogue, contribution.c.number < number)
    after = sa.select(sa.func.min(contribution.c.number)).where(*of_dialogue, contribution.c.number > number)
    found = connection.execute(sa.select(before.scalar_subquery(), after.scalar_subquery())).one()
    return found[0], found[1]


def counts(connection: Connection, dialogue_id: int) -> Counter[int]:
    """How many there are, by module."""
    query = sa.select(contribution.c.module, sa.func.count()).where(
        contribution.c.dialogue_id == dialogue_id, contribution.c.module.is_not(None), *_READABLE
    )
    return Counter(dict(connection.execute(query.group_by(contribution.c.module)).all()))


def thread(connection: Connection, dialogue_id: int, module: int) -> Sequence[tuple[int, int | None]]:
    """All of a module, in order of official number: id, and the id of what it answers."""
    query = sa.select(contribution.c.id, contribution.c.parent_id).where(*_of_module(dialogue_id, module))
    return connection.execute(query.order_by(contribution.c.number)).all()


def per_question(connection: Connection, dialogue_id: int, module: int) -> Counter[int]:
    """How many answer each guiding question of a module, in the first place or as well."""
    main = sa.select(contribution.c.question, sa.func.count()).where(
        *_of_module(dialogue_id, module), contribution.c.question.is_not(None)
    )
    found = Counter(dict(connection.execute(main.group_by(contribution.c.question)).all()))
    for _, further in _further(connection, dialogue_id, module):
        found.update(further)
    return found


def answering(connection: Connection, dialogue_id: int, module: int, question: int) -> set[int]:
    """The ids of those that answer that question."""
    main = sa.select(contribution.c.id).where(*_of_module(dialogue_id, module), contribution.c.question == question)
    also = (one for one, further in _further(connection, dialogue_id, module) if question in further)
    return {*connection.execute(main).scalars(), *also}


def _further(connection: Connection, dialogue_id: int, module: int) -> Sequence[tuple[int, list[int]]]:
    query = sa.select(contribution.c.id, contribution.c.further).where(*_of_module(dialogue_id, module), _FURTHER)
    return connection.execute(query).all()


def tags(connection: Connection, dialogue_id: int, module: int) -> list[tuple[str, int]]:
    """How many bear each tag, the most used first."""
    count = sa.func.count().label("count")
    query = sa.select(tag.c.tag, count).join_from(contribution, tag).where(*_of_module(dialogue_id, module))
    return list(connection.execute(query.group_by(tag.c.tag).order_by(count.desc(), tag.c.tag)))


def tagged(connection: Connection, dialogue_id: int, module: int, name: str) -> set[int]:
    """The ids of those that bear that tag."""
    query = sa.select(contribution.c.id).join_from(contribution, tag).where(*_of_module(dialogue_id, module))
    return set(connection.execute(query.where(tag.c.tag == name)).scalars())


#: That it answers more than one question: as the index says it, not with a value, or the index is not used.
_FURTHER = sa.text("CAST(contribution.further AS TEXT) != '[]'")

_READABLE = (contribution.c.state == ContributionState.RELEASED, contribution.c.objects == 0)


def _of_module(dialogue_id: int, module: int) -> tuple[Any, ...]:
    return contribution.c.dialogue_id == dialogue_id, contribution.c.module == module, *_READABLE


def _people(*columns: Any) -> sa.Select[Any]:
    return sa.select(
        *columns, person.c.name.label("person_name"), person.c.country, person.c.organisation
    ).outerjoin_from(contribution, person, person.c.id == contribution.c.person_id)
