"""Which of many addresses we know, asked once for all: who stands in a file of thousands is recognised in seconds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from listserv.core.mail import identity
from listserv.core.site import Site
from listserv.store import people, suppressions
from listserv.store.session import Connection

#: Values in one query: SQLite takes at most 999 in old versions.
PORTION = 500


class Register:
    def __init__(self, connection: Connection, site: Site, addresses: Sequence[str]) -> None:
        self._site = site
        keys = [identity.key(one) for one in addresses]
        self._known: set[str] = set()
        self._suppressed: set[str] = set()
        prints = [] if not suppressions.count(connection) else [site.addresses.fingerprints(one) for one in keys]
        for start in range(0, len(keys), PORTION):
            self._known |= people.known(connection, keys[start : start + PORTION])
            some: Collection[str] = {one for each in prints[start : start + PORTION] for one in each}
            if some:
                self._suppressed |= suppressions.among(connection, some)

    def known(self, address: str) -> bool:
        """Whether it is somebody's."""
        return identity.key(address) in self._known

    def suppressed(self, address: str) -> bool:
        """Whether whoever has it asked never to be written to again."""
        if not self._suppressed:
            return False
        return not self._suppressed.isdisjoint(self._site.addresses.fingerprints(identity.key(address)))


def suppressed(connection: Connection, site: Site, address: str) -> bool:
    """The same for one address."""
    return Register(connection, site, [address]).suppressed(address)
