"""A file that somebody sent, written to disk for a person to look at: in that folder, its name safe, over no other.

Raises OSError for a folder that cannot be written to.
"""

from __future__ import annotations

import os
from pathlib import Path

from listserv.core.mail.parts import safe_name

_MODE = 0o600


def save(folder: Path, name: str, content: bytes) -> Path:
    """Where it was written. A name that is taken gets a number: "plan.pdf", "plan-2.pdf" …"""
    stem, dot, ending = (safe_name(name) or "file").rpartition(".")
    if not stem or len(ending) > 12:
        stem, dot, ending = stem + dot + ending, "", ""
    stem = stem.encode()[:180].decode(errors="ignore")  # file systems count octets, at most 255
    number = 1
    while True:
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}{dot}{ending}"
        try:  # exclusive: nothing is overwritten, and no link that waits there is followed
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(file, "wb") as out:
            out.write(content)
        return path
