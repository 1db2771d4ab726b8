"""The demo's clock: it stands still at each event of the script and jumps ahead to the next; later it runs.

Standing still (as good as: a microsecond a second) keeps the run the same on every machine, however slow.

The engine in this process and every command in another share it, through the [clock] table of the demo's
listserv.toml (real, shows, speed), which each jump writes anew. It never goes back.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from listserv.clock import Clock

_TABLE = """
[clock]                                     # written by the demo: the time that all commands here share
real = {real}
shows = {shows}
speed = {speed}
"""

_STILL = 1e-6


class Hand:
    """Moves the time. `settings`: the listserv.toml that gets the [clock] table, at its end."""

    def __init__(self, settings: Path, shows: datetime) -> None:
        self._settings = settings
        self._text = settings.read_text("utf-8")
        self._clock = Clock(real=datetime.now(UTC), shows=shows, speed=_STILL)
        self._write()

    def now(self) -> datetime:
        return self._clock.now()

    def clock(self) -> Clock:
        """What the engine is given: it always shows this hand's time."""
        return Clock(time=self.now)

    def jump(self, shows: datetime) -> None:
        """From now on it stands at that time, unless that is past already."""
        self._set(max(shows, self.now()), _STILL)

    def run(self, shows: datetime) -> None:
        """From now on it runs from that time on, like a real clock."""
        self._set(max(shows, self.now()), 1.0)

    def _set(self, shows: datetime, speed: float) -> None:
        self._clock = Clock(real=datetime.now(UTC), shows=shows, speed=speed)
        self._write()

    def _write(self) -> None:
        real, shows = self._clock.real, self._clock.shows
        assert real is not None
        assert shows is not None
        table = _TABLE.format(real=_toml(real), shows=_toml(shows), speed=f"{self._clock.speed:f}")
        rough = self._settings.with_name(self._settings.name + ".new")
        rough.write_text(self._text + table, "utf-8")
        os.replace(rough, self._settings)  # whole, for a command that reads it this moment


def _toml(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
