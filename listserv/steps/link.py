"""One more address for somebody who takes part: mail from it counts as theirs; mail to them goes where it went.

From proves nothing, so both addresses are asked, each by a mail whose answer needs its token: first the known one,
unless the request itself was proven to come from it, then the new one. Then both are told. An address that is somebody
else's is never linked by mail, and it is not said whose it is: an organiser joins two people (steps/merge).
"""

from __future__ import annotations

from typing import Any

from listserv.core.dialogue.model import TAKING_PART
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.level import Level
from listserv.steps import compose, confirm, limit
from listserv.steps.confirm import Purpose, Question
from listserv.steps.limit import Left
from listserv.steps.wish import Effect, Wish
from listserv.store import addresses, audit, confirmations, occurrences, people
from listserv.store.session import Connection

PURPOSES = frozenset({Purpose.ADDRESS, Purpose.ADDRESS_OWN})

#: Requests of one participant that we ask questions for, a day.
A_DAY = 3


def ask(wish: Wish, new: str) -> Effect:
    """A participant asked for it: the question that comes first."""
    part = wish.part
    if part is None or part["status"] not in TAKING_PART:
        return wish.not_here("address: does not take part")
    if not identity.valid(new) or wish.site.addresses.parse(new) is not None:
        return wish.help(understood=False)
    with wish.session.read() as connection:
        owner = people.person_of(connection, new)
    if owner == part["person_id"]:
        return wish.send("linked", "address: is theirs already", name=wish.name, address=part["address"], new=new)
    if owner is not None:
        reason = "address: is somebody else's; an organiser can merge"
        return wish.send("link_refused", reason, name=wish.name, new=new)
    proven = wish.proof.level is not Level.NONE
    if proven and _too_many(wish, new):
        return wish.left_out(Left.ADDRESS, "address: the new one not asked to confirm")
    question = _at_new(wish, part, new) if proven else _at_known(wish, part, new)

    def effect(connection: Connection) -> None:
        if _once_more(connection, wish) and (not proven or _first_today(connection, wish, new)):
            question.ask(connection, wish.now, part["id"])

    return effect, f"address: {'the new one' if proven else 'the known one'} asked to confirm"


def answered(wish: Wish, asked: Any, *, yes: bool) -> Effect:
    """The answer to one of the two questions; `asked` is its row."""
    new = asked["address"]
    with wish.session.read() as connection:
        person = people.profile_of(connection, asked["person_id"])
        part = people.part_of(connection, wish.dialogue.id, person["address"])
    if not yes or part is None or part["status"] not in TAKING_PART:
        return (
            lambda connection: _use(connection, wish, asked) and None,
            "address: no" if not yes else "address: nobody",
        )
    if asked["purpose"] == Purpose.ADDRESS:
        return _link(wish, asked, part, new)
    if _too_many(wish, new):  # the first question stays open: another yes to it, later, will do
        return wish.left_out(Left.ADDRESS, "address: confirmed, the new one not asked")
    question = _at_new(wish, part, new)

    def effect(connection: Connection) -> None:
        if _use(connection, wish, asked) and _first_today(connection, wish, new):
            question.ask(connection, wish.now, part["id"])

    return effect, "address: confirmed, the new one asked as well"


def _link(wish: Wish, asked: Any, part: Any, new: str) -> Effect:
    known = part["address"]
    told = [(to, _letter(wish, "linked", part, to, address=known, new=new)) for to in (known, new)]
    refused = _letter(wish, "link_refused", part, known, new=new)

    def effect(connection: Connection) -> None:
        if not _use(connection, wish, asked):
            return
        if not addresses.link(connection, wish.now, part["person_id"], new):  # somebody's meanwhile
            refused.to_one(connection, wish.now, known, part["id"])
            return
        for to, letter in told:
            letter.to_one(connection, wish.now, to, part["id"])
        audit.record(connection, wish.now, known, "link", known, new, wish.dialogue.id)

    return effect, "address: confirmed"


def _use(connection: Connection, wish: Wish, asked: Any) -> bool:
    return confirmations.use(connection, asked["id"], wish.now)


def _once_more(connection: Connection, wish: Wish) -> bool:
    """Whether this participant may have us ask today."""
    who, first = identity.key(wish.author.address), wish.now.toordinal() * A_DAY
    rounds = range(first, first + A_DAY)
    return any(occurrences.once(connection, wish.dialogue.id, "answer:link", who, n, wish.now) for n in rounds)


def _too_many(wish: Wish, new: str) -> bool:
    """Whether a question to the new address, which may be a stranger's, would be one too many."""
    with wish.session.read() as connection:
        return limit.too_many(connection, wish.now, wish.dialogue.id, "address", new)


def _first_today(connection: Connection, wish: Wish, new: str) -> bool:
    """Whether that address, which may be a stranger's, has not been asked today."""
    return occurrences.once_a_day(connection, wish.dialogue.id, "answer:address", identity.key(new), wish.now)


def _at_known(wish: Wish, part: Any, new: str) -> Question:
    return confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.ADDRESS_OWN,
        wish.name,
        wish.author.address,
        wish.language,
        answers=wish.mail.message_id,
        person_id=part["person_id"],
        new=new,
    )


def _at_new(wish: Wish, part: Any, new: str) -> Question:
    return confirm.question(
        wish.site,
        wish.dialogue,
        wish.now,
        Purpose.ADDRESS,
        "",
        new,
        _language(wish, part),
        person_id=part["person_id"],
        new=new,
        person=part["name"],
        known=part["address"],
    )


def _letter(wish: Wish, kind: str, part: Any, to: str, **values: object) -> compose.Prepared:
    name = part["name"]
    box, language = Mailbox(name, to), _language(wish, part)
    return compose.notice(wish.site, wish.dialogue, wish.now, kind, box, language, name=name, **values)


def _language(wish: Wish, part: Any) -> str:
    return wish.site.language(part["language"], wish.dialogue.language)
