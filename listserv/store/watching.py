"""Triggers: whatever writes to a contribution, its tags or its author, the search hears of it in the same transaction.

What changed is out of what is searched at once, its words too, and `asked` says that it is to be indexed anew. They are
no part of the migrations: `remove` and `install` stand around those (store/schema), so that tables can be altered, and
what is watched is said here alone.
"""

from __future__ import annotations

from sqlalchemy import Connection

#: What of a contribution is searched, filtered by or shown with it.
_COLUMNS = (
    "state, number, module, subject, text, person_id, from_name, from_address, question, further, attribution, via,"
    " objects, decided_at"
)
_PERSON = "name, organisation, country"
_RELEASED = "NEW.state = 'released' OR OLD.state = 'released'"
_ASK = "UPDATE searched SET asked = asked + 1 WHERE"
_ADD = (
    "INSERT INTO searched (dialogue_id, contribution_id, person_id) VALUES (NEW.dialogue_id, NEW.id, NEW.person_id)"
    " ON CONFLICT (contribution_id) DO UPDATE SET asked = searched.asked + 1, person_id = excluded.person_id;"
)

_GONE = "DELETE FROM searched_words WHERE rowid = OLD.contribution_id;"
_HIDE = "UPDATE searched SET number = NULL, author = '', country = '', tags = '[]' WHERE id = NEW.id;"
_POSTGRESQL_HIDE = (
    "NEW.number := NULL; NEW.author := ''; NEW.country := ''; NEW.tags := '[]';"
    " DELETE FROM searched_words WHERE contribution_id = NEW.contribution_id; RETURN NEW;"
)

#: Trigger: its table, when, on which condition, and what it does.
_WATCHED = {
    "searched_released": ("contribution", "AFTER INSERT", "NEW.state = 'released'", _ADD),
    "searched_changed": ("contribution", f"AFTER UPDATE OF {_COLUMNS}", _RELEASED, _ADD),
    "searched_person": ("person", f"AFTER UPDATE OF {_PERSON}", "", f"{_ASK} person_id = NEW.id;"),
    "searched_tagged": ("tag", "AFTER INSERT", "", f"{_ASK} contribution_id = NEW.contribution_id;"),
    "searched_retagged": ("tag", "AFTER UPDATE", "", f"{_ASK} contribution_id = NEW.contribution_id;"),
    "searched_untagged": ("tag", "AFTER DELETE", "", f"{_ASK} contribution_id = OLD.contribution_id;"),
}

_TABLES = {name: table for name, (table, *_) in _WATCHED.items()}
_TABLES |= {"searched_hidden": "searched", "searched_gone": "searched"}  # PostgreSQL needs no such thing as the last


def install(connection: Connection) -> None:
    """On tables at the newest schema that have none."""
    sqlite = connection.dialect.name == "sqlite"
    for name, (table, when, condition, body) in _WATCHED.items():
        if sqlite:
            _sqlite(connection, name, table, when, condition, body)
        else:
            _postgresql(connection, name, table, when, condition, f"{body} RETURN NULL;")
    if sqlite:
        _sqlite(connection, "searched_hidden", "searched", "AFTER UPDATE OF asked", "", _HIDE + _GONE)
        _sqlite(connection, "searched_gone", "searched", "AFTER DELETE", "", _GONE)
    else:
        _postgresql(connection, "searched_hidden", "searched", "BEFORE UPDATE OF asked", "", _POSTGRESQL_HIDE)


def gone(connection: Connection) -> list[str]:
    """Those that should be there and are not."""
    sqlite = connection.dialect.name == "sqlite"
    known = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if sqlite else "SELECT tgname FROM pg_trigger"
    there = set(connection.exec_driver_sql(known).scalars())
    return [name for name in _TABLES if name not in there and (sqlite or name != "searched_gone")]


def remove(connection: Connection) -> None:
    """All of them, as far as there are any."""
    for name, table in _TABLES.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")


def _sqlite(connection: Connection, name: str, table: str, when: str, condition: str, body: str) -> None:
    only = f"WHEN {condition}" if condition else ""
    connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} ON {table} {only} BEGIN {body} END")


def _postgresql(connection: Connection, name: str, table: str, when: str, condition: str, body: str) -> None:
    only = f"WHEN ({condition})" if condition else ""
    function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$"
    connection.exec_driver_sql(function)
    trigger = f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW {only} EXECUTE FUNCTION {name}()"
    connection.exec_driver_sql(trigger)
