"""Claimed copies that wait for a connection: a lane per recipient domain, each lane in turn.

A domain has at most its share of the connections, so that a slow one does not hold them all. Only where nothing else
waits may it have more, unless it has lately been slow.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator

from listserv.core.mail.identity import domain_of
from listserv.core.mail.transfer import Copy

SLOW = 2.0  # seconds for a copy, from its MAIL to its answer, beyond which its domain counts as slow
REMEMBERED = 600.0  # seconds for which it does


class Slow:
    """Domains that were slow, and until when that counts. Kept from run to run."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def took(self, domain: str, began: float, now: float) -> None:
        if now - began >= SLOW:
            self.waits(domain, now)
        elif self._until:
            self._until.pop(domain, None)

    def waits(self, domain: str, now: float) -> None:
        """A copy for it has waited too long, and still does."""
        self._until[domain] = now + REMEMBERED

    def is_slow(self, domain: str, now: float) -> bool:
        return bool(self._until) and self._until.get(domain, 0.0) > now


class Lanes:
    def __init__(self, connections: int, slow: Slow) -> None:
        self._share = (connections + 1) // 2
        self._slow = slow
        self._lanes: OrderedDict[str, deque[Copy]] = OrderedDict()
        self._held: Counter[str] = Counter()  # connections, by the domain they are at
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def add(self, copies: Iterable[Copy]) -> None:
        for copy in copies:
            self._lane(copy).append(copy)

    def put_back(self, copy: Copy) -> None:
        """It goes first of its lane."""
        self._lane(copy).appendleft(copy)

    def _lane(self, copy: Copy) -> deque[Copy]:
        self._waiting += 1
        domain = domain_of(copy.recipient)
        lane = self._lanes.get(domain)
        if lane is None:
            lane = self._lanes[domain] = deque()
        return lane

    def take(self, at: str, now: float) -> tuple[str, Copy] | None:
        """The next copy that a connection now at that domain ("" = at none) may take, and its domain."""
        for domain, lane in self._lanes.items():
            if domain == at or self._held[domain] < self._share or self._alone(domain, now):
                copy = lane.popleft()
                self._waiting -= 1
                if lane:
                    self._lanes.move_to_end(domain)
                else:
                    del self._lanes[domain]
                return domain, copy
        return None

    def _alone(self, domain: str, now: float) -> bool:
        return len(self._lanes) == 1 and not self._slow.is_slow(domain, now)

    def enter(self, domain: str) -> None:
        self._held[domain] += 1

    def leave(self, domain: str) -> None:
        self._held[domain] -= 1
        if not self._held[domain]:
            del self._held[domain]

    def crowded(self) -> Iterator[Copy]:
        """Taken out: what is more than the connections at a full domain will soon get to."""
        for domain, lane in list(self._lanes.items()):
            while self._held[domain] >= self._share and len(lane) > 4 * self._share:
                self._waiting -= 1
                yield lane.pop()

    def rest(self) -> list[Copy]:
        """Taken out: all."""
        left = [copy for lane in self._lanes.values() for copy in lane]
        self._lanes.clear()
        self._waiting = 0
        return left
