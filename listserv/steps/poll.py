"""The survey: what participants answer is read and kept, they are told what was understood, and once reminded.

Where anonymity is promised, answers are kept as store/surveys says; in the same transaction the mail that brought them
goes, and whom it came from out of what the inbox says of it; and no letter of ours repeats an answer, or says to which
questions one was given. Whoever has the address of Reply-To answers: it stood in one mail to one person.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from listserv.core.dialogue import audience
from listserv.core.dialogue.mask import unsigned
from listserv.core.dialogue.model import Dialogue, Outcome
from listserv.core.dialogue.occurrence import WHOLE
from listserv.core.dialogue.survey import Reply, says_something, understood
from listserv.core.dialogue.survey import read as read_answers
from listserv.core.mail import echoed, inmail
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.identity import Mailbox
from listserv.core.publication.evaluation import Given, Results, tabulate
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, insist, limit
from listserv.steps.arrival import Arrival
from listserv.store import audit, compaction, copies, occurrences, people, surveys
from listserv.store.session import Connection, Session

#: The occurrence that says the reminder has gone out.
REMINDED = "survey-reminder"

#: The mails that are answered with answers.
KINDS = (*audience.ANSWERED_ALONE, "survey_received")

#: The key of words that answer no question.
BESIDE = ""


def asked(arrival: Arrival) -> Arrival:
    """The same, as if to the address their survey is answered at, where it answers the survey at the dialogue's own.

    Some programs answer to From, whatever Reply-To says: it would be read by moderators, with the name above it.
    """
    mail, dialogue = arrival.mail, arrival.dialogue
    answers = [*mail.in_reply_to, *reversed(mail.references)][:20]
    if arrival.target.role is not Role.DIALOGUE or not answers or not mail.author or arrival.proof.refuted:
        return arrival
    with arrival.session.read() as connection:
        part = people.part_of(connection, dialogue.id, mail.author.address)
        if part is None or not copies.was_sent(connection, part["id"], KINDS, answers):
            return arrival
    return replace(arrival, target=Target(dialogue.slug, Role.SURVEY, part["id"]))


def read(arrival: Arrival) -> Reply:
    """What is answered in a mail to SLUG-survey+TOKEN@."""
    mail, questions = arrival.mail, arrival.dialogue.survey
    with arrival.session.read() as connection:
        part = surveys.part(connection, arrival.dialogue.id, arrival.target.payload or 0)
        letters = surveys.letters(connection, part.id, KINDS) if part else []
    names = [part.name if part else "", mail.author.name if mail.author else ""]
    ours = [inmail.read(one).body for one in letters]
    asked = [one.text for one in questions]
    asked += [f"({number}) {each}" for one in questions for number, each in enumerate(one.choices, 1)]

    def theirs(text: str) -> Reply:
        return read_answers(questions, unsigned(echoed.without(text, ours, asked), names, ""))

    said = theirs(mail.text)
    if said.answers or not mail.cut:
        return said
    whole = theirs(mail.body)  # answered within a quote that nothing marks
    if not whole.answers:
        return said
    return Reply(whole.answers, said.beside if says_something(said.beside) else "")


def poll(arrival: Arrival, said: Reply) -> None:
    """Keep it and say so; the mail's outcome is one transaction with it."""
    session, site, dialogue, now = arrival.session, arrival.site, arrival.dialogue, arrival.now
    done, mail = arrival.done, arrival.mail
    with session.read() as connection:
        part = surveys.part(connection, dialogue.id, arrival.target.payload or 0)
    if part is None or not dialogue.survey:
        session.write(lambda connection: done(connection, Outcome.REFUSED, "there is no survey for it"))
        return
    if mail.automatic is not None and not said.answers:
        why = mail.automatic.value
        session.write(lambda connection: done(connection, Outcome.AUTOMATIC, why))
        return
    anonymous = dialogue.survey_anonymous
    given = _given(site, dialogue, part.id, said)
    letter = _receipt(site, dialogue, now, part, said, "" if anonymous else mail.message_id)
    recipient = f"{dialogue.slug}-survey@{site.domain}"

    def write(connection: Connection) -> None:
        if not done(connection, Outcome.COMMAND, "an answer to the survey"):
            return
        surveys.keep(connection, dialogue.id, part.id, given)
        if not limit.of_answer(connection, now, dialogue.id, part.address, arrival.proof):
            letter.to_one(connection, now, part.address, part.id)
        if anonymous:
            surveys.nameless(connection, now, arrival.row.id, recipient)
            compaction.wanted(connection, now)

    session.write(write)


