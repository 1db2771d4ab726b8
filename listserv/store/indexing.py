"""The table of what is searched: a row for each contribution that was ever released (see store/searching).

Its words stand beside it in `searched_words`, which each database keeps in its own way: FTS5, or a tsvector. Triggers
(store/watching) count `asked` up whenever something of a contribution changes, and take it out of sight at once, words
and all; steps/index then puts it back as it is now, and `done` is what `asked` was. `number` is NULL while it is not to
be found. Import it from store/tables.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text, text

from listserv.store.columns import id_, metadata, to
from listserv.store.types import Id

#: Beside the tables of `metadata`: what each database makes of words, and of what it keeps them in.
WORDS, TERMS = "searched_words", "searched_terms"

_WAITS = text("done < asked")

searched = Table(
    "searched",
    metadata,
    id_(),
    to("dialogue", index=True),
    Column("contribution_id", Id, ForeignKey("contribution.id"), nullable=False, unique=True),
    Column("person_id", Id, index=True),
    Column("asked", Integer, nullable=False, server_default="1"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("number", Integer),
    Column("module", Integer),
    Column("questions", JSON, nullable=False, server_default="[]"),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("author", Text, nullable=False, server_default=""),  # as shown
    Column("country", Text, nullable=False, server_default=""),  # as shown
    Index("ix_searched_waits", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
)
