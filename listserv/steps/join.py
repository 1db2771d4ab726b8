"""Somebody comes to take part, by mail or on our page: the request, its confirmation with the form, moderators' notice.

Where the sender is proven one mail is enough; else one is asked for that confirms and answers the form at once. Nothing
of an unproven request stands in what we send to the address it names: neither name nor subject nor text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from listserv.core.dialogue.model import Participation
from listserv.core.mail.authentication import Level
from listserv.core.mail.level import IN_WORDS
from listserv.core.sentence import Sentence
from listserv.steps import confirm, enter, profile, request, vouch
from listserv.steps.confirm import Purpose
from listserv.steps.enter import Applicant, Entry
from listserv.steps.limit import Left
from listserv.steps.wish import Effect, Wish
from listserv.store import confirmations
from listserv.store.session import Connection

CONFIRMED = Sentence("The address answered our mail.")


def ask(wish: Wish) -> Effect:
    """A mail to -join."""
    if (passed_on := vouch.passed_on(wish)) is not None:
        return passed_on
    if not wish.stranger:
        return wish.send("help", "join: takes part already", understood=True, waits=False)
    invited = wish.part is not None and wish.part["status"] == Participation.INVITED
    if wish.dialogue.policy.participation == "invite" and not invited:
        return wish.not_here("join: by invitation only")
    if wish.proof.level is not Level.NONE:
        return _proven(wish)
    if wish.too_many("join"):
        return wish.left_out(Left.JOIN, "join: not asked to confirm")
    called = wish.name or wish.author.name
    with wish.session.read() as connection:
        asked = profile.questions(connection, wish.dialogue.id)
    filled = request.answers(wish.mail, asked) if wish.on_page else {}
    form = profile.unanswered(asked, filled)
    question = confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.JOIN,
        called,
        wish.author.address,
        wish.site.language(filled.get("language", ""), wish.language),
        answers=None if wish.on_page else wish.mail.message_id,
        greeted=False,
        form=[one for one in form if one.key != "name" or not called],
        by_request=wish.dialogue.policy.participation == "request" and not invited,
    )
    return wish.once_a_day("join", lambda c: question.ask(c, wish.now, wish.part_id)), "join: asked to confirm"


def _proven(wish: Wish) -> Effect:
    """The one mail that is needed. Of its text all is read that the form would ask."""
    with wish.session.read() as connection:
        told = profile.told(wish.mail, profile.questions(connection, wish.dialogue.id))
    if wish.part and wish.part["status"] == Participation.REQUESTED and not told.values:
        return wish.owner("join: asks again, and waits for a moderator already; passed on to the moderators")
    proven, text = wish.proof.says or IN_WORDS[wish.proof.level], enter.own_text(wish, wish.mail)
    status = enter.status(wish, wish.part)
    entry = Entry(wish, Applicant(wish.author.address, wish.author.name, wish.language, proven, text, told, status))
    form = profile.unanswered(entry.asked, entry.answers)
    question = confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.PROFILE,
        entry.name,
        wish.author.address,
        entry.language,
        template="join_received",
        answers=wish.mail.message_id,
        form=form,
        noted=entry.noted,
        waits=status is Participation.REQUESTED,
    )

    def write(connection: Connection) -> None:
        if (part_id := entry.write(connection)) is not None and (form or status is Participation.REQUESTED):
            question.ask(connection, wish.now, part_id)

    return wish.once_a_day("join", write), f"join: {status.value}"


def confirmed(wish: Wish, asked: Any, part: Any | None) -> Effect:
    """A yes to the question whether it was them, or to an invitation. `asked`: its row; `part`: theirs, if any."""
    with wish.session.read() as connection:
        form = profile.questions(connection, wish.dialogue.id)
        filled = request.filled(connection, wish.site, wish.dialogue, asked, form)
    told = profile.told(wish.mail, form)
    told = replace(told, values={**filled, **told.values})  # what they say now goes before what was filled in
    invited = asked["purpose"] == Purpose.INVITATION
    status = Participation.ACTIVE if invited else enter.status(wish, part)
    text = enter.own_text(wish, wish.mail)
    entry = Entry(wish, Applicant(asked["address"], asked["name"], asked["language"], CONFIRMED, text, told, status))

    def effect(connection: Connection) -> None:
        if confirmations.use(connection, asked["id"], wish.now):
            entry.write(connection)

    return effect, f"join: {status.value}"
