"""What the archive shows: released contributions, without those whose authors object to an archive (X-No-Archive).

A list reads no text and no HTML, the order of a module's thread an index alone. Rows are those that
core/publication/byline tells an author from. Statements are built once: to build one takes longer than to run it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

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
_READABLE = (contribution.c.state == ContributionState.RELEASED, contribution.c.objects == 0)
_HERE = contribution.c.dialogue_id == bindparam("dialogue")
_OF_MODULE = (_HERE, contribution.c.module == bindparam("module"), *_READABLE)


def _people(*more: Any) -> sa.Select[Any]:
    return sa.select(
        *_LISTED, *more, person.c.name.label("person_name"), person.c.country, person.c.organisation
    ).outerjoin_from(contribution, person, person.c.id == contribution.c.person_id)


_ONE = _people(*(contribution.c[name] for name in ("state", "text", "cut", "original", "question", "further"))).where(
    _HERE, contribution.c.number == bindparam("number"), contribution.c.objects == 0
)


def one(connection: Connection, dialogue_id: int, number: int) -> Any | None:
    """The contribution that bears this official number: what a list shows, and text, cut, original, question, further.

    Its state may be any that keeps the number; None where there is none, or where its author objects.
    """
    return connection.execute(_ONE, {"dialogue": dialogue_id, "number": number}).mappings().first()


_THESE = _people().where(contribution.c.id.in_(bindparam("ids", expanding=True)), *_READABLE)


def listed(connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    """What a list shows of each of these contributions, by id."""
    return {row["id"]: row for row in connection.execute(_THESE, {"ids": list(ids)}).mappings()}


_NEWEST = (_HERE, contribution.c.number.is_not(None), *_READABLE)
_LATEST = _people().where(*_NEWEST).order_by(contribution.c.number.desc()).limit(bindparam("limit"))
_TEXTS = _people(contribution.c.text).where(*_NEWEST).order_by(contribution.c.number.desc()).limit(bindparam("limit"))


def latest(connection: Connection, dialogue_id: int, limit: int) -> Sequence[Any]:
    """The last ones released, newest first."""
    return connection.execute(_LATEST, {"dialogue": dialogue_id, "limit": limit}).mappings().all()


def latest_texts(connection: Connection, dialogue_id: int, limit: int) -> Sequence[Any]:
    """The same with their `text`."""
    return connection.execute(_TEXTS, {"dialogue": dialogue_id, "limit": limit}).mappings().all()


_ANSWERS = (
    _people()
    .where(contribution.c.parent_id == bindparam("answered"), *_READABLE)
    .order_by(contribution.c.number)
    .limit(bindparam("limit"))
)


def answers(connection: Connection, contribution_id: int, limit: int) -> Sequence[Any]:
    """What answers it, in order."""
    return connection.execute(_ANSWERS, {"answered": contribution_id, "limit": limit}).mappings().all()


_BEFORE = sa.select(sa.func.max(contribution.c.number)).where(
    _HERE, *_READABLE, contribution.c.number < bindparam("number")
)
_AFTER = sa.select(sa.func.min(contribution.c.number)).where(
    _HERE, *_READABLE, contribution.c.number > bindparam("number")
)
_BESIDE = sa.select(_BEFORE.scalar_subquery(), _AFTER.scalar_subquery())


def beside(connection: Connection, dialogue_id: int, number: int) -> tuple[int | None, int | None]:
    """The official numbers before and after that one."""
    before, after = connection.execute(_BESIDE, {"dialogue": dialogue_id, "number": number}).one()
    return before, after


_COUNTS = (
    sa.select(contribution.c.module, sa.func.count())
    .where(_HERE, contribution.c.module.is_not(None), *_READABLE)
    .group_by(contribution.c.module)
)


def counts(connection: Connection, dialogue_id: int) -> Counter[int]:
    """How many there are, by module."""
    return Counter(dict(connection.execute(_COUNTS, {"dialogue": dialogue_id}).all()))


_THREAD = sa.select(contribution.c.id, contribution.c.parent_id).where(*_OF_MODULE).order_by(contribution.c.number)


def thread(connection: Connection, dialogue_id: int, module: int) -> Sequence[tuple[int, int | None]]:
    """All of a module, in order of official number: id, and the id of what it answers."""
    return connection.execute(_THREAD, {"dialogue": dialogue_id, "module": module}).all()


_PER_QUESTION = (
    sa.select(contribution.c.question, sa.func.count())
    .where(*_OF_MODULE, contribution.c.question.is_not(None))
    .group_by(contribution.c.question)
)


def per_question(connection: Connection, dialogue_id: int, module: int) -> Counter[int]:
    """How many answer each guiding question of a module, in the first place or as well."""
    found = Counter(dict(connection.execute(_PER_QUESTION, {"dialogue": dialogue_id, "module": module}).all()))
    for _, further in _also(connection, dialogue_id, module):
        found.update(further)
    return found


_UNPLACED = sa.select(contribution.c.id).where(*_OF_MODULE, contribution.c.question.is_(None)).limit(1)


def all_placed(connection: Connection, dialogue_id: int, module: int) -> bool:
    """Whether it is noted of each of a module which guiding question it answers."""
    return connection.execute(_UNPLACED, {"dialogue": dialogue_id, "module": module}).first() is None


_MAIN = sa.select(contribution.c.id).where(*_OF_MODULE, contribution.c.question == bindparam("question"))


def answering(connection: Connection, dialogue_id: int, module: int, question: int) -> set[int]:
    """The ids of those that answer that question."""
    main = connection.execute(_MAIN, {"dialogue": dialogue_id, "module": module, "question": question})
    also = (one for one, further in _also(connection, dialogue_id, module) if question in further)
    return {*main.scalars(), *also}


# That it answers more than one question is said as the index says it, not with a value: else the index is not used.
_ALSO = sa.select(contribution.c.id, contribution.c.further).where(
    *_OF_MODULE, sa.text("CAST(contribution.further AS TEXT) != '[]'")
)


def _also(connection: Connection, dialogue_id: int, module: int) -> Sequence[tuple[int, list[int]]]:
    return connection.execute(_ALSO, {"dialogue": dialogue_id, "module": module}).all()


_COUNT = sa.func.count().label("count")
_TAGS = (
    sa.select(tag.c.tag, _COUNT)
    .join_from(contribution, tag)
    .where(*_OF_MODULE)
    .group_by(tag.c.tag)
    .order_by(_COUNT.desc(), tag.c.tag)
)
_TAGGED = sa.select(contribution.c.id).join_from(contribution, tag).where(*_OF_MODULE, tag.c.tag == bindparam("tag"))


def tags(connection: Connection, dialogue_id: int, module: int) -> Sequence[tuple[str, int]]:
    """How many bear each tag, the most used first."""
    return connection.execute(_TAGS, {"dialogue": dialogue_id, "module": module}).all()


def tagged(connection: Connection, dialogue_id: int, module: int, name: str) -> set[int]:
    """The ids of those that bear that tag."""
    return set(connection.execute(_TAGGED, {"dialogue": dialogue_id, "module": module, "tag": name}).scalars())
