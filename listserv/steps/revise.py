"""A moderator's text for a section of the report: kept beside the draft, whatever the draft becomes.

Raises Refused for a section that nobody may replace, and where somebody else has edited it meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from listserv.core.dialogue.model import Dialogue
from listserv.errors import Refused
from listserv.store import audit, edits
from listserv.store.session import Connection, Session


def revise(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    section: str,
    language: str,
    actor: str,
    text: str,
    base: str,
    before: str | None,
) -> None:
    """Put `text` in the place of the draft `base`; "" leaves the section out. `before`: the edit it was made from."""

    def write(connection: Connection) -> None:
        _unchanged(connection, dialogue, section, language, before)
        edits.put(connection, now, dialogue.id, section, language, text, base, actor)
        reason = "left out" if not text.strip() else f"{len(text.split())} words, {language}"
        audit.record(connection, now, actor, "edit", f"report {section}", reason, dialogue.id)

    session.write(write)


def restore(session: Session, now: datetime, dialogue: Dialogue, section: str, language: str, actor: str) -> None:
    """Back to the draft; what was written is forgotten."""

    def write(connection: Connection) -> None:
        if not edits.remove(connection, dialogue.id, section, language):
            raise Refused(f"{section} has not been edited in {language}; see: listserv report list")
        audit.record(connection, now, actor, "restore", f"report {section}", language, dialogue.id)

    session.write(write)


def _unchanged(connection: Connection, dialogue: Dialogue, section: str, language: str, before: str | None) -> None:
    row = edits.get(connection, dialogue.id, section, language)
    if (row["text"] if row else None) != before:
        by = f" by {row['edited_by']}" if row else ""
        raise Refused(f"{section} was changed meanwhile{by}; look at it again: listserv report show {section}")
