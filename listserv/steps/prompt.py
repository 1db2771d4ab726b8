"""Private mails of the calendar: asking again who was invited, the check-in, the nudge, the note to the very frequent.

And the mid-week note's draft, to the moderators. Each goes to a person at most once: an occurrence's row for each is
written in the transaction of their mail, so that a run that is cut short goes on where it was. Nobody hears of who
else got one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from listserv.core.dialogue import facilitation
from listserv.core.dialogue.model import Dialogue, Module, Participation
from listserv.core.dialogue.occurrence import WHOLE, Due, OccurrenceKind
from listserv.core.dialogue.quiet import spared
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import announce, checkin, compose, confirm, drafting, profile
from listserv.steps.newcomer import Newcomer
from listserv.steps.recognise import Register
from listserv.store import audit, calendar, occurrences, outbox, people, readers
from listserv.store.session import Connection, Session

PRIVATE = (OccurrenceKind.INVITATION, OccurrenceKind.CHECKIN, OccurrenceKind.NUDGE)
FREQUENT = "frequent"  # its kind, as changes of the calendar name it
INVITED_AGAIN = "answer:invited-again"  # the participation
CHUNK = 200  # mails in one transaction

Post = Callable[[Connection], bool]


class _ChangedError(Exception):
    """An organiser has just skipped, moved or edited something: it is looked at anew."""


def due(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due, actor: str) -> bool:
    """Do one of them and record it; false when it was recorded before, or has just been changed by hand."""
    try:
        return _due(session, now, site, dialogue, what, actor)
    except _ChangedError:
        return False


def _as_read(connection: Connection, dialogue: Dialogue) -> None:
    if calendar.changes(connection, dialogue.id) != dialogue.changes:
        raise _ChangedError


def _due(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due, actor: str) -> bool:
    count = 0
    if not what.skip:
        match what.kind:
            case OccurrenceKind.INVITATION:
                count = _invite_again(session, now, site, dialogue)
            case OccurrenceKind.CHECKIN:
                count = len(checkin.checkin(session, now, site, dialogue, actor))
            case OccurrenceKind.NUDGE:
                count = _nudge(session, now, site, dialogue, what)
    drafts = what.kind is OccurrenceKind.MIDWEEK_DRAFT and not what.skip
    draft = _draft(session, now, site, dialogue, what) if drafts else None

    def write(connection: Connection) -> bool:
        _as_read(connection, dialogue)
        state = "skipped" if what.skip else "done"
        if not occurrences.once(connection, dialogue.id, *what.key, now, state=state):
            return False
        if draft is not None:
            draft(connection)
        subject = what.subject if what.subject == WHOLE else f"module {what.subject}"
        reason = "skipped" if what.skip else "to the moderators" if draft else f"{count} mails"
        audit.record(connection, now, actor, what.kind, subject, reason, dialogue.id)
        return True

    return session.write(write)


def next_at(connection: Connection, dialogue: Dialogue) -> datetime | None:
    """When somebody has to be asked to leave room: now, that is in the past, when there is somebody."""
    return next((module.opened_at for module, _ in _very_frequent(connection, dialogue)), None)


def to_the_frequent(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """Ask each who has just become very frequent in an open module; how many."""
    with session.read() as connection:
        found = _very_frequent(connection, dialogue)
    return sum(_ask_for_room(session, now, site, dialogue, module, row) for module, row in found)


def _very_frequent(connection: Connection, dialogue: Dialogue) -> list[tuple[Module, Any]]:
    most, module = dialogue.policy.calendar.frequent, dialogue.open_module()
    if not most or module is None:
        return []
    change = dialogue.change(FREQUENT, str(module.number), module.reopenings)
    if change and change.skipped:
        return []
    return [(module, row) for row in readers.frequent(connection, dialogue.id, module.number, most)]


def _ask_for_room(session: Session, now: datetime, site: Site, dialogue: Dialogue, module: Module, row: Any) -> int:
    edited = dialogue.edited(FREQUENT, str(module.number), module.reopenings)
    mail = frequent(site, dialogue, now, module, row, row.count, edited)

    def write(connection: Connection) -> int:
        if not occurrences.once(connection, dialogue.id, readers.FREQUENT, str(row.id), module.number, now):
            return 0
        mail.to_one(connection, now, row.address, row.id)
        audit.record(connection, now, "clock", FREQUENT, f"module {module.number}", "1 mail", dialogue.id)
        return 1

    return session.write(write)


def frequent(
    site: Site, dialogue: Dialogue, now: datetime, module: Module, row: Any, count: int, edited: str
) -> compose.Prepared:
    """The note to one of the very frequent. `row`: with name, address, language."""
    return compose.notice(
        *(site, dialogue, now, FREQUENT, Mailbox(row.name, row.address)),
        site.language(row.language, dialogue.language),
        name=row.name,
        module=module,
        count=count,
        edited=edited,
    )


def nudge(
    site: Site, dialogue: Dialogue, now: datetime, module: Module, row: Any, open_questions: Sequence[str], edited: str
) -> compose.Prepared:
    """The private reminder to one person; an answer to it counts for the module."""
    made = compose.notice(
        *(site, dialogue, now, "nudge", Mailbox(row.name, row.address)),
        site.language(row.language, dialogue.language),
        reply_to=site.addresses.dialogue(dialogue.slug),
        name=row.name,
        module=module,
        open_questions=open_questions,
        edited=edited,
    )
    return replace(made, module=module.number)


def quiet(connection: Connection, dialogue: Dialogue, now: datetime, number: int) -> list[Any]:
    """Who would get the private reminder of that module now: id, name, address, language."""
    ids = [one.id for one in readers.readers(connection, dialogue.id, number) if spared(one, now) is None]
    return readers.parts(connection, ids)


def _nudge(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due) -> int:
    module = dialogue.module(what.module)
    if module is None:
        return 0
    with session.read() as connection:
        rows = quiet(connection, dialogue, now, module.number)
        covered, open_ = drafting.taken_up(connection, dialogue, module)
    edited = dialogue.edited(*what.key)
    told = open_ if covered else []

    def made(row: Any) -> Post:
        mail = nudge(site, dialogue, now, module, row, told, edited)

        def post(connection: Connection) -> bool:
            if not occurrences.once(connection, dialogue.id, readers.NUDGED, str(row.id), module.number, now):
                return False
            mail.to_one(connection, now, row.address, row.id)
            return True

        return post

    return _in_chunks(session, dialogue, rows, made)


def invited(connection: Connection, site: Site, dialogue: Dialogue) -> list[Any]:
    """Who was invited, has not answered, and was not asked again."""
    rows = people.rows(connection, dialogue.id, Participation.INVITED)
    asked = {part for part, _ in occurrences.rounds(connection, dialogue.id, INVITED_AGAIN)}
    register = Register(connection, site, [row["address"] for row in rows])
    return [row for row in rows if str(row["id"]) not in asked and not register.suppressed(row["address"])]


def _invite_again(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    with session.read() as connection:
        rows = invited(connection, site, dialogue)
        questions = profile.questions(connection, dialogue.id)

    def made(row: Any) -> Post:
        form = profile.unanswered(questions, profile.known(row, questions))
        one = Newcomer(row["address"], row["name"], {"language": row["language"]})
        asked = confirm.invitation(now, site, dialogue, one, form, again=True)

        def post(connection: Connection) -> bool:
            if not occurrences.once(connection, dialogue.id, INVITED_AGAIN, str(row["id"]), 0, now):
                return False
            asked.ask(connection, now, row["id"])
            return True

        return post

    return _in_chunks(session, dialogue, rows, made)


def _in_chunks(session: Session, dialogue: Dialogue, rows: Sequence[Any], made: Callable[[Any], Post]) -> int:
    """Rendered outside the writer, so many at a time posted in one transaction; how many."""
    count = 0
    for start in range(0, len(rows), CHUNK):
        posts = [made(row) for row in rows[start : start + CHUNK]]

        def write(connection: Connection, posts: Sequence[Post] = posts) -> int:
            _as_read(connection, dialogue)
            return sum(post(connection) for post in posts)

        count += session.write(write)
    return count


def _draft(session: Session, now: datetime, site: Site, dialogue: Dialogue, what: Due) -> Callable[[Connection], None]:
    """To each moderator, the mid-week note as it would go out now."""
    note = next(one for one in facilitation.entries(dialogue) if one.key == (OccurrenceKind.MIDWEEK, *what.key[1:]))
    language = site.language(dialogue.language)
    with session.read() as connection:
        text = dialogue.edited(*note.key) or announce.body(connection, site, dialogue, now, note, language)
        moderators = people.moderators(connection, dialogue.id)
        recipients = outbox.would_get(connection, dialogue.id, announce.modes(note.kind))
    notices = compose.notices_to(
        *(site, dialogue, now, "midweek_draft", moderators),
        id=note.id,
        module=dialogue.module(note.module),
        due_at=note.at,
        text=text,
        recipients=recipients,
    )
    return lambda connection: compose.to_moderators(connection, now, moderators, notices)
