"""What takes long to make, kept for a minute: a page of a whole dialogue may be asked for by many at once.

Whatever has been done since (the audit tells) has it made anew: who is erased, taken back or not to be named any more
stands in none of it, not for a minute either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds for which what was made is given again, and how many such things there are at most.
KEPT, MOST = 60.0, 500

#: Changes nothing that is shown; some of it strangers could do all day long, or happens as long as mail comes in.
IDLE = ("login", "logout", "join", "claim", "unclaim", "frequent")


@dataclass(slots=True)
class Shelf(Generic[T]):
    """By dialogue and whatever else makes a difference. What is older than KEPT goes when something new comes, and the
    oldest where there are MOST.
    """

    made: dict[tuple[object, ...], tuple[float, tuple[float, ...], T]] = field(default_factory=dict)

    def take(self, stands: tuple[float, ...], key: tuple[object, ...], make: Callable[[], T]) -> T:
        """`stands`: how things stand in the view that it is made from (Engine.standing): else it is made anew."""
        at, as_of, kept = self.made.get(key, (0.0, (), None))
        now = time.monotonic()
        if kept is not None and as_of == stands and now - at <= KEPT:
            return kept
        fresh = make()
        others = [(one, old) for one, old in list(self.made.items()) if now - old[0] <= KEPT and one != key]
        self.made = dict(others[-MOST + 1 :]) | {key: (time.monotonic(), stands, fresh)}
        return fresh
