"""A facilitator's mails around the modules' own: which there are, when each goes, and when it is too late.

`entries` places those mails in the timetable of one dialogue, as organisers have set (moments.CalendarRule) and
changed it; a move counts no more once it lies before what the mail is about: a module that opens later, an end put off.
In a module: the mid-week note with its draft, the nudge to those who have not written, the reminder. Around them: a
second invitation and the check-in before the start, the last call before nothing counts any more, the survey and the
thanks after that. The note to the very frequent has no instant of its own: it goes as it happens.

After an outage each is done once; one that has become pointless meanwhile is left out (`pointless`). All instants are
aware, in UTC. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from listserv.core.dialogue.calendar import from_local, to_local, weekly
from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.dialogue.moments import Apart, Middle, Moment, OnDay, Side, written
from listserv.core.dialogue.occurrence import WHOLE, Due, OccurrenceKind

#: Mails about a module that is open: pointless once it has closed, and those to all once a later one of them is due.
OF_THE_OPEN = (OccurrenceKind.MIDWEEK_DRAFT, OccurrenceKind.MIDWEEK, OccurrenceKind.NUDGE, OccurrenceKind.REMINDER)
BEFORE_THE_START = (OccurrenceKind.INVITATION, OccurrenceKind.CHECKIN)
#: They say that it is over, or all but over: never before the last close.
AFTER_THE_CLOSE = (OccurrenceKind.LAST_CALL, OccurrenceKind.SURVEY, OccurrenceKind.THANKS)
_OVERTAKEN = {
    OccurrenceKind.MIDWEEK_DRAFT: (OccurrenceKind.MIDWEEK, OccurrenceKind.REMINDER),
    OccurrenceKind.MIDWEEK: (OccurrenceKind.REMINDER,),
    OccurrenceKind.NUDGE: (OccurrenceKind.REMINDER,),
}


def start(dialogue: Dialogue) -> datetime:
    """When the first module opens, as planned, or early by hand."""
    return min(min(m.opens_at, m.opened_at or m.opens_at) for m in dialogue.modules)


def end(dialogue: Dialogue) -> datetime | None:
    """From when on nothing counts any more: all modules have closed, and the last one's grace is over.

    None where one is open-ended: then there is no end.
    """
    ends = [m.ends_at for m in dialogue.modules]
    return None if None in ends else max(at for at in ends if at) + dialogue.policy.grace


def last_close(dialogue: Dialogue) -> datetime | None:
    """When the last module closes; a network that goes on after them changes nothing. None where none ever does."""
    return max((m.ends_at for m in dialogue.modules if m.ends_at), default=None)


def entries(dialogue: Dialogue) -> list[Due]:
    """All those mails, past and to come, each at its instant: as organisers moved it, else as set."""
    if not dialogue.modules:
        return []
    found = [each for module in dialogue.modules for each in _of_module(dialogue, module)] + _around(dialogue)
    return [each for each in found if each is not None]


def _of_module(dialogue: Dialogue, module: Module) -> list[Due | None]:
    rule, opens = dialogue.policy.calendar, module.opened_at or module.opens_at

    def due(kind: OccurrenceKind, moment: Moment | None) -> Due | None:
        closes = module.closes_at  # one that is open-ended has neither a middle nor a last day
        at = within(opens, closes, moment, dialogue.zone) if moment and closes else None
        if at is None and moment and closes and kind is OccurrenceKind.REMINDER:  # a module shorter than that
            at = opens + (closes - opens) / 2
        return _moved(dialogue, kind, str(module.number), module.reopenings, at, module.number, since=opens)

    midweek = due(OccurrenceKind.MIDWEEK, rule.midweek)
    draft = None
    if midweek and rule.review:
        at = max(midweek.at - rule.review, min(opens, midweek.at))
        draft = replace(midweek, kind=OccurrenceKind.MIDWEEK_DRAFT, at=at)
    return [draft, midweek, due(OccurrenceKind.NUDGE, rule.nudge), due(OccurrenceKind.REMINDER, rule.reminder)]


def _around(dialogue: Dialogue) -> list[Due | None]:
    rule, first, last = dialogue.policy.calendar, start(dialogue), end(dialogue)
    closes = last_close(dialogue)
    after = closes + dialogue.policy.grace if closes else None

    def due(
        kind: OccurrenceKind, moment: Moment | None, anchor: datetime | None, since: datetime | None = None
    ) -> Due | None:
        at = counted(anchor, moment, dialogue.zone) if moment and anchor else None
        return _moved(dialogue, kind, WHOLE, 0, at, since=since)

    call = due(OccurrenceKind.LAST_CALL, rule.last_call, last, closes)
    if call and last and call.at <= last - dialogue.policy.grace:  # while a module is open its reminder says it
        call = None
    return [
        due(OccurrenceKind.INVITATION, rule.invitation_again, first),
        due(OccurrenceKind.CHECKIN, rule.checkin, first),
        call,
        due(OccurrenceKind.SURVEY, rule.survey if dialogue.survey else None, after, closes),
        due(OccurrenceKind.THANKS, rule.thanks, after, closes),
    ]


def _moved(
    dialogue: Dialogue,
    kind: OccurrenceKind,
    subject: str,
    round_: int,
    at: datetime | None,
    module: int | None = None,
    *,
    since: datetime | None = None,
) -> Due | None:
    """At the instant to which organisers have moved it, from `since` on, else at `at`; None where there is none."""
    change = dialogue.change(kind, subject, round_)
    if change and change.at and (since is None or change.at >= since):
        at = change.at
    return Due(kind, subject, round_, at, module) if at else None


def pointless(dialogue: Dialogue, each: Due, ready: Collection[Due], now: datetime) -> bool:
    """Whether it says nothing any more at `now`, when all of `ready` is due."""
    match each.kind:
        case kind if kind in OF_THE_OPEN:
            module = dialogue.module(each.module)
            if module is None or module.closed_at is not None:
                return True
            later = (OccurrenceKind.CLOSE, *_OVERTAKEN.get(each.kind, ()))
            return any(one.kind in later and one.module == each.module and not one.skip for one in ready)
        case kind if kind in BEFORE_THE_START:
            return start(dialogue) <= now
        case OccurrenceKind.LAST_CALL:
            last = end(dialogue)
            return last is not None and last <= now
    return False


def counted(anchor: datetime, moment: Moment, zone: ZoneInfo) -> datetime:
    """The instant that lies so long before or after `anchor`. ValueError for a weekday or a middle: of what?"""
    if not isinstance(moment, Apart):
        raise ValueError(f"{written(moment)} is not counted from one instant")
    span = moment.span if moment.side is Side.AFTER else -moment.span
    if moment.at is None:
        return anchor + span
    return from_local(datetime.combine(to_local(anchor, zone).date() + span, moment.at), zone)


def within(opens: datetime, closes: datetime, moment: Moment, zone: ZoneInfo) -> datetime | None:
    """The instant of a module that lasts so long: after its opening and before its close; None: there is none."""
    middle = opens + (closes - opens) / 2
    match moment:
        case Middle():
            at: datetime | None = middle
        case OnDay(weekday, hour):
            days = weekly(weekday, hour, zone, opens, closes)
            at = min(days, key=lambda day: abs(day - middle), default=None)
        case Apart(side=side):
            at = counted(opens if side is Side.AFTER else closes, moment, zone)
    return at if at is not None and opens < at < closes else None
