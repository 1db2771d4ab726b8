"""A copy on its way to one recipient, and what the relay answered: the hand-over between steps and edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Copy:
    """One delivery, claimed and ready for the wire.

    `sender` is our VERP return path ("" = the null sender); `head` the header block with its personal lines,
    CRLF, without the blank line; `body` what follows the blank line, the same object for all copies of one
    rendering. After `deadline` (time.monotonic()) the lease is over and it must not be sent any more.
    """

    delivery: int
    epoch: int
    sender: str
    recipient: str
    head: bytes
    body: bytes
    deadline: float


class Phase(StrEnum):
    """Where in the SMTP dialogue an answer came: what it is about depends on that (RFC 5321 §4.2.1)."""

    CONNECT = "connect"
    GREETING = "greeting"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a copy: 250 = accepted, 0 = no answer at all (connection lost, timeout)."""

    delivery: int
    epoch: int
    code: int
    reply: str
    phase: Phase

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        return self.code == 0 or 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return self.code >= 500
