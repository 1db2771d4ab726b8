"""What the clock has done: each switchover and round-up once, with its mail or the record that it was left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import RoundupState
from listserv.core.dialogue.occurrence import OccurrenceKind
from listserv.store.invariants import Invariant, each
from listserv.store.tables import audit, dialogue, mailing, module, occurrence, roundup


def _recorded(kind: OccurrenceKind, state: str | None = None) -> Any:
    """How often that kind is recorded of the module, in that state or any."""
    of_it = [
        occurrence.c.dialogue_id == module.c.dialogue_id,
        occurrence.c.kind == kind.value,
        occurrence.c.subject == sa.cast(module.c.number, sa.Text),
    ]
    of_it += [occurrence.c.state == state] if state else []
    return sa.select(sa.func.count()).where(*of_it).scalar_subquery()


def _mails(kind: str) -> Any:
    of_it = (mailing.c.dialogue_id == module.c.dialogue_id) & (mailing.c.kind == kind)
    return sa.select(sa.func.count()).where(of_it, mailing.c.module == module.c.number).scalar_subquery()


def _switchovers(connection: Connection, now: datetime) -> Iterator[str]:
    """Openings with their announcements, closes with their closing mails; or skipped; or the dialogue's own end."""
    columns = [module.c.number, module.c.opened_at, module.c.closed_at, dialogue.c.slug]
    counts = [
        *(_recorded(kind) for kind in (OccurrenceKind.OPEN, OccurrenceKind.CLOSE)),
        *(_recorded(kind, "done") for kind in (OccurrenceKind.OPEN, OccurrenceKind.CLOSE)),
        *(_mails(kind) for kind in ("announcement", "closing", "continued")),
    ]
    query = sa.select(*columns, module.c.dialogue_id, *counts).join_from(module, dialogue)
    for row in connection.execute(query.order_by(module.c.dialogue_id, module.c.number)).all():
        number, opened_at, closed_at, slug, dialogue_id, opens, closes, opened, closed, announced, told, continued = row
        which = f"{slug}: module {number}"
        if opened != announced:
            yield f"{which} was opened {opened} times and announced {announced} times"
        if closed != told:
            yield f"{which} was closed {closed} times, and that was told {told} times"
        if opened_at and not opens + continued:
            yield f"{which} is open, and nothing is recorded of that"
        if closed_at and not closes and not _ends(connection, dialogue_id, closed_at):
            yield f"{which} is closed, and nothing is recorded of that"


def _ends(connection: Connection, dialogue_id: int, at: datetime) -> bool:
    """Whether the dialogue became an archive, or went on with another module, at that instant."""
    query = sa.select(audit.c.id).where(
        audit.c.dialogue_id == dialogue_id,
        audit.c.action.in_(["close", "continue"]),
        audit.c.subject.startswith("dialogue"),
        audit.c.at == at,
    )
    return connection.execute(query).first() is not None


def _roundups(connection: Connection, now: datetime) -> Iterator[str]:
    """One that was sent has one mailing; no other has any."""
    mails = sa.select(sa.func.count()).where(
        mailing.c.dialogue_id == roundup.c.dialogue_id,
        mailing.c.kind == "roundup",
        mailing.c.roundup_id == roundup.c.id,
    )
    count = mails.scalar_subquery()
    due = sa.case((roundup.c.state == RoundupState.SENT, 1), else_=0)
    query = sa.select(roundup.c.id, roundup.c.state, count.label("count")).where(count != due).order_by(roundup.c.id)
    yield from each(connection, query, lambda row: f"round-up {row.id} is {row.state}, and has {row.count} mailings")
    about = sa.literal("round-up ") + sa.cast(roundup.c.id, sa.Text)
    told = sa.exists().where(
        audit.c.dialogue_id == roundup.c.dialogue_id, audit.c.action == "send", audit.c.subject == about
    )
    quiet = sa.select(roundup.c.id).where(roundup.c.state == RoundupState.SENT, ~told).order_by(roundup.c.id)
    yield from each(connection, quiet, lambda row: f"round-up {row.id} was sent, and no entry says so")


_REPORT = "Stop serve, keep a copy of the database, and report this with what `listserv audit` says of that time."

ALL = (
    Invariant("switchovers", "each module opened and closed with its mail, or by record.", _REPORT, _switchovers),
    Invariant("round-ups", "each round-up that was sent was sent once.", _REPORT, _roundups),
)
