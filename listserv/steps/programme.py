"""What the clock does: modules open and close, reminders, round-ups. Each once, in order, also after an outage.

An occurrence's row is UNIQUE and written in the transaction of its effect (DESIGN §3): of several clocks one does
it, and one that dies half-way has done nothing. A module opens and closes at the instant planned, however late the
clock does it, so grace counts from there; by hand, at the instant it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.occurrence import WHOLE
from listserv.core.dialogue.programme import Due, OccurrenceKind
from listserv.core.site import Site
from listserv.steps import (
    announce,
    bundle,
    drafting,
    entrust,
    limit,
    notify,
    prompt,
    prune,
    publish,
    purge,
    reach,
    remind,
    resume,
)
from listserv.store import audit, calendar, contributions, dialogues, occurrences, people
from listserv.store.session import Connection, Session

CLOCK = publish.CLOCK


def tick(
    session: Session, now: datetime, site: Site, *, among: Collection[str] | None = None, remember: bool = False
) -> int:
    """Do what is due in every dialogue; how many things were done. `remember`: the dialogues' time is now `now`.

    `among`: only in these, and nothing is done for the site as a whole (`keep_house`).
    """
    running = _running(session, among)
    # First: who cannot be reached is told before a module opens.
    count = sum(reach.tell(session, now, site, dialogue) for dialogue in running)
    count += sum(resume.resume(session, now, site, dialogue, CLOCK) for dialogue in running)
    count += sum(catch_up(session, now, site, dialogue.slug) for dialogue in running)
    for dialogue in _running(session, among):
        count += remind.remind(session, now, site, dialogue)
        count += prompt.to_the_frequent(session, now, site, dialogue)
        count += bundle.send(session, now, site, dialogue, CLOCK)
        count += notify.bundle(session, now, site, dialogue) > 0
        count += notify.pass_on(session, now, site, dialogue) > 0
        count += limit.tell(session, now, site, dialogue)
    if among is None:
        count += keep_house(session, now, site)
    if remember:
        session.write(
            lambda connection: [
                dialogues.advance_clock(connection, one, now) for one in dialogues.ids(connection).values()
            ]
        )
    return count


def keep_house(session: Session, now: datetime, site: Site) -> int:
    """Let go of what the site keeps no longer; how much of it there was, in kinds of things."""
    count = purge.purge(session, now) > 0
    count += prune.prune(session, now, site.keep_deliveries) > 0
    purge.tidy(session, now)
    return count


def _running(session: Session, among: Collection[str] | None) -> list[Dialogue]:
    with session.read() as connection:
        if among is None:
            return dialogues.all_of(connection)
        there = [slug for slug in dialogues.ids(connection) if slug in among]
        return [one for slug in there if (one := dialogues.read(connection, slug)) is not None]


def catch_up(session: Session, now: datetime, site: Site, slug: str) -> int:
    """Do what is due of one dialogue's programme, one after the other; how many things were done."""
    count = 0
    tried: set[tuple[programme.Key, ...]] = set()
    while True:
        with session.read() as connection:
            dialogue = dialogues.read(connection, slug)
            if dialogue is None:
                return count
            done = occurrences.done(connection, dialogue.id)
            held = _held(connection, dialogue)
            waited = _waited(connection, dialogue)
        ready = [one for one in programme.due(dialogue, done, now, held, waited) if one.keys not in tried]
        if not ready:
            return count + _close_waits(session, now, site, dialogue, held)
        tried.add(ready[0].keys)
        count += perform(session, now, site, dialogue, ready[0])


def next_at(session: Session, slug: str) -> datetime | None:
    """When the clock has to look again; None when nothing is to come."""
    with session.read() as connection:
        dialogue = dialogues.read(connection, slug)
        if dialogue is None:
            return None
        coming = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
        held = _held(connection, dialogue)
        waited = _waited(connection, dialogue)
        instants = [
            *(_at(dialogue, one, held, waited) for one in coming),
            remind.next_at(connection, dialogue),
            prompt.next_at(connection, dialogue),
            bundle.next_at(connection, dialogue),
            notify.next_at(connection, dialogue),
            reach.next_at(connection, dialogue),
            people.next_resuming(connection, dialogue.id),
        ]
    return min((at for at in instants if at is not None), default=None)


def _held(connection: Connection, dialogue: Dialogue) -> set[int]:
    """The modules something is held for, where their closes wait for that."""
    if not dialogue.policy.waiting.close_waits:
        return set()
    return {row.module for row in contributions.waiting(connection, dialogue.id) if row.module is not None}


