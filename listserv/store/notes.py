"""What moderators add to a round-up: notes that wait for the next one to go out, and then belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.publication.notes import Note
from listserv.store.tables import note


def waiting(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """Those for the next round-up, in the order in which they were written."""
    return _rows(connection, note.c.dialogue_id == dialogue_id, note.c.roundup_id.is_(None))


def of(connection: Connection, roundup_id: int) -> Sequence[Any]:
    """Those that went out with it."""
    return _rows(connection, note.c.roundup_id == roundup_id)


def add(connection: Connection, now: datetime, dialogue_id: int, one: Note, by: str) -> int:
    values = {"kind": one.kind, "module": one.module, "question": one.question, "text": one.text}
    values |= {"dialogue_id": dialogue_id, "written_by": by, "written_at": now}
    return connection.execute(note.insert().values(**values)).inserted_primary_key[0]


def remove(connection: Connection, dialogue_id: int, note_id: int) -> bool:
    """False when there is none that waits."""
    which = sa.and_(note.c.id == note_id, note.c.dialogue_id == dialogue_id, note.c.roundup_id.is_(None))
    return connection.execute(note.delete().where(which)).rowcount == 1


def belong(connection: Connection, roundup_id: int, note_ids: Sequence[int]) -> None:
    """Those stand in the text of that round-up."""
    connection.execute(note.update().where(note.c.id.in_(note_ids)).values(roundup_id=roundup_id))


def wait_on(connection: Connection, roundup_id: int) -> None:
    """That round-up does not go out: what stood in it waits for the next."""
    connection.execute(note.update().where(note.c.roundup_id == roundup_id).values(roundup_id=None))


def _rows(connection: Connection, *where: Any) -> Sequence[Any]:
    return connection.execute(sa.select(note).where(*where).order_by(note.c.id)).mappings().all()
