"""The tables: DESIGN's nouns, one each. A committed row is the only hand-over between stages (DESIGN §3).

Nothing here may be SQLite-only. `migrations/` must build exactly this (tests/store/test_schema.py).
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from listserv.store.columns import id_, metadata, to
from listserv.store.incoming import fetched, inbox, raw
from listserv.store.indexing import searched
from listserv.store.outgoing import bounce, budget, delivery, mailing, mailing_count, rendering, sender
from listserv.store.persons import address, confirmation, participation, person, suppression, ticket, visit
from listserv.store.surveying import answer, respondent
from listserv.store.types import Id, Reasons, Utc

__all__ = [
    "address",
    "answer",
    "attachment",
    "audit",
    "blob",
    "bounce",
    "budget",
    "calendar_change",
    "confirmation",
    "contribution",
    "delivery",
    "dialogue",
    "fetched",
    "hidden",
    "inbox",
    "mailing",
    "mailing_count",
    "metadata",
    "module",
    "note",
    "occurrence",
    "participation",
    "passage",
    "person",
    "raw",
    "rendering",
    "report_edit",
    "respondent",
    "roundup",
    "searched",
    "sender",
    "suppression",
    "tag",
    "ticket",
    "visit",
]

dialogue = Table(
    "dialogue",
    metadata,
    id_(),
    Column("slug", String(20), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("language", String(16), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("participation", String(16), nullable=False),
    Column("moderation", String(16), nullable=False),
    Column("late", String(16), nullable=False),
    Column("grace", Integer, nullable=False),  # seconds
    Column("archive", String(16), nullable=False),
    Column("word_limit", Integer, nullable=False),
    Column("roundup_weekday", Integer),  # 0 = Monday; NULL = at each module's close
    Column("roundup_time", String(8), nullable=False),
    Column("roundup_review", Integer, nullable=False),  # seconds
    Column("attachments", String(8), nullable=False, server_default="link"),
    Column("attachment_size", Integer, nullable=False, server_default="10485760"),  # octets, of one
    Column("attachment_count", Integer, nullable=False, server_default="5"),  # of one contribution
    Column("undo", Integer, nullable=False, server_default="60"),  # seconds in which a release can be taken back
    Column("remind", Integer, nullable=False, server_default="43200"),  # seconds: held so long, moderators hear again
    Column("escalate", Integer, nullable=False, server_default="86400"),  # seconds: held so long, organisers hear
    Column("close_waits", Integer, nullable=False, server_default="0"),  # seconds a close waits for what is held
    Column("bundle", String(8), nullable=False, server_default="17:00"),  # local time of the daily bundle
    Column("retention", Integer, nullable=False, server_default="7776000"),  # seconds raw mail is kept; 0 = for good
    Column("addresses", String(8), nullable=False, server_default="hidden"),  # of authors: hidden | shown
    Column("fields", JSON, nullable=False),
    Column("resources", JSON, nullable=False),
    Column("networks", JSON, nullable=False, server_default="[]"),  # that get its round-ups: name, address, language
    Column("calendar", JSON, nullable=False, server_default="{}"),  # when each mail goes (core/dialogue/moments)
    Column("survey", JSON, nullable=False, server_default="[]"),  # its questions (core/dialogue/survey)
    Column("survey_anonymous", Integer, nullable=False, server_default="1"),  # 1: no answer names who gave it
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc),  # it is a read-only archive since then
    Column("ticked_at", Utc),  # how far its programme has been run: its time never goes back behind this
)

module = Table(
    "module",
    metadata,
    id_(),
    to("dialogue"),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("aim", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("opens_at", Utc, nullable=False),
    Column("closes_at", Utc),  # NULL: open-ended
    Column("opened_at", Utc),
    Column("closed_at", Utc),
    Column("reopenings", Integer, nullable=False, server_default="0"),
    Column("dated_by", String(320)),  # who set its dates by hand: then listserv.toml no longer moves them
    UniqueConstraint("dialogue_id", "number"),
)

_PASSED, _MORE = text("state = 'held' AND decided_by IS NOT NULL"), text("CAST(further AS TEXT) != '[]'")

contribution = Table(
    "contribution",
    metadata,
    id_(),
    to("dialogue"),
    Column("module", Integer),  # its number; NULL = held for the next one to open
    Column("number", Integer),  # official, gapless, given on release
    Column("state", String(16), nullable=False),
    to("person", nullable=True),
    to("raw"),
    Column("from_name", Text, nullable=False),
    Column("from_address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, nullable=False, index=True),
    Column("in_reply_to", Text, nullable=False, server_default=""),
    Column("parent_id", Id),
    Column("text", Text, nullable=False),
    Column("cut", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("original", Text),  # the author's text, once a moderator has edited it
    Column("words", Integer, nullable=False),
    Column("reasons", Reasons, nullable=False),  # why it was held
    Column("digest", String(64), nullable=False, index=True),  # of From and body, to know a repeat
    Column("authentication", String(16), nullable=False),
    Column("question", Integer),  # the guiding question it answers in the first place
    Column("further", JSON, nullable=False, server_default="[]"),  # others of its module's that it answers as well
    Column("attribution", String(16), nullable=False, server_default="name"),  # name | organisation | anonymous
    Column("quotable", Integer, nullable=False, server_default="1"),  # 0: not in round-ups and the report
    Column("via", Text, nullable=False, server_default=""),  # the sister network that it came from, by name
    Column("late", Integer, nullable=False, server_default="0"),  # 1: it came after its module had closed
    Column("objects", Integer, nullable=False, server_default="0"),  # 1: to stand in no archive (X-No-Archive)
    Column("received_at", Utc, nullable=False),
    Column("decided_at", Utc),
    Column("decided_by", Text),
    Column("claimed_by", Text),
    Column("claimed_until", Utc),
    UniqueConstraint("dialogue_id", "number"),
    Index("ix_contribution_dialogue_state", "dialogue_id", "state"),
    Index("ix_contribution_person", "person_id", "dialogue_id", "state"),
    Index("ix_contribution_parent_id", "parent_id"),
    # The thread of a module is read from it alone (store/reading).
    Index("ix_contribution_thread", "dialogue_id", "module", "number", "state", "objects", "parent_id", "question"),
    Index("ix_contribution_further", "dialogue_id", "module", sqlite_where=_MORE, postgresql_where=_MORE),
    Index("ix_contribution_passed", "decided_by", sqlite_where=_PASSED, postgresql_where=_PASSED),
)

attachment = Table(
    "attachment",
    metadata,
    id_(),
    to("contribution", index=True),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),  # as sniffed, not as claimed
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("state", String(8), nullable=False, server_default="kept"),  # kept | refused | dropped
    Column("reason", Text, nullable=False, server_default=""),  # why it was not kept
)

blob = Table(  # the content of attachments, each once however often it was sent
    "blob",
    metadata,
    id_(),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
    Column("added_at", Utc, nullable=False),
)

tag = Table(
    "tag",
    metadata,
    id_(),
    to("contribution"),
    Column("tag", Text, nullable=False),
    UniqueConstraint("contribution_id", "tag"),
)

passage = Table(  # the author's own words that a moderator has marked, to be quoted first
    "passage",
    metadata,
    id_(),
    to("contribution", index=True),
    Column("kind", String(16), nullable=False),  # a standard tag (core/dialogue/tags), or ""
    Column("text", Text, nullable=False),  # on one line; should an edit take it out, it is kept and not shown
    Column("marked_by", Text, nullable=False),
    Column("marked_at", Utc, nullable=False),
)

hidden = Table(  # collected resources that a moderator has taken out
    "hidden",
    metadata,
    id_(),
    to("dialogue"),
    Column("key", Text, nullable=False),  # what two must have alike to be one (core/publication/resources)
    Column("hidden_by", Text, nullable=False),
    Column("hidden_at", Utc, nullable=False),
    UniqueConstraint("dialogue_id", "key"),
)

roundup = Table(
    "roundup",
    metadata,
    id_(),
    to("dialogue"),
    Column("period", Integer, nullable=False),
    Column("since", Utc),  # NULL: from the dialogue's start
    Column("due_at", Utc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("contributions", Integer, nullable=False),
    Column("drafted_at", Utc, nullable=False),
    Column("edited_by", Text),  # then it is sent as edited, not drafted anew
    Column("decided_at", Utc),
    Column("decided_by", Text),
    Column("told", JSON, nullable=False, server_default="[]"),  # ids of the contributions its text tells of
    UniqueConstraint("dialogue_id", "period"),
)

report_edit = Table(  # what moderators made of one section of the report, in one language
    "report_edit",
    metadata,
    id_(),
    to("dialogue"),
    Column("section", String(40), nullable=False),
    Column("language", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("base", Text, nullable=False),  # the draft that they had before them
    Column("edited_by", Text, nullable=False),
    Column("edited_at", Utc, nullable=False),
    UniqueConstraint("dialogue_id", "section", "language"),
)

note = Table(  # what moderators add to a round-up in their own name
    "note",
    metadata,
    id_(),
    to("dialogue", index=True),
    to("roundup", nullable=True),  # NULL: it waits for the next one that goes out
    Column("kind", String(16), nullable=False),  # intro | agreement | open | next
    Column("module", Integer),
    Column("question", Integer),  # of that module; NULL: under no question
    Column("text", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", Utc, nullable=False),
)

occurrence = Table(  # what the clock did, and once-a-day answers: UNIQUE is what makes them happen once
    "occurrence",
    metadata,
    id_(),
    to("dialogue"),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # done | skipped
    Column("at", Utc, nullable=False),
    UniqueConstraint("dialogue_id", "kind", "subject", "round"),
)

calendar_change = Table(  # what organisers have changed by hand of one mail of the calendar
    "calendar_change",
    metadata,
    id_(),
    to("dialogue"),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("moved_to", Utc),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Column("text", Text, nullable=False, server_default=""),  # sent in place of ours; "" = ours
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Utc, nullable=False),
    UniqueConstraint("dialogue_id", "kind", "subject", "round"),
)

audit = Table(
    "audit",
    metadata,
    id_(),
    to("dialogue", nullable=True, index=True),
    Column("at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)
