"""What has to be so before a command does anything."""

from __future__ import annotations

from listserv.core.dialogue.model import Dialogue
from listserv.errors import Refused


def on_running(dialogue: Dialogue, instead: str = "") -> None:
    """Refused for an archive: all were told that nothing comes from it, and its clock is stopped. `instead`: a way."""
    if dialogue.closed_at:
        raise Refused(f"{dialogue.slug} has closed; {instead}to go on: listserv dialogue continue")
