"""Before the opening: does mail reach them? Each participant who has not written yet is asked, any answer will do.

A reply to the check-in, or any other mail of theirs, sets participation.checked_at; who is silent is listed by
`participant list --unanswered`. Asked by the organisers, once a day at most; who is asked is told what is still open of
their profile, too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listserv.core.dialogue import commands
from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.occurrence import OccurrenceKind
from listserv.core.site import Site
from listserv.steps import confirm, leave, profile
from listserv.steps.confirm import Purpose
from listserv.steps.recognise import Register
from listserv.steps.wish import Effect, Wish
from listserv.store import audit, confirmations, occurrences, people
from listserv.store.session import Connection, Session

ASKED = "answer:checkin"  # the occurrence: a participation's id, day
CHUNK = 200  # questions in one transaction

#: Words of an answer that are more than "yes, I am here": then a person reads them.
SAYS_MORE = 8


def due(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> list[Any]:
    """Whom a check-in would go to: active participants who never answered, and were not asked today."""
    with session.read() as connection:
        rows = people.unanswered(connection, dialogue.id)
        register = Register(connection, site, [row["address"] for row in rows])
        today = occurrences.asked_today(connection, dialogue.id, ASKED, now)
    return [row for row in rows if str(row["id"]) not in today and not register.suppressed(row["address"])]


def checkin(session: Session, now: datetime, site: Site, dialogue: Dialogue, actor: str) -> list[str]:
    """Ask them; the addresses asked."""
    rows = due(session, now, site, dialogue)
    with session.read() as connection:
        asked = profile.questions(connection, dialogue.id)
    following = next((one for one in dialogue.modules if one.opened_at is None and one.opens_at > now), None)
    done: list[str] = []
    for start in range(0, len(rows), CHUNK):
        questions = [
            (row, _question(site, dialogue, now, row, asked, following)) for row in rows[start : start + CHUNK]
        ]

        def write(connection: Connection, questions: list[Any] = questions) -> list[str]:
            to = []
            for row, question in questions:
                if occurrences.once_a_day(connection, dialogue.id, ASKED, str(row["id"]), now):
                    question.ask(connection, now, row["id"])
                    to.append(row["address"])
            return to

        done += session.write(write)
    if done:
        said = f"{len(done)} asked"
        session.write(lambda connection: audit.record(connection, now, actor, "checkin", said, "", dialogue.id))
    return done


def _question(
    site: Site, dialogue: Dialogue, now: datetime, row: Any, asked: Any, following: object
) -> confirm.Question:
    return confirm.question(
        site,
        dialogue,
        now,
        Purpose.CHECKIN,
        row["name"],
        row["address"],
        site.language(row["language"], dialogue.language),
        form=profile.unanswered(asked, profile.known(row, asked)),
        next_module=following,
        home=row["country"],
        edited=dialogue.edited(OccurrenceKind.CHECKIN),
    )


def answered(wish: Wish, asked: Any) -> Effect:
    """Whatever it says, the address works. A wish to leave is met, the form is read, anything longer a person reads."""
    with wish.session.read() as connection:
        part = people.part_of(connection, wish.dialogue.id, asked["address"])
        questions = profile.questions(connection, wish.dialogue.id)
    if part is None:
        return (lambda connection: None), "check-in: nobody"
    if commands.leaves(wish.mail.text):
        goodbye = leave.goodbye_letter(wish.site, wish.dialogue, wish.now, part)

        def go(connection: Connection) -> None:
            confirmations.use(connection, asked["id"], wish.now)
            leave.left(connection, wish.now, wish.dialogue, part["id"], goodbye, part["address"], "by mail")

        return go, "check-in: wants to leave, done"
    told = profile.told(wish.mail, questions)
    answers = {**profile.known(part, questions), **told.values}
    again = profile.unclear(wish, part, questions, answers, told) if told.unread else None
    more = told.nothing and len(wish.mail.text.split()) > SAYS_MORE
    pass_on, _ = wish.owner() if more else ((lambda connection: None), "")

    def effect(connection: Connection) -> None:
        confirmations.use(connection, asked["id"], wish.now)
        people.heard_of(connection, wish.now, wish.dialogue.id, part["address"])
        profile.keep(connection, wish, part["person_id"], part["address"], told.values)
        profile.say_once(connection, wish.now, wish.dialogue.id, part["id"], again)
        pass_on(connection)

    return effect, "check-in: answered" + (", passed on to the moderators" if more else "")
