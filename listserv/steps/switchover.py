"""Switching modules over by hand: the same doings as the clock's, early or late, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.dialogue.programme import Due, OccurrenceKind
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import programme
from listserv.store import audit, dialogues
from listserv.store.session import Connection, Session


def by_hand(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, moves: Sequence[tuple[str, int]], actor: str
) -> None:
    """Do the moves ("open" | "close" | "reopen", module number) together, now.

    A module that is re-opened after its planned close stays open until it is closed by hand or extended: its
    planned close moves to as long after now as it had been planned to last.
    """
    steps, shown = [], dialogue
    for what, number in moves:
        module = dialogue.module(number)
        if module is None:
            raise Refused(f"{dialogue.slug} has no module {number}")
        round_ = module.reopenings + (what == "reopen")
        kind = OccurrenceKind.CLOSE if what == "close" else OccurrenceKind.OPEN
        change = dialogue.change(kind, str(number), round_)
        skip = change is not None and change.skipped  # the mail alone
        steps.append(Due(kind, str(number), round_, now, number, skip))
        if what != "close" and module.closes_at and module.closes_at <= now:
            shown = _until(session, now, shown, module, now + (module.closes_at - module.opens_at), actor)
    again = any(what == "reopen" for what, _ in moves)
    if not programme.switch(session, now, site, shown, steps, actor, again=again):
        raise Refused("somebody else has just switched over; see: listserv module list")


def extend(session: Session, now: datetime, dialogue: Dialogue, number: int, until: datetime, actor: str) -> None:
    """Move a module's planned close. Refused as `extendable` says."""
    _until(session, now, dialogue, extendable(now, dialogue, number, until), until, actor)


def extendable(now: datetime, dialogue: Dialogue, number: int, until: datetime) -> Module:
    """The module whose close is to be moved. Refused for a time that has passed or runs into another's opening."""
    module = dialogue.module(number)
    if module is None:
        raise Refused(f"{dialogue.slug} has no module {number}")
    if module.closed_at:
        raise Refused(f"module {number} has closed; open it once more first: listserv module reopen {number}")
    if until <= now or until <= module.opens_at:
        raise Refused(f"module {number} cannot close at a time that has passed or before it opens")
    for other in dialogue.modules:
        if other.opened_at is None and other.number > number and other.opens_at < until:
            opens = other.opens_at.astimezone(dialogue.zone)
            raise Refused(
                f"module {other.number} opens on {opens:%Y-%m-%d at %H:%M} ({dialogue.zone.key}), before that;"
                f" move it first: opens in listserv.toml, then listserv apply"
            )
    return module


def _until(
    session: Session, now: datetime, dialogue: Dialogue, module: Module, until: datetime, actor: str
) -> Dialogue:
    def write(connection: Connection) -> None:
        dialogues.set_module(connection, dialogue.id, module.number, {"closes_at": until, "dated_by": actor})
        before = f"{module.closes_at:%Y-%m-%d %H:%M}" if module.closes_at else "open end"
        reason = f"{before} to {until:%Y-%m-%d %H:%M} UTC"
        audit.record(connection, now, actor, "extend", f"module {module.number}", reason, dialogue.id)

    session.write(write)
    moved = tuple(replace(one, closes_at=until) if one.number == module.number else one for one in dialogue.modules)
    return replace(dialogue, modules=moved)
