"""The ledger of a mailbox, by UID: which of its mails are in the inbox, and which could not be taken.

`mailbox` is the poller's name for it, `uidvalidity` the folder's (RFC 9051 §2.3.1.1): when that changes, no row
matches any more, and the mails of the folder are new to us.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.store.tables import fetched

_KEY = ("mailbox", "uidvalidity", "uid")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one mail."""

    taken: bool
    failures: int


def known(connection: Connection, mailbox: str, uidvalidity: int, since: int) -> dict[int, Entry]:
    """By UID, from `since` on."""
    query = sa.select(fetched.c.uid, fetched.c.taken, fetched.c.failures).where(
        fetched.c.mailbox == mailbox, fetched.c.uidvalidity == uidvalidity, fetched.c.uid >= since
    )
    return {uid: Entry(bool(taken), failures) for uid, taken, failures in connection.execute(query)}


def take(connection: Connection, now: datetime, mailbox: str, uidvalidity: int, uid: int) -> bool:
    """True: the mail is the caller's to put into the inbox, in this transaction. False: somebody has."""
    row = {"mailbox": mailbox, "uidvalidity": uidvalidity, "uid": uid, "taken": 1, "at": now}
    statement = _insert(connection, row).on_conflict_do_update(
        index_elements=_KEY, set_={"taken": 1, "at": now}, where=fetched.c.taken == 0
    )
    return connection.execute(statement.returning(fetched.c.id)).first() is not None


def fail(connection: Connection, now: datetime, mailbox: str, uidvalidity: int, uid: int, failures: int = 1) -> int:
    """Count failures of a mail that is not taken; how many there are now. 0: it is taken, by somebody else."""
    row = {"mailbox": mailbox, "uidvalidity": uidvalidity, "uid": uid, "failures": failures, "at": now}
    statement = _insert(connection, row).on_conflict_do_update(
        index_elements=_KEY,
        set_={"failures": fetched.c.failures + failures, "at": now},
        where=fetched.c.taken == 0,
    )
    return connection.execute(statement.returning(fetched.c.failures)).scalar_one_or_none() or 0


def _insert(connection: Connection, row: dict[str, Any]) -> Any:
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name]
    return insert(fetched).values(row)
