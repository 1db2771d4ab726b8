"""The files that came with contributions: what each is, and the content of those that were kept.

A content is stored once, by its SHA-256, however often and by whomever it was sent. Nothing deletes contents yet:
whoever prunes them does it where no attachment names the hash any more, and on PostgreSQL under a lock on `blob`, since
`add` relies on what is there. What was refused or dropped has a row, so that it can be told, and no content.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from listserv.core.mail.files import Fate, File
from listserv.store.tables import attachment, blob, contribution, dialogue

_SHOWN = (
    attachment.c.id,
    attachment.c.contribution_id,
    attachment.c.name,
    attachment.c.content_type,
    attachment.c.size,
    attachment.c.sha256,
    attachment.c.state,
    attachment.c.reason,
)


def content_of(connection: Connection, attachment_id: int) -> Any | None:
    """A kept file with its content, for whoever may have it: the caller has to look at the state.

    Mapping: name, content_type (as sniffed), size, sha256, content, contribution_state, dialogue (slug). None if there
    is no such file, or it was not kept.
    """
    query = (
        sa.select(
            attachment.c.name,
            attachment.c.content_type,
            attachment.c.size,
            attachment.c.sha256,
            blob.c.content,
            contribution.c.state.label("contribution_state"),
            dialogue.c.slug.label("dialogue"),
        )
        .join_from(attachment, contribution)
        .join(dialogue)
        .join(blob, blob.c.sha256 == attachment.c.sha256)
        .where(attachment.c.id == attachment_id, attachment.c.state == Fate.KEPT)
    )
    return connection.execute(query).mappings().first()


def add(connection: Connection, now: datetime, contribution_id: int, files: Sequence[File]) -> None:
    """What came with a contribution, in its order; the content of what is kept, unless it is there already."""
    kept = [one for one in files if one.fate is Fate.KEPT]
    for one in sorted(kept, key=lambda one: one.sha256):  # two who bring the same ones must not wait for each other
        _keep(connection, now, one.sha256, one.content)
    for one in files:
        values = {
            "contribution_id": contribution_id,
            "name": one.name,
            "content_type": one.content_type,
            "size": one.size,
            "sha256": one.sha256,
            "state": one.fate,
            "reason": one.reason.text if one.reason else "",
        }
        connection.execute(attachment.insert().values(**values))


def _keep(connection: Connection, now: datetime, sha256: str, content: bytes) -> None:
    """UNIQUE decides between two who bring the same content at once; it is not sent to the database in vain."""
    if connection.execute(sa.select(blob.c.id).where(blob.c.sha256 == sha256)).first() is None:
        insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]
        values = {"sha256": sha256, "content": content, "added_at": now}
        connection.execute(insert(blob).values(**values).on_conflict_do_nothing())


def of(connection: Connection, contribution_id: int, state: Fate | None = None) -> Sequence[Any]:
    """What came with one contribution, in its order: id, name, content_type, size, sha256, state, reason."""
    if state is None:
        return connection.execute(_OF, {"contribution": contribution_id}).mappings().all()
    return connection.execute(_OF_STATE, {"contribution": contribution_id, "state": state}).mappings().all()


_OF = sa.select(*_SHOWN).where(attachment.c.contribution_id == bindparam("contribution")).order_by(attachment.c.id)
_OF_STATE = _OF.where(attachment.c.state == bindparam("state"))
_OF_SOME = (
    sa.select(*_SHOWN)
    .where(attachment.c.contribution_id.in_(bindparam("contributions", expanding=True)))
    .order_by(attachment.c.id)
)


def of_some(connection: Connection, contribution_ids: Collection[int]) -> dict[int, list[Any]]:
    """What came with each of these contributions, as `of` gives it; nothing of those without files."""
    found: dict[int, list[Any]] = {}
    for row in connection.execute(_OF_SOME, {"contributions": list(contribution_ids)}).mappings():
        found.setdefault(row["contribution_id"], []).append(row)
    return found


def kept_in(connection: Connection, dialogue_id: int) -> dict[int, list[Any]]:
    """The kept files of all its contributions, by the contribution's id."""
    query = sa.select(*_SHOWN).join(contribution).where(contribution.c.dialogue_id == dialogue_id)
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query.where(attachment.c.state == Fate.KEPT).order_by(attachment.c.id)).mappings():
        found.setdefault(row["contribution_id"], []).append(row)
    return found


def take_over(connection: Connection, from_id: int, to_id: int) -> None:
    """What was kept with one contribution comes with the other as well; contents are there already."""
    columns = [one.name for one in _SHOWN if one.name not in ("id", "contribution_id")]
    for row in of(connection, from_id, Fate.KEPT):
        connection.execute(attachment.insert().values(contribution_id=to_id, **{key: row[key] for key in columns}))


def leave_out(connection: Connection, attachment_id: int, reason: str) -> bool:
    """A kept file is not to go out after all, nor to be spoken of; false if it is not kept. Its content stays."""
    statement = attachment.update().where(attachment.c.id == attachment_id, attachment.c.state == Fate.KEPT)
    return connection.execute(statement.values(state=Fate.DROPPED, reason=reason)).rowcount == 1
