"""Who was erased is known by a fingerprint of their address only: not to be added, written to or answered again.

They may come back, by an organiser's decision: `participant add ADDRESS --again`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listserv.core.mail import identity
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps.recognise import Register
from listserv.store import audit, suppressions
from listserv.store.session import Connection, Session


def among(connection: Connection, site: Site, addresses: Sequence[str]) -> list[str]:
    """Those of the addresses whose owner was erased, or asked never to be written to again."""
    if not suppressions.count(connection):
        return []
    return [one for one in addresses if suppressions.among(connection, _prints(site, one))]


def _without_never(connection: Connection, site: Site, addresses: Sequence[str]) -> list[str]:
    """Those that were erased; who asked never to be written to again is told line by line (steps/newcomer)."""
    register = Register(connection, site, addresses)
    return [one for one in addresses if not register.said_never(one)]


def admits(session: Session, now: datetime, site: Site, addresses: Sequence[str], actor: str, *, again: bool) -> None:
    """Before people are added. Raises Refused if one was erased; with `again` that is over for them."""
    with session.read() as connection:
        gone = _without_never(connection, site, among(connection, site, addresses))
    if gone and not again:
        one = gone[0] if len(gone) == 1 else f"{gone[0]} and {len(gone) - 1} more"
        raise Refused(
            f"{one}: erased at their wish, not to be added: take them out; if they come back: "
            f"listserv participant add {gone[0]} --again"
        )

    def write(connection: Connection) -> None:
        for one in gone:
            suppressions.lift(connection, _prints(site, one))
            audit.record(connection, now, actor, "unerase", one, "added again")

    if gone:
        session.write(write)


def _prints(site: Site, address: str) -> tuple[str, ...]:
    return site.addresses.fingerprints(identity.key(address)) if identity.valid(address) else ()
