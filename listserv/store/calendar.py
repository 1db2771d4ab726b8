"""What organisers have changed by hand of the calendar's mails: moved, skipped, edited; one row for each mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.occurrence import Change, Key
from listserv.store.tables import calendar_change


def _of(dialogue_id: int, key: Key) -> tuple[Any, ...]:
    kind, subject, round_ = key
    table = calendar_change.c
    return (table.dialogue_id == dialogue_id, table.kind == kind, table.subject == subject, table.round == round_)


def changes(connection: Connection, dialogue_id: int) -> tuple[Change, ...]:
    """All of them, in the order in which they were first made."""
    return tuple(
        Change(
            kind=row["kind"],
            subject=row["subject"],
            round=row["round"],
            at=row["moved_to"],
            skipped=bool(row["skipped"]),
            text=row["text"],
            by=row["changed_by"],
        )
        for row in connection.execute(_CHANGES, {"dialogue": dialogue_id}).mappings()
    )


_CHANGES = (  # built once: it is a part of each reading of a dialogue
    sa.select(calendar_change)
    .where(calendar_change.c.dialogue_id == sa.bindparam("dialogue"))
    .order_by(calendar_change.c.id)
)


def change(
    connection: Connection, now: datetime, dialogue_id: int, key: Key, actor: str, values: Mapping[str, Any]
) -> None:
    """Set columns (moved_to, skipped, text) of the change to the mail that bears that key."""
    set_ = {**values, "changed_by": actor, "changed_at": now}
    if connection.execute(calendar_change.update().where(*_of(dialogue_id, key)).values(**set_)).rowcount:
        return
    kind, subject, round_ = key
    row = {"dialogue_id": dialogue_id, "kind": kind, "subject": subject, "round": round_, **set_}
    connection.execute(calendar_change.insert().values(**row))


def restore(connection: Connection, dialogue_id: int, key: Key) -> bool:
    """Take all changes to it back; false when there were none."""
    return connection.execute(calendar_change.delete().where(*_of(dialogue_id, key))).rowcount == 1
