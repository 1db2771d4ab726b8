"""An mbox file on disk: read through once, line by line, and then one mail of it at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from listserv.core.mail import mbox
from listserv.core.mail.mbox import Entry

#: Octets of a line that are read at once: one without an end must not fill the memory.
LONGEST = 2**20


def entries(path: Path) -> Iterator[Entry]:
    """All mails of it, in its order. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        yield from mbox.entries(iter(lambda: file.readline(LONGEST), b""))


def entry(path: Path, start: int, end: int) -> Entry:
    """The mail between those octets, as `entries` found it. Raises ValueError when the file has changed since."""
    with path.open("rb") as file:
        file.seek(start)
        left = end - start

        def line() -> bytes:
            nonlocal left
            read = file.readline(min(LONGEST, left)) if left > 0 else b""
            left -= len(read)
            return read

        found = next(mbox.entries(iter(line, b"")), None)
    if found is None:
        raise ValueError(f"{path} has changed while it was read")
    return found
