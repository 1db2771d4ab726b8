"""What the author of a contribution answers to our mails about it: withdraw it, show it otherwise, mend it.

The address answered to stands in mails to that author alone, and the mail must come from them: From is one of their
addresses, and no check we trust says that it is not. What anybody else sends there, or nothing can be made of, the
moderators read. Who may have been spoken for is written to, at the address the contribution came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from listserv.core.dialogue import choices, mending
from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import ContributionState, Outcome
from listserv.core.mail import identity
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.errors import Refused, Temporary
from listserv.steps import admit, compose, credit, limit, mend, require, undo
from listserv.steps.arrival import Arrival
from listserv.steps.wish import Wish
from listserv.store import contributions, people
from listserv.store.session import Connection

#: Words beside a choice that are no signature: then somebody reads them.
MOST_BESIDE = 12

TRIES = 5


class _Changed(Exception):
    """What an answer is about is no longer as it was read."""


def answer(arrival: Arrival) -> None:
    """A mail to SLUG-author+TOKEN@; what it brings about and the mail's outcome are one transaction."""
    for _ in range(TRIES):
        try:
            return _answer(arrival)
        except _Changed:  # somebody has decided on it just now: it is answered by what it has become
            continue
    raise Temporary("a contribution keeps changing while its author's answer is read")


def _answer(arrival: Arrival) -> None:
    session, dialogue, target, mail = arrival.session, arrival.dialogue, arrival.target, arrival.mail
    done, proof = arrival.done, arrival.proof
    with session.read() as connection:
        about = contributions.of_mail(connection, target.payload) if target.payload is not None else None
        author = mail.author.address if mail.author else ""
        part = people.part_of(connection, dialogue.id, author) if author else None
        theirs = about is not None and about["dialogue_id"] == dialogue.id and _wrote(connection, about, author)
        answered = about
        if about is not None:
            about = require.known(connection, mend.latest(connection, about["id"]))
    if mail.author is None or not identity.valid(author):
        session.write(lambda connection: done(connection, Outcome.COMMAND, "no clear sender"))
        return
    if proof.refuted:
        why = f"nothing was done, it may be forged: {proof.says}"
        session.write(lambda connection: done(connection, Outcome.REFUSED, why))
        return
    sent_to = f"{dialogue.slug}-author@{arrival.site.domain}"
    if about is not None and theirs and mail.automatic is None and not mail.to_many:
        again = _mended(answered, about, mail)
        if again is not None and not dialogue.closed_at:  # an archive takes nothing new: moderators read it
            admit.admit(replace(arrival, target=Target(target.slug, Role.DIALOGUE)), again)
            return
    wish = Wish(arrival, mail.author, part, sent_to)
    choice, beside = choices.leading(mail.text, asked=True)
    if about is None or not theirs:
        effect, reason = wish.owner("not from the author of what it is about; passed on to the moderators")
    elif mail.automatic is not None or mail.to_many or not choice:
        effect, reason = wish.owner("an answer about a contribution; passed on to the moderators")
    elif choice.withdraw:
        effect, reason = _withdrawal(wish, about, part)
    else:
        effect, reason = _shown(wish, about, part, choice)
        with session.read() as connection:
            look = credit.by_hand(connection, dialogue.id)
        if look and about["state"] == ContributionState.RELEASED:
            effect, reason = _both(effect, wish.owner()[0]), f"{reason}{credit.BY_HAND}"
        elif len(beside.split()) > MOST_BESIDE:
            effect, reason = _both(effect, wish.owner()[0]), f"{reason}; passed on to the moderators as well"

    session.write(lambda connection: done(connection, Outcome.COMMAND, reason) and effect(connection))


def _mended(answered: Any, latest: Any, mail: InboundMail) -> mend.Again | None:
    """The new version in it, where it answers what was returned and none has gone out since."""
    if answered["state"] != ContributionState.RETURNED or choices.leading(mail.text, asked=True)[0].withdraw:
        return None
    if latest["state"] not in (ContributionState.RETURNED, ContributionState.HELD):
        return None
    found = mending.read(answered["original"] or answered["text"], mail.text, mail.body)
    return mend.Again(latest, found.text, found.beside) if found else None


def _wrote(connection: Connection, about: Any, address: str) -> bool:
    """Whether that address is one of its author's."""
    if not address:
        return False
    if identity.key(address) == identity.key(about["from_address"]):
        return True
    return about["person_id"] is not None and people.person_of(connection, address) == about["person_id"]


def _both(one: Callable[[Connection], object], other: Callable[[Connection], object]) -> Callable[[Connection], None]:
    def effect(connection: Connection) -> None:
        one(connection)
        other(connection)

    return effect


def _letter(wish: Wish, about: Any, kind: str, **values: object) -> compose.Prepared:
    return compose.notice(
        wish.site,
        wish.dialogue,
        wish.now,
        kind,
        Mailbox(wish.name, about["from_address"]),
        wish.language,
        answers=wish.mail.message_id,
        name=wish.name,
        subject=about["subject"],
        **values,
    )


def _tell(connection: Connection, wish: Wish, about: Any, part: Any | None, letter: compose.Prepared) -> None:
    """At the address the contribution came from, while the day has room for it."""
    to = about["from_address"]
    if not limit.of_answer(connection, wish.now, wish.dialogue.id, to, wish.proof):
        letter.to_one(connection, wish.now, to, part["id"] if part else None)


def _withdrawal(wish: Wish, about: Any, part: Any | None) -> tuple[Callable[[Connection], None], str]:
    fate = (
        about["state"] if about["state"] not in (ContributionState.HELD, ContributionState.WITHDRAWN) else "withdrawn"
    )
    reply_to = wish.site.addresses.author(wish.dialogue.slug, _mail_of(wish, about))
    kept = {"number": about["number"], "out_at": about["decided_at"]}
    done = _letter(wish, about, "withdrawn", fate="withdrawn", number=None, out_at=None)
    late = _letter(wish, about, "withdrawn", reply_to=reply_to, fate=fate, **kept)

    def effect(connection: Connection) -> None:
        _still(connection, about)
        try:
            undo.withdraw(connection, wish.now, about["id"], wish.author.address, "by mail")
        except Refused:  # a moderator has decided on it before
            _tell(connection, wish, about, part, late)
        else:
            _tell(connection, wish, about, part, done)

    return effect, f"withdraw contribution {about['id']}"


def _shown(wish: Wish, about: Any, part: Any | None, choice: Choice) -> tuple[Callable[[Connection], None], str]:
    attribution, quotable = credit.as_chosen(about, choice)
    reply_to = wish.site.addresses.author(wish.dialogue.slug, _mail_of(wish, about))
    how = {"reply_to": reply_to, "attribution": attribution.value, "quotable": quotable}
    told = _letter(wish, about, "credit", out=about["state"] == ContributionState.RELEASED, again=False, **how)
    held_again = _letter(wish, about, "credit", out=False, again=True, **how)

    def effect(connection: Connection) -> None:
        _still(connection, about)
        came = credit.attribute(connection, wish.now, about["id"], wish.author.address, choice, "by mail")
        _tell(connection, wish, about, part, held_again if came is credit.Shown.HELD_AGAIN else told)

    return effect, f"contribution {about['id']}: {choice.words()}"


def _still(connection: Connection, about: Any) -> None:
    if require.known(connection, about["id"])["state"] != about["state"]:
        raise _Changed


def _mail_of(wish: Wish, about: Any) -> int:
    with wish.session.read() as connection:
        return contributions.mail_of(connection, about["id"]) or 0
