"""Coverage of a dialogue, as its tables have it: for moderators, and what a note to all may say of it."""

from __future__ import annotations

from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.publication import coverage
from listserv.core.publication.coverage import Coverage, Unheard
from listserv.errors import Refused
from listserv.steps.gather import gather, people_of
from listserv.store import dialogues
from listserv.store.session import Connection


def cover(connection: Connection, dialogue: Dialogue, by: str = "region", number: int | None = None) -> Coverage:
    """Of that module; None: of all that have begun or have contributions. Refused for what is none."""
    said = gather(connection, dialogue)
    if number is not None and dialogue.module(number) is None:
        known = ", ".join(str(module.number) for module in dialogue.modules)
        raise Refused(f"{dialogue.slug} has no module {number}; it has {known}")
    used = {one.module for one in said}
    modules = [
        one
        for one in dialogue.modules
        if (one.number == number if number is not None else one.opened_at or one.closed_at or one.number in used)
    ]
    choices = {one["key"]: one["choices"] for one in dialogues.fields(connection, dialogue.id)}
    try:
        return coverage.coverage(said, people_of(connection, dialogue), modules, by, choices)
    except ValueError as error:
        raise Refused(str(error)) from None


def unheard(connection: Connection, dialogue: Dialogue, module: Module) -> Unheard:
    """What is missing in a module, as far as everybody may be told."""
    return coverage.unheard(gather(connection, dialogue), people_of(connection, dialogue), module)
