"""How commands say that a mail is not kept any more as it came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listserv.cli.context import App


def said(app: App, gone_at: datetime, row: Mapping[str, Any]) -> str:
    """ "the original is gone since 2009-02-22 (retention)"; before that an erasure takes it, or a promise.

    `row`: of the mail or what it became, with dialogue_id and received_at.
    """
    from listserv.core.dialogue import programme
    from listserv.store import dialogues

    until = None
    if row["dialogue_id"] is not None:
        with app.session.read() as connection:
            of = dialogues.by_id(connection, row["dialogue_id"])
        until = programme.originals_until(of, row["received_at"])
    retained = until is not None and until <= gone_at
    why = "retention" if retained else "somebody it is from, or names, was erased; or it was anonymous"
    return f"the original is gone since {gone_at:%Y-%m-%d} ({why})"