def _given(site: Site, dialogue: Dialogue, participation_id: int, said: Reply) -> list[surveys.Given]:
    who = None if dialogue.survey_anonymous else participation_id
    words = [(one.key, one.value, one.text) for one in said.answers]
    if said.beside:
        words.append((BESIDE, "", said.beside))
    return [
        surveys.Given(site.addresses.marks("answer", dialogue.slug, f"{participation_id} {key}"), key, value, text, who)
        for key, value, text in words
    ]


def _receipt(
    site: Site, dialogue: Dialogue, now: datetime, part: Any, said: Reply, message_id: str
) -> compose.Prepared:
    numbered = [(number, one, said.answer(one.key)) for number, one in enumerate(dialogue.survey, 1)]
    found = [(number, question, answer) for number, question, answer in numbered if answer]
    told = [
        (number, " ".join((answer.value or answer.text).split()), understood(question, answer))
        for number, question, answer in found
    ]
    return compose.notice(
        site,
        dialogue,
        now,
        "survey_received",
        Mailbox(part.name, part.address),
        site.language(part.language, dialogue.language),
        answers=message_id,
        reply_to=site.addresses.survey(dialogue.slug, part.id),
        name=part.name,
        questions=dialogue.survey,
        anonymous=dialogue.survey_anonymous,
        found=len(found),
        unread=not all(read for _, _, read in told),
        told=[] if dialogue.survey_anonymous else told,
    )


def results(connection: Connection, dialogue: Dialogue) -> Results:
    """What was answered, tabulated."""
    rows = [
        Given(one.question, one.value, one.text, one.name or "") for one in surveys.answers(connection, dialogue.id)
    ]
    asked, answered = surveys.asked(connection, dialogue.id), surveys.answered(connection, dialogue.id)
    return tabulate(dialogue.survey, rows, len(asked | answered), len(answered), dialogue.survey_anonymous)


def was_held(connection: Connection, dialogue: Dialogue) -> bool:
    """Whether the survey has gone out."""
    return bool(dialogue.survey) and bool(surveys.asked(connection, dialogue.id))


def silent(connection: Connection, dialogue: Dialogue) -> set[int]:
    """The participations a reminder would go to. Raises Refused when there is nothing to remind of, or it was done."""
    slug = dialogue.slug
    insist.on_running(dialogue)
    if not dialogue.survey:
        raise Refused(f"{slug} has no survey; write [[dialogue.survey]] into listserv.toml, then run: listserv apply")
    if not surveys.asked(connection, dialogue.id):
        raise Refused(f"the survey of {slug} has not gone out; see: listserv plan")
    if occurrences.recorded(connection, dialogue.id, REMINDED, WHOLE, 0):
        raise Refused("they were reminded already; nobody is reminded of a survey twice")
    found = surveys.silent(connection, dialogue.id)
    if not found:
        raise Refused("everybody who was asked has answered, or takes part no more")
    return found


def remind(session: Session, now: datetime, site: Site, dialogue: Dialogue, actor: str) -> int:
    """Remind those who have not answered, once; how many."""
    with session.read() as connection:
        silent(connection, dialogue)
        languages = people.languages(connection, dialogue.id)
    values = {"questions": dialogue.survey, "anonymous": dialogue.survey_anonymous}
    made = compose.everyone(
        site,
        dialogue,
        now,
        "survey_reminder",
        languages,
        lambda language: compose.words(site, dialogue, "survey_reminder", language, **values),
        html=True,
    )

    def write(connection: Connection) -> int:
        to = silent(connection, dialogue)
        occurrences.once(connection, dialogue.id, REMINDED, WHOLE, 0, now)
        _, count = made.to_some(connection, now, compose.ROUNDUPS, to)
        audit.record(connection, now, actor, "survey remind", f"{count} mails", "", dialogue.id)
        return count

    return session.write(write)
