"""Which of many addresses we know, asked once for all: who stands in a file of thousands is recognised in seconds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from listserv.core.mail import identity
from listserv.core.site import Site
from listserv.store import inbox, people, suppressions
from listserv.store.session import Connection

#: Values in one query: SQLite takes at most 999 in old versions, and each address has four.
PORTION = 200

#: Stands before the address in the fingerprint that tells "never" from an erasure.
_NEVER = "never "


class Register:
    def __init__(self, connection: Connection, site: Site, addresses: Sequence[str]) -> None:
        self._site = site
        keys = [identity.key(one) for one in addresses]
        self._known: set[str] = set()
        self._suppressed: set[str] = set()
        prints = [] if not suppressions.count(connection) else [_prints(site, one) for one in keys]
        for start in range(0, len(keys), PORTION):
            self._known |= people.known(connection, keys[start : start + PORTION])
            some: Collection[str] = {one for each in prints[start : start + PORTION] for one in each}
            if some:
                self._suppressed |= suppressions.among(connection, some)

    def known(self, address: str) -> bool:
        """Whether it is somebody's."""
        return identity.key(address) in self._known

    def suppressed(self, address: str) -> bool:
        """Whether whoever has it is not to be written to again: they asked for that, or were erased."""
        return self._found(identity.key(address))

    def said_never(self, address: str) -> bool:
        """Whether they asked for that: only they themselves can take it back."""
        return self._found(_NEVER + identity.key(address))

    def asked_back(self, connection: Connection, slug: str, address: str) -> bool:
        """Whether a mail in their name has come to -join since: an organiser may take it for theirs."""
        key = identity.key(address)
        since = suppressions.since(connection, self._site.addresses.fingerprints(_NEVER + key))
        return since is not None and inbox.wrote_to(connection, key, self._site.addresses.join(slug), since)

    def _found(self, key: str) -> bool:
        if not self._suppressed:
            return False
        return not self._suppressed.isdisjoint(self._site.addresses.fingerprints(key))


def suppressed(connection: Connection, site: Site, address: str) -> bool:
    """`Register.suppressed` for one address."""
    return Register(connection, site, [address]).suppressed(address)


def said_never(connection: Connection, site: Site, address: str) -> bool:
    """`Register.said_never` for one address."""
    return Register(connection, site, [address]).said_never(address)


def suppress(connection: Connection, now: datetime, site: Site, keys: Collection[str]) -> None:
    """Whoever has these addresses (core/mail/identity.key) asked never to be written to again."""
    suppressions.add(connection, now, [one for key in keys for one in _prints(site, key)])


def lift(connection: Connection, site: Site, keys: Collection[str]) -> None:
    """They may be written to again."""
    for key in keys:
        suppressions.lift(connection, _prints(site, key))


def _prints(site: Site, key: str) -> tuple[str, ...]:
    return (*site.addresses.fingerprints(key), *site.addresses.fingerprints(_NEVER + key))
