"""The demo's own folder: a listserv.toml made from the shipped sample, and the participants to import."""

from __future__ import annotations

import re
import socket
import tempfile
from pathlib import Path

from listserv.edge import files
from listserv.edge.demo import cast

PRIVATE = ("invitation_again", "checkin", "nudge", "frequent")


def make() -> Path:
    """A new temporary folder, ready for `listserv apply`. It is never removed: what it holds is the result."""
    folder = Path(tempfile.mkdtemp(prefix="listserv-demo-"))
    sample = files.shipped("listserv.toml").read_text("utf-8")
    free = re.sub(r"^port = 8025\b", "port = 0   ", sample, flags=re.MULTILINE)  # any port that is free
    pages = re.sub(r"\b8080\b(?=\"? +#)", str(_free_port()), free)  # in base_url too, for links in mails
    # What goes to single people by whether they write is left out, so that what is due to whom can be told by hand.
    private = re.compile(rf'(?m)^({"|".join(PRIVATE)}) = ".*?"')
    (folder / "listserv.toml").write_text(private.sub(r'\1 = "off"', pages), "utf-8")
    (folder / "participants.csv").write_text(cast.people_csv(), "utf-8")
    return folder


def _free_port() -> int:
    """One that nobody uses now: links have to name it before the pages are opened."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
