"""What people tell of themselves: the questions a dialogue asks, answers read out of mail, kept, and said back.

Country, organisation, sector, gender and language are asked by every dialogue, further fields by some. What a mail says
is read by core/dialogue/profile. What could not be read is said back once, and left open then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import profile
from listserv.core.dialogue.profile import Question, Told
from listserv.core.mail.inmail import InboundMail
from listserv.steps import confirm
from listserv.steps.confirm import Purpose
from listserv.steps.wish import Effect, Wish
from listserv.store import audit, confirmations, dialogues, occurrences, people
from listserv.store.session import Connection

NAME = Question("name")


@dataclass(frozen=True, slots=True)
class Noted:
    """An answer as it is shown. `label`: of the dialogue's own fields; "" for what every dialogue asks."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """An answer that was not understood, as it is shown. `meant`: what it may have been."""

    key: str
    label: str
    said: str
    meant: tuple[str, ...]


def questions(connection: Connection, dialogue_id: int) -> tuple[Question, ...]:
    """All that a dialogue asks, the name first."""
    own = dialogues.fields(connection, dialogue_id)
    return NAME, *profile.ASKED, *(Question(one["key"], one["label"], tuple(one["choices"])) for one in own)


def known(person: Mapping[str, Any] | None, asked: Sequence[Question]) -> dict[str, str]:
    """The answers that somebody has given so far, by key. `person`: with the columns of person."""
    if person is None:
        return {}
    columns = {key: person[key] for key in people.PROFILE}
    return {one.key: value for one in asked if (value := {**person["profile"], **columns}.get(one.key, ""))}


def unanswered(asked: Sequence[Question], answers: Mapping[str, str]) -> list[Question]:
    """What is still to be asked: the form. The language is asked once more, as long as it was only guessed."""
    return [one for one in asked if one.key not in answers]


def noted(asked: Sequence[Question], answers: Mapping[str, str]) -> list[Noted]:
    return [Noted(one.key, one.label, answers[one.key]) for one in asked if answers.get(one.key)]


def told(mail: InboundMail, asked: Sequence[Question]) -> Told:
    """What a mail says of its author; quotes count, for people fill in the form where it is quoted."""
    return profile.read(mail.body, asked, mail.text)


def columns(answers: Mapping[str, str], own: Mapping[str, str]) -> dict[str, Any]:
    """The columns of person for these answers; `own`: what the dialogue's own fields held."""
    standard = {key: value for key, value in answers.items() if key in people.PROFILE}
    fields = {key: value for key, value in answers.items() if key not in people.PROFILE}
    return {**standard, **({"profile": {**own, **fields}} if fields else {})}


def keep(connection: Connection, wish: Wish, person_id: int, address: str, answers: Mapping[str, str]) -> None:
    """Write them to somebody's profile; what is there already and is not answered anew stays."""
    known = people.profile_of(connection, person_id)
    fresh = columns(answers, known["profile"])
    if changed := [name for name, value in fresh.items() if known[name] != value]:
        people.change_person(connection, person_id, fresh)
        audit.record(connection, wish.now, address, "profile", address, ", ".join(changed), wish.dialogue.id)


def unclear(
    wish: Wish, person: Mapping[str, Any], asked: Sequence[Question], answers: Mapping[str, str], said: Told
) -> confirm.Question:
    """The short answer that shows what was understood and what was not, with a form for the rest."""
    language = wish.site.language(answers.get("language") or person["language"], wish.dialogue.language)
    labels = {one.key: one.label for one in asked}
    return confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.PROFILE,
        answers.get("name") or person["name"],
        person["address"],
        language,
        template="profile_unclear",
        answers=wish.mail.message_id,
        noted=noted(asked, answers),
        unread=[Unclear(one.key, labels[one.key], one.said, one.meant) for one in said.unread],
        form=[one for one in asked if any(each.key == one.key for each in said.unread)],
    )


def say_once(
    connection: Connection, now: datetime, dialogue_id: int, part_id: int, question: confirm.Question | None
) -> None:
    """Ask again what was not understood, once for each participant: a second answer is kept as far as it goes."""
    if question and occurrences.once(connection, dialogue_id, "answer:profile", str(part_id), 0, now):
        question.ask(connection, now, part_id)


def answered(wish: Wish, row: Any) -> Effect:
    """An answer to a form of ours, at the address made for it: kept as far as it is understood."""
    with wish.session.read() as connection:
        part = people.part_of(connection, wish.dialogue.id, row["address"])
        asked = questions(connection, wish.dialogue.id)
    if part is None:
        return (lambda connection: None), "profile: nobody"
    said = told(wish.mail, asked)
    if said.nothing:
        return wish.owner("profile: nothing in it that the form asks; passed on to the moderators")
    answers = {**known(part, asked), **said.values}
    again = unclear(wish, part, asked, answers, said) if said.unread else None

    def effect(connection: Connection) -> None:
        if not confirmations.use(connection, row["id"], wish.now):
            return
        keep(connection, wish, part["person_id"], part["address"], said.values)
        say_once(connection, wish.now, wish.dialogue.id, part["id"], again)
        people.change_part(connection, wish.now, part["id"], {"checked_at": wish.now})

    return effect, f"profile: {len(said.values)} answers" + (", some not understood" if said.unread else "")
