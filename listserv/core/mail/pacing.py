"""How fast may be sent, to a recipient domain and over the relay, and when sending halts. Time is passed in (seconds).

`Limits`: what the operator has set. `Share`: what went lately; at most so many in any window, counted in sixtieths of
it. Who comes too early is told how long to wait; those who wait go before those who come new, so nobody starves. It is
kept in the database, for all hosts together (store/budgets), by the database's clock.

`Halts`: after REFUSALS refusals in a row that are about us (bounce/refusals) sending to that domain halts: each more
would make our name worse. A halt lasts an hour, the next of that domain two, then four. When it is over one more
refusal halts it again; one copy taken ends the story. The relay itself, which speaks for all domains, is the domain ""
(halted by refusals of MAIL, or by twice as many in a row to three domains or more), and is asked again sooner.

`lift` ends all halts before their time, for somebody who has put things right; one more refusal halts again.

Refusals are counted in memory, by the monotonic clock: after a restart they are learned anew. A halt that they lead to
holds on all hosts (steps/deliver).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from listserv.core.mail.bounce.refusals import Blame, blame
from listserv.core.mail.transfer import Phase, Result

MINUTE = 60.0
REFUSALS = 5
DOMAINS = 3
HALTS = (3600.0, 7200.0, 14400.0)
HALTS_OF_ALL = (900.0, 1800.0, 3600.0)
ALL = ""
#: Seconds for which the relay rests that has said 421 to every connection (RFC 5321 §3.8): it is asked again then.
RESTS = 60.0
#: Seconds after their time at which those who were told to wait are no longer waited for.
LATE = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Copies in any 60 minutes, and to one recipient domain in any 60 seconds; 0 = no limit.

    A tenth of each is kept for what somebody waits for: a log-in link does not wait for an hour behind a fan-out.
    """

    per_hour: int = 0
    domain_per_minute: int = 0

    def __post_init__(self) -> None:
        if self.per_hour < 0 or self.domain_per_minute < 0:
            raise ValueError("relay max_per_hour and domain_per_minute must be 0 (no limit) or above")


UNLIMITED = Limits()


@dataclass(slots=True)
class Share:
    """`went`: from when till when and how many, oldest first. `told`: when the last come back that were told to; they
    are `ahead`. Those of a sixtieth of the window count as gone with the last of them.
    """

    window: float
    most: int
    went: list[list[float]] = field(default_factory=list)
    told: float = 0.0
    ahead: int = 0

    def room(self, now: float, *, first: bool = True) -> int:
        """How many may go now. `first`: of what somebody waits for."""
        while self.went and self.went[0][1] <= now - self.window:
            del self.went[0]
        kept = 0 if first else self.most // 10
        return max(0, self.most - kept - self._lately())

    def free_at(self, now: float, *, first: bool = True) -> float:
        """When one more may go."""
        if self.room(now, first=first):
            return now
        left, limit = self._lately(), self.most - (0 if first else self.most // 10)
        for _, last, count in self.went:
            left -= int(count)
            if left < limit:
                return last + self.window
        return now + self.window

    def _lately(self) -> int:
        return sum(int(count) for _, _, count in self.went)

    def take(self, count: int, now: float) -> None:
        if count <= 0:
            return
        if self.went and now < self.went[-1][0] + self.window / 60:
            self.went[-1][1:] = [now, self.went[-1][2] + count]
        else:
            self.went.append([now, now, count])

    def give_back(self, count: int) -> None:
        """So many of them did not go after all."""
        while count > 0 and self.went:
            some = min(count, int(self.went[-1][2]))
            self.went[-1][2] -= some
            count -= some
            if not self.went[-1][2]:
                del self.went[-1]

    def wait(self, now: float, *, first: bool = False, waited: bool = False) -> float:
        """0.0: one may go, now, and counts as gone. Else the seconds after which to ask again.

        `waited`: it has been told to wait, and comes back.
        """
        free = self.free_at(now, first=first)
        if free <= now and (first or waited or not self.told or now > self.told + LATE):
            self.take(1, now)
            return 0.0
        if not (first or waited):
            if self.told <= now:
                self.told, self.ahead = max(free, now + 1.0), 0
            elif self.ahead >= max(1, self.most - self.most // 10):
                self.told, self.ahead = self.told + self.window, 0
            self.ahead += 1
            free = self.told
        return max(free - now, 1.0)


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

    @property
    def until(self) -> float:
        """When sending to the last of those that it halts to may go on; 0.0 where it halts to nobody."""
        return max((trouble.halt.until for trouble in self._troubles.values() if trouble.halt), default=0.0)

    def any(self, now: float) -> bool:
        """Whether sending to some domain, or to all, halts now."""
        return now < self.until

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
