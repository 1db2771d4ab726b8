"""Round-ups: drafted for the moderators, edited or left as they are, sent once on their day (DESIGN §3, §5).

A draft nobody touched is drawn up anew when it is sent, so that what was released meanwhile is in it; one that a
moderator has edited or approved is sent word for word, and what came after it stands in the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import ContributionState, Dialogue, Module, RoundupState
from listserv.core.dialogue.programme import ROUNDUP_SUBJECT, Due, OccurrenceKind
from listserv.core.publication.roundup import RoundupMaterial, Said, draft, suggest
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, distribute
from listserv.store import audit, contributions, dialogues, occurrences, outbox, people, roundups
from listserv.store.session import Connection, Session

_UNSENT = (RoundupState.DRAFT, RoundupState.APPROVED)


def prepare(
    connection: Connection,
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    period: int,
    text: str,
    roundup_id: int | None,
) -> compose.Prepared:
    """The mailing of a round-up: text and HTML, for all who take part but those who want nothing."""

    def letter(language: str) -> Letter:
        return compose.words(site, dialogue, "roundup", language, number=period, text=text)

    return compose.everyone(
        site,
        dialogue,
        now,
        "roundup",
        people.languages(connection, dialogue.id),
        letter,
        html=True,
        roundup_id=roundup_id,
    )


def send_due(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due) -> bool:
    """Send the round-up whose day it is; one that a moderator has skipped is only recorded.

    Missed ones merge into it, but what a moderator has edited or approved goes out first, as it was left.
    """
    for earlier in what.covers:
        with session.read() as connection:
            row = roundups.of_period(connection, dialogue.id, earlier)
        if row and row["state"] in _UNSENT and (row["edited_by"] or row["state"] == RoundupState.APPROVED):
            send(session, now, site, dialogue, earlier, "clock")
    return send(session, now, site, dialogue, what.round, "clock", covers=what.covers)


def send(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    period: int,
    actor: str,
    *,
    covers: Sequence[int] = (),
    dry_run: bool = False,
) -> bool:
    """Send the round-up of that period, as edited or drawn up now; false when it was sent or skipped before.

    With `dry_run` nothing is written.
    """
    with session.read() as connection:
        row = roundups.of_period(connection, dialogue.id, period)
        if row and row["state"] in (RoundupState.SENT, RoundupState.SKIPPED):
            return False if dry_run else session.write(lambda c: _once(c, dialogue, period, covers, now) and False)
        made = draw_up(connection, site, dialogue, now, period)
    if row is None and _needless(dialogue, made):
        return False if dry_run else session.write(lambda c: _once(c, dialogue, period, covers, now, "skipped"))
    kept = row is not None and (row["edited_by"] is not None or row["state"] == RoundupState.APPROVED)
    text = row["text"] if row and kept else made.text
    if dry_run:
        return True
    if row is None:  # its id goes into the mailing
        keep_draft(session, now, site, dialogue, period)
    with session.read() as connection:
        row = roundups.of_period(connection, dialogue.id, period)
        if row is None:
            raise Refused("the round-up's draft has vanished; try again")
        prepared = prepare(connection, site, dialogue, now, period, text, row["id"])
    values = {"state": RoundupState.SENT, "decided_at": now, "decided_by": actor, "text": text}
    if not kept:
        values |= {"drafted_at": made.until, "contributions": made.contributions}
    edited = row["text"]

    def write(connection: Connection) -> bool:
        current = roundups.get(connection, row["id"])
        if kept and current["text"] != edited:
            raise Refused("the round-up was edited meanwhile; look at it and send it again")
        if not _once(connection, dialogue, period, covers, now):
            return False
        if not roundups.change(connection, row["id"], values, _UNSENT):
            return False
        recipients = prepared.to_all(connection, now, compose.ROUNDUPS)
        dialogues.advance_clock(connection, dialogue.id, now)
        audit.record(connection, now, actor, "send", f"round-up {row['id']}", f"{recipients} mails", dialogue.id)
        return True

    return session.write(write)


def edit(session: Session, now: datetime, dialogue: Dialogue, roundup_id: int, actor: str, text: str) -> None:
    """Replace the text: from now on it is sent as it stands."""
    if not text.strip():
        raise Refused("an empty round-up; to send none this time: listserv roundup skip")
    _decide(session, now, dialogue, roundup_id, actor, "edit", {"text": text.strip("\n") + "\n", "edited_by": actor})


def skip(session: Session, now: datetime, dialogue: Dialogue, roundup_id: int, actor: str) -> None:
    """Send none for this period; what it would have told stands in the next."""
    with session.read() as connection:
        last = roundups.last_ended(connection, dialogue.id)
        row = roundups.get(connection, roundup_id)
    values = {"state": RoundupState.SKIPPED, "decided_at": now, "decided_by": actor}
    if row is not None:  # the next one begins where the last one sent had ended
        values["drafted_at"] = last["drafted_at"] if last else row["since"] or dialogue.modules[0].opens_at
    _decide(session, now, dialogue, roundup_id, actor, "skip", values)


def _decide(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    roundup_id: int,
    actor: str,
    action: str,
    values: dict[str, Any],
) -> None:
    def write(connection: Connection) -> None:
        row = roundups.get(connection, roundup_id)
        if row is None or row["dialogue_id"] != dialogue.id:
            raise Refused(f"there is no round-up {roundup_id}; see: listserv roundup list")
        if not roundups.change(connection, roundup_id, values, _UNSENT):
            by = f" by {row['decided_by']} on {row['decided_at']:%Y-%m-%d %H:%M} UTC" if row["decided_at"] else ""
            raise Refused(f"round-up {roundup_id} was already {row['state']}{by}")
        audit.record(connection, now, actor, action, f"round-up {roundup_id}", "", dialogue.id)

    session.write(write)


def _once(
    connection: Connection, dialogue: Dialogue, period: int, covers: Sequence[int], now: datetime, state: str = "done"
) -> bool:
    """Record this period's round-up, and those missed ones that it takes in."""
    for earlier in covers:
        row = roundups.of_period(connection, dialogue.id, earlier)
        if row:
            roundups.change(connection, row["id"], {"state": RoundupState.SKIPPED, "decided_at": now}, _UNSENT)
        occurrences.once(
            connection, dialogue.id, OccurrenceKind.ROUNDUP, ROUNDUP_SUBJECT, earlier, now, state="skipped"
        )
    return occurrences.once(connection, dialogue.id, OccurrenceKind.ROUNDUP, ROUNDUP_SUBJECT, period, now, state=state)
