"""The tables of what comes in: mail as received, what became of it, and the mailboxes it was fetched from.

Import them from store/tables, where all are.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from listserv.store.columns import id_, metadata, to
from listserv.store.types import Id, Utc

raw = Table(  # mail as received, byte for byte
    "raw",
    metadata,
    id_(),
    Column("content", LargeBinary, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("purged_at", Utc),  # its content is gone since then: retention is over, or its author is erased
)

inbox = Table(  # one row per mail and recipient
    "inbox",
    metadata,
    id_(),
    to("raw", index=True),
    Column("received_at", Utc, nullable=False),
    Column("sender", Text, nullable=False),  # envelope; "" is the null sender
    Column("recipient", Text, nullable=False),
    Column("protocol", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("outcome", String(16)),
    Column("reason", Text, nullable=False, server_default=""),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("author", Text, nullable=False, server_default=""),  # key of the From address
    to("dialogue", nullable=True),
    Column("contribution_id", Id, index=True),
    Column("traceback", Text),
    Column("due_at", Float, nullable=False, server_default="0"),  # as a delivery's: a lease pushes it ahead
    Index("ix_inbox_new", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
    Index("ix_inbox_author", "author"),
    Index("ix_inbox_message_id", "message_id"),
)

fetched = Table(  # mails of a mailbox that are in the inbox or could not be taken: each enters once, by its UID
    "fetched",
    metadata,
    id_(),
    Column("mailbox", Text, nullable=False),  # user@host/folder
    Column("uidvalidity", Id, nullable=False),
    Column("uid", Id, nullable=False),
    Column("taken", Integer, nullable=False, server_default="0"),  # 1: its rows are in the inbox
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("at", Utc, nullable=False),
    UniqueConstraint("mailbox", "uidvalidity", "uid"),
)
