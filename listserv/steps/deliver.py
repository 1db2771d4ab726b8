"""Out of the outbox and back: what is due becomes copies for the relay, its answers become states.

The attempt is counted and the lease taken before anything is dialled; a result is committed under the epoch it
was claimed with (DESIGN §3). Copies are spliced, never rendered: the bytes stand in the rendering.
"""

from __future__ import annotations

import re
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import DeliveryState
from listserv.core.mail import bounces
from listserv.core.mail.splice import personal, splice
from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.core.site import Site
from listserv.store import leases, outbox, people
from listserv.store.session import Connection, Session

#: Seconds a claim holds (DESIGN §3: at most 60), and how long before its end nothing is sent any more.
LEASE = 60.0
MARGIN = 5.0

#: Seconds to wait after the first, second, … failure: a busy or greylisting relay is asked again soon, a longer
#: trouble ever more rarely, and after four days it is given up (RFC 5321 §4.5.4.1).
LADDER = (300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 43200, 43200, 43200, 43200, 43200)

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463 §2, at the reply's start (RFC 2034 §4)

#: Renderings kept at hand: a fan-out reads its few once, not once per recipient.
CACHED = 32


class Renderings:
    """The renderings last used, by id; the same bytes object for all copies of one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()

    def get(self, connection: Connection, rendering_id: int) -> tuple[bytes, bytes]:
        if rendering_id not in self._kept:
            self._kept[rendering_id] = outbox.rendering_of(connection, rendering_id)
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return self._kept[rendering_id]


def claim(session: Session, now: datetime, site: Site, renderings: Renderings, limit: int) -> list[Copy]:
    """Up to `limit` due copies, each under a lease of ours. Who is not to have it any more is crossed out."""
    deadline = time.monotonic() + LEASE - MARGIN
    taken = session.write(lambda connection: leases.claim(connection, limit, LEASE))
    gone = [one for one in taken if not one.allowed]
    if gone:
        rows = [_row(one.id, one.epoch, DeliveryState.FAILED, None, _why_not(one), now) for one in gone]
        session.submit(lambda connection: leases.finish(connection, rows))
    with session.read() as connection:
        return [
            _copy(site, one, *renderings.get(connection, one.rendering_id), deadline) for one in taken if one.allowed
        ]


def _why_not(one: leases.Claimed) -> str:
    return f"no longer {'wanted' if one.active else 'active'} when it was to be sent"


def _copy(site: Site, one: leases.Claimed, head: bytes, body: bytes, deadline: float) -> Copy:
    if one.participation_id is None:
        sender = ""  # answers to strangers: nobody whose bounces we would count (RFC 3834 §3.3)
    else:
        sender = site.addresses.bounces(one.slug, one.id)
    if not one.personal and one.participation_id is not None:
        one_click = None
        if site.base_url.startswith("https://"):  # RFC 8058 §3.1
            one_click = f"{site.base_url}/u/{site.addresses.token('unsubscribe', one.participation_id)}"
        head = splice(
            head,
            personal(unsubscribe=site.addresses.leave(one.slug, one.participation_id), one_click=one_click),
        )
    return Copy(one.id, one.epoch, sender, one.address, head, body, deadline)


def finish(session: Session, now: datetime, results: Sequence[Result]) -> Future[Counter[str]]:
    """Commit what the relay answered; once that is durable, the future tells how many are in each state by it.

    A result whose lease has gone to another counts for nothing, nor is it held against the recipient.
    """

    def write(connection: Connection) -> Counter[str]:
        attempts = leases.ours(connection, [(result.delivery, result.epoch) for result in results])
        counting = [result for result in results if result.delivery in attempts]
        rows = [
            _later(result, attempts[result.delivery], now) if result.temporary else _ended(result, now)
            for result in counting
        ]
        leases.finish(connection, rows)
        for result in counting:
            if result.permanent and result.phase is Phase.RCPT:
                _record_refusal(connection, now, result)
        return Counter(row["state"].value for row in rows)

    return session.submit(write)


def _ended(result: Result, now: datetime) -> dict[str, Any]:
    state = DeliveryState.SENT if result.ok else DeliveryState.FAILED
    return _row(result.delivery, result.epoch, state, result.code, result.reply, now)


def _later(result: Result, attempts: int, now: datetime) -> dict[str, Any]:
    reply = result.reply or f"no answer ({result.phase})"
    if attempts > len(LADDER):
        reply = f"given up after {attempts} attempts: {reply}"
        return _row(result.delivery, result.epoch, DeliveryState.FAILED, result.code, reply, now)
    delay = LADDER[attempts - 1]
    return _row(result.delivery, result.epoch, DeliveryState.DEFERRED, result.code, reply, now, delay)


def _row(
    delivery: int, epoch: int, state: DeliveryState, code: int | None, reply: str, now: datetime, delay: float = 0.0
) -> dict[str, Any]:
    return {
        "of": delivery,
        "under": epoch,
        "state": state,
        "code": code,
        "reply": reply[:500],
        "finished_at": now,
        "delay": delay,
    }


def _record_refusal(connection: Connection, now: datetime, result: Result) -> None:
    """A 5yz to RCPT is about the recipient, so it is judged like a bounce; one to MAIL or DATA is about us."""
    to = outbox.recipient(connection, result.delivery)
    if to is None or to.participation_id is None:
        return
    found = _STATUS.match(result.reply)
    status = found[1] if found else f"{result.code // 100}.0.0"
    verdict = bounces.judge("failed", status, result.reply)
    people.record_bounce(connection, now, to.participation_id, result.delivery, verdict, status, result.reply)
