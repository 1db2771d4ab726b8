"""A copy on its way to one recipient, and what the relay answered: the hand-over between steps and edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where in the conversation the answer came."""

    CONNECT = "connect"
    GREETING = "greeting"  # the 220, and EHLO
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"  # after the final dot: with code 0 the copy may have arrived


@dataclass(frozen=True, slots=True)
class Copy:
    """One mailing for one recipient, claimed for us until `deadline`."""

    delivery: int
    epoch: int
    sender: str  # MAIL FROM without brackets; "" is the null sender
    recipient: str
    head: bytes  # header block, CRLF, without the blank line
    body: bytes  # raw; the same object for all copies of one rendering
    deadline: float  # time.monotonic() from which it must not be sent


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one copy."""

    delivery: int
    epoch: int
    code: int  # the hop's; 0 = no answer, or a session refused for good (its code then begins the reply)
    reply: str  # one line, at most 500 characters, without the code
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
