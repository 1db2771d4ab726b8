"""Out of the outbox and back: what is due becomes copies for the relay, its answers become states.

The attempt is counted and the lease taken before anything is dialled; a result is committed under the epoch it
was claimed with (DESIGN §3). Copies are spliced, never rendered: the bytes stand in the rendering. How fast may be sent
is decided in the claim, for all hosts at once (pace).

Whom a refusal is about decides (bounce/refusals): the recipient, then it is judged like a bounce; the mailing, then
that copy has failed and nobody is blamed; us, then nothing has failed and it is tried again. What the relay has put off
does not count as tried.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import DeliveryState
from listserv.core.mail import identity
from listserv.core.mail.addresses import Link
from listserv.core.mail.bounce.refusals import Blame, blame
from listserv.core.mail.mailto import mailto
from listserv.core.mail.pacing import UNLIMITED, Limits
from listserv.core.mail.splice import Head, personal
from listserv.core.mail.transfer import Copy, Lease, Result
from listserv.core.site import Site
from listserv.steps import bounce, pace
from listserv.store import leases, outbox, suppressions
from listserv.store.claimed import Claimed
from listserv.store.session import Connection, Session

#: Seconds a claim holds unless it is renewed, and how long before its end nothing is sent any more. Who looks every
#: five seconds has taken over within 30 what was claimed by a host that is gone.
LEASE = 20.0
MARGIN = 4.0

#: Claims in a row of which every copy was put off, after which the relay gets none for now.
ROUNDS = 10

#: Seconds to wait after the first, second, … failure: a busy or greylisting relay is asked again soon, a longer
#: trouble ever more rarely, and after four and a half days it is given up (RFC 5321 §4.5.4.1).
LADDER = (300, 900, 1800, 3600, 7200, 14400, 28800, *(43200,) * 8)
#: What waits because its domain is halted is given up when the mailing is that old.
PATIENCE = timedelta(days=5)

#: What goes to a list elsewhere, which takes nothing from the null sender.
TO_LISTS = frozenset({"crosspost"})

#: What tells of failed deliveries or cannot be answered by a failure: it has the null sender (RFC 5321 §4.5.5).
OF_FAILURES = frozenset({"relay_halted", "relay_refused", "network_refused", "unreachable", "wave", "complaint"})

#: The letter that tells somebody that they are never written to again.
LAST = "never"

#: Renderings kept at hand, and their octets: a fan-out reads its few once, not once per recipient.
CACHED = 32
CACHED_OCTETS = 32 * 2**20


class Renderings:
    """The renderings last used, by id; the same bytes object for all copies of one."""

    def __init__(self) -> None:
        self.lane = 0  # the dialogue whose turn was last (store/turns): the next claim goes on behind it
        self._kept: OrderedDict[int, tuple[Head, bytes]] = OrderedDict()
        self._state: object = None

    def fresh(self, connection: Connection) -> bool:
        """Forget those that an erasure has changed; whether anybody must not be written to."""
        state = suppressions.state(connection)
        if state != self._state:
            self._kept.clear()
            self._state = state
        return bool(state[0])

    def get(self, connection: Connection, rendering_id: int) -> tuple[Head, bytes]:
        if rendering_id not in self._kept:
            head, body = outbox.rendering_of(connection, rendering_id)
            self._kept[rendering_id] = Head(head), body
            while len(self._kept) > 1 and (len(self._kept) > CACHED or self._octets() > CACHED_OCTETS):
                self._kept.popitem(last=False)
        return self._kept[rendering_id]

    def went_on(self, lanes: Sequence[int]) -> None:
        self.lane = max(lanes, key=lambda lane: (0 < lane <= self.lane, lane), default=self.lane)

    def _octets(self) -> int:
        return sum(len(head.block) + len(body) for head, body in self._kept.values())


def claim(
    session: Session,
    now: datetime,
    site: Site,
    renderings: Renderings,
    limit: int,
    limits: Limits = UNLIMITED,
    owed: Sequence[tuple[int, int]] = (),
) -> list[Copy]:
    """Up to `limit` due copies, each under a lease of ours. Who is not to have it any more is crossed out.

    What may not go now for its domain's share, or because sending there is paused, is put off. `owed`: claims
    (delivery, epoch) of ours whose answers are still to be recorded: with leases that ran out they are not due again.
    """
    for _ in range(ROUNDS):
        until = time.monotonic() + LEASE - MARGIN
        taken, off = session.write(
            partial(_take, now=now, limit=limit, limits=limits, after=renderings.lane, owed=owed)
        )
        renderings.went_on([one.lane for one in taken])
        going = [one for one in taken if one.id not in off]
        if going or not taken:
            break
    with session.read() as connection:
        erased = _erased(connection, site, going) if renderings.fresh(connection) else set()
        copies = [
            _copy(site, one, *renderings.get(connection, one.rendering_id), until)
            for one in going
            if one.allowed and one.id not in erased
        ]
    gone = [_crossed(one, now, one.id in erased) for one in going if not one.allowed or one.id in erased]
    if gone:
        session.submit(lambda connection: leases.finish(connection, gone))
    return copies


def _take(
    connection: Connection, now: datetime, limit: int, limits: Limits, after: int, owed: Sequence[tuple[int, int]]
) -> tuple[list[Claimed], set[int]]:
    """What is claimed, and which of it has been put off at once."""
    if owed:
        leases.renew(connection, owed, LEASE)
    taken, off = pace.take(connection, limit, LEASE, limits, after)
    if off:
        _finish_others(connection, now, off)
    return taken, {result.delivery for result in off}


def _erased(connection: Connection, site: Site, taken: Sequence[Claimed]) -> set[int]:
    """Those that go to somebody who is not written to again: erased, or at their wish, which one letter confirms."""
    prints = {one.id: site.addresses.fingerprints(identity.key(one.address)) for one in taken if one.kind != LAST}
    found = suppressions.among(connection, {each for those in prints.values() for each in those})
    nowhere = {one.id for one in taken if one.address.endswith(f"@{suppressions.NOWHERE}")}
    return nowhere | {number for number, those in prints.items() if found.intersection(those)}


def _crossed(one: Claimed, now: datetime, erased: bool) -> dict[str, Any]:
    why = f"no longer {'wanted' if one.active else 'active'} when it was to be sent"
    if erased:
        why = "erased, or at their wish: not written to again"
    return {
        "of": one.id,
        "under": one.epoch,
        "state": DeliveryState.FAILED,
        "code": None,
        "reply": why,
        "finished_at": now,
    }


def _copy(site: Site, one: Claimed, head: Head, body: bytes, deadline: float) -> Copy:
    if (one.participation_id is None and one.kind not in TO_LISTS) or one.kind in OF_FAILURES:
        sender = ""  # answers to strangers: nobody whose bounces we would count (RFC 3834 §3.3)
    else:
        sender = site.addresses.bounces(one.slug, one.id)
    lines = own_lines(site, one.slug, one.kind, one.personal, one.participation_id, one.address)
    block = head.spliced(lines) if lines else head.block
    return Copy(one.id, one.epoch, sender, one.address, block, body, deadline, Lease(deadline))


def own_lines(site: Site, slug: str, kind: str, is_personal: bool, part_id: int | None, address: str) -> bytes:
    """The header lines that only this recipient's copy has; none in an answer to somebody, or to a stranger."""
    if part_id is None:
        return b""
    if kind in audience.REMINDERS:
        wish = mailto(site.addresses.request(slug), "no reminders")
        return personal(unsubscribe=wish, one_click=site.one_click(Link.REMINDERS, part_id))
    if is_personal:
        return b""
    leave, one_click = site.addresses.leave(slug, part_id), site.one_click(Link.LEAVE, part_id)
    if kind in audience.ANSWERED_ALONE:
        answers = site.addresses.survey(slug, part_id)
        return personal(unsubscribe=leave, one_click=one_click, to=address, reply_to=answers)
    return personal(unsubscribe=leave, one_click=one_click)


