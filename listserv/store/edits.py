"""What moderators made of the report's sections: one text for each section and language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import report_edit


def of_all(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """All of a dialogue's, in every language: section language text base edited_by edited_at."""
    query = sa.select(report_edit).where(report_edit.c.dialogue_id == dialogue_id).order_by(report_edit.c.id)
    return connection.execute(query).mappings().all()


def get(connection: Connection, dialogue_id: int, section: str, language: str) -> Any | None:
    query = sa.select(report_edit).filter_by(dialogue_id=dialogue_id, section=section, language=language)
    return connection.execute(query).mappings().first()


def put(
    connection: Connection, now: datetime, dialogue_id: int, section: str, language: str, text: str, base: str, by: str
) -> None:
    """In place of what there was."""
    remove(connection, dialogue_id, section, language)
    connection.execute(
        report_edit.insert().values(
            dialogue_id=dialogue_id,
            section=section,
            language=language,
            text=text,
            base=base,
            edited_by=by,
            edited_at=now,
        )
    )


def remove(connection: Connection, dialogue_id: int, section: str, language: str) -> bool:
    """Forget it; false when there was none."""
    statement = report_edit.delete().where(
        report_edit.c.dialogue_id == dialogue_id,
        report_edit.c.section == section,
        report_edit.c.language == language,
    )
    return connection.execute(statement).rowcount > 0
