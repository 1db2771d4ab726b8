"""The first apply of a dialogue: what of its programme is past already, and all its dates moved (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from listserv.core.dialogue.calendar import from_local, to_local
from listserv.core.dialogue.model import Dialogue, Module, aware
from listserv.core.dialogue.programme import Key, OccurrenceKind, timetable


@dataclass(frozen=True, slots=True)
class FirstApply:
    """How a dialogue starts that is set up after some of its programme has passed."""

    skipped: tuple[Key, ...]  # to be recorded as skipped
    modules: tuple[Module, ...]  # as they stand: those that are over are opened and closed as planned


def first_apply(dialogue: Dialogue, now: datetime) -> FirstApply | None:
    """What setting up `dialogue` at `now` leaves out; None if it is wholly past (set new dates, or shift them).

    Nothing that is past is made up for, except the opening of a module that should be open: that stays due.
    """
    aware(now)
    past = {m.number for m in dialogue.modules if m.closes_at and m.closes_at <= now}
    if len(past) == len(dialogue.modules):
        return None
    modules = tuple(
        replace(m, opened_at=m.opens_at, closed_at=m.closes_at) if m.number in past else m for m in dialogue.modules
    )
    open_now = {m.number for m in modules if m.opened_at is None and m.opens_at <= now}
    skipped = tuple(
        each.key
        for each in timetable(replace(dialogue, modules=modules))
        if each.at <= now and not (each.kind is OccurrenceKind.OPEN and each.module in open_now)
    )
    return FirstApply(skipped, modules)


def shifted(modules: Sequence[Module], start: date, zone: ZoneInfo) -> tuple[Module, ...]:
    """`modules` with all planned dates moved by as many days as bring the first opening to `start`, a local date.

    Clocks in `zone` show the same times as before, whatever summer time does in between.
    """
    if not modules:
        return ()
    days = start - to_local(modules[0].opens_at, zone).date()

    def move(at: datetime) -> datetime:
        return from_local(to_local(at, zone) + days, zone)

    return tuple(replace(m, opens_at=move(m.opens_at), closes_at=m.closes_at and move(m.closes_at)) for m in modules)
