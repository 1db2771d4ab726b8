"""What takes long to make, kept for a minute: a page of a whole dialogue may be asked for by many at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds for which what was made is given again.
KEPT = 60.0


@dataclass(slots=True)
class Shelf(Generic[T]):
    """By dialogue and whatever else makes a difference. What is older than KEPT goes when something new comes."""

    made: dict[tuple[object, ...], tuple[float, T]] = field(default_factory=dict)

    def take(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        at, kept = self.made.get(key, (0.0, None))
        now = time.monotonic()
        if kept is not None and now - at <= KEPT:
            return kept
        fresh = make()
        others = {one: (since, old) for one, (since, old) in list(self.made.items()) if now - since <= KEPT}
        self.made = others | {key: (time.monotonic(), fresh)}
        return fresh
