"""How a database keeps what is committed: the settings that durability hangs on, and whether its file is whole."""

from __future__ import annotations

from dataclasses import dataclass

from listserv.store.session import Session

_SYNCHRONOUS = {0: "off", 1: "normal", 2: "full", 3: "extra"}


@dataclass(frozen=True, slots=True)
class Soundness:
    """`settings`: name, value, and the value wanted. `damage`: the first that was found, "" if none."""

    settings: tuple[tuple[str, str, str], ...]
    damage: str = ""


def look(session: Session, *, deep: bool) -> Soundness:
    """`deep` reads the whole file, tables and indexes (SQLite). Raises what the database raises."""
    with session.read() as connection:

        def ask(question: str) -> str:
            return str(connection.exec_driver_sql(question).scalar())

        if not session.sqlite:
            return Soundness((("synchronous_commit", ask("SHOW synchronous_commit"), "on"),))
        level = _SYNCHRONOUS.get(int(ask("PRAGMA synchronous")), "?")
        settings = (("journal_mode", ask("PRAGMA journal_mode"), "wal"), ("synchronous", level, "full"))
        damage = ask("PRAGMA integrity_check(1)") if deep else "ok"
        return Soundness(settings, "" if damage == "ok" else damage)
