"""How commands say that a mail is not kept any more as it came."""

from __future__ import annotations

from datetime import datetime

from listserv.cli.context import App


def said(app: App, gone_at: datetime, dialogue_id: int | None) -> str:
    """ "the original is gone since 2009-02-22 (retention)"; before that an erasure takes it, or a promise."""
    from listserv.core.dialogue import programme
    from listserv.store import dialogues

    until = None
    if dialogue_id is not None:
        with app.session.read() as connection:
            until = programme.originals_until(dialogues.by_id(connection, dialogue_id))
    retained = until is not None and until <= gone_at
    why = "retention" if retained else "somebody it is from, or names, was erased; or it was anonymous"
    return f"the original is gone since {gone_at:%Y-%m-%d} ({why})"
