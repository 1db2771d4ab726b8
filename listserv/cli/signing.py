"""The keys in listserv.toml, and the relay that signs with them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from listserv.config import Settings
    from listserv.core.mail.dkim import Key
    from listserv.edge.sending import Relay


#: Helper processes that sign, at most: one for each core, of some 20 MB.
SIGNERS: Final = 4


def keys(settings: Settings) -> list[Key]:
    """Those that sign what we send, the RSA one first; none without [dkim]. Raises SettingsError for a bad one."""
    if settings.dkim is None:
        return []
    from listserv.edge import keyfile

    table = settings.dkim
    return [
        keyfile.read(named[1], table.domain, named[0], algorithm)
        for algorithm in ("rsa-sha256", "ed25519-sha256")
        if (named := table.place(algorithm))
    ]


def signed(settings: Settings, relay: Relay) -> Relay:
    """`relay`, with signatures if there is a [dkim]. A bad key stops here, before anything is sent."""
    if not (found := keys(settings)):
        return relay
    from listserv.clock import Clock
    from listserv.edge.signed import SignedRelay
    from listserv.edge.signing import Signer

    # The real time, whatever clock the dialogues live by: receivers distrust a signature from the future.
    return SignedRelay(relay, *(Signer(found, now=Clock().now) for _ in range(min(cores(), SIGNERS))))


def cores() -> int:
    """Processor cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
