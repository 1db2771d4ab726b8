"""Drafting round-ups: drawn up from what was released, kept, and shown to the moderators before their day.

What comes next is told as of the moment of drawing up, also when the clock is late: by the programme as it stands
once all that is due is done. `number` is what readers count by, without gaps; `id` is what moderators type. Raises
Refused when a draft vanishes meanwhile or its period is none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import ContributionState, Dialogue, Module, RoundupState
from listserv.core.dialogue.programme import Due, OccurrenceKind
from listserv.core.publication import byline
from listserv.core.publication.passages import own_words
from listserv.core.publication.roundup import RoundupMaterial, Said, draft, suggest
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose
from listserv.store import contributions, occurrences, outbox, people, retelling, roundups
from listserv.store.session import Connection, Session

UNSENT = (RoundupState.DRAFT, RoundupState.APPROVED)


@dataclass(frozen=True, slots=True)
class Draft:
    """A round-up's text and what it was drawn from. `number`: how many readers will have received, with this one."""

    number: int
    text: str
    since: datetime | None
    until: datetime
    contributions: int


def draw_up(connection: Connection, site: Site, dialogue: Dialogue, now: datetime) -> Draft:
    """What would go out now: all that has been released since the last round-up."""
    number = roundups.next_number(connection, dialogue.id)
    standing = programme.as_at(dialogue, now)
    last = roundups.last_ended(connection, dialogue.id)
    since = last["drafted_at"] if last else None
    old = retelling.brought_in(connection, dialogue.id)
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED])
    rows = [row for row in rows if row["id"] not in old]
    said = tuple(
        _said(row) for row in rows if (since is None or row["decided_at"] > since) and dialogue.module(row["module"])
    )
    earlier = {
        (row["module"], question)
        for row in rows
        if since and row["decided_at"] <= since and (question := question_of(dialogue, row))
    }
    started = [module for module in dialogue.modules if module.opened_at or module.closed_at]
    touched = {one.module for one in said} | {m.number for m in started if since is None or _current(m, since)}
    following = [one for one in standing.modules if one.opened_at is None and one.closed_at is None]
    material = RoundupMaterial(
        number=number,
        title=dialogue.title,
        language=site.language(dialogue.language),
        zone=dialogue.zone,
        since=since or min([now, *(module.opens_at for module in dialogue.modules)]),
        until=now,
        modules=tuple(module for module in dialogue.modules if module.number in touched),
        said=said,
        registered=people.registered(connection, dialogue.id),
        answered=frozenset(earlier),
        still_open=standing.open_module(),
        next_module=following[0] if following else None,
    )
    return Draft(number, draft(material, site.wording), since, now, len(said))


def _current(module: Module, since: datetime) -> bool:
    """Still open, or opened since: what the last round-up told of a module that has closed is not told again."""
    return module.closed_at is None or (module.opened_at is not None and module.opened_at >= since)


def question_of(dialogue: Dialogue, row: Any) -> int | None:
    """The guiding question it answers: a moderator's mark, else what its words suggest, as in a round-up."""
    module = dialogue.module(row["module"])
    return row["question"] or (suggest(_said(row), module) if module else None)


def taken_up(
    connection: Connection, dialogue: Dialogue, module: Module
) -> tuple[list[tuple[int, str, int]], list[str]]:
    """Of a module's guiding questions those taken up: number, text, how many contributions; and the others' texts."""
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED], module=module.number)
    found = Counter(question_of(dialogue, row) for row in rows)
    numbered = list(enumerate(module.questions, 1))
    covered = [(number, text, found[number]) for number, text in numbered if found[number]]
    return covered, [text for number, text in numbered if not found[number]]


def _said(row: Any) -> Said:
    return Said(
        number=row["number"],
        module=row["module"],
        question=row["question"],
        person=row["person_id"] or -row["id"],
        byline=byline.of(row),
        country=row["country"] or "",
        subject=row["subject"],
        text=own_words(row["text"]),
        late=bool(row["late"]),
        quotable=bool(row["quotable"]),
    )


def draft_due(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due) -> bool:
    """Show the draft to the moderators, before the round-up goes out."""
    with session.read() as connection:
        made = draw_up(connection, site, dialogue, now)
        moderators = people.moderators(connection, dialogue.id)
        recipients = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
        known = roundups.of_period(connection, dialogue.id, what.round)
    due = due_at(dialogue, what.round)
    empty = needless(dialogue, made)

    def record(connection: Connection) -> bool:
        state = "skipped" if what.skip or empty else "done"
        fresh = [
            occurrences.once(connection, dialogue.id, kind, subject, round_, now, state=state)
            for kind, subject, round_ in what.keys
        ]
        return fresh[-1]

    if what.skip or empty or (known and known["state"] not in UNSENT):
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
        number=made.number,
        due_at=due,
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
        made = draw_up(connection, site, dialogue, now)
    values = _row(dialogue, period, due_at(dialogue, period), made)

    def write(connection: Connection) -> int:
        row = roundups.of_period(connection, dialogue.id, period)
        return row["id"] if row else roundups.add(connection, values)

    return session.write(write)


def needless(dialogue: Dialogue, made: Draft) -> bool:
    """All is over and nothing was said since the last one: then there is no round-up to write."""
    return not made.contributions and all(module.closed_at for module in dialogue.modules)


def due_at(dialogue: Dialogue, period: int) -> datetime:
    """The instant planned for that period's round-up."""
    for one in programme.timetable(dialogue, period):
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