def finish(
    session: Session, now: datetime, results: Sequence[Result], limits: Limits = UNLIMITED
) -> Future[Counter[str]]:
    """Commit what the relay answered; once that is durable, the future tells how many are in each state by it.

    A result whose lease has gone to another counts for nothing, nor is it held against the recipient. What stops us
    here (a domain that refuses us, a relay that asks us to go away) pauses it on all hosts.
    """

    taken = [
        {"of": one.delivery, "under": one.epoch, "code": one.code, "reply": one.reply, "finished_at": now}
        for one in results
        if one.ok
    ]
    others = [one for one in results if not one.ok]

    def write(connection: Connection) -> Counter[str]:
        states = Counter[str]()
        if taken:
            states[DeliveryState.SENT.value] = leases.sent(connection, taken)
        if others:
            states.update(_finish_others(connection, now, others))
            pace.learn(connection, others, limits)
        return +states

    return session.submit(write)


def _finish_others(connection: Connection, now: datetime, results: Sequence[Result]) -> list[str]:
    """What was not taken; the states of those that were still ours."""
    attempts = leases.ours(connection, [(result.delivery, result.epoch) for result in results])
    ours = [result for result in results if result.delivery in attempts]
    old = _too_old(connection, now, ours)
    rows = [_outcome(result, attempts[result.delivery], now, old) for result in ours]
    leases.finish(connection, rows)
    for result in ours:
        if not result.put_off and blame(result) is Blame.RECIPIENT:
            bounce.refused(connection, now, result.delivery, result.code, result.reply)
    return [row["state"].value for row in rows]


def _too_old(connection: Connection, now: datetime, results: Sequence[Result]) -> set[int]:
    """Those of halted domains that have waited long enough."""
    halted = [result.delivery for result in results if result.put_off and result.code]
    if not halted:
        return set()
    return {row.id for row in leases.described(connection, halted) if row.created_at < now - PATIENCE}


def _outcome(result: Result, attempts: int, now: datetime, old: set[int]) -> dict[str, Any]:
    if result.delivery in old:
        return _row(result, DeliveryState.FAILED, f"given up after {PATIENCE.days} days: {result.reply}", now)
    if result.put_off:
        return _row(result, DeliveryState.DEFERRED, result.reply, now, result.wait, uncounted=1)
    if result.temporary or blame(result) is Blame.US:
        return _later(result, attempts, now)
    return _row(result, DeliveryState.FAILED, result.reply, now)


def _later(result: Result, attempts: int, now: datetime) -> dict[str, Any]:
    reply = result.reply or f"no answer ({result.phase})"
    if attempts > len(LADDER):
        return _row(result, DeliveryState.FAILED, f"given up after {attempts} attempts: {reply}", now)
    return _row(result, DeliveryState.DEFERRED, reply, now, LADDER[attempts - 1])


def _row(
    result: Result, state: DeliveryState, reply: str, now: datetime, delay: float = 0.0, uncounted: int = 0
) -> dict[str, Any]:
    return {
        "of": result.delivery,
        "under": result.epoch,
        "state": state,
        "code": result.code,
        "reply": reply[:500],
        "finished_at": now,
        "delay": delay,
        "uncounted": uncounted,
    }
