"""How fast a recipient domain may be sent to, and when sending to it halts. Time is passed in (seconds, monotonic).

`Quota`: at most so many copies to one domain in any 60 seconds. Who comes too early is told how long to wait; those who
wait go before those who come new, so nobody starves.

`Halts`: after REFUSALS refusals in a row that are about us (bounce/refusals) sending to that domain halts: each more
would make our name worse. A halt lasts an hour, the next of that domain two, then four. When it is over one more
refusal halts it again; one copy taken ends the story. The relay itself, which speaks for all domains, is the domain ""
(halted by refusals of MAIL, or by twice as many in a row to three domains or more), and is asked again sooner.

`lift` ends all halts before their time, for somebody who has put things right; one more refusal halts again.

Kept in memory: after a restart it is learned anew, by a few refusals.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice

from listserv.core.mail.bounce.refusals import Blame, blame
from listserv.core.mail.transfer import Phase, Result

MINUTE = 60.0
REFUSALS = 5
DOMAINS = 3
HALTS = (3600.0, 7200.0, 14400.0)
HALTS_OF_ALL = (900.0, 1800.0, 3600.0)
ALL = ""
#: Seconds after which one who was told to wait and has not come back is no longer waited for.
FORGOTTEN = 300.0


class _Gate:
    """One domain: when copies went, and who was told to come back when."""

    def __init__(self, per_minute: int) -> None:
        self.went: deque[float] = deque(maxlen=per_minute)
        self.waiting: dict[int, float] = {}

    def wait(self, delivery: int, now: float) -> float:
        full = len(self.went) == self.went.maxlen
        room = self.went[0] + MINUTE if full else now  # when the next may go
        for one, back in list(islice(self.waiting.items(), 8)):
            if back < now - FORGOTTEN:
                del self.waiting[one]
        known = delivery in self.waiting
        if room <= now and (known or not self.waiting):
            self.waiting.pop(delivery, None)
            self.went.append(now)
            return 0.0
        rounds = 0 if known else len(self.waiting) // (self.went.maxlen or 1)
        back = max(room, now + 1.0) + rounds * MINUTE
        self.waiting[delivery] = back
        return back - now


class Quota:
    def __init__(self, per_minute: int) -> None:
        """`per_minute`: 0 = no limit."""
        self._per_minute = per_minute
        self._gates: dict[str, _Gate] = {}

    def wait(self, domain: str, delivery: int, now: float) -> float:
        """0.0: it may go, now. Else the seconds after which to ask again."""
        if not self._per_minute:
            return 0.0
        gate = self._gates.get(domain)
        if gate is None:
            gate = self._gates[domain] = _Gate(self._per_minute)
        return gate.wait(delivery, now)


@dataclass(frozen=True, slots=True)
class Halt:
    """Nothing goes to `domain` (ALL: to anybody) until then. `code`, `reply`: the answer that was one too many."""

    domain: str
    until: float
    code: int
    reply: str


@dataclass(slots=True)
class _Trouble:
    """A domain that has refused us since it last took a copy."""

    refused: int = 0
    halts: int = 0
    domains: set[str] = field(default_factory=set)  # which they were, for ALL
    halt: Halt | None = None


class Halts:
    def __init__(self) -> None:
        self._troubles: dict[str, _Trouble] = {}

    def now(self, domain: str, now: float) -> Halt | None:
        """The halt that a copy to `domain` falls under."""
        if not self._troubles:
            return None
        for one in (ALL, domain):
            trouble = self._troubles.get(one)
            if trouble and trouble.halt and now < trouble.halt.until:
                return trouble.halt
        return None

    def any(self, now: float) -> bool:
        """Whether sending to some domain, or to all, halts now."""
        return any(trouble.halt and now < trouble.halt.until for trouble in self._troubles.values())

    def lift(self) -> None:
        """Somebody says that it may be tried again."""
        for trouble in self._troubles.values():
            trouble.halt = None

    def heard(self, domain: str, result: Result, now: float) -> Halt | None:
        """Count an answer. The halt that a refusal causes or falls under, None for any other answer."""
        if result.ok:
            if self._troubles:
                self._taken(domain, now)
            return None
        if blame(result) is not Blame.US:
            return None
        if result.phase is Phase.MAIL:  # before any recipient was named
            self._refused(ALL, domain, result, now, REFUSALS, 1)
        else:
            self._refused(domain, domain, result, now, REFUSALS, 1)
            self._refused(ALL, domain, result, now, 2 * REFUSALS, DOMAINS)
        return self.now(domain, now)

    def _taken(self, domain: str, now: float) -> None:
        for one in (ALL, domain):
            trouble = self._troubles.get(one)
            # What was under way when the halt began says nothing new.
            if trouble and not (trouble.halt and now < trouble.halt.until):
                del self._troubles[one]

    def _refused(self, key: str, domain: str, result: Result, now: float, most: int, domains: int) -> None:
        trouble = self._troubles.setdefault(key, _Trouble())
        if trouble.halt and now < trouble.halt.until:
            return
        trouble.refused += 1
        trouble.domains.add(domain)
        if trouble.halts or (trouble.refused >= most and len(trouble.domains) >= domains):
            lengths = HALTS if key else HALTS_OF_ALL
            length = lengths[min(trouble.halts, len(lengths) - 1)]
            trouble.halts += 1
            trouble.halt = Halt(key, now + length, result.code, result.reply)
