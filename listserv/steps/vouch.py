"""A moderator passes on to -join what somebody wrote to them: it is read as that one's request.

The moderator vouches: whom they pass on waits for a yes like everybody, or takes part at once where the mail begins
with "approve" and is proven to be the moderator's. Where proofs are looked for and there is none, nothing is done.
"""

from __future__ import annotations

import re

from listserv.core.dialogue import profile as reading
from listserv.core.dialogue.decision import VERBS, Verdict
from listserv.core.dialogue.model import TAKING_PART, Participation
from listserv.core.dialogue.model import Role as Standing
from listserv.core.dialogue.phrases import bare, plain
from listserv.core.dialogue.written import written_in
from listserv.core.mail import forwarded, identity
from listserv.core.mail.authentication import Level
from listserv.core.mail.forwarded import Original
from listserv.core.mail.identity import Mailbox
from listserv.core.sentence import Sentence
from listserv.steps import compose, profile, recognise
from listserv.steps.enter import Applicant, Entry
from listserv.steps.wish import Effect, Wish
from listserv.store import people
from listserv.store.session import Connection

_APPROVE = re.compile(
    rf"(?:{'|'.join(word for word, verb in VERBS.items() if verb is Verdict.APPROVE)}"
    r"|approved|accepted|yes|ok|approuve|oui|aprobado|si|да|نعم|是|好)\b"
)


def passed_on(wish: Wish) -> Effect | None:
    """What a moderator's forwarded mail brings about; None for any other mail."""
    part = wish.part
    if part is None or part["role"] == Standing.PARTICIPANT or part["status"] not in TAKING_PART:
        return None
    found = _original(wish)
    if found is None:
        return None
    if wish.proof.lacking:
        return wish.owner("join: passed on in a moderator's name, which is not proven; nothing was done")
    if wish.site.addresses.parse(found.author.address) is not None:
        return wish.owner("join: passed on, but from an address of ours; nothing was done")
    with wish.session.read() as connection:
        asked = profile.questions(connection, wish.dialogue.id)
        unwanted = recognise.suppressed(connection, wish.site, found.author.address)
        theirs = people.part_of(connection, wish.dialogue.id, found.author.address)
    if unwanted:
        return wish.owner("join: passed on, but they asked never to be written to again; nothing was done")
    if theirs and theirs["status"] in TAKING_PART:
        letter = _told(wish, theirs["name"], found.author.address, [], already=True)
        return (lambda c: letter.to_one(c, wish.now, part["address"], part["id"]) and None), "join: takes part already"
    stays_away = theirs is not None and theirs["status"] in (Participation.LEFT, Participation.DECLINED)
    # Whoever merely knows a moderator's address must not have us write a welcome to anybody.
    at_once = (
        not stays_away and wish.proof.level is not Level.NONE and _APPROVE.match(bare(plain(found.comment))) is not None
    )
    proven = Sentence("%(moderator)s passed it on from their own mailbox.", moderator=part["name"] or part["address"])
    entry = Entry(
        wish,
        Applicant(
            found.author.address,
            found.author.name,
            wish.site.language(written_in("", found.text), wish.dialogue.language),
            proven,
            wish.site.addresses.without_tokens(found.text),
            reading.read(found.text, asked, found.text),
            Participation.ACTIVE if at_once else Participation.REQUESTED,
            brought=part["name"] or wish.dialogue.title,
            brought_by=part["address"],
        ),
    )
    letter = _told(wish, entry.name, found.author.address, entry.noted, already=False)

    def effect(connection: Connection) -> None:
        if entry.write(connection) is not None and at_once:
            letter.to_one(connection, wish.now, part["address"], part["id"])

    return effect, f"join: passed on by a moderator, {entry.status.value}"


def _original(wish: Wish) -> Original | None:
    with wish.session.read() as connection:
        moderators = people.moderators(connection, wish.dialogue.id)
    addresses = wish.site.addresses
    ours = {addresses.dialogue(wish.dialogue.slug), addresses.join(wish.dialogue.slug)}
    return forwarded.original(wish.mail, {*(identity.key(one["address"]) for one in moderators), *ours})


def _told(wish: Wish, name: str, address: str, noted: list[profile.Noted], *, already: bool) -> compose.Prepared:
    """To the moderator who passed it on: what has come of it."""
    return compose.notice(
        wish.site,
        wish.dialogue,
        wish.now,
        "entered",
        Mailbox(wish.name, wish.author.address),
        wish.language,
        answers=wish.mail.message_id,
        name=name,
        address=address,
        noted=[one for one in noted if one.key != "name"],
        already=already,
    )
