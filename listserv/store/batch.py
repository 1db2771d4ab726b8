"""Many rows handed over as one parameter, so that one statement deals with them all.

Its text, which is compiled and planned once, never changes, and what it costs in Python hardly grows with their number:
above all it lets go of the interpreter's lock once, not once per row, while others are busy sending.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import ARRAY, TypeEngine

T = TypeVar("T")
Columns = Mapping[str, TypeEngine[Any]]

_ROWS = "rows"


def each(
    make: Callable[[sa.FromClause, sa.ColumnElement[bool]], T], columns: Columns, key: sa.ColumnElement[int], name: str
) -> dict[str, T]:
    """By dialect, the statement that `make` makes of a table of these columns, whose rows are given by `of`, and of the
    condition that `key`, a primary key, is its column `name`.
    """
    file, server = _sqlite(columns), _postgresql(columns)
    looked_up = sa.and_(key == server.c[name], _among(key, sa.select(server.c[name])))
    return {"sqlite": make(file, key == file.c[name]), "postgresql": make(server, looked_up)}


def among(
    make: Callable[[sa.ColumnElement[bool]], T], key: sa.ColumnElement[int], keys: sa.Select[tuple[int]]
) -> dict[str, T]:
    """By dialect, the statement that `make` makes of the condition that `key`, a primary key, is one of `keys`."""
    return {"sqlite": make(key.in_(keys)), "postgresql": make(_among(key, keys))}


def _among(key: sa.ColumnElement[int], keys: sa.Select[tuple[int]]) -> sa.ColumnElement[bool]:
    # For a hundred rows, and any function gives as many by its belief, PostgreSQL reads through all there are in
    # `key`'s table up to some ten thousand. An array of keys it looks up.
    return key == sa.any_(sa.func.array(keys.scalar_subquery(), type_=ARRAY(key.type)))


def of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter that holds these rows: by column, values that JSON has."""
    return {_ROWS: json.dumps(list(rows))}


def _sqlite(columns: Columns) -> sa.FromClause:
    one = sa.func.json_each(sa.bindparam(_ROWS, type_=sa.Text())).table_valued("value", name="one")
    values = (
        sa.type_coerce(sa.func.json_extract(one.c.value, sa.literal_column(f"'$.{name}'")), kind).label(name)
        for name, kind in columns.items()
    )
    return sa.select(*values).subquery("given")


def _postgresql(columns: Columns) -> sa.FromClause:
    rows = sa.cast(sa.bindparam(_ROWS, type_=sa.Text()), sa.JSON())
    found = sa.func.json_to_recordset(rows).table_valued(*(sa.column(name, kind) for name, kind in columns.items()))
    return found.render_derived(name="given", with_types=True)
