"""Times as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime

from listserv.core.dialogue.calendar import from_local
from listserv.core.dialogue.model import Dialogue
from listserv.errors import Refused


def instant(text: str) -> datetime:
    """An instant in ISO 8601; without an offset it is UTC. Refused when it is none."""
    at = _read(text, "2008-11-03T13:00:00Z")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def local(text: str, dialogue: Dialogue) -> datetime:
    """A time as organisers write it: local to the dialogue's zone, unless it has an offset. Refused when it is none."""
    at = _read(text, "2008-11-03T09:00, local")
    return at if at.tzinfo else from_local(at, dialogue.zone)


def _read(text: str, like: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is not a time; write one like {like}") from None
    if not 1970 <= at.year < 3000:  # as in listserv.toml; beyond it zones cannot be reckoned with
        raise Refused(f"{text!r} is not in our times; write a year from 1970 to 2999")
    return at
