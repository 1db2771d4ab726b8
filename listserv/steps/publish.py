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


@dataclass(frozen=True, slots=True)
class Draft:
    """A round-up's text and what it was drawn from."""

    text: str
    since: datetime | None
    until: datetime
    contributions: int


def draw_up(connection: Connection, site: Site, dialogue: Dialogue, now: datetime, period: int) -> Draft:
    """The draft of that period from what has been released since the last round-up."""
    last = roundups.last_ended(connection, dialogue.id)
    since = last["drafted_at"] if last else None
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED])
    said = tuple(
        _said(dialogue, row)
        for row in rows
        if (since is None or row["decided_at"] > since) and dialogue.module(row["module"])
    )
    earlier = {
        (row["module"], question)
        for row in rows
        if since and row["decided_at"] <= since and (question := question_of(dialogue, row))
    }
    started = [module for module in dialogue.modules if module.opened_at or module.closed_at]
    touched = {one.module for one in said} | {m.number for m in started if since is None or _current(m, since)}
    following = [one for one in dialogue.modules if one.opened_at is None and one.closed_at is None]
    material = RoundupMaterial(
        number=period,
        title=dialogue.title,
        language=site.language(dialogue.language),
        zone=dialogue.zone,
        since=since or min([now, *(module.opens_at for module in dialogue.modules)]),
        until=now,
        modules=tuple(module for module in dialogue.modules if module.number in touched),
        said=said,
        registered=people.registered(connection, dialogue.id),
        answered=frozenset(earlier),
        still_open=dialogue.open_module(),
        next_module=following[0] if following else None,
    )
    return Draft(draft(material, site.wording), since, now, len(said))


def _current(module: Module, since: datetime) -> bool:
    """Still open, or opened since: what the last round-up told of a module that has closed is not told again."""
    return module.closed_at is None or (module.opened_at is not None and module.opened_at > since)


def question_of(dialogue: Dialogue, row: Any) -> int | None:
    """The guiding question it answers: a moderator's mark, else what its words suggest, as in a round-up."""
    module = dialogue.module(row["module"])
    return row["question"] or (suggest(_said(dialogue, row), module) if module else None)


def _own_words(text: str) -> str:
    """Without the lines that answer between quotes: those are somebody else's words."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(">"))


def _said(dialogue: Dialogue, row: Any) -> Said:
    return Said(
        number=row["number"],
        module=row["module"],
        question=row["question"],
        person=row["person_id"] or -row["id"],
        name=distribute.author(row),
        organisation=row["organisation"] or "",
        country=row["country"] or "",
        subject=row["subject"],
        text=_own_words(row["text"]),
        late=bool(row["late"]),
    )


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


def draft_due(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due) -> bool:
    """Show the draft to the moderators, before the round-up goes out."""
    with session.read() as connection:
        made = draw_up(connection, site, dialogue, now, what.round)
        moderators = people.moderators(connection, dialogue.id)
        recipients = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
        known = roundups.of_period(connection, dialogue.id, what.round)
    due_at = _due_at(dialogue, what.round)
    empty = _needless(dialogue, made)

    def record(connection: Connection) -> bool:
        state = "skipped" if what.skip or empty else "done"
        fresh = [
            occurrences.once(connection, dialogue.id, kind, subject, round_, now, state=state)
            for kind, subject, round_ in what.keys
        ]
        return fresh[-1]

    if what.skip or empty or (known and known["state"] not in _UNSENT):
        return session.write(record)

    # The notice names the round-up's id, so the row comes first; until it is recorded the draft is still due.
    keep_draft(session, now, site, dialogue, what.round)
    with session.read() as connection:
        row = roundups.of_period(connection, dialogue.id, what.round)
    if row is None:
        raise Refused("the round-up's draft has vanished; try again")
    notices = compose.notices_to(
        site,
        dialogue,
        now,
        "roundup_draft",
        moderators,
        roundup_id=row["id"],
        id=row["id"],
        number=what.round,
        due_at=due_at,
        text=row["text"],
        recipients=recipients,
    )

    def write(connection: Connection) -> bool:
        if not record(connection):
            return False
        compose.to_moderators(connection, now, moderators, notices)
        return True

    return session.write(write)


def keep_draft(session: Session, now: datetime, site: Site, dialogue: Dialogue, period: int) -> int:
    """The row of that period's round-up, drafted now unless it is there; its id."""
    with session.read() as connection:
        made = draw_up(connection, site, dialogue, now, period)
    values = _row(dialogue, period, _due_at(dialogue, period), made)

    def write(connection: Connection) -> int:
        row = roundups.of_period(connection, dialogue.id, period)
        return row["id"] if row else roundups.add(connection, values)

    return session.write(write)


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


def _needless(dialogue: Dialogue, made: Draft) -> bool:
    """All is over and nothing was said since the last one: then there is no round-up to write."""
    return not made.contributions and all(module.closed_at for module in dialogue.modules)


def _due_at(dialogue: Dialogue, period: int) -> datetime:
    for one in programme.timetable(dialogue):
        if one.kind is OccurrenceKind.ROUNDUP and one.round == period:
            return one.at
    raise Refused(f"{dialogue.slug} has no round-up of period {period}")


def _row(dialogue: Dialogue, period: int, due_at: datetime, made: Draft) -> dict[str, Any]:
    return {
        "dialogue_id": dialogue.id,
        "period": period,
        "since": made.since,
        "due_at": due_at,
        "state": RoundupState.DRAFT,
        "text": made.text,
        "contributions": made.contributions,
        "drafted_at": made.until,
    }
