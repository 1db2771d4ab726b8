"""What was said and decided: official numbers without a gap, and each decision with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import ContributionState
from listserv.store.invariants import Invariant, each
from listserv.store.tables import audit, contribution, dialogue, inbox, mailing

#: The audit entry that a contribution in a state has.
_ACTIONS = {
    ContributionState.RELEASED: "release",
    ContributionState.RETURNED: "return",
    ContributionState.DISCARDED: "discard",
    ContributionState.WITHDRAWN: "withdraw",
}

#: Decides in the dialogue's name what comes too late: told to its author, and to nobody else (steps/admit).
LATE = "late contributions"

# It came with an old list's archive: one entry tells of all of them, and nobody was sent any.
_BROUGHT_IN = sa.exists().where(inbox.c.raw_id == contribution.c.raw_id, inbox.c.protocol == "import")


def _numbers(connection: Connection, now: datetime) -> Iterator[str]:
    given = contribution.c.number
    count, highest = sa.func.count(), sa.func.max(given)
    query = (
        sa.select(dialogue.c.slug, count.label("count"), highest.label("highest"))
        .join_from(contribution, dialogue)
        .where(given.is_not(None))
        .group_by(dialogue.c.slug)
        .having((count != highest) | (sa.func.min(given) != 1) | (sa.func.count(sa.distinct(given)) != count))
        .order_by(dialogue.c.slug)
    )
    yield from each(
        connection, query, lambda row: f"{row.slug}: {row.count} numbers were given, the highest is {row.highest}"
    )
    wrong = (contribution.c.state == ContributionState.RELEASED) != given.is_not(None)
    some = sa.select(contribution.c.id, contribution.c.state, given).where(wrong).order_by(contribution.c.id)
    yield from each(connection, some, lambda row: f"contribution {row.id} is {row.state}, its number is {row.number}")


def _releases(connection: Connection, now: datetime) -> Iterator[str]:
    """Released with one mailing of the same instant: they are one transaction."""
    its = (mailing.c.contribution_id == contribution.c.id) & (mailing.c.kind == "contribution")
    alone = mailing.c.id.is_(None) & ~_BROUGHT_IN
    query = (
        sa.select(contribution.c.id, mailing.c.id.label("mailing"))
        .join_from(contribution, mailing, its, isouter=True)
        .where(
            contribution.c.state == ContributionState.RELEASED,
            alone | (mailing.c.created_at != contribution.c.decided_at),
        )
        .order_by(contribution.c.id)
    )
    yield from each(
        connection,
        query,
        lambda row: (
            f"contribution {row.id} was released with {'no mailing' if row.mailing is None else 'another time'}"
            + (f" than mailing {row.mailing}'s" if row.mailing else "")
        ),
    )
    several = sa.select(mailing.c.contribution_id, sa.func.count().label("count"))
    several = several.where(mailing.c.kind == "contribution").group_by(mailing.c.contribution_id)
    several = several.having(sa.func.count() > 1).order_by(mailing.c.contribution_id)
    yield from each(connection, several, lambda row: f"contribution {row[0]} has {row.count} mailings")


def _decisions(connection: Connection, now: datetime) -> Iterator[str]:
    """Each with its audit entry; of a release, in the same transaction."""
    about = sa.literal("contribution ") + sa.cast(contribution.c.id, sa.Text)
    action = sa.case(_ACTIONS, value=contribution.c.state)
    at_once = (contribution.c.state != ContributionState.RELEASED) | (audit.c.at == contribution.c.decided_at)
    query = (
        sa.select(contribution.c.id, contribution.c.state, contribution.c.decided_by)
        .join_from(contribution, audit, (audit.c.subject == about) & (audit.c.action == action) & at_once, isouter=True)
        .where(
            audit.c.id.is_(None),
            contribution.c.state != ContributionState.HELD,
            sa.func.coalesce(contribution.c.decided_by, "") != LATE,
            contribution.c.digest != "",  # erased, which is an entry of its own
            ~_BROUGHT_IN,
        )
        .order_by(contribution.c.id)
    )
    yield from each(
        connection,
        query,
        lambda row: f"contribution {row.id} was {row.state} by {row.decided_by}, and no entry says so",
    )
    undated = (contribution.c.state != ContributionState.HELD) & contribution.c.decided_at.is_(None)
    some = sa.select(contribution.c.id, contribution.c.state).where(undated).order_by(contribution.c.id)
    yield from each(connection, some, lambda row: f"contribution {row.id} is {row.state}, and nobody decided it")


_REPORT = "Stop serve, keep a copy of the database, and report this with what `listserv audit` says of that time."

ALL = (
    Invariant("official numbers", "official numbers begin at 1, have no gap, and stand once.", _REPORT, _numbers),
    Invariant("releases", "each release has its one mailing, made with it.", _REPORT, _releases),
    Invariant("decisions", "each decision has its entry in the audit.", _REPORT, _decisions),
)
