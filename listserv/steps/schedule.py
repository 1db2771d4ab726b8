"""The calendar as organisers see it: every mail with its id, its time, how many get it, and what has become of it.

And one of them as it would go out now. What goes as it happens (welcome, invitation, the note to the very frequent)
stands there without a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from email import message_from_bytes, policy
from enum import StrEnum
from types import SimpleNamespace

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.dialogue.occurrence import WHOLE, Change, Due, Key, OccurrenceKind, name
from listserv.core.mail.identity import Mailbox
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import announce, checkin, compose, confirm, drafting, profile, prompt, welcome
from listserv.steps.confirm import Purpose
from listserv.steps.newcomer import Newcomer
from listserv.store import occurrences, outbox, people
from listserv.store.session import Session

WELCOME, INVITATION = "welcome", "invitation"  # what goes as somebody comes; changes of them bear this kind

#: What `plan` lists besides, and where it is set.
NO_MAIL_OF_THE_CALENDAR = {
    "bundle": "made of contributions as they are; its hour is bundle in listserv.toml",
    "purge": "no mail; its time follows from retention in listserv.toml",
}

#: What may stand in place of our words, by kind: the template whose body it replaces.
BODIES = {
    **announce.TEMPLATE,
    OccurrenceKind.INVITATION: "invitation",
    OccurrenceKind.CHECKIN: "checkin",
    OccurrenceKind.NUDGE: "nudge",
    prompt.FREQUENT: "frequent",
    WELCOME: "welcome",
    INVITATION: "invitation",
}


class State(StrEnum):
    PLANNED = "planned"
    SKIPPED = "skipped"  # an organiser wants none
    SENT = "sent"
    LEFT_OUT = "left out"  # it had become pointless, or was past when the dialogue was set up
    HAPPENS = "as it happens"


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail of the calendar. `due` is None for what goes as it happens."""

    key: Key
    module: int | None
    at: datetime | None
    state: State
    due: Due | None = None
    change: Change | None = None

    @property
    def id(self) -> str:
        return name(*self.key)

    @property
    def changes(self) -> list[str]:
        """ "moved", "edited": by hand."""
        if self.change is None:
            return []
        return ["moved"] * (self.change.at is not None) + ["edited"] * bool(self.change.text)


def entries(session: Session, dialogue: Dialogue) -> list[Entry]:
    """All of them: past and to come in order of time, then what goes as it happens."""
    with session.read() as connection:
        states = occurrences.states(connection, dialogue.id)
    coming = {each.key: each for each in programme.coming(dialogue, set(states))}
    found = []
    for each in programme.timetable(dialogue):
        change = dialogue.change(*each.key)
        if each.key in coming:
            due = coming[each.key]
            pointless = due.skip and not (change and change.skipped)
            state = State.LEFT_OUT if pointless else State.SKIPPED if due.skip else State.PLANNED
        else:
            state, due = State.SENT if states.get(each.key) == "done" else State.LEFT_OUT, each
        found.append(Entry(each.key, each.module, each.at, state, due, change))
    happens: list[tuple[str, str, int, int | None]] = [(INVITATION, WHOLE, 0, None), (WELCOME, WHOLE, 0, None)]
    if dialogue.policy.calendar.frequent:
        closed = [one for one in dialogue.modules if one.closed_at is None]
        happens += [(prompt.FREQUENT, str(one.number), one.reopenings, one.number) for one in closed]
    for kind, subject, round_, module in happens:
        change = dialogue.change(kind, subject, round_)
        state = State.SKIPPED if change and change.skipped else State.HAPPENS
        found.append(Entry((kind, subject, round_), module, None, state, None, change))
    return found


def find(session: Session, dialogue: Dialogue, named: str) -> Entry:
    """The one of that id; of a re-opened module the last. Refused when there is none."""
    wanted = named.strip().lower().replace("_", "-")
    found = [one for one in entries(session, dialogue) if one.id == wanted]
    if not found:
        raise Refused(_unknown(wanted, named, entries(session, dialogue)))
    return max(found, key=lambda one: one.key[2])


def _unknown(wanted: str, named: str, there: Sequence[Entry]) -> str:
    if wanted in NO_MAIL_OF_THE_CALENDAR:
        return f"{wanted} is {NO_MAIL_OF_THE_CALENDAR[wanted]}"
    ids = [one.id for one in there]
    near = [one for one in ids if one.startswith(f"{wanted}-") and one.removeprefix(f"{wanted}-").isdecimal()]
    near = near or get_close_matches(wanted.replace(" ", "-"), ids, 1)
    instead = f"; did you mean {' or '.join(near[:4])}?" if near else "; see: listserv plan --all"
    return f"there is no {named!r} in the calendar{instead}"


