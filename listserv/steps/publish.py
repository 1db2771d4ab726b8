"""Round-ups: edited or left as they were drafted, sent once on their day, or skipped (DESIGN §3, §5).

A draft nobody touched is drawn up anew when it is sent, so that what was released meanwhile is in it; one that a
moderator has edited or approved is sent word for word, and what came after it stands in the next. The audit names
the id that moderators type and the number that readers count by. Raises Refused for what cannot be done any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue, RoundupState
from listserv.core.dialogue.programme import ROUNDUP_SUBJECT, Due, OccurrenceKind
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, crosspost, retell
from listserv.steps.drafting import UNSENT, draw_up, due_at, keep_draft, needless
from listserv.store import audit, dialogues, occurrences, people, roundups
from listserv.store.session import Connection, Session

CLOCK = "clock"  # who acts, in the audit


def prepare(
    connection: Connection,
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    number: int,
    text: str,
    roundup_id: int | None,
) -> compose.Prepared:
    """The mailing of a round-up: text and HTML, for all who take part but those who want nothing."""

    def letter(language: str) -> Letter:
        return compose.words(site, dialogue, "roundup", language, number=number, text=text)

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
        if row and row["state"] in UNSENT and (row["edited_by"] or row["state"] == RoundupState.APPROVED):
            send(session, now, site, dialogue, earlier, CLOCK)
    return send(session, now, site, dialogue, what.round, CLOCK, covers=what.covers)


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
            if not dry_run:  # nothing is sent, but it is settled
                into = f"merged into round-up {row['id']}"
                session.write(lambda connection: _once(connection, dialogue, period, covers, now, into))
            return False
        made = draw_up(connection, site, dialogue, now)
    if row is None and needless(dialogue, made):

        def none(connection: Connection) -> bool:
            periods = (*covers, period)
            return [_left_out(connection, dialogue, one, now, actor, "nothing was said") for one in periods][-1]

        return False if dry_run else session.write(none)
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
        prepared = prepare(connection, site, dialogue, now, made.number, text, row["id"])
        hidden = retell.tells(connection, dialogue, text)  # as edited by hand: it stays within the dialogue
    posts = crosspost.ready(site, dialogue, now, () if hidden else dialogue.networks, made.number, text, row["id"])
    values = {"state": RoundupState.SENT, "decided_at": now, "decided_by": actor, "text": text}
    if not kept:
        values |= {"drafted_at": made.until, "contributions": made.contributions}
    edited = row["text"]

    def write(connection: Connection) -> bool:
        current = roundups.get(connection, row["id"])
        if kept and current["text"] != edited:
            raise Refused("the round-up was edited meanwhile; look at it and send it again")
        into = f"merged into round-up {row['id']}, Round-up {made.number}"
        if not _once(connection, dialogue, period, covers, now, into):
            return False
        if roundups.next_number(connection, dialogue.id) != made.number:
            raise Refused("another round-up was sent meanwhile; send this one again")
        if not roundups.change(connection, row["id"], values, UNSENT):
            return False
        recipients = prepared.to_all(connection, now, compose.ROUNDUPS)
        crosspost.post(connection, now, dialogue, period, posts, actor)
        dialogues.advance_clock(connection, dialogue.id, now)
        reason = f"as Round-up {made.number}, {recipients} mails"
        audit.record(connection, now, actor, "send", f"round-up {row['id']}", reason, dialogue.id)
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
        if not roundups.change(connection, roundup_id, values, UNSENT):
            by = f" by {row['decided_by']} on {row['decided_at']:%Y-%m-%d %H:%M} UTC" if row["decided_at"] else ""
            raise Refused(f"round-up {roundup_id} was already {row['state']}{by}")
        audit.record(connection, now, actor, action, f"round-up {roundup_id}", "", dialogue.id)

    session.write(write)


def _once(
    connection: Connection, dialogue: Dialogue, period: int, covers: Sequence[int], now: datetime, merged: str
) -> bool:
    """Record this period's round-up, and as skipped those missed ones that it takes in; `merged`: into which."""
    for earlier in covers:
        _left_out(connection, dialogue, earlier, now, CLOCK, merged)
    return _recorded(connection, dialogue, period, now, "done")


def _left_out(connection: Connection, dialogue: Dialogue, period: int, now: datetime, actor: str, reason: str) -> bool:
    """Record that none of that period is sent. One that was never drafted has no id: its day names it."""
    if not _recorded(connection, dialogue, period, now, "skipped"):
        return False
    row = roundups.of_period(connection, dialogue.id, period)
    if row is None:
        name = f"round-up due {due_at(dialogue, period):%Y-%m-%d %H:%M} UTC"
    elif roundups.change(connection, row["id"], {"state": RoundupState.SKIPPED, "decided_at": now}, UNSENT):
        name = f"round-up {row['id']}"
    else:  # a moderator had sent or skipped it
        return True
    audit.record(connection, now, actor, "skip", name, reason, dialogue.id)
    return True


def _recorded(connection: Connection, dialogue: Dialogue, period: int, now: datetime, state: str) -> bool:
    return occurrences.once(connection, dialogue.id, OccurrenceKind.ROUNDUP, ROUNDUP_SUBJECT, period, now, state=state)
