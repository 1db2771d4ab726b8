"""Column types and SQL expressions that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Float, Integer, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from listserv.core.sentence import packed, unpacked

#: SQLite gives a row id only to a column of type INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Utc(TypeDecorator[datetime]):
    """An instant: aware in, aware UTC out. ValueError for a naive datetime: it would be somebody's local time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Reasons(TypeDecorator[list[list[str]]]):
    """[[rule, why], …]; each why comes back as the Sentence it was, or as the plain text of an older row."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[Sequence[str]] | None, dialect: Dialect) -> Any:
        return None if value is None else [[rule, packed(why)] for rule, why in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[list[str]] | None:
        return None if value is None else [[rule, unpacked(why)] for rule, why in value]


class database_now(FunctionElement[float]):
    """Seconds since 1970 by the *database's* clock (DESIGN §3): hosts may disagree, leases must not."""

    type = Float()
    inherit_cache = True  # of FunctionElement: a bare ColumnElement would have each statement compiled anew


@compiles(database_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    # When the statement began: clock_timestamp() may change from row to row, so no index serves a comparison with it.
    return "extract(epoch FROM statement_timestamp())::double precision"
