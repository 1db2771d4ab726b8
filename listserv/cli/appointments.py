"""The calendar file of a dialogue: its modules, but for an open-ended one, and its mails as short events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication import ics
from listserv.core.publication.ics import Event


def written(dialogue: Dialogue, domain: str, rows: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """`rows`: as `plan` lists them: id, at, what, recipients, state."""
    events = [
        Event(
            f"{dialogue.slug}-module-{one.number}@{domain}",
            one.opened_at or one.opens_at,
            one.ends_at,
            f"{dialogue.title}: module {one.number}, {one.title}",
            "\n".join([one.aim, *(f"{n}. {text}" for n, text in enumerate(one.questions, 1))]).strip(),
            busy=True,
        )
        for one in dialogue.modules
        if one.ends_at
    ]
    for row in rows:
        if row["at"] is None or row["id"] in ("bundle", "purge"):
            continue
        to = f"to {row['recipients']}" if row["recipients"] is not None else ""
        said = f"{row['what']}\n{', '.join(part for part in (row['id'], row['state'], to) if part)}"
        uid = f"{dialogue.slug}-{row['id']}@{domain}"
        events.append(Event(uid, row["at"], row["at"] + ics.MAIL, f"{dialogue.slug}: {row['what']}", said))
    return ics.calendar(dialogue.title, events, now)
