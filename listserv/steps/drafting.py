"""Drafting round-ups: drawn up from what was released, kept, and shown to the moderators before their day.

A round-up tells of all that has been released and that none before it has told of: it is kept which contributions each
one told of, so that none is left out and none comes twice, whatever the clocks say and however many were missed. What
comes next is told as of the moment of drawing up, also when the clock is late: by the programme as it stands once all
that is due is done. `number` is what readers count by, without gaps; `id` is what moderators type. Raises Refused when
a draft vanishes meanwhile or its period is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import ContributionState, Dialogue, Module, RoundupState
from listserv.core.dialogue.programme import Due, OccurrenceKind
from listserv.core.dialogue.suggestion import suggest
from listserv.core.publication import coverage, trace
from listserv.core.publication.material import Contribution
from listserv.core.publication.notes import Note, NoteKind
from listserv.core.publication.passages import own_words
from listserv.core.publication.roundup import RoundupMaterial, Selection, select, write
from listserv.core.publication.sections import harmless_byline
from listserv.core.publication.trace import Untraced
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import collect, compose
from listserv.steps.gather import gather
from listserv.store import contributions, notes, occurrences, outbox, people, retelling, roundups
from listserv.store.session import Connection, Session

UNSENT = (RoundupState.DRAFT, RoundupState.APPROVED)


@dataclass(frozen=True, slots=True)
class Draft:
    """A round-up's text and what it was drawn from. `number`: how many readers will have received, with this one.

    `text` is in the dialogue's language; `in_language` gives it in another. `told`, `notes`: ids of the contributions
    it tells of, and of what moderators have added.
    """

    number: int
    text: str
    since: datetime | None
    until: datetime
    material: RoundupMaterial
    selection: Selection
    told: tuple[int, ...]
    notes: tuple[int, ...]

    @property
    def contributions(self) -> int:
        return len(self.told)

    def in_language(self, site: Site, language: str) -> str:
        return write(self.material, self.selection, site.wording, language)


def draw_up(connection: Connection, site: Site, dialogue: Dialogue, now: datetime) -> Draft:
    """What would go out now."""
    number = roundups.next_number(connection, dialogue.id)
    standing = programme.as_at(dialogue, now)
    last = roundups.last_sent(connection, dialogue.id)
    since = last["drafted_at"] if last else None
    before = roundups.told(connection, dialogue.id)
    released = _released(connection, dialogue)
    said = tuple(one for one in released if one.id not in before)
    fresh = {one.number for one in said}
    shared = collect.of(connection, site, dialogue, released)
    added = notes.waiting(connection, dialogue.id)
    started = [module for module in dialogue.modules if module.opened_at or module.closed_at]
    over = frozenset(m.number for m in started if since is not None and not _current(m, since))
    touched = {one.module for one in said} | {m.number for m in started} - over
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
        over=over,
        answered=_answered(dialogue, [one for one in released if one.id in before], over),
        still_open=standing.open_module(),
        next_module=following[0] if following else None,
        resources=tuple(one for one in shared if one.shared and one.shared[0].contribution in fresh),
        notes=tuple(Note(NoteKind(row["kind"]), row["text"], row["module"], row["question"]) for row in added),
    )
    selection = select(material, site.wording)
    return Draft(
        number,
        write(material, selection, site.wording),
        since,
        now,
        material,
        selection,
        tuple(one.id for one in said),
        tuple(row["id"] for row in added),
    )


def _released(connection: Connection, dialogue: Dialogue) -> list[Contribution]:
    """Without what came with an old list's archive: readers have had that."""
    old = retelling.brought_in(connection, dialogue.id)
    return [one for one in gather(connection, dialogue) if dialogue.module(one.module) and one.id not in old]


def left_over(connection: Connection, dialogue: Dialogue) -> list[tuple[str, int]]:
    """What has been released and stands in no round-up, where none is to come: who wrote it, and its number.

    "" for who is not to be named or quoted.
    """
    ahead = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
    if any(one.kind is OccurrenceKind.ROUNDUP for one in ahead):
        return []
    before = roundups.told(connection, dialogue.id)
    found = [one for one in _released(connection, dialogue) if one.id not in before]
    return [(harmless_byline(one.byline).sender if one.quotable else "", one.number) for one in found]


def _current(module: Module, since: datetime) -> bool:
    """Still open, or closed since: what the last round-up told of a module that had closed is not told again."""
    return module.closed_at is None or module.closed_at > since


def _answered(dialogue: Dialogue, told: list[Contribution], over: Collection[int]) -> frozenset[tuple[int, int]]:
    """The questions that earlier round-ups have shown answers to, of modules that still matter; 0: not known which."""
    found: set[tuple[int, int]] = set()
    for one in told:
        module = dialogue.module(one.module)
        if module is None or one.module in over:
            continue
        found |= {(one.module, question) for question in coverage.answering(one, module) or (0,)}
    return frozenset(found)


def untraced(connection: Connection, dialogue: Dialogue, text: str) -> list[Untraced]:
    """What in a round-up's text is quoted wrongly, or without saying from where."""
    said = gather(connection, dialogue)
    return trace.untraced(
        text,
        {one.number: f"{one.subject}\n{own_words(one.text)}" for one in said},
        [dialogue.title, *(words for module in dialogue.modules for words in (module.title, *module.questions))],
        [one.number for one in said if not one.quotable],
    )


def question_of(dialogue: Dialogue, row: Any) -> int | None:
    """The guiding question it answers: a moderator's mark, else what its words suggest, as in a round-up."""
    module = dialogue.module(row["module"])
    if row["question"] or module is None:
        return row["question"]
    found = suggest(f"{row['subject']}\n{own_words(row['text'])}", module.questions)
    return found.question if found else None


def taken_up(
    connection: Connection, dialogue: Dialogue, module: Module
) -> tuple[list[tuple[int, str, int]], list[str]]:
    """Of a module's guiding questions those taken up: number, text, how many contributions; and the others' texts.

    By the moderators' marks; where they have marked none yet, by what the words suggest. Of a question that unmarked
    words suggest nobody is told that none took it up: its author would read it.
    """
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED], module=module.number)
    marked = Counter(number for row in rows for number in contributions.questions(row))
    answers = [contributions.questions(row) or (question_of(dialogue, row) or 0,) for row in rows]
    found = marked or Counter(number for one in answers for number in one)
    covered = [(number, text, found[number]) for number, text in enumerate(module.questions, 1) if found[number]]
    return covered, [module.questions[number - 1] for number in coverage.not_taken_up(answers, module)]


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
    keep_draft(session, dialogue, what.round, made)
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


def keep_draft(session: Session, dialogue: Dialogue, period: int, made: Draft) -> int:
    """The row of that period's round-up, as drafted just now unless it is there; its id."""
    values = _row(dialogue, period, due_at(dialogue, period), made)

    def write(connection: Connection) -> int:
        row = roundups.of_period(connection, dialogue.id, period)
        return row["id"] if row else roundups.add(connection, values)

    return session.write(write)


def needless(dialogue: Dialogue, made: Draft) -> bool:
    """All is over, or goes on without an end, and nothing was said since the last one: there is nothing to tell."""
    ended = all(module.closed_at or module.closes_at is None for module in dialogue.modules)
    return ended and not made.contributions and not made.notes


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
        "told": list(made.told),
    }
