"""What a failed delivery leads to: counted, and at the limit its participant paused; never removed.

`note` is called in the transaction that records a bounce or a refusal. A whole domain failing alike is a wave: nobody
there is scored for that mailing, and who was paused by it is active again. `tell` is the clock's part: who cannot be
reached is told to the moderators once a day and before each module opens, a wave once a day and domain.
The rules of the score are core/dialogue/reach's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue import reach
from listserv.core.dialogue.model import Dialogue, Module, Participation
from listserv.core.dialogue.reach import Failure
from listserv.core.mail.bounce.reports import Verdict
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose
from listserv.store import audit, bounces, occurrences, outbox, people, tally
from listserv.store.bounces import Wave
from listserv.store.session import Connection, Session

ACTOR = "bounces"  # who pauses and reinstates, in the audit
COMPLAINT = "complaint"

TOLD = "answer:unreachable"  # the moderators know of that participant's pause
WARNED = "answer:before"  # … and were told before that module
ALARM = "answer:alarm"  # … and of that domain's wave

DAY = timedelta(days=1)

#: People that a notice names; the rest is counted.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Item:
    """Somebody who cannot be reached. `said`: what the host said, one line; "" if nothing."""

    name: str
    address: str
    since: datetime
    gone: bool  # the address does not exist (any more); else it was full, slow or away
    said: str


def note(
    connection: Connection,
    now: datetime,
    part: Any,
    delivery_id: int | None,
    verdict: Verdict,
    status: str,
    diagnostic: str,
) -> None:
    """Record a failure of mail to `part`. `delivery_id`: named by our return address or the relay, else None."""
    address = part["address"]
    to = bounces.delivery_of(connection, delivery_id) if delivery_id is not None else None
    domain = (to.address if to else address).rpartition("@")[2].lower()
    new = bounces.record(connection, now, part["id"], delivery_id, verdict, status, diagnostic, domain)
    if not new or to is None:
        return
    wave = Wave(to.mailing_id, domain, verdict.value)
    if _is_wave(connection, part["dialogue_id"], wave):
        _recognise(connection, now, part["dialogue_id"], wave)
    if part["status"] == Participation.ACTIVE and reach.unreachable(_failures(connection, now, part["id"]), now):
        values = {"status": Participation.PAUSED, "unreachable_at": now}
        people.change_part(connection, now, part["id"], values)
        audit.record(connection, now, ACTOR, "pause", address, diagnostic[:200], part["dialogue_id"])


def _failures(connection: Connection, now: datetime, part_id: int) -> list[Failure]:
    rows = bounces.counting(connection, part_id, now - reach.HORIZON)
    return [Failure(row.at, Verdict(row.verdict)) for row in rows]


def _is_wave(connection: Connection, dialogue_id: int, wave: Wave) -> bool:
    """Whether it is one and has not been recognised yet: of a large wave only the first are counted."""
    if occurrences.recorded(connection, dialogue_id, bounces.WAVE, wave.subject, 0):
        return False
    failed = bounces.alike(connection, wave)
    return failed >= reach.WAVE and reach.is_wave(failed, bounces.at_domain(connection, wave))


def _recognise(connection: Connection, now: datetime, dialogue_id: int, wave: Wave) -> None:
    """From now on nothing of it counts; who would not have been paused without it is active again."""
    occurrences.once(connection, dialogue_id, bounces.WAVE, wave.subject, 0, now)
    for one in bounces.paused_in(connection, wave):
        if not reach.unreachable(_failures(connection, now, one.id), one.unreachable_at):
            people.change_part(connection, now, one.id, {"status": Participation.ACTIVE})
            reason = f"all of {wave.domain} bounced alike"
            audit.record(connection, now, ACTOR, "reinstate", one.address, reason, dialogue_id)


def reinstate(
    session: Session, now: datetime, dialogue: Dialogue, address: str, actor: str, *, asked: bool = False
) -> None:
    """Mail to them again; older bounces no longer count. `asked`: also who had complained of our mail.

    Raises Refused for somebody whose mail was not stopped by us.
    """

    def write(connection: Connection) -> None:
        part = people.part_of(connection, dialogue.id, address)
        if part is None:
            raise Refused(f"{address} does not take part in {dialogue.slug}; see: listserv participant list")
        if part["status"] == Participation.ACTIVE:
            raise Refused(f"{address} is active: mail goes to them already")
        if part["status"] != Participation.PAUSED:
            raise Refused(f"{address} does not take part: {part['status']}")
        why = "mail came back"
        if part["unreachable_at"] is None:
            if not complained(connection, part):
                off = f"listserv participant pause {address} --off"
                raise Refused(f"{address} is paused, but not because mail came back; to end that: {off}")
            if not asked:
                raise Refused(f"{address} complained of our mail; if they ask for it again: repeat with --yes")
            why = "had complained"
        people.change_part(connection, now, part["id"], {"status": Participation.ACTIVE, "reinstated_at": now})
        audit.record(connection, now, actor, "reinstate", part["address"], why, dialogue.id)

    session.write(write)


def complained(connection: Connection, part: Any) -> bool:
    """Whether it was their complaint that paused them."""
    last = audit.rows(connection, part["dialogue_id"], part["address"], 1)
    return bool(last) and (last[0]["actor"], last[0]["action"]) == (COMPLAINT, "pause")


def reasons(connection: Connection, dialogue_id: int) -> dict[str, str]:
    """Why mail to them is paused, by address: for a listing, in a few words."""
    found = {}
    for part in people.rows(connection, dialogue_id, Participation.PAUSED):
        if part["unreachable_at"] is None and (last := audit.rows(connection, dialogue_id, part["address"], 1)):
            by = "complained of our mail" if last[0]["actor"] == COMPLAINT else f"by {last[0]['actor']}"
            found[part["address"]] = f"{by}, {last[0]['at']:%Y-%m-%d}"
    for one in bounces.unreachable(connection, dialogue_id):
        what = "no such address" if one.verdict == Verdict.HARD else "mail comes back"
        found[one.address] = f"{what}, since {one.since:%Y-%m-%d}: {(one.diagnostic or '')[:120]}".removesuffix(": ")
    return found


def tell(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """What the moderators are to hear of; how many notices (each to all of them)."""
    with session.read() as connection:
        waves = bounces.waves(connection, dialogue.id, now - 2 * DAY)
        gone = bounces.unreachable(connection, dialogue.id)
    count = sum(_alarm(session, now, site, dialogue, wave) for wave in waves)
    if not gone:
        return count
    upcoming = [m for m in dialogue.modules if m.opened_at is None and m.closed_at is None and m.opens_at - DAY <= now]
    if upcoming:
        count += _tell(session, now, site, dialogue, gone, upcoming[0])
    return count + _tell(session, now, site, dialogue, gone, None)


def next_at(connection: Connection, dialogue: Dialogue) -> datetime | None:
    """When the clock has to tell who cannot be reached: before a module, or of whom nobody has told yet."""
    gone = bounces.unreachable(connection, dialogue.id)
    if not gone:
        return None
    upcoming = [one for one in dialogue.modules if one.opened_at is None and one.closed_at is None]
    instants = [one.opens_at - DAY for one in upcoming if not _warned(connection, dialogue, one)]
    if not occurrences.rounds(connection, dialogue.id, TOLD).issuperset(_keys(gone)):
        last = tally.last(connection, dialogue.id, "unreachable")
        instants.append(last + DAY if last else min(one.since for one in gone))
    return min(instants, default=None)


def _keys(gone: Sequence[Any]) -> list[tuple[str, int]]:
    return [(str(one.id), one.since.toordinal()) for one in gone]


def _warned(connection: Connection, dialogue: Dialogue, module: Module) -> bool:
    return occurrences.recorded(connection, dialogue.id, WARNED, str(module.number), module.reopenings)


def _tell(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, gone: Sequence[Any], module: Module | None
) -> bool:
    """Before a module: of all who cannot be reached. Without: of whom nobody has told yet, at most once a day."""
    keys = _keys(gone)
    with session.read() as connection:
        if module is None:
            if outbox.made_since(connection, dialogue.id, "unreachable", now - DAY):
                return False
            if occurrences.rounds(connection, dialogue.id, TOLD).issuperset(keys):
                return False
        elif _warned(connection, dialogue, module):
            return False
        moderators = people.moderators(connection, dialogue.id)
    items = [
        Item(one.name, one.address, one.since, one.verdict == Verdict.HARD, (one.diagnostic or "")[:200])
        for one in gone[:SHOWN]
    ]
    notices = compose.notices_to(
        site, dialogue, now, "unreachable", moderators, items=items, more=len(gone) - len(items), module=module
    )

    def write(connection: Connection) -> bool:
        fresh = [occurrences.once(connection, dialogue.id, TOLD, *key, now) for key in keys]
        if module is None:
            go = any(fresh)
        else:
            go = occurrences.once(connection, dialogue.id, WARNED, str(module.number), module.reopenings, now)
        if go:
            compose.to_moderators(connection, now, moderators, notices)
        return go

    return session.write(write)


def _alarm(session: Session, now: datetime, site: Site, dialogue: Dialogue, wave: Wave) -> bool:
    """Once a day for a domain, whichever mailings it refuses."""
    assert wave.at is not None
    day = wave.at.toordinal()
    with session.read() as connection:
        if occurrences.recorded(connection, dialogue.id, ALARM, wave.domain, day):
            return False
        moderators = people.moderators(connection, dialogue.id)
        sample = bounces.sample(connection, wave)
        failed, recipients = bounces.alike(connection, wave), bounces.at_domain(connection, wave)
    notices = compose.notices_to(
        site,
        dialogue,
        now,
        "wave",
        moderators,
        domain=wave.domain,
        failed=failed,
        recipients=recipients,
        ours=wave.verdict == Verdict.OURS,
        about=sample.subject if sample else "",
        said=sample.diagnostic[:200] if sample else "",
    )

    def write(connection: Connection) -> bool:
        if not occurrences.once(connection, dialogue.id, ALARM, wave.domain, day, now):
            return False
        compose.to_moderators(connection, now, moderators, notices)
        return True

    return session.write(write)
