"""The programme: every switchover and every mail that time brings about, and what of it is due.

Answers, for a dialogue as the store read it: what its whole timetable is (`timetable`), what is still to come
(`coming`; the first of it is when the clock has to look again), what is to be done now (`due`), what a dialogue
that is set up after its first day leaves out (`first_apply`), and where its dates lie when it starts on another
day (`shifted`).

The contract with whoever carries it out: in one transaction do what a `Due` says and record its `keys`. The keys
hold no date, so a moved date repeats nothing (DESIGN §3): a module's `round` counts its re-openings, a round-up's
`round` is its period, 1, 2, … from the dialogue's start (a re-opening may leave a number out). Opening means with
the announcement, closing with the closing mail. A round-up tells what was released since the last one; whether
there is anything to tell is not known here. All instants are aware, in UTC. Nothing here reads a clock; a naive
`now` raises ValueError.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from listserv.core.dialogue import facilitation
from listserv.core.dialogue.calendar import weekly
from listserv.core.dialogue.model import Dialogue, Module, aware
from listserv.core.dialogue.occurrence import ROUNDUP_SUBJECT, Due, Key, OccurrenceKind

__all__ = ["ROUNDUP_SUBJECT", "Due", "Key", "OccurrenceKind", "coming", "due", "timetable"]


_ORDER = list(OccurrenceKind)

#: What of a module waits for what is held (Policy.waiting.close_waits): its close, and the round-up of that.
HELD_UP = (OccurrenceKind.CLOSE, OccurrenceKind.ROUNDUP)


#: Round-ups beyond the last one sent that the timetable of an open-ended dialogue shows: a year's.
AHEAD = 52


def timetable(dialogue: Dialogue, reached: int = 0) -> list[Due]:
    """Every switchover and every mail of the programme, past and to come, in order of time.

    What has happened stands at the instant it happened at, the rest at the instant planned. Where one module is
    open-ended, round-ups go on: those of AHEAD periods after the one `reached` are told.
    """
    entries = [each for module in dialogue.modules for each in _of_module(module)] + _roundups(dialogue, reached)
    entries += facilitation.entries(dialogue)
    return sorted(entries, key=lambda each: (each.at, _ORDER.index(each.kind), each.module or 0, each.round))


def coming(dialogue: Dialogue, done: Collection[Key]) -> list[Due]:
    """What of the timetable has neither been recorded in `done` nor been brought about by hand, in order.

    What an organiser skips, and what a module closed early has made pointless, stands there with `skip`.
    """
    if dialogue.closed_at:  # an archive
        return []
    recorded = set(done)
    entries = []
    reached = max((key[2] for key in recorded if key[0] == OccurrenceKind.ROUNDUP), default=0)
    for each in timetable(dialogue, reached):
        module = dialogue.module(each.module)
        change = dialogue.change(*each.key)
        match each.kind:
            case OccurrenceKind.OPEN:
                settled = module is None or bool(module.opened_at or module.closed_at)
            case OccurrenceKind.CLOSE:
                settled = module is None or module.closed_at is not None
            case OccurrenceKind.DRAFT:  # nobody reviews what has been sent
                settled = (OccurrenceKind.ROUNDUP, each.subject, each.round) in recorded
            case OccurrenceKind.MIDWEEK_DRAFT:
                note = (OccurrenceKind.MIDWEEK, each.subject, each.round)
                settled, change = note in recorded, dialogue.change(*note)
            case _:
                settled = False
        if each.kind in facilitation.OF_THE_OPEN:
            each = replace(each, skip=module is None or module.closed_at is not None)
        if not settled and each.key not in recorded:
            entries.append(replace(each, skip=True) if change and change.skipped else each)
    return entries


def close_by(dialogue: Dialogue, module: Module) -> datetime:
    """Until when the clock's close of a module waits at most for what is held: never beyond the next one's opening."""
    ahead = [m.opens_at for m in dialogue.modules if m.number > module.number and not m.opened_at and not m.closed_at]
    if module.closes_at is None:
        raise ValueError(f"module {module.number} is open-ended")
    return max(module.closes_at, min([module.closes_at + dialogue.policy.waiting.close_waits, *ahead]))


def closes_late(dialogue: Dialogue, now: datetime, held: Collection[int]) -> dict[int, datetime]:
    """The modules whose close waits at `now`, and until when at most. `held`: the modules something is held for."""
    aware(now)
    found = {}
    for module in dialogue.modules:
        is_open = module.opened_at is not None and module.closed_at is None
        closes = module.closes_at
        if is_open and closes and module.number in held and closes <= now < close_by(dialogue, module):
            found[module.number] = close_by(dialogue, module)
    return found


def due(
    dialogue: Dialogue,
    done: Collection[Key],
    now: datetime,
    held: Collection[int] = (),
    waited: Collection[Key] = (),
) -> list[Due]:
    """What is to be done at `now`, in order: all that was missed, once.

    Missed round-ups merge into the latest, which names the others in `covers`; so do their drafts. What has become
    pointless comes with `skip`: a reminder whose module's close is due as well (facilitation), a draft whose
    round-up is. A close that waits
    (`closes_late`) is left out, and the round-up it brings about; one that has waited (`waited`) is of the instant
    at which it does so no more.
    """
    late = closes_late(dialogue, now, held)
    ready = [
        _waited(dialogue, each, now, waited)
        for each in coming(dialogue, done)
        if each.at <= now and not (each.module in late and each.kind in HELD_UP)
    ]
    latest = max((each.round for each in ready if each.kind is OccurrenceKind.ROUNDUP), default=0)
    entries = []
    for each in ready:
        if facilitation.pointless(dialogue, each, ready, now):
            each = replace(each, skip=True)
        elif each.kind in (OccurrenceKind.ROUNDUP, OccurrenceKind.DRAFT) and each.round <= latest:
            if each.round < latest:
                continue
            covers = tuple(e.round for e in ready if e.kind is each.kind and e.round < latest)
            each = replace(each, covers=covers, skip=each.kind is OccurrenceKind.DRAFT)
        entries.append(each)
    return entries


def _waited(dialogue: Dialogue, each: Due, now: datetime, waited: Collection[Key]) -> Due:
    module = dialogue.module(each.module)
    if module is None or each.kind is not OccurrenceKind.CLOSE or each.key not in waited:
        return each
    return replace(each, at=min(max(each.at, now), close_by(dialogue, module)))


def as_at(dialogue: Dialogue, now: datetime) -> Dialogue:
    """`dialogue` as it stands once all switchovers due at `now` are done: what a late mail may say of the programme."""
    aware(now)

    def at_now(module: Module) -> Module:
        if module.opened_at is None and module.closed_at is None and module.opens_at <= now:
            module = replace(module, opened_at=module.opens_at)
        if module.opened_at and module.closed_at is None and module.closes_at and module.closes_at <= now:
            module = replace(module, closed_at=max(module.closes_at, module.opened_at))
        return module

    return replace(dialogue, modules=tuple(at_now(module) for module in dialogue.modules))


def only_if_said(dialogue: Dialogue, what: Due) -> bool:
    """A round-up, or its draft, that is first drawn up when all modules have closed or have no end: without
    contributions there is none. The others go in any case: they tell what comes next and which questions are open."""
    if what.kind not in (OccurrenceKind.ROUNDUP, OccurrenceKind.DRAFT):
        return False
    if any(module.ends_at and what.at < module.ends_at for module in dialogue.modules):
        return False  # it is drawn up no later: what follows looks at all there are
    drawn_up = min(each.at for each in _roundups(dialogue, what.round) if each.round == what.round)
    return all((at := module.ends_at) is None or drawn_up >= at for module in dialogue.modules)


def originals_until(dialogue: Dialogue, came: datetime) -> datetime | None:
    """Until when a mail that came at that instant is kept as it came; None: for good.

    `retention` after the last module's grace, by what is planned where a module has not closed yet. What a network
    without an end gets after that, `retention` after it came.
    """
    keeps = dialogue.policy.privacy.retention
    if not keeps or not dialogue.modules:
        return None
    if end := facilitation.end(dialogue):
        return end + keeps
    closes = facilitation.last_close(dialogue)
    return max(came, closes + dialogue.policy.grace if closes else came) + keeps


def outlived(dialogue: Dialogue, now: datetime) -> datetime | None:
    """Mails that came until then are not kept as they came any more; None: all are."""
    keeps = dialogue.policy.privacy.retention
    if (until := originals_until(dialogue, aware(now) - keeps)) is None or until > now:
        return None
    if facilitation.end(dialogue) is None:
        return now - keeps
    return now if dialogue.over else None


def _of_module(module: Module) -> list[Due]:
    instants = {OccurrenceKind.OPEN: _opening(module), OccurrenceKind.CLOSE: module.ends_at}
    subject = str(module.number)
    return [Due(kind, subject, module.reopenings, at, module.number) for kind, at in instants.items() if at]


def _roundups(dialogue: Dialogue, reached: int = 0) -> list[Due]:
    """The round-ups and, where there is a review, their drafts: one per period. `reached`: as of `timetable`."""
    modules, rule = dialogue.modules, dialogue.policy.roundup
    if not modules:
        return []
    # Planned or early by hand: an opening that an outage delayed must not renumber the periods.
    start, end = facilitation.start(dialogue), facilitation.end(dialogue)
    module_at: dict[datetime, int | None]
    if rule.weekday is None:
        module_at = {at: m.number for m in modules if (at := _told_at(m, rule.review))}
    else:
        until = end or start + timedelta(weeks=reached + AHEAD)
        module_at = dict.fromkeys(weekly(rule.weekday, rule.at, dialogue.zone, start, until))
    if end:
        module_at.setdefault(max([end, *module_at]), None)  # what comes in after the last one must not be lost
    entries = []
    for index, (before, at) in enumerate(pairwise([start, *sorted(module_at)]), start=1):
        period = index + _used_before(dialogue, at)
        entries.append(Due(OccurrenceKind.ROUNDUP, ROUNDUP_SUBJECT, period, at, module_at[at]))
        if rule.review > timedelta(0):
            drafted = max(at - rule.review, before)
            entries.append(Due(OccurrenceKind.DRAFT, ROUNDUP_SUBJECT, period, drafted, module_at[at]))
    return entries


def _used_before(dialogue: Dialogue, at: datetime) -> int:
    """How many periods may have been used by `at` that the timetable no longer shows, for re-openings.

    A module without an end is like one. Each may have taken back an end, which had a round-up, and a close, which had
    one if that is the rule.
    A number left out does no harm; one used twice would lose a round-up.
    """
    each = 2 if dialogue.policy.roundup.weekday is None else 1
    return each * sum(m.reopenings + (m.closes_at is None) for m in dialogue.modules if _opening(m) <= at)


def _told_at(module: Module, review: timedelta) -> datetime | None:
    """When the round-up of a module's close is sent: also after an early close the moderators see a draft."""
    if module.closed_at is None:
        return module.closes_at
    if module.closes_at is None:
        return module.closed_at + review
    if module.closed_at >= module.closes_at:
        return module.closes_at
    return min(module.closes_at, module.closed_at + review)


def _opening(module: Module) -> datetime:
    return module.opened_at or module.opens_at
