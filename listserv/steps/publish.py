"""Round-ups: edited or left as they were drafted, sent once on their day, or skipped (DESIGN §3, §5).

A draft nobody touched is drawn up anew when it is sent, so that what was released meanwhile is in it, and in the
language of each reader; one that a moderator has edited or approved is sent word for word, in a frame in the reader's
language, and what came after it stands in the next. The audit names the id that moderators type and the number that
readers count by. Raises Refused for what cannot be done any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from listserv.core.dialogue.model import Dialogue, RoundupState
from listserv.core.dialogue.programme import ROUNDUP_SUBJECT, Due, OccurrenceKind
from listserv.core.publication import trace
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import archive, compose, crosspost, require
from listserv.steps.drafting import UNSENT, Draft, draw_up, due_at, keep_draft, needless
from listserv.steps.unname import Unnamed
from listserv.store import audit, dialogues, notes, occurrences, people, roundups
from listserv.store import numbers as official
from listserv.store.session import Connection, Session

CLOCK = "clock"  # who acts, in the audit


def prepare(
    connection: Connection,
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    number: int,
    text: Callable[[str], str],
    roundup_id: int | None,
) -> compose.Prepared:
    """The mailing of a round-up: text and HTML, for all who take part but those who want nothing.

    `text(language)`: its Markdown.
    """
    known = numbers(connection, dialogue)

    def letter(language: str) -> Letter:
        return worded(site, dialogue, language, number, text(language), known)

    return compose.everyone(
        site,
        dialogue,
        now,
        "roundup",
        people.languages(connection, dialogue.id),
        letter,
        roundup_id=roundup_id,
    )


def worded(site: Site, dialogue: Dialogue, language: str, number: int, text: str, known: Collection[int]) -> Letter:
    """The round-up as it is sent in that language; in HTML, `known` numbers lead to where contributions are read."""
    letter = compose.words(site, dialogue, "roundup", language, number=number, text=text)
    markdown = letter.text
    if site.pages and dialogue.policy.archive != "none":
        markdown = trace.linked(markdown, lambda one: archive.url(site, dialogue, one), known)
    return replace(letter, html=site.wording.html(markdown, title=letter.subject, language=language))


def numbers(connection: Connection, dialogue: Dialogue) -> frozenset[int]:
    """Of all that has been released, but for what is to stand in no archive and so has no page."""
    return official.released(connection, dialogue.id) - official.objecting(connection, dialogue.id)


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
    if dry_run:
        return True
    if row is None:  # its id goes into the mailing
        keep_draft(session, dialogue, period, made)
    with session.read() as connection:
        row = roundups.of_period(connection, dialogue.id, period)
        if row is None:
            raise Refused("the round-up's draft has vanished; try again")
        edited, told = row["text"], row["told"] if kept else made.told
        words = _Edited(connection, site, dialogue, edited, told) if kept else partial(made.in_language, site)
        prepared = prepare(connection, site, dialogue, now, made.number, words, row["id"])
        # Who is unnamed in it may still be told from what a moderator wrote around the name: then it stays within.
        hidden = Unnamed(connection, dialogue).names(edited if kept else words(dialogue.language), told)
    silent = not kept and not made.contributions and not made.notes  # of no use to who does not take part
    to = () if hidden or silent else dialogue.networks
    posts = crosspost.ready(site, dialogue, now, to, made.number, words, row["id"])
    sent = words(site.language(dialogue.language))
    values: dict[str, Any] = {"state": RoundupState.SENT, "decided_at": now, "decided_by": actor, "text": sent}
    if not kept:
        values |= {"drafted_at": made.until, "since": made.since}
        values |= {"contributions": made.contributions, "told": list(made.told)}

    def write(connection: Connection) -> bool:
        current = roundups.get(connection, row["id"])
        if (current["text"] != edited) if kept else (current["edited_by"] is not None):
            raise Refused("the round-up was edited meanwhile; look at it and send it again")
        into = f"merged into round-up {row['id']}, Round-up {made.number}"
        if not _once(connection, dialogue, period, covers, now, into):
            return False
        told_by_now = not kept and roundups.told(connection, dialogue.id) & set(made.told)
        if roundups.next_number(connection, dialogue.id) != made.number or told_by_now:
            raise Refused("another round-up was sent meanwhile; send this one again")
        if not roundups.change(connection, row["id"], values, UNSENT):
            return False
        if not kept:
            notes.belong(connection, row["id"], made.notes)
        recipients = prepared.to_all(connection, now, compose.ROUNDUPS)
        crosspost.post(connection, now, dialogue, period, posts, actor)
        dialogues.advance_clock(connection, dialogue.id, now)
        reason = f"as Round-up {made.number}, {recipients} mails"
        audit.record(connection, now, actor, "send", f"round-up {row['id']}", reason, dialogue.id)
        return True

    return session.write(write)


def edit(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    roundup_id: int,
    actor: str,
    text: str,
    drawn: Draft | None = None,
) -> None:
    """Replace the text: from now on it is sent as it stands. `drawn`: the fresh draft that it was made from, if any."""
    if not text.strip():
        raise Refused("an empty round-up; to send none this time: listserv roundup skip")
    values: dict[str, Any] = {"text": text.strip("\n") + "\n", "edited_by": actor}
    if drawn is not None:  # what it tells of is what stood in it when the moderator began, not what came meanwhile
        values |= {"told": list(drawn.told), "contributions": drawn.contributions, "drafted_at": drawn.until}

    def more(connection: Connection) -> None:
        if drawn is None:
            return
        notes.belong(connection, roundup_id, drawn.notes)

    _decide(session, now, dialogue, roundup_id, actor, "edit", values, more, drawn)


def skip(session: Session, now: datetime, dialogue: Dialogue, roundup_id: int, actor: str) -> None:
    """Send none for this period; what it would have told stands in the next."""
    values = {"state": RoundupState.SKIPPED, "decided_at": now, "decided_by": actor}
    _decide(session, now, dialogue, roundup_id, actor, "skip", values, lambda c: notes.wait_on(c, roundup_id))


def _decide(
    session: Session,
    now: datetime,
    dialogue: Dialogue,
    roundup_id: int,
    actor: str,
    action: str,
    values: dict[str, Any],
    more: Callable[[Connection], None],
    drawn: Draft | None = None,
) -> None:
    """`drawn`: a fresh draft that is to be kept, if nothing has been decided meanwhile that it does not know."""

    def write(connection: Connection) -> None:
        row = roundups.get(connection, roundup_id)
        if row is None or row["dialogue_id"] != dialogue.id:
            raise Refused(f"there is no round-up {roundup_id}; see: listserv roundup list")
        if drawn is not None and row["state"] in UNSENT:
            if row["edited_by"] is not None:
                raise Refused(f"round-up {roundup_id} was edited by {row['edited_by']} meanwhile; edit it once more")
            if roundups.told(connection, dialogue.id) & set(drawn.told):
                raise Refused("another round-up tells of the same by now; edit this one once more")
        if not roundups.change(connection, roundup_id, values, UNSENT):
            raise require.decided(roundups.get(connection, roundup_id))
        more(connection)
        audit.record(connection, now, actor, action, f"round-up {roundup_id}", "", dialogue.id)

    session.write(write)


class _Edited:
    """Called with a language: what goes out in it of a text that a moderator has edited. `told`: as of a Draft."""

    def __init__(
        self,
        connection: Connection,
        site: Site,
        dialogue: Dialogue,
        text: str,
        told: Collection[int] | None,
        *,
        archived: bool = False,
    ) -> None:
        self._site, self._text, self._told = site, text, told or ()
        self._barred, self._unnamed = _barred(connection, dialogue, archived), Unnamed(connection, dialogue)

    def __call__(self, language: str) -> str:
        def struck(numbers: str) -> str:
            return self._site.wording.text("_unquoted", language, numbers=numbers).strip()

        text = trace.struck(self._text, self._barred, struck)
        return self._unnamed.without(self._site, text, self._told, language)


def as_edited(
    connection: Connection,
    site: Site,
    dialogue: Dialogue,
    text: str,
    told: Collection[int] | None,
    language: str,
    *,
    archived: bool = False,
) -> str:
    """What goes out of a text that a moderator has edited: all but what its author has withdrawn, or keeps unquoted,
    and the names of those who do not want to be named by now. `archived`: nor what is to stand in no archive."""
    if archived:
        text = trace.unlisted(text, official.objecting(connection, dialogue.id))
    return _Edited(connection, site, dialogue, text, told, archived=archived)(language)


def _barred(connection: Connection, dialogue: Dialogue, archived: bool) -> frozenset[int]:
    """Numbers of what is not to be quoted, or not to be seen any more."""
    barred = official.unquotable(connection, dialogue.id)
    return barred | official.objecting(connection, dialogue.id) if archived else barred


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
    skipped = {"state": RoundupState.SKIPPED, "decided_at": now, "decided_by": actor}
    if row is None:
        name = f"round-up due {due_at(dialogue, period):%Y-%m-%d %H:%M} UTC"
    elif roundups.change(connection, row["id"], skipped, UNSENT):
        notes.wait_on(connection, row["id"])
        name = f"round-up {row['id']}"
    else:  # a moderator had sent or skipped it
        return True
    audit.record(connection, now, actor, "skip", name, reason, dialogue.id)
    return True


def _recorded(connection: Connection, dialogue: Dialogue, period: int, now: datetime, state: str) -> bool:
    return occurrences.once(connection, dialogue.id, OccurrenceKind.ROUNDUP, ROUNDUP_SUBJECT, period, now, state=state)
