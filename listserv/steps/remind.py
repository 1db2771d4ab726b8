"""Moderators hear again of what waits: their daily mail, a reminder, the organisers after that, and a module's close.

Nothing expires. Each contribution is reminded of once and escalated once, and each day has one daily mail: an
occurrence's row is written in the transaction of the mail. When is core/dialogue/waiting's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from listserv.core.dialogue import duty, waiting
from listserv.core.dialogue.calendar import to_local
from listserv.core.dialogue.model import Dialogue, Module, Role
from listserv.core.site import Site
from listserv.steps import entrust, notify
from listserv.store import contributions, occurrences, people, tally
from listserv.store.session import Connection, Session

REMINDED, ESCALATED = "answer:reminded", "answer:escalated"  # the contribution
DAILY = "answer:daily"  # to that participation, on that day of theirs (date.toordinal)
CLOSE_WAITS = "answer:close-waits"  # that module's, since its re-opening of that number

#: Reminders and escalations an hour: what becomes due beyond them comes in one, when the hour has room again.
CHASES = 5
HOUR = timedelta(hours=1)


def remind(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """What is due of all that; how many mails were made ready."""
    count = _chase(session, now, site, dialogue, ESCALATED) + _chase(session, now, site, dialogue, REMINDED)
    with session.read() as connection:
        due = [(one, at) for one, at in _daily(connection, dialogue) if at <= now]
    return count + sum(_daily_mail(session, now, site, dialogue, one, at) for one, at in due)


def next_at(connection: Connection, dialogue: Dialogue) -> datetime | None:
    """When the next of it is due, as things stand."""
    instants = [at for _, at in _daily(connection, dialogue)]
    for kind in (REMINDED, ESCALATED):
        if due := _chases(connection, dialogue, kind):
            instants.append(max(min(due.values()), _room_at(connection, dialogue)))
    return min(instants, default=None)


def _room_at(connection: Connection, dialogue: Dialogue) -> datetime:
    """From when on there may be another reminder."""
    made = tally.instants(connection, dialogue.id, "waiting", CHASES)
    return made[-1] + HOUR if len(made) == CHASES else datetime.min.replace(tzinfo=UTC)


def _after(dialogue: Dialogue, kind: str) -> timedelta:
    rule = dialogue.policy.waiting
    return rule.remind if kind == REMINDED else rule.escalate


def _chases(connection: Connection, dialogue: Dialogue, kind: str) -> dict[int, datetime]:
    """When each contribution held is due to be told of again, by id."""
    if not _after(dialogue, kind):
        return {}
    rows = contributions.waiting(connection, dialogue.id)
    began = {row.id: waiting.since(dialogue, row.module, row.received_at) for row in rows}
    done = {int(subject) for subject, _ in occurrences.rounds(connection, dialogue.id, kind)} if rows else ()
    return waiting.chases({id_: at for id_, at in began.items() if at}, _after(dialogue, kind), done)


def _chase(session: Session, now: datetime, site: Site, dialogue: Dialogue, kind: str) -> int:
    with session.read() as connection:
        due = {id_ for id_, at in _chases(connection, dialogue, kind).items() if at <= now}
        if not due or _room_at(connection, dialogue) > now:
            return 0
        rows = [row for row in contributions.held(connection, dialogue.id) if row.id in due]
        staff = people.moderators(connection, dialogue.id)
    to = _organisers(staff) if kind == ESCALATED else _on_duty(staff, now, dialogue)
    began = min(filter(None, (waiting.since(dialogue, row.module, row.received_at) for row in rows)), default=now)
    hours = (now - began) // HOUR
    escalated = kind == ESCALATED
    notices = notify.together(site, dialogue, now, "waiting", to, rows, hours=hours, escalated=escalated)

    def write(connection: Connection) -> int:
        fresh = [occurrences.once(connection, dialogue.id, kind, str(row.id), 0, now) for row in rows]
        if not all(fresh):
            raise _AgainError
        notices.post(connection, now)
        return 1

    return _written(session, write)


def _organisers(staff: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [one for one in staff if one["role"] == Role.ORGANISER] or staff


def _on_duty(staff: Sequence[Mapping[str, Any]], now: datetime, dialogue: Dialogue) -> Sequence[Mapping[str, Any]]:
    """Who is on duty and wants mail at once; where nobody does, all who are on duty."""
    present = duty.on_duty(staff, now, dialogue.zone)
    return [one for one in present if one["notices"] != "daily"] or present


def _daily(connection: Connection, dialogue: Dialogue) -> list[tuple[Mapping[str, Any], datetime]]:
    """Those who want one mail a day, and when the next is due; empty while nothing is held."""
    staff = people.moderators(connection, dialogue.id)
    wanting = [one for one in staff if one["notices"] == "daily"]
    rows = contributions.waiting(connection, dialogue.id) if wanting else []
    if not rows:
        return []
    first = min(row.received_at for row in rows)
    due = []
    for one in wanting:
        zone = duty.zone_of(one, dialogue.zone)
        last = occurrences.last(connection, dialogue.id, DAILY, str(one["id"]))

        def works(at: datetime, one: Mapping[str, Any] = one) -> bool:
            return one["id"] in [each["id"] for each in duty.on_duty(staff, at, dialogue.zone)]

        at = waiting.daily_at(first, last, time.fromisoformat(one["notices_at"]), zone, works)
        if at is not None:
            due.append((one, at))
    return due


def _daily_mail(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, one: Mapping[str, Any], at: datetime
) -> int:
    """All that waits, also what earlier ones told of; those that an outage missed become one."""
    zone = duty.zone_of(one, dialogue.zone)
    local = to_local(now, zone)
    day = local.date() if local.time() >= time.fromisoformat(one["notices_at"]) else local.date() - timedelta(days=1)
    day = max(day, to_local(at, zone).date())
    with session.read() as connection:
        rows = contributions.held(connection, dialogue.id)
    if not rows:
        return 0
    notices = notify.together(site, dialogue, now, "daily", [one], rows)

    def write(connection: Connection) -> int:
        if not occurrences.once(connection, dialogue.id, DAILY, str(one["id"]), day.toordinal(), now):
            raise _AgainError
        notices.post(connection, now)
        return 1

    return _written(session, write)


def unreleased(
    connection: Connection, now: datetime, site: Site, dialogue: Dialogue, module: Module, until: datetime | None = None
) -> entrust.Notices | None:
    """To all moderators, what of a module that closes is still held; None when that is nothing."""
    rows = contributions.held(connection, dialogue.id, module.number)
    if not rows:
        return None
    staff = people.moderators(connection, dialogue.id)
    return notify.together(site, dialogue, now, "unreleased", staff, rows, module=module, until=until)


def close_waits(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, module: Module, until: datetime
) -> int:
    """Tell the moderators, once, that a module's close waits for them."""
    with session.read() as connection:
        if occurrences.recorded(connection, dialogue.id, CLOSE_WAITS, str(module.number), module.reopenings):
            return 0
        notices = unreleased(connection, now, site, dialogue, module, until)

    def write(connection: Connection) -> int:
        if not occurrences.once(connection, dialogue.id, CLOSE_WAITS, str(module.number), module.reopenings, now):
            return 0
        if notices:
            notices.post(connection, now)
        return 1

    return session.write(write)


class _AgainError(Exception):
    """Undoes what another process was faster with."""


def _written(session: Session, write: Any) -> int:
    try:
        return session.write(write)
    except _AgainError:
        return 0
