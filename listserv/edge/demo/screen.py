"""The running account in plain words, and on a terminal a progress bar below it."""

from __future__ import annotations

import shutil
import textwrap
import time
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

_BAR = 30


class Screen:
    """Writes to `out`. Times are shown in `zone`."""

    def __init__(self, out: TextIO, zone: ZoneInfo) -> None:
        self._out = out
        self._zone = zone
        self._tty = out.isatty()
        self._started = time.monotonic()
        self._shown = ""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def event(self, at: datetime, text: str) -> None:
        """What happened, with its date and time."""
        local = at.astimezone(self._zone)
        self._wrapped(f"{local:%a} {local.day:>2} {local:%b %H:%M}  ", text)

    def command(self, words: str) -> None:
        """A command that a person typed."""
        self._wrapped(" " * 18 + "$ ", words, follow=" " * 22)

    def say(self, text: str = "") -> None:
        """As it stands: tables, commands to copy."""
        self._print(text)

    def prose(self, text: str) -> None:
        self._wrapped("", text)

    def progress(self, share: float, at: datetime) -> None:
        if not self._tty:
            return
        full = round(share * _BAR)
        local = at.astimezone(self._zone)
        self._shown = (
            f"[{'#' * full}{'-' * (_BAR - full)}] {share:4.0%}  {local:%a} {local.day} {local:%b %Y},"
            f" {self.seconds:.0f} s"
        )
        self._out.write(f"\r\x1b[K{self._shown}")
        self._out.flush()

    def done(self) -> None:
        """No bar any more."""
        if self._tty and self._shown:
            self._out.write("\r\x1b[K")
        self._shown = ""

    def _wrapped(self, lead: str, text: str, *, follow: str | None = None) -> None:
        width = min(shutil.get_terminal_size((80, 24)).columns, 100) - 1
        self._print(
            textwrap.fill(
                text,
                width,
                initial_indent=lead,
                subsequent_indent=" " * len(lead) if follow is None else follow,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )

    def _print(self, text: str) -> None:
        if self._tty and self._shown:
            self._out.write(f"\r\x1b[K{text}\n{self._shown}")
        else:
            self._out.write(text + "\n")
        self._out.flush()
