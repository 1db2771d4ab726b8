"""All that is a dialogue's as plain values, part by part (store/parts): for taking it along."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store import tables as t
from listserv.store.parts import PARTS, Part
from listserv.store.types import Reasons

__all__ = ["PARTS", "Part"]

#: Rows read at once.
PORTION = 500


def rows(connection: Connection, part: Part, dialogue_id: int) -> Iterator[dict[str, Any]]:
    """The rows of a part in order of their numbers, without contents, as JSON has them."""
    columns = [one for one in part.table.c if one.name not in part.contents]
    after = 0
    while True:
        query = sa.select(*columns).where(part.chosen(dialogue_id), part.table.c.id > after)
        some = connection.execute(query.order_by(part.table.c.id).limit(PORTION)).mappings().all()
        for row in some:
            yield {one.name: _plain(one, row[one.name]) for one in columns}
        if len(some) < PORTION:
            return
        after = some[-1]["id"]


def path(part: Part, row: Mapping[str, Any]) -> str:
    """Where the content of a row is."""
    return f"{part.folder}/{row[part.keyed]}" if part.keyed else f"{part.folder}/{row['id']}.eml"


def contents(connection: Connection, part: Part, dialogue_id: int) -> Iterator[tuple[int, str]]:
    """The numbers of a part's rows, and where the content of each is."""
    for row in rows(connection, part, dialogue_id):
        yield row["id"], path(part, row)


def content(connection: Connection, part: Part, number: int) -> bytes:
    """What is in that file: a mail's head and body are one."""
    columns = [part.table.c[one] for one in part.contents]
    pieces = connection.execute(sa.select(*columns).where(part.table.c.id == number)).one()
    return b"\r\n".join(pieces)


def is_personal(connection: Connection, rendering_id: int) -> bool:
    """Whether that mail is one to one person."""
    query = sa.select(t.mailing.c.personal).join_from(t.rendering, t.mailing).where(t.rendering.c.id == rendering_id)
    return bool(connection.execute(query).scalar())


def _plain(column: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(column.type, Reasons) and value is not None:
        return column.type.process_bind_param(value, None)
    return value


def line(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"
