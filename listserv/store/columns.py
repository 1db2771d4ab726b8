"""What all tables share: their metadata, and the columns that tie them together."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData

from listserv.store.types import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_() -> Column[int]:
    """A table's own key."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def to(table: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    """The key of a row in that table, as the column TABLE_id."""
    return Column(f"{table}_id", Id, ForeignKey(f"{table}.id"), nullable=nullable, index=index)
