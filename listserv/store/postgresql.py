"""Connections to PostgreSQL: nobody waits for ever, nothing of a row gets into a log, others hear of what is written.

What each connection is given goes before the first statement, as startup options; what the URL says itself wins. A
pooler in transaction mode keeps none of them: see README. Nothing else here hangs on a connection: no statement is
prepared, and no setting outlives its transaction.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError

#: Seconds that a statement may take, and that a client may rest within a transaction: it may hold locks, and have been
#: stopped, or cut off without a word.
STATEMENT, REST = 30, 15

#: What the server holds for us. A session's own commit waits for the disk, whatever the server's default is.
HELD = {
    "statement_timeout": f"{STATEMENT}s",
    "idle_in_transaction_session_timeout": f"{REST}s",
    "synchronous_commit": "on",
}

#: What libpq does: give a host up that does not answer, at connecting and later; of several hosts take the primary.
DIALLED = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "target_session_attrs": "read-write",
}

#: Where hints of commits are given and heard.
CHANNEL = "listserv"

#: Two transactions were in each other's way, and this one was undone: it is to be run again, SQLSTATE 40001 and 40P01.
#: 23505 too: what it looked for in vain and was about to enter, another entered meanwhile; now it would be found.
CLASHES = frozenset({"40001", "40P01", "23505"})


def engine(url: sa.URL, isolation: str, role: str, **pool: Any) -> Engine:
    """`role`: what pg_stat_activity tells of who it is. `pool`: as `sqlalchemy.create_engine` has it."""
    ours = " ".join(f"-c {name}={value}" for name, value in HELD.items())
    given = {name: value for name, value in DIALLED.items() if name not in url.query}
    given["options"] = f"{ours} {url.query.get('options', '')}".rstrip()  # of two the last counts
    given.setdefault("application_name", str(url.query.get("application_name", role))[:63])
    made = sa.create_engine(
        url,
        connect_args=given | {"prepare_threshold": None},
        isolation_level=isolation,
        hide_parameters=True,
        pool_pre_ping=True,
        use_native_hstore=False,
        **pool,
    )
    event.listen(made, "handle_error", _discreet)
    return made


def _discreet(context: ExceptionContext) -> None:
    """Of what the server says only the first sentence: its DETAIL shows the row, with addresses and text."""
    error = context.original_exception
    said = getattr(getattr(error, "diag", None), "message_primary", None)
    if said is None:  # the connection's own trouble, not the server's: it knows of no row
        return
    error.args = (said,)
    if context.sqlalchemy_exception is not None:
        kind = type(error)
        context.sqlalchemy_exception.args = (f"({kind.__module__}.{kind.__qualname__}) {said}",)


def clash(error: Exception) -> bool:
    """Whether to run the same transaction again at once may well do."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in CLASHES


def patient(connection: Connection) -> None:
    """The rest of this transaction may take as long as it takes: it goes through much. Nothing, on SQLite."""
    if connection.dialect.name == "postgresql":
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def endless(connection: Connection) -> list[str]:
    """What a connection should bound and does not: a pooler has dropped the startup options."""
    names = [name for name in HELD if name.endswith("_timeout")]
    return [name for name in names if connection.exec_driver_sql(f"SHOW {name}").scalar() == "0"]


def tell(writer: Engine, who: str) -> None:
    """Have each transaction that enters new rows notify CHANNEL of it, once, with `who`.

    Not what only updates: a claim, or what became of a copy, is nothing that others wait for, and what a person
    changes enters a row in the audit. A hint: whoever misses it looks every few seconds anyway.
    """

    @event.listens_for(writer, "after_execute")
    def entered(connection: Connection, statement: Any, *_: Any) -> None:
        if getattr(statement, "is_insert", False):
            connection.info["entered"] = True

    @event.listens_for(writer, "commit")
    def committing(connection: Connection) -> None:
        if connection.info.pop("entered", False):
            connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, who))

    @event.listens_for(writer, "rollback")
    def undone(connection: Connection) -> None:
        if not connection.invalidated:  # a lost connection takes it along
            connection.info.pop("entered", None)


class Listener:
    """A connection of its own that hears CHANNEL; `heard` asks it without waiting.

    Behind a pooler in transaction mode it hears nothing. Raises DatabaseTrouble when the server is away.
    """

    def __init__(self, url: sa.URL, role: str) -> None:
        self._engine = engine(url, "AUTOCOMMIT", role, poolclass=sa.NullPool)
        self._connection = self._engine.connect()
        self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        self._server = self._connection.connection.driver_connection.pgconn  # type: ignore[union-attr]

    def heard(self) -> set[str] | None:
        """Who has told something since last asked; None: the connection is lost."""
        from psycopg import Error

        found = set()
        try:
            self._server.consume_input()
            while (notice := self._server.notifies()) is not None:
                found.add(notice.extra.decode())
        except Error:
            return None
        return found

    def close(self) -> None:
        self._connection.invalidate()
        self._connection.close()
        self._engine.dispose()
