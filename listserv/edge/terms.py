"""What all conversations of one receiver have in common."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from listserv.edge.content import Room
from listserv.edge.envelope import Limits, Refusal, Transaction
from listserv.edge.turns import Turns


@dataclass(frozen=True, slots=True)
class Terms:
    lmtp: bool
    hostname: str
    verdict: Callable[[str], Refusal | None]
    commit: Callable[[Transaction], Awaitable[bool]]  # True: the mail is durably ours. Never raises.
    limits: Limits
    room: Room
    turns: Turns
    tls_context: ssl.SSLContext | None
