"""The one place that reads the time. Everything else is handed `now`.

`Clock()` shows real time. `Clock(real=…, shows=…, speed=…)` showed `shows` at the moment `real` and runs `speed`
times as fast: what the demo and rehearsals go by. It keeps no state, so every process given the same three values
shows the same time. Raises ValueError for naive times, a speed that is not above 0, or `real` without `shows`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from listserv.core.dialogue.model import aware


def _real_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    real: datetime | None = None
    shows: datetime | None = None
    speed: float = 1.0
    time: Callable[[], datetime] = _real_time  # real time, aware; tests put their own here

    def __post_init__(self) -> None:
        if not 0 < self.speed < float("inf"):
            raise ValueError(f"a clock's speed is above 0, not {self.speed}")
        if (self.real is None) != (self.shows is None) or (self.real is None and self.speed != 1):
            raise ValueError("a clock that does not show real time needs both: real, and what it showed then")
        for at in (self.real, self.shows):
            if at is not None:
                aware(at)

    def now(self) -> datetime:
        """What the clock shows: aware, UTC."""
        real = self.time().astimezone(UTC)
        if self.real is None or self.shows is None:
            return real
        return self.shows.astimezone(UTC) + (real - self.real) * self.speed

    def real_delay(self, until: datetime) -> float:
        """Seconds of real time until the clock shows `until` (aware); 0 if it is past."""
        return max(0.0, (aware(until) - self.now()).total_seconds() / self.speed)