def recipients(session: Session, now: datetime, site: Site, dialogue: Dialogue, entry: Entry) -> int | None:
    """How many would get it now; None where that depends on what happens."""
    kind = entry.key[0]
    if kind == OccurrenceKind.CHECKIN:
        return len(checkin.due(session, now, site, dialogue))
    with session.read() as connection:
        match kind:
            case OccurrenceKind.DRAFT | OccurrenceKind.MIDWEEK_DRAFT:
                return len(people.moderators(connection, dialogue.id))
            case OccurrenceKind.ROUNDUP:
                return outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
            case OccurrenceKind.INVITATION:
                return len(prompt.invited(connection, site, dialogue))
            case OccurrenceKind.NUDGE:
                return len(prompt.quiet(connection, dialogue, now, entry.module or 0))
            case _ if entry.due is None:
                return None
            case _:
                but = announce.spared(connection, dialogue, now, entry.due)
                return outbox.would_get(connection, dialogue.id, announce.modes(OccurrenceKind(kind)), but)


def body(session: Session, now: datetime, site: Site, dialogue: Dialogue, entry: Entry) -> str:
    """What of it can be written anew: as an organiser left it, else in our words, in the dialogue's language."""
    kind = _with_words(entry, dialogue)
    if entry.change and entry.change.text:
        return entry.change.text
    language = site.language(dialogue.language)
    if entry.due is not None and kind in announce.TEMPLATE:
        with session.read() as connection:
            return announce.body(connection, site, dialogue, now, entry.due, language)
    module = dialogue.open_module() if kind == WELCOME else dialogue.module(entry.module)
    open_questions = _open(session, dialogue, entry)
    following = _following(dialogue, now)
    return compose.body(
        *(site, dialogue, BODIES[kind], language),
        module=module,
        next_module=following,
        open_questions=open_questions,
        brought="",
    )


def letter(session: Session, now: datetime, site: Site, dialogue: Dialogue, entry: Entry, language: str) -> Letter:
    """As it would go out now to a reader of that language; private ones as to somebody who is nobody."""
    kind = _with_words(entry, dialogue)
    if entry.due is not None and kind in announce.TEMPLATE:
        edited = entry.change.text if entry.change else ""
        with session.read() as connection:
            return announce.letter(connection, site, dialogue, now, entry.due, language, edited)
    prepared = _private(session, now, site, dialogue, entry, language)
    mail = message_from_bytes(prepared.renderings[prepared.default].message(), policy=policy.default)
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
    return Letter(str(mail["Subject"]), text)


def html(site: Site, made: Letter, entry: Entry, language: str) -> str:
    """The same as an HTML mail, for those that have that form. Refused for the others."""
    if entry.due is None or entry.due.kind not in announce.WITH_HTML:
        raise Refused(f"{entry.id} goes out as text alone")
    return site.wording.html(made.text, title=made.subject, language=language)


def _with_words(entry: Entry, dialogue: Dialogue) -> str:
    """Its kind. Refused for what has no words of the calendar's own."""
    if entry.key[0] not in BODIES:
        raise Refused(elsewhere(entry, dialogue))
    return entry.key[0]


def elsewhere(entry: Entry, dialogue: Dialogue) -> str:
    """Where what has no words of the calendar's own is looked at and changed."""
    if entry.key[0] == OccurrenceKind.MIDWEEK_DRAFT:
        note = name(OccurrenceKind.MIDWEEK, *entry.key[1:])
        return f"{entry.id} is {note} as the moderators see it first; name that: listserv plan preview {note}"
    return f"round-ups have commands of their own: listserv roundup preview | edit | send | skip -d {dialogue.slug}"


def _following(dialogue: Dialogue, now: datetime) -> Module | None:
    return next((one for one in dialogue.modules if one.opened_at is None and one.opens_at > now), None)


def _open(session: Session, dialogue: Dialogue, entry: Entry) -> Sequence[str]:
    module = dialogue.module(entry.module)
    if module is None:
        return ()
    with session.read() as connection:
        covered, open_ = drafting.taken_up(connection, dialogue, module)
    return open_ if covered else ()


def _private(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, entry: Entry, language: str
) -> compose.Prepared:
    """To somebody who is nobody."""
    nobody = SimpleNamespace(id=0, name="Amina Diallo", address=f"amina@{site.domain}", language=language)
    module, edited = dialogue.module(entry.module), entry.change.text if entry.change else ""
    with session.read() as connection:
        questions = profile.questions(connection, dialogue.id)
    form = profile.unanswered(questions, {"name": nobody.name})
    match entry.key[0]:
        case OccurrenceKind.NUDGE if module:
            return prompt.nudge(site, dialogue, now, module, nobody, _open(session, dialogue, entry), edited)
        case prompt.FREQUENT if module:
            count = dialogue.policy.calendar.frequent + 1
            return prompt.frequent(site, dialogue, now, module, nobody, count, edited)
        case OccurrenceKind.CHECKIN:
            box = Mailbox(nobody.name, nobody.address)
            return confirm.question(
                *(site, dialogue, now, Purpose.CHECKIN, box.name, box.address, language),
                form=form,
                next_module=_following(dialogue, now),
                edited=edited,
            ).mail
        case kind if kind == WELCOME:
            return welcome.welcome_letter(site, dialogue, now, nobody.name, nobody.address, language)
        case kind:
            one = Newcomer(nobody.address, nobody.name, {"language": language})
            again = kind == OccurrenceKind.INVITATION
            return confirm.invitation(now, site, dialogue, one, form, again=again).mail
