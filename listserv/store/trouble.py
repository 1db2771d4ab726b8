"""Trouble with the database itself: what it raises, whether trying again may help, and how it is told."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError, InterfaceError, InternalError, OperationalError

#: What the database itself may fail with (locked, full, gone, fallen back to a read-only standby): trying again
#: later may help.
DatabaseTrouble = (OperationalError, InterfaceError, InternalError)


def temporary(error: Exception) -> bool:
    """Whether trying again later may help: trouble with the database itself, not with what was to be written."""
    # SQLite calls a damaged file, or one that is no database, a DatabaseError of no particular kind.
    return isinstance(error, DatabaseTrouble) or type(error) is DatabaseError


def in_words(error: Exception) -> str:
    """What the database, or the way to it, says: one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
