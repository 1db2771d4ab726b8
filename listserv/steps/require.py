"""What something is to be done about has to be there, and still to be decided; else Refused, saying who was first."""

from __future__ import annotations

from typing import Any

from listserv.core.dialogue.model import ContributionState
from listserv.errors import Refused
from listserv.store import contributions
from listserv.store.session import Connection


def known(connection: Connection, contribution_id: int) -> Any:
    return there(contributions.get(connection, contribution_id), contribution_id)


def there(row: Any | None, contribution_id: int) -> Any:
    """The row, if there is one."""
    if row is None:
        raise Refused(f"there is no contribution with id {contribution_id}; see: listserv queue list")
    return row


def held(connection: Connection, contribution_id: int) -> Any:
    """The contribution, if it is still held; else Refused, saying who was first."""
    return waiting(known(connection, contribution_id))


def waiting(row: Any) -> Any:
    """The row, if its contribution is still held; else Refused, saying who was first."""
    if row["state"] != ContributionState.HELD:
        as_number = f" as number {row['number']}" if row["number"] else ""
        raise Refused(
            f"contribution {row['id']} was already {row['state']} by {row['decided_by']}"
            f" on {row['decided_at']:%Y-%m-%d %H:%M} UTC{as_number}"
        )
    return row


def decided(row: Any) -> Refused:
    """What whoever comes second is told of a round-up that has been sent or skipped: who was first."""
    by = f" by {row['decided_by']}" if row["decided_by"] else ""
    on = f" on {row['decided_at']:%Y-%m-%d %H:%M} UTC" if row["decided_at"] else ""
    return Refused(f"round-up {row['id']} was already {row['state']}{by}{on}")
