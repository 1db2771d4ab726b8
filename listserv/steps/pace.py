"""How fast what is due goes out, over all hosts together: decided as copies are claimed, learned from the answers.

The relay has its copies an hour, a recipient domain its copies a minute, where the operator has set so; and whoever
refuses us or asks us to go away is left alone for a while. What may not go now is put off, so no lease is held
meanwhile, and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from listserv.core.mail.identity import domain_of
from listserv.core.mail.pacing import ALL, RESTS, UNLIMITED, Limits
from listserv.core.mail.transfer import Phase, Result
from listserv.store import budgets, leases, turns
from listserv.store.claimed import WAITS, Claimed
from listserv.store.session import Connection, Session

#: Where an answer came before the copy was offered at all, and what a relay says there that wants to be left alone.
UNSENT = (Phase.CONNECT, Phase.GREETING, Phase.TLS, Phase.AUTH)
GO_AWAY = 421


def take(
    connection: Connection, limit: int, lease: float, limits: Limits, after: int = turns.FIRST
) -> tuple[list[Claimed], list[Result]]:
    """Up to `limit` due copies, claimed for `lease` seconds (leases.claim), and which of them are put off at once."""
    pauses = budgets.pauses(connection)
    if ALL in pauses:
        return [], []
    with budgets.held(connection, [ALL], limits.per_hour, budgets.HOUR) as whole:
        kept, at = 0, budgets.now(connection) if limits.per_hour or limits.domain_per_minute else 0.0
        for relay in whole.values():
            limit = min(limit, relay.room(at))
            kept = limit - min(limit, relay.room(at, first=False))
        if not limit:
            return [], []
        taken = leases.claim(connection, limit, lease, after=after, kept=kept)
        wanted = [one for one in taken if one.allowed]
        off = _paused(wanted, pauses)
        off += _waiting(connection, [one for one in wanted if domain_of(one.address) not in pauses], limits, at)
        for relay in whole.values():
            relay.take(len(wanted) - len(off), at)
    return taken, off


def _paused(taken: Sequence[Claimed], pauses: Mapping[str, budgets.Pause]) -> list[Result]:
    if not pauses:
        return []
    pairs = [(one, pauses.get(domain_of(one.address))) for one in taken]
    return [
        Result(one.id, one.epoch, pause.code, pause.reply, Phase.CONNECT, pause.seconds)
        for one, pause in pairs
        if pause
    ]


def _waiting(connection: Connection, taken: Sequence[Claimed], limits: Limits, at: float) -> list[Result]:
    """Those whose domain has had its share; the others count as gone."""
    if not limits.domain_per_minute:
        return []
    off = []
    with budgets.held(connection, {domain_of(one.address) for one in taken}, limits.domain_per_minute) as shares:
        for one in taken:
            domain = domain_of(one.address)
            if wait := shares[domain].wait(at, first=one.lane == turns.FIRST, waited=one.waited):
                reply = f"{WAITS}{domain} has had its share"
                off.append(Result(one.id, one.epoch, 0, reply, Phase.CONNECT, wait))
    return off


def next_in(session: Session, limits: Limits = UNLIMITED) -> float | None:
    """Seconds until a delivery is due that the relay may be given then; None: nothing waits."""
    with session.read() as connection:
        if (due := turns.next_due_in(connection)) is None:
            return None
        wait = max(due, budgets.free_in(connection, limits, first=False))
        if wait > due and (first := turns.next_due_in(connection, turns.FIRST)) is not None:
            wait = min(wait, max(first, budgets.free_in(connection, limits)))
    return wait


def learn(connection: Connection, results: Sequence[Result], limits: Limits) -> None:
    """From what was not taken: what a refusal has halted here (edge/relay) is paused on all hosts, and everything when
    the relay took no connection and asks to be left alone. What was not even offered does not count as gone.
    """
    budgets.give_back(connection, sum(one.phase in UNSENT for one in results), limits)
    halts = {one.delivery: one for one in results if one.put_off and one.code and one.phase is not Phase.CONNECT}
    addresses = {row.id: row.address for row in leases.described(connection, list(halts))} if halts else {}
    for one in halts.values():
        name = ALL if one.at_large else domain_of(addresses[one.delivery])
        budgets.pause(connection, name, one.wait, one.code, one.reply)
    for one in results:
        if one.code == GO_AWAY and one.phase in UNSENT:
            budgets.pause(connection, ALL, RESTS, one.code, one.reply)
            break
