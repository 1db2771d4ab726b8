"""The tables of what goes out: a mailing, its renderings, a delivery for each recipient, how fast, and what bounced.

Import them from store/tables, where all are.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from listserv.store.columns import id_, metadata, to
from listserv.store.types import Id, Utc

mailing = Table(  # one thing said, to one or many
    "mailing",
    metadata,
    id_(),
    to("dialogue"),
    Column("kind", String(32), nullable=False),
    Column("message_id", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("module", Integer),
    Column("contribution_id", Id, index=True),
    Column("roundup_id", Id),
    Column("personal", Integer, nullable=False, server_default="0"),  # 1: to one person, by its nature
    Column("created_at", Utc, nullable=False),
    Index("ix_mailing_dialogue_kind", "dialogue_id", "kind", "created_at"),
)

rendering = Table(  # a mailing in one variant: the same bytes for all who get it
    "rendering",
    metadata,
    id_(),
    to("mailing"),
    Column("language", String(16), nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("mailing_id", "language"),
)

delivery = Table(  # one copy for one recipient: the outbox
    "delivery",
    metadata,
    id_(),
    to("mailing"),
    to("rendering"),
    to("participation", nullable=True, index=True),
    Column("address", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Float, nullable=False),  # seconds since 1970, the database's clock; a lease pushes it ahead
    Column("epoch", Integer, nullable=False, server_default="0"),  # fences a finish after a lost lease
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("code", Integer),
    Column("reply", Text, nullable=False, server_default=""),
    Column("finished_at", Utc),
    Column("lane", Id, nullable=False, server_default="0"),  # who takes turns: its dialogue; 0 = goes before all
    UniqueConstraint("mailing_id", "address"),
    Index("ix_delivery_address", "address"),
    Index(
        "ix_delivery_due",
        "lane",
        "due_at",
        "id",
        sqlite_where=text("state IN ('pending', 'deferred')"),
        postgresql_where=text("state IN ('pending', 'deferred')"),
    ),
)

budget = Table(  # of the relay ("") or a recipient domain: what went lately over all hosts, and until when it rests
    "budget",
    metadata,
    id_(),
    Column("name", Text, nullable=False, unique=True),
    Column("went", JSON, nullable=False, server_default="[]"),  # [[from, till, how many], …], oldest first
    Column("told", Float, nullable=False, server_default="0"),  # when the last come back that were told to wait
    Column("ahead", Integer, nullable=False, server_default="0"),  # how many they are
    Column("paused_until", Float, nullable=False, server_default="0", index=True),
    Column("code", Integer, nullable=False, server_default="0"),  # the answer that has paused it
    Column("reply", Text, nullable=False, server_default=""),
)

sender = Table(  # a process that sends now, and how many of the relay's connections are its own until then
    "sender",
    metadata,
    id_(),
    Column("name", String(32), nullable=False, unique=True),
    Column("connections", Integer, nullable=False),
    Column("until", Float, nullable=False),  # seconds since 1970, the database's clock
)

mailing_count = Table(  # what is left of the deliveries of a dialogue that ended long ago: how many, by state
    "mailing_count",
    metadata,
    id_(),
    to("mailing"),
    Column("state", String(16), nullable=False),
    Column("count", Integer, nullable=False),
    UniqueConstraint("mailing_id", "state"),
)

bounce = Table(
    "bounce",
    metadata,
    id_(),
    to("participation", index=True),
    Column("delivery_id", Id),
    Column("verdict", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("diagnostic", Text, nullable=False),
    Column("domain", Text, nullable=False, server_default=""),  # of the address, lower case: a whole one may bounce
    Column("at", Utc, nullable=False),
    Index("ix_bounce_domain", "domain", "at"),
)
