"""When the clock has to look at which dialogue: a site has a thousand, and a mail to one of them concerns only that.

It looks at those in which something was done (store/touched), at those for which something is due (programme.next_at),
and at a few more in turn, for what neither of these tells of.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import inf
from time import monotonic

from listserv.core.site import Site
from listserv.steps import programme
from listserv.store import dialogues
from listserv.store.session import Session
from listserv.store.touched import Touched

#: Seconds of real time between two turns; of how many dialogues at least, and what part of all.
TURN, SOME, PART = 30.0, 10, 20


class Agenda:
    """What one process knows of it. `real`: seconds on a clock that only goes on. One thread at a time asks it."""

    def __init__(self, session: Session, real: Callable[[], float] = monotonic) -> None:
        self._session, self._real = session, real
        self._touched: Touched | None = None
        self._next: dict[str, datetime | None] = {}  # by slug; who was not looked at for longest stands first
        self._turned = real()

    def tick(self, now: datetime, site: Site) -> int:
        """Do what is due; how many things were done."""
        due = {slug for slug, at in self._next.items() if at is not None and at <= now}
        unknown, turn = self._unknown()
        slugs = unknown | due
        count = programme.tick(self._session, now, site, among=slugs) if slugs else 0
        if turn:
            count += programme.keep_house(self._session, now, site)
        self._note(slugs)
        return count

    def next_at(self) -> datetime | None:
        """When something is due next, as it was when one last looked; None: never."""
        return min((at for at in self._next.values() if at is not None), default=None)

    def looked(self, within: float = 1.0) -> datetime | None:
        """The same as it is now, for who does not do what is due. What is not known after so many seconds is looked at
        the next time."""
        self._note(self._unknown()[0], within)
        return self.next_at()

    def _note(self, slugs: set[str], within: float = inf) -> None:
        until = self._real() + within
        for slug in slugs:
            if self._real() > until:
                break
            at = programme.next_at(self._session, slug)
            self._next.pop(slug, None)
            self._next[slug] = at

    def _unknown(self) -> tuple[set[str], bool]:
        """Those of which it is not known, or not any more, when something is due; whether some have their turn."""
        with self._session.read() as connection:
            if self._touched is None:
                self._touched = Touched(connection)
            touched = self._touched.look(connection)
            there = dialogues.ids(connection)
        self._next = {slug: at for slug, at in self._next.items() if slug in there}
        found = {slug for slug, id_ in there.items() if id_ in touched or slug not in self._next}
        turn = self._real() >= self._turned + TURN or len(found) == len(there)
        if turn:
            self._turned = self._real()
            found |= {*[slug for slug in self._next if slug not in found][: max(SOME, len(there) // PART)]}
        for slug in found:  # so it stays if looking at it fails
            self._next.pop(slug, None)
        return found, turn
