"""A copy on its way to one recipient, and what the relay answered: the hand-over between steps and edge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463 §2, at the reply's start (RFC 2034 §4)


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


@dataclass(slots=True)
class Lease:
    """Until when (time.monotonic()) something may be sent; pushed ahead while we hold it."""

    until: float


@dataclass(frozen=True, slots=True)
class Copy:
    """One mailing for one recipient, claimed for us until `deadline`, or as long as its lease is renewed."""

    delivery: int
    epoch: int
    sender: str  # MAIL FROM without brackets; "" is the null sender
    recipient: str
    head: bytes  # header block, CRLF, without the blank line
    body: bytes  # raw; the same object for all copies of one rendering
    deadline: float  # time.monotonic() from which it must not be sent, unless its lease says otherwise
    lease: Lease | None = None

    def over(self, now: float) -> bool:
        """Whether it must not be sent any more: it belongs to somebody else by then."""
        return now >= (self.lease.until if self.lease else self.deadline)


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one copy, or that it was put off: then it was not refused, and its attempt does not count.

    Put off without a code: its domain has had its share for now, or we have no connection for it. With a code: the
    answer that has halted sending to its domain, or, `at_large`, to all.
    """

    delivery: int
    epoch: int
    code: int  # the hop's; 0 = no answer, or a session refused for good (its code then begins the reply)
    reply: str  # one line, at most 500 characters, without the code
    phase: Phase
    wait: float = 0.0  # seconds it is put off by; 0.0 = this is its own answer
    at_large: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300

    @property
    def put_off(self) -> bool:
        return self.wait > 0

    @property
    def temporary(self) -> bool:
        return self.code == 0 or 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return self.code >= 500

    @property
    def status(self) -> str:
        """The enhanced status code the reply begins with, "5.1.1"; "" when it has none."""
        found = _STATUS.match(self.reply)
        return found[1] if found else ""
