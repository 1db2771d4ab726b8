"""What moderators note on a contribution without deciding on it: mended words, another module, a claim."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue.phrases import length
from listserv.core.mail import outmail
from listserv.core.mail.files import Fate
from listserv.errors import Refused
from listserv.steps import credit
from listserv.steps.require import held
from listserv.store import attachments, audit, contributions, dialogues
from listserv.store.session import Connection, Session

#: How long a claim shows that somebody is on it.
CLAIM = timedelta(minutes=30)


def version(row: Mapping[str, Any]) -> str:
    """What a moderator has before them who begins to edit: another one once somebody else has edited it."""
    return hashlib.sha256(f"{row['subject']}\0{row['text']}".encode("utf-8", "replace")).hexdigest()[:16]


def edit(
    session: Session, now: datetime, contribution_id: int, actor: str, text: str, subject: str, *, made_from: str = ""
) -> bool:
    """Replace its text and subject, keeping the author's text; false when nothing changed.

    `made_from`: its `version` when they began; Refused when somebody has edited it meanwhile. Refused without a text,
    and without a subject where it has one.
    """
    text = text.strip("\n") + "\n"
    if not text.strip():
        raise Refused(f"contribution {contribution_id}: an empty text; to take it out: listserv queue discard")
    subject = outmail.clean(subject, 250)

    def write(connection: Connection) -> bool:
        row = held(connection, contribution_id)
        if text.strip() == row["text"].strip() and subject == row["subject"]:
            return False
        if not subject and row["subject"]:
            raise Refused(f"contribution {contribution_id}: an empty subject; write one, or leave it as it is")
        if made_from not in ("", version(row)):
            raise Refused(f"contribution {contribution_id} was edited by somebody else meanwhile; look at it anew")
        original = row["text"] if row["original"] is None else row["original"]
        values = {"text": text, "subject": subject, "original": original, "words": length(text)}
        contributions.change(connection, contribution_id, values)
        credit.look_again(connection, contribution_id)
        audit.record(connection, now, actor, "edit", f"contribution {contribution_id}", "", row["dialogue_id"])
        return True

    return session.write(write)


def leave_out(session: Session, now: datetime, contribution_id: int, actor: str, names: Collection[str]) -> None:
    """Have it go out without the files of these names; all of them or, where one is not there, none (Refused)."""

    def write(connection: Connection) -> None:
        row = held(connection, contribution_id)
        kept = attachments.of(connection, contribution_id, Fate.KEPT)
        for name in names:
            if all(one["name"] != name for one in kept):
                there = ", ".join(one["name"] for one in kept) or "none"
                raise Refused(f"contribution {contribution_id} has no file {name!r} to leave out; it has: {there}")
        for one in kept:
            if one["name"] in names:
                attachments.leave_out(connection, one["id"], f"Left out by {actor}.")
        credit.look_again(connection, contribution_id)
        reason = f"without {', '.join(names)}"
        audit.record(connection, now, actor, "edit", f"contribution {contribution_id}", reason, row["dialogue_id"])

    session.write(write)


def move(session: Session, now: datetime, contribution_id: int, actor: str, number: int) -> None:
    """File it under another module."""

    def write(connection: Connection) -> None:
        row = held(connection, contribution_id)
        dialogue = dialogues.by_id(connection, row["dialogue_id"])
        module = dialogue.module(number)
        if module is None:
            known = ", ".join(str(module.number) for module in dialogue.modules)
            raise Refused(f"{dialogue.slug} has no module {number}; it has {known}")
        late = module.closed_at is not None and module.closed_at <= row["received_at"]
        values: dict[str, object] = {"module": number, "late": int(late)}
        if number != row["module"]:  # what it answered were the other one's questions
            values |= {"question": None, "further": []}
        contributions.change(connection, contribution_id, values)
        reason = f"module {row['module'] or '-'} to {number}"
        audit.record(connection, now, actor, "move", f"contribution {contribution_id}", reason, dialogue.id)

    session.write(write)


def claim(session: Session, now: datetime, contribution_id: int, actor: str) -> datetime:
    """Show the others that one is on it; until when. Refused while somebody else's claim lasts."""
    until = now + CLAIM

    def write(connection: Connection) -> datetime:
        row = held(connection, contribution_id)
        if row["claimed_by"] not in (None, actor) and row["claimed_until"] > now:
            raise Refused(
                f"contribution {contribution_id} is claimed by {row['claimed_by']}"
                f" until {row['claimed_until']:%H:%M} UTC"
            )
        contributions.change(connection, contribution_id, {"claimed_by": actor, "claimed_until": until})
        audit.record(connection, now, actor, "claim", f"contribution {contribution_id}", "", row["dialogue_id"])
        return until

    return session.write(write)


def unclaim(session: Session, now: datetime, contribution_id: int, actor: str) -> bool:
    """Show the others that one is on it no more; false when one's claim is over. Another's stays."""

    def write(connection: Connection) -> bool:
        row = held(connection, contribution_id)
        if row["claimed_by"] != actor or row["claimed_until"] <= now:
            return False
        contributions.change(connection, contribution_id, {"claimed_by": None, "claimed_until": None})
        audit.record(connection, now, actor, "unclaim", f"contribution {contribution_id}", "", row["dialogue_id"])
        return True

    return session.write(write)
