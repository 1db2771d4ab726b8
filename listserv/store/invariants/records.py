"""What is kept: mail as it came, files, the audit, and what names what; each there, whole, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, UniqueConstraint

from listserv.core.dialogue.model import ContributionState, InboxState
from listserv.core.mail.files import Fate
from listserv.store.indexing import WORDS
from listserv.store.invariants import Invariant, each
from listserv.store.tables import (
    attachment,
    audit,
    blob,
    contribution,
    dialogue,
    inbox,
    mailing,
    metadata,
    raw,
    roundup,
    searched,
)

#: After which a mail that came in should have been read.
UNREAD = timedelta(hours=1)

#: By how much a clock may step back without anybody wondering: to and from summer time, set wrong by hand.
STEP = timedelta(hours=1, minutes=1)

#: What names a row without a foreign key: a column, and the table that has it.
_NAMED = (
    (contribution.c.parent_id, contribution),
    (mailing.c.contribution_id, contribution),
    (mailing.c.roundup_id, roundup),
    (inbox.c.contribution_id, contribution),
)


def _once(connection: Connection, now: datetime) -> Iterator[str]:
    """Every UNIQUE constraint, should its index be damaged or gone."""
    for table in metadata.sorted_tables:
        for constraint in (one for one in table.constraints if isinstance(one, UniqueConstraint)):
            columns = list(constraint.columns)
            count = sa.func.count()
            query = sa.select(*columns, count).group_by(*columns).having(count > 1)
            query = query.where(*(column.is_not(None) for column in columns))
            for *values, several in connection.execute(query):
                yield f"{table.name} {', '.join(map(str, values))} is there {several} times"


def _references(connection: Connection, now: datetime) -> Iterator[str]:
    """Rows that name one that is not there: foreign keys, on both databases, and what has none."""
    keys = [(key.parent, key.column.table) for table in metadata.sorted_tables for key in table.foreign_keys]
    for column, there in (*sorted(keys, key=lambda one: str(one[0])), *_NAMED):
        table, other = column.table, there.alias("other")
        query = sa.select(table.c.id, column).join_from(table, other, other.c.id == column, isouter=True)
        lost = query.where(column.is_not(None), other.c.id.is_(None)).order_by(table.c.id)
        for row in connection.execute(lost):
            yield f"{table.name} {row[0]} names {there.name} {row[1]}, which is not there"


def _originals(connection: Connection, now: datetime) -> Iterator[str]:
    """Mail that is kept as it came and has gone all the same, or that is in no inbox."""
    lost = raw.c.purged_at.is_(None) & (contribution.c.words > 0) & (sa.func.length(raw.c.content) == 0)
    query = sa.select(raw.c.id, contribution.c.id.label("of")).join_from(contribution, raw).where(lost)
    yield from each(
        connection,
        query.order_by(raw.c.id),
        lambda row: f"mail {row.id}, which contribution {row.of} came in, is empty",
    )
    alone = ~sa.exists().where(inbox.c.raw_id == raw.c.id) & ~sa.exists().where(contribution.c.raw_id == raw.c.id)
    some = sa.select(raw.c.id).where(alone).order_by(raw.c.id)
    yield from each(connection, some, lambda row: f"mail {row.id} is in no inbox")


def _files(connection: Connection, now: datetime) -> Iterator[str]:
    """Kept files without their content, and contents that are not what they were (SHA-256)."""
    lost = sa.select(attachment.c.id).where(
        attachment.c.state == Fate.KEPT, ~sa.exists().where(blob.c.sha256 == attachment.c.sha256)
    )
    yield from each(connection, lost.order_by(attachment.c.id), lambda row: f"file {row.id} has no content")
    numbers = sa.select(blob.c.id).order_by(blob.c.id)
    for number in connection.execute(numbers).scalars():
        row = connection.execute(sa.select(blob.c.sha256, blob.c.content).where(blob.c.id == number)).one()
        if hashlib.sha256(row.content).hexdigest() != row.sha256:
            yield f"the content {row.sha256[:16]}… is damaged"


def _unread(connection: Connection, now: datetime) -> Iterator[str]:
    new = inbox.c.state == sa.literal_column(f"'{InboxState.NEW}'")
    query = sa.select(inbox.c.id, inbox.c.received_at).where(new, inbox.c.received_at < now - UNREAD)
    yield from each(
        connection,
        query.order_by(inbox.c.id),
        lambda row: f"mail {row.id} came {row.received_at:%Y-%m-%d %H:%M} UTC and has not been read",
    )


def _unexplained(connection: Connection, now: datetime) -> Iterator[str]:
    """Parked without the traceback that says why, done without an outcome, or in a state there is none of."""
    parked = (inbox.c.state == InboxState.PARKED) & (sa.func.coalesce(inbox.c.traceback, "") == "")
    done = (inbox.c.state == InboxState.DONE) & inbox.c.outcome.is_(None)
    strange = inbox.c.state.not_in(list(InboxState))
    query = sa.select(inbox.c.id, inbox.c.state).where(parked | done | strange).order_by(inbox.c.id)
    yield from each(connection, query, lambda row: f"mail {row.id} is {row.state}, and nothing says why")


def _parked(connection: Connection, now: datetime) -> Iterator[str]:
    query = sa.select(inbox.c.id, inbox.c.reason).where(inbox.c.state == InboxState.PARKED).order_by(inbox.c.id)
    yield from each(connection, query, lambda row: f"mail {row.id}: {row.reason}")


def _entries(connection: Connection, now: datetime) -> Iterator[str]:
    """Entries that are gone: their numbers have no gap where SQLite gave them and nothing was imported."""
    if connection.dialect.name != "sqlite":
        return
    imported = sa.exists().where(audit.c.action == "import")
    count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(audit.c.id)).where(~imported)).one()
    if last is not None and last != count:
        yield f"it has {count} entries, and the last is number {last}"


def _order(connection: Connection, now: datetime) -> Iterator[str]:
    """Entries of a time well before that of the one before, within a dialogue: some clock was wrong."""
    within = {"partition_by": audit.c.dialogue_id, "order_by": audit.c.id}
    before = sa.func.lag(audit.c.at, type_=audit.c.at.type).over(**within).label("before")
    entries = sa.select(audit.c.id, audit.c.at, before).where(audit.c.dialogue_id.is_not(None)).subquery()
    query = sa.select(entries.c.id, entries.c.at, entries.c.before).where(entries.c.at < entries.c.before)
    for row in connection.execute(query.order_by(entries.c.id)):
        if row.before - row.at > STEP:
            yield f"entry {row.id} is of {row.at:%Y-%m-%d %H:%M} UTC, the one before of {row.before:%Y-%m-%d %H:%M}"


def _searched(connection: Connection, now: datetime) -> Iterator[str]:
    """What is found is as the contributions are, in so far as the index says it has caught up."""
    found = sa.and_(contribution.c.state == ContributionState.RELEASED, contribution.c.objects == 0)
    shown = sa.case((found, contribution.c.number), else_=None)
    same = [
        searched.c.number.is_not_distinct_from(shown),
        sa.or_(searched.c.number.is_(None), searched.c.module.is_not_distinct_from(contribution.c.module)),
        searched.c.dialogue_id == contribution.c.dialogue_id,
    ]
    query = sa.select(contribution.c.id).join_from(
        searched, contribution, searched.c.contribution_id == contribution.c.id
    )
    query = query.where(searched.c.done == searched.c.asked, sa.not_(sa.and_(*same))).order_by(contribution.c.id)
    yield from each(connection, query, lambda row: f"contribution {row.id} is found as it is not")
    unknown = sa.select(contribution.c.id).where(
        contribution.c.state == ContributionState.RELEASED,
        ~sa.exists().where(searched.c.contribution_id == contribution.c.id),
    )
    yield from each(connection, unknown.order_by(contribution.c.id), lambda row: f"contribution {row.id} is not found")
    key = "rowid" if connection.dialect.name == "sqlite" else "contribution_id"
    words: Any = sa.table(WORDS, sa.column(key))
    there = sa.select(searched.c.contribution_id).join_from(
        searched, words, words.c[key] == searched.c.contribution_id, isouter=True
    )
    bare = there.where(searched.c.number.is_not(None), words.c[key].is_(None)).order_by(searched.c.contribution_id)
    yield from each(connection, bare, lambda row: f"contribution {row[0]} is found by none of its words")


def _started(connection: Connection, now: datetime) -> Iterator[str]:
    """Dialogues that have run further than it is: then the clock they ran on was not ours."""
    query = sa.select(dialogue.c.slug, dialogue.c.ticked_at).where(dialogue.c.ticked_at > now + STEP)
    yield from each(
        connection, query, lambda row: f"{row.slug} has run until {row.ticked_at:%Y-%m-%d %H:%M} UTC, which is to come"
    )


_RESTORE = "Stop serve, keep a copy of the database, and bring a backup back: listserv db restore"
_PARKED = "See what each stumbled over: listserv inbox show ID; when that is mended: listserv inbox retry ID"
_CLOCK = "See that the clocks of all hosts are set by NTP: the programme never goes back behind what it has done."
_SEARCH = "Restart serve: it indexes what is missing. Any change to a contribution indexes it anew."

ALL = (
    Invariant("once", "what is there once is there once.", _RESTORE, _once),
    Invariant("references", "what is named is there.", _RESTORE, _references),
    Invariant("originals", "mail kept as it came is there.", _RESTORE, _originals),
    Invariant("files", "each file is as it came.", _RESTORE, _files),
    Invariant("inbox", "all mail that came has been read.", "Is serve running? See: listserv inbox list", _unread),
    Invariant("outcomes", "of each mail it is known what became of it.", _PARKED, _unexplained),
    Invariant("parked mail", "no mail is parked.", _PARKED, _parked, grave=False),
    Invariant("audit", "its entries are all there.", _RESTORE, _entries, grave=False),
    Invariant("audit's order", "its entries stand in order of time.", _CLOCK, _order, grave=False),
    Invariant("clock", "no dialogue has run ahead of the clock.", _CLOCK, _started, grave=False),
    Invariant("search index", "what is found is as it is.", _SEARCH, _searched),
)
