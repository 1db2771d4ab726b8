"""What happens in the demo, and when: the programme as it is expected, who writes what, what the moderators do.

Read from script/*.toml; times there are local to the dialogue. The programme is written out in programme.toml on
purpose, by hand and not by the engine's own rules: what the engine does is counted against it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import datetime
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Programmed:
    """The engine's own doing: announcement, reminder, closing, roundup-draft or roundup, of that number."""

    at: datetime
    kind: str
    number: int
    questions: int = 0


@dataclass(frozen=True, slots=True)
class Writes:
    """Somebody sends a mail. `to`: dialogue, or a service address (join, leave, confirm, bounces, reply).

    `answers`: the id of a mail in the script, "module" for its announcement, or the kind of a mail of ours.
    `fate`: what becomes of it: release (the moderator releases it with the next batch), hold (an act decides),
    administrivia (held; the notice says so), stranger (held; its author answered), again (the same, the same day:
    not answered), command, ignored (automatic mail).
    """

    at: datetime
    by: str
    id: str
    form: str = "plain"
    subject: str = ""
    text: str = ""
    to: str = "dialogue"
    answers: str = ""
    fate: str = "release"
    tag: int = 0  # the guiding question that the moderator marks it with before the reminder
    name: str = ""  # of somebody who is not in the cast (yet)
    address: str = ""
    says: str = ""  # the account's words for it


@dataclass(frozen=True, slots=True)
class Acts:
    """A moderator runs a command. `of`: ids of mails in the script; `who`: a person's key."""

    at: datetime
    do: str  # release, tag, return, discard, edit, remove, approve, set, roundup
    of: tuple[str, ...] = ()
    who: str = ""
    reason: str = ""
    text: str = ""
    says: str = ""


Event = Programmed | Writes | Acts
_FILES = {"programme": Programmed, "mail": Writes, "act": Acts}


def events() -> list[Event]:
    """Everything, in order of time. Raises TypeError for a key that no event has."""
    found: list[Event] = []
    for file in sorted((files(__package__) / "script").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            tables = tomllib.loads(file.read_text("utf-8"))
            found += [_event(_FILES[name], row) for name, rows in tables.items() for row in rows]
    return sorted(found, key=lambda event: event.at)


def _event(kind: type[Any], row: dict[str, Any]) -> Event:
    known = {one.name for one in fields(kind)}
    if unknown := set(row) - known:
        raise TypeError(f"{row.get('id') or row.get('at')}: unknown {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    if "text" in values:
        values["text"] = values["text"].strip("\n")
    event: Event = kind(**values)
    return event
