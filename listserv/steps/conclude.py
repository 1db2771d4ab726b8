"""After the last module: the dialogue closes into a read-only archive, or goes on as a network without an end.

Either is one transaction: what changes, the one mail to all who take part, and the audit entry. An archive takes in
nothing new and sends nothing of its own; its pages stay, mail to it is answered (steps/command), and people may still
leave, be erased, or reach a moderator. It can go on later. A network is one open-ended module after the others;
round-ups go on where they come weekly. What is still held has to be decided first, what is planned has to be over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import ContributionState, Dialogue, Module
from listserv.core.dialogue.occurrence import OccurrenceKind
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import announce, circulate, compose
from listserv.store import audit, contributions, dialogues, occurrences, outbox, people
from listserv.store.session import Connection, Session

#: Mails after the last module, which an archive no longer sends.
LAST = (OccurrenceKind.LAST_CALL, OccurrenceKind.SURVEY, OccurrenceKind.THANKS)
UNREPORTED = "the report has not been sent; to send it first: listserv report send"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens, or has: the mail in the dialogue's language, how many get it, and the modules that close."""

    letter: Letter
    recipients: int
    closes: tuple[int, ...]
    notes: tuple[str, ...] = ()  # what an organiser may want to do before


def close(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, actor: str, *, dry_run: bool = False
) -> Outcome:
    """Make it an archive. Refused while a module is still to open or something is held, and when it is one already."""
    if dialogue.closed_at:
        raise Refused(f"{dialogue.slug} has closed already, on {dialogue.closed_at:%Y-%m-%d}")
    _nothing_planned(dialogue)
    with session.read() as connection:
        _nothing_held(connection, dialogue)
        figures = announce.counts(connection, dialogue, None)
        languages = people.languages(connection, dialogue.id)
        would_get = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
        reported = circulate.sent(connection, dialogue)
        done = occurrences.done(connection, dialogue.id)
    notes = (UNREPORTED,) if figures.contributions and not reported else ()
    if dropped := [one.kind.value for one in programme.coming(dialogue, done) if one.kind in LAST and not one.skip]:
        notes += (f"what was still to come goes no more: {', '.join(dropped)}; see: listserv plan",)
    last = max((one.number for one in dialogue.modules), default=None)
    closes = tuple(one.number for one in dialogue.modules if one.closed_at is None)

    def letter(language: str) -> Letter:
        return compose.words(site, dialogue, "ended", language, figures=figures)

    closed = replace(dialogue, closed_at=now)
    prepared = compose.everyone(site, closed, now, "ended", languages, letter, module=last)
    shown = letter(site.language(dialogue.language))
    if dry_run:
        return Outcome(shown, would_get, closes, notes)

    def write(connection: Connection) -> Outcome:
        current = _as_it_was(connection, dialogue)
        _nothing_held(connection, current)
        for number in closes:
            dialogues.close_now(connection, dialogue.id, number, now)
        dialogues.change(connection, dialogue.id, {"closed_at": now})
        recipients = prepared.to_all(connection, now, compose.ROUNDUPS)
        dialogues.advance_clock(connection, dialogue.id, now)
        said = f"an archive from now on, {recipients} mails"
        audit.record(connection, now, actor, "close", f"dialogue {dialogue.slug}", said, dialogue.id)
        return Outcome(shown, recipients, closes, notes)

    return session.write(write)


def go_on(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, title: str, actor: str, *, dry_run: bool = False
) -> Outcome:
    """Go on with one open-ended module of that title. Refused while a module is still to open, or one has no end."""
    _nothing_planned(dialogue)
    current = dialogue.open_module()
    if current and current.closes_at is None:
        raise Refused(f"{dialogue.slug} goes on already: module {current.number}, {current.title}, has no end")
    number = max((one.number for one in dialogue.modules), default=0) + 1
    network = Module(number, title, "", (), now, None, opened_at=now)
    closes = tuple(one.number for one in dialogue.modules if one.closed_at is None)
    weekly = dialogue.policy.roundup.weekday is not None
    with session.read() as connection:
        languages = [*site.languages, *people.languages(connection, dialogue.id)]
        would_get = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
    notes = (
        () if weekly else ("round-ups come at a module's close, and this one has none: set roundup.day to a weekday",)
    )
    grown = replace(dialogue, closed_at=None, modules=(*dialogue.modules, network))

    def letter(language: str) -> Letter:
        return compose.words(site, grown, "continued", language, module=network, weekly=weekly)

    # Also the announcement of that module: what is written stands beneath it, and who joins later gets it.
    prepared = compose.everyone(site, grown, now, "continued", languages, letter, module=number)
    shown = letter(site.language(dialogue.language))
    if dry_run:
        return Outcome(shown, would_get, closes, notes)

    def write(connection: Connection) -> Outcome:
        _as_it_was(connection, dialogue)
        for one in closes:
            dialogues.close_now(connection, dialogue.id, one, now)
        dialogues.change(connection, dialogue.id, {"closed_at": None})
        dialogues.put_module(connection, dialogue.id, network)
        dialogues.set_module(connection, dialogue.id, number, {"opened_at": now, "dated_by": actor})
        contributions.adopt(connection, dialogue.id, number)
        recipients = prepared.to_all(connection, now, compose.ROUNDUPS)
        dialogues.advance_clock(connection, dialogue.id, now)
        said = f"with module {number}, {title}, without an end, {recipients} mails"
        audit.record(connection, now, actor, "continue", f"dialogue {dialogue.slug}", said, dialogue.id)
        return Outcome(shown, recipients, closes, notes)

    return session.write(write)


def _nothing_planned(dialogue: Dialogue) -> None:
    for one in dialogue.modules:
        if one.opened_at is None and one.closed_at is None:
            raise Refused(
                f"module {one.number} opens on {one.opens_at:%Y-%m-%d}: it has to be over; or take it out of"
                " listserv.toml and run: listserv apply"
            )


def _nothing_held(connection: Connection, dialogue: Dialogue) -> None:
    held = contributions.counts(connection, dialogue.id).get(ContributionState.HELD, 0)
    if held:
        what = "1 contribution is" if held == 1 else f"{held} contributions are"
        raise Refused(f"{what} held; release, return or discard first: listserv queue list")


def _as_it_was(connection: Connection, dialogue: Dialogue) -> Dialogue:
    """As it is now, if nobody has switched it over since it was read."""
    current = dialogues.by_id(connection, dialogue.id)
    if (current.modules, current.closed_at) != (dialogue.modules, dialogue.closed_at):
        raise Refused("somebody else has just switched over; see: listserv module list")
    return current
