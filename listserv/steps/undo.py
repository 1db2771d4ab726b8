"""A decision is taken back: a discard, or a release of which no copy has left; by its author, for good.

Each is one transaction with its audit entry, as the decision was (steps/moderate).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import ContributionState, Outcome
from listserv.errors import Refused
from listserv.steps.moderate import settle
from listserv.steps.require import known
from listserv.store import audit, bundles, contributions, inbox, outbox
from listserv.store.session import Connection, Session


def undo(session: Session, now: datetime, contribution_id: int, actor: str) -> None:
    """It is held again: what was discarded, or released with no copy gone out yet (`release --wait`), its number free.

    A release is not taken back when the wait is over, or when a later number has been given meanwhile: numbers have no
    gaps. Refused then, for what was erased, and for anything else.
    """

    def write(connection: Connection) -> None:
        row = known(connection, contribution_id)
        if row["state"] == ContributionState.DISCARDED:
            _bring_back(connection, now, row, actor)
        else:
            take_back(connection, now, contribution_id, actor)

    session.write(write)


def _bring_back(connection: Connection, now: datetime, row: Any, actor: str) -> None:
    if not row["digest"]:
        raise Refused(f"contribution {row['id']} was erased; nothing is left of it")
    values = {"state": ContributionState.HELD, "decided_at": None, "decided_by": None}
    contributions.change(connection, row["id"], values, state=ContributionState.DISCARDED)
    inbox.outcome_of(connection, row["id"], Outcome.HELD)
    audit.record(connection, now, actor, "undo", f"contribution {row['id']}", "was discarded", row["dialogue_id"])


def take_back(connection: Connection, now: datetime, contribution_id: int, actor: str) -> None:
    """A release of which no copy has left is none, in the caller's transaction; Refused as `undo` is."""
    row = known(connection, contribution_id)
    if row["state"] != ContributionState.RELEASED:
        raise Refused(f"contribution {contribution_id} is {row['state']}, not released or discarded")
    if contributions.next_number(connection, row["dialogue_id"]) != row["number"] + 1:
        raise Refused(f"number {row['number'] + 1} has been given after it; undo the later ones first")
    on_its_way = bundles.went_out(connection, row["dialogue_id"], row["number"])
    if on_its_way or not outbox.take_back(connection, contribution_id):
        raise Refused(f"contribution {contribution_id} is on its way already and cannot be taken back")
    values = {"state": ContributionState.HELD, "number": None, "decided_at": None, "decided_by": None}
    contributions.change(connection, contribution_id, values, state=ContributionState.RELEASED)
    bundles.taken_back(connection, now, row["dialogue_id"], row["number"])
    inbox.outcome_of(connection, contribution_id, Outcome.HELD)
    subject = f"contribution {contribution_id}"
    audit.record(connection, now, actor, "undo", subject, f"was number {row['number']}", row["dialogue_id"])


def withdraw(connection: Connection, now: datetime, contribution_id: int, author: str, reason: str) -> None:
    """Take it out at its author's wish, in the caller's transaction: while it is held, or released and none has left.

    Refused when it is too late. That the author wishes it is the caller's to know.
    """
    row = known(connection, contribution_id)
    if row["state"] == ContributionState.RELEASED:
        take_back(connection, now, contribution_id, author)
    settle(connection, now, contribution_id, ContributionState.WITHDRAWN, author)
    audit.record(connection, now, author, "withdraw", f"contribution {contribution_id}", reason, row["dialogue_id"])
