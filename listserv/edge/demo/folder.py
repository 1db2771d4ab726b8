"""The demo's own folder: a listserv.toml made from the shipped sample, and the participants to import."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from listserv.edge import files
from listserv.edge.demo import cast


def make() -> Path:
    """A new temporary folder, ready for `listserv apply`. It is never removed: what it holds is the result."""
    folder = Path(tempfile.mkdtemp(prefix="listserv-demo-"))
    sample = files.shipped("listserv.toml").read_text("utf-8")
    free = re.sub(r"^port = (8025|8080)\b", "port = 0   ", sample, flags=re.MULTILINE)  # any port that is free
    (folder / "listserv.toml").write_text(free, "utf-8")
    (folder / "participants.csv").write_text(cast.people_csv(), "utf-8")
    return folder