def _waited(connection: Connection, dialogue: Dialogue) -> set[programme.Key]:
    """The closes that have waited, or do."""
    rounds = occurrences.rounds(connection, dialogue.id, remind.CLOSE_WAITS)
    return {(OccurrenceKind.CLOSE.value, subject, round_) for subject, round_ in rounds}


def _at(dialogue: Dialogue, one: Due, held: set[int], waited: set[programme.Key]) -> datetime:
    """When the clock has to look for it: what waits, and whose moderators know that, at the latest it can be."""
    module = dialogue.module(one.module)
    if module is None or module.number not in held or one.kind not in programme.HELD_UP:
        return one.at
    known = (OccurrenceKind.CLOSE.value, str(module.number), module.reopenings) in waited
    return max(one.at, programme.close_by(dialogue, module)) if known else one.at


def _close_waits(session: Session, now: datetime, site: Site, dialogue: Dialogue, held: set[int]) -> int:
    """Tell the moderators of each module whose close waits for them."""
    count = 0
    for number, until in programme.closes_late(dialogue, now, held).items():
        if (module := dialogue.module(number)) is not None:
            count += remind.close_waits(session, now, site, dialogue, module, until)
    return count


def perform(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due) -> bool:
    """Do one thing and record it, in one transaction; false when somebody else had done it."""
    match what.kind:
        case OccurrenceKind.ROUNDUP:
            return publish.send_due(session, now, site, dialogue, what)
        case OccurrenceKind.DRAFT:
            return drafting.draft_due(session, now, site, dialogue, what)
        case kind if kind in prompt.PRIVATE or kind is OccurrenceKind.MIDWEEK_DRAFT:
            return prompt.due(session, now, site, dialogue, what, CLOCK)
        case _:
            return switch(session, now, site, dialogue, [what], CLOCK)


def switch(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    steps: Sequence[Due],
    actor: str,
    *,
    again: bool = False,
) -> bool:
    """Openings, closings and other mails to all, in one transaction. `again`: an opening re-opens a closed module.

    False, and nothing written, when somebody else was faster, or has just changed something of the calendar.
    """
    with session.read() as connection:
        prepared = [None if one.skip else announce.prepare(connection, site, dialogue, now, one) for one in steps]
        left = [_left(connection, site, dialogue, now, one) for one in steps]

    def write(connection: Connection) -> bool:
        if calendar.changes(connection, dialogue.id) != dialogue.changes:
            return False
        for one, mailing, undecided in zip(steps, prepared, left, strict=True):
            state = "skipped" if one.skip else "done"
            fresh = [
                occurrences.once(connection, dialogue.id, kind, subject, round_, now, state=state)
                for kind, subject, round_ in one.keys
            ]
            if not fresh[-1]:
                return False
            if one.kind is OccurrenceKind.OPEN:
                dialogues.open_now(connection, dialogue.id, int(one.subject), one.at, again=again)
                contributions.adopt(connection, dialogue.id, int(one.subject))
            elif one.kind is OccurrenceKind.CLOSE:
                dialogues.close_now(connection, dialogue.id, int(one.subject), _closed_at(dialogue, one))
            but = announce.spared(connection, dialogue, now, one)
            recipients = mailing.to_all(connection, now, announce.modes(one.kind), but=but) if mailing else 0
            if undecided:
                undecided.post(connection, now)
            dialogues.advance_clock(connection, dialogue.id, now)
            reason = "skipped" if one.skip else f"{recipients} mails"
            subject = one.subject if one.subject == WHOLE else f"module {one.subject}"
            audit.record(connection, now, actor, one.kind, subject, reason, dialogue.id)
        return True

    return session.write(write)


def _left(connection: Connection, site: Site, dialogue: Dialogue, now: datetime, what: Due) -> entrust.Notices | None:
    """To the moderators, what is still held for a module that closes."""
    module = dialogue.module(what.module)
    if module is None or what.kind is not OccurrenceKind.CLOSE:
        return None
    return remind.unreleased(connection, now, site, dialogue, module)


def _closed_at(dialogue: Dialogue, what: Due) -> datetime:
    """Never before its opening, should its planned close have been moved ahead of that."""
    module = dialogue.module(what.module)
    return max(what.at, module.opened_at) if module and module.opened_at else what.at
