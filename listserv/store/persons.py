"""The tables of people: who they are, the addresses they write from, their part in a dialogue, what we asked them.

Import them from store/tables, where all are.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from listserv.store.columns import id_, metadata, to
from listserv.store.types import Id, Utc

person = Table(
    "person",
    metadata,
    id_(),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False, server_default=""),
    Column("organisation", Text, nullable=False, server_default=""),
    Column("sector", Text, nullable=False, server_default=""),
    Column("gender", Text, nullable=False, server_default=""),
    Column("language", String(16), nullable=False, server_default=""),
    Column("profile", JSON, nullable=False),  # answers to the dialogue's own fields, by key
    Column("address", Text, nullable=False),  # where mail to them goes, as they write it
    Column("timezone", String(64), nullable=False, server_default=""),  # "" = the dialogue's
    Column("created_at", Utc, nullable=False),
    Column("erased_at", Utc),  # what told who they are is gone since then (steps/erase)
)

address = Table(  # every address a person writes from; `key` is its comparable form (core/mail/addresses)
    "address",
    metadata,
    id_(),
    to("person", index=True),
    Column("key", Text, nullable=False, unique=True),
    Column("added_at", Utc, nullable=False),
)

participation = Table(
    "participation",
    metadata,
    id_(),
    to("dialogue"),
    to("person", index=True),
    Column("role", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("delivery", String(16), nullable=False),
    Column("joined_at", Utc),
    Column("changed_at", Utc, nullable=False),
    Column("unreachable_at", Utc),  # paused since then because mail to them came back; NULL = not for that
    Column("reinstated_at", Utc),  # bounces before it no longer count
    Column("resumes_at", Utc),  # paused until then; NULL = until they say so
    Column("checked_at", Utc),  # they answered a mail of ours: the address is theirs and read
    Column("attribution", String(16), nullable=False, server_default="name"),  # name | organisation | anonymous
    Column("quotable", Integer, nullable=False, server_default="1"),  # 0: not in round-ups and the report
    Column("consented_at", Utc),  # they saw what taking part means, and came or stayed
    Column("notices", String(8), nullable=False, server_default="each"),  # of held mail, a moderator's: each | daily
    Column("notices_at", String(8), nullable=False, server_default="08:00"),  # when the daily one comes, their time
    Column("days", String(7), nullable=False, server_default="0123456"),  # a moderator's weekdays, 0 = Monday
    Column("nudges", Integer, nullable=False, server_default="1"),  # 0: they want no private reminder to write
    UniqueConstraint("dialogue_id", "person_id"),
    Index("ix_participation_dialogue_status", "dialogue_id", "status"),
)

confirmation = Table(  # a question we asked by mail; only the hash of its token is kept
    "confirmation",
    metadata,
    id_(),
    to("dialogue"),
    Column("purpose", String(16), nullable=False),  # join | leave | invitation | address
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("lapses_at", Utc, nullable=False),
    Column("used_at", Utc),
    to("person", nullable=True),  # whose further address it is, for the purpose "address"
)

ticket = Table(  # one moderator may decide one thing by mail, once; only the hash of its token is kept
    "ticket",
    metadata,
    id_(),
    to("dialogue"),
    to("participation", index=True),  # the moderator's
    to("contribution", nullable=True, index=True),  # what is to be decided: a contribution,
    Column("requester_id", Id, ForeignKey("participation.id")),  # or that request to take part
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", Utc, nullable=False),
    Column("lapses_at", Utc, nullable=False),
    Column("used_at", Utc),
)

visit = Table(  # a browser that somebody has logged in with; only the hash of what its cookie holds is kept
    "visit",
    metadata,
    id_(),
    to("person", index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("began_at", Utc, nullable=False),
    Column("lapses_at", Utc, nullable=False),
)

suppression = Table(  # who asked never to be written to again: only the hash of the address is kept
    "suppression",
    metadata,
    id_(),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("at", Utc, nullable=False),
)
