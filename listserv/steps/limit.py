"""How much we write to people who may never have written to us: From proves nothing (RFC 3834 §2, RFC 5321 §7.1).

Beyond it a letter is not written: the mail is kept as ever, its reason in the inbox says so, and the moderators hear
once a day how many there were (`tell`, the clock's part). Counted in the outbox, so a restart forgets nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from listserv.core.dialogue.model import Dialogue, Participation
from listserv.core.mail import identity
from listserv.core.mail.authentication import Proof
from listserv.core.mail.level import Level
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import occurrences, people, tally
from listserv.store.session import Connection, Session

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: Letters to people who do not take part, of one dialogue. A busy first day brings some dozens of wishes to join;
#: more in an hour is a program that writes in others' names, and large providers refuse a host that answers it.
AN_HOUR, A_DAY = 60, 300

#: What such people are sent. Help goes to participants as well, seldom enough to count with the others.
TO_STRANGERS = ("stranger", "join_confirm", "link_confirm", "not_here", "never_confirm", "help", "archived")

#: Receipts a day to a participant when nothing proves who writes, and as many letters that confirm a wish. Nobody
#: writes more contributions in a day, and more would let anybody fill their mailbox.
RECEIPTS = 12
TO_AUTHORS = ("receipt", "early", "late_returned", "help")
TO_WISHES = ("survey_received", "choice", "pause_day", "missed_none", "bundle", "credit", "withdrawn")

#: The same where the sender is proven: then it is no stranger, but it may still be a machine that answers our letters.
MOST = 20

#: Of those, what one source may bring about: half a dozen people may share a mail program, a whole organisation a
#: domain. More in other people's names is one program at work, and what it may not use up others still have.
BY_SENDER, BY_DOMAIN = 5, 30  # a day, an hour

#: What one network may ask for on our pages in an hour: a whole organisation may stand behind one address. And how
#: often somebody may ask in the name of one address to take part.
BY_NETWORK, BY_ADDRESS = 60, 5

FLOOD = "not answered: there is a flood of mail from people who do not take part"

_PAGE = "answer:web-"  # the occurrences that count requests of pages: what was asked for
_SOURCE = "answer:source"  # the occurrences that count letters to strangers by where the mail came from
_LEFT_OUT = "answer:left-out"  # the occurrences that count letters not written: what would have been answered, day


class Left(StrEnum):
    """What was not answered."""

    MAIL = "mail"  # to the dialogue itself; it is held
    JOIN = "join"
    ADDRESS = "address"
    REQUEST = "request"  # any other


def full(connection: Connection, now: datetime, dialogue_id: int) -> bool:
    """Whether people who do not take part have been written to enough."""
    day, hour = tally.made(connection, dialogue_id, TO_STRANGERS, now - DAY, now - HOUR)
    return hour >= AN_HOUR or day >= A_DAY


def source_full(connection: Connection, now: datetime, dialogue_id: int, sender: str, author: str) -> bool:
    """Whether enough was written to strangers because of mail from that envelope sender, or from its domain.

    Only where it is another's address than the one in From: else it says nothing more.
    """
    if not _foreign(sender, author):
        return False
    key, domain = identity.key(sender), f"@{identity.domain_of(sender)}"
    by_sender = occurrences.how_many(connection, dialogue_id, _SOURCE, key, now - DAY)
    by_domain = occurrences.how_many(connection, dialogue_id, _SOURCE, domain, now - HOUR)
    return by_sender >= BY_SENDER or by_domain >= BY_DOMAIN


def from_source(connection: Connection, now: datetime, dialogue_id: int, sender: str, author: str) -> None:
    """Count a letter to a stranger against the envelope sender that brought it about, and its domain."""
    if not _foreign(sender, author):
        return
    for subject in (identity.key(sender), f"@{identity.domain_of(sender)}"):
        number = occurrences.last(connection, dialogue_id, _SOURCE, subject) + 1
        while not occurrences.once(connection, dialogue_id, _SOURCE, subject, number, now):
            number += 1  # another process has just counted one


def of_network(connection: Connection, now: datetime, site: Site, dialogue_id: int, what: str, network: str) -> bool:
    """Count a request of a page against the network it came from; false, and not counted, when that has had enough.

    `network`: "" where it is not known, which is not limited: only the last is kept of those.
    """
    kind, key = f"{_PAGE}{what}", str(site.addresses.marks("network", what, network)[0])
    if not network:
        occurrences.forget(connection, dialogue_id, kind, key)
    return _one_more(connection, now, dialogue_id, kind, key, BY_NETWORK)


def of_address(connection: Connection, now: datetime, site: Site, dialogue_id: int, what: str, address: str) -> bool:
    """The same against the address that it names."""
    key = str(site.addresses.marks("address", what, identity.key(address))[0])
    return _one_more(connection, now, dialogue_id, f"{_PAGE}{what}-of", key, BY_ADDRESS)


def _one_more(connection: Connection, now: datetime, dialogue_id: int, kind: str, key: str, most: int) -> bool:
    """Kept for an hour; `key`: a keyed hash, for who asked for what is nobody's business."""
    occurrences.forget_until(connection, dialogue_id, kind, now - HOUR)
    if occurrences.how_many(connection, dialogue_id, kind, key) >= most:
        return False
    number = occurrences.last(connection, dialogue_id, kind, key) + 1
    while not occurrences.once(connection, dialogue_id, kind, key, number, now):
        number += 1  # another process has just counted one
    return True


def _foreign(sender: str, author: str) -> bool:
    return bool(sender) and identity.key(sender) != identity.key(author)


def left_out(connection: Connection, now: datetime, dialogue_id: int, what: Left) -> None:
    """Count a letter that is not written, in the transaction that ends the mail's processing."""
    subject = _subject(what, now)
    number = occurrences.last(connection, dialogue_id, _LEFT_OUT, subject) + 1
    while not occurrences.once(connection, dialogue_id, _LEFT_OUT, subject, number, now):
        number += 1  # another process has just counted one


def _subject(what: Left, day: datetime) -> str:
    return f"{what.value} {_number(day)}"


def _number(day: datetime) -> int:
    return day.astimezone(UTC).toordinal()


def too_many(
    connection: Connection, now: datetime, dialogue_id: int, kind: str, address: str, sender: str = ""
) -> bool:
    """Whether an answer of that kind would be one too many. Who has had theirs today gets no other anyway.

    `sender`: of the envelope, "" if none is known.
    """
    key, day = identity.key(address), _number(now)
    if source_full(connection, now, dialogue_id, sender, address):
        return True
    return full(connection, now, dialogue_id) and not occurrences.recorded(
        connection, dialogue_id, f"answer:{kind}", key, day
    )


def of_contribution(
    connection: Connection, now: datetime, dialogue_id: int, part: Any | None, address: str, proof: Proof, sender: str
) -> str:
    """Why the author of a mail to the dialogue is told nothing of it; "" when they may be. `part`: theirs, if any."""
    if part is None or part["status"] in (Participation.LEFT, Participation.DECLINED):
        return FLOOD if too_many(connection, now, dialogue_id, "stranger", address, sender) else ""
    made = tally.to_part(connection, dialogue_id, part["id"], TO_AUTHORS, now - DAY)
    return f"no receipt: {_enough(proof, 'went out')}" if made >= _most(proof) else ""


def of_wish(connection: Connection, now: datetime, dialogue_id: int, part_id: int, proof: Proof) -> str:
    """Why somebody's wish is not done, nor answered; "" when it is.

    They have been told of so many within a day: else anybody could fill their mailbox by wishing in their name, and a
    machine that answers our letters would never end.
    """
    made = tally.to_part(connection, dialogue_id, part_id, TO_WISHES, now - DAY)
    return f"nothing was done: {_enough(proof, 'such wishes came')}" if made >= _most(proof) else ""


def of_answer(connection: Connection, now: datetime, dialogue_id: int, address: str, proof: Proof) -> bool:
    """Whether an author at that address has been told enough today. What they wish of their contribution is done."""
    return tally.to_address(connection, dialogue_id, address, TO_WISHES, now - DAY) >= _most(proof)


def _most(proof: Proof) -> int:
    return RECEIPTS if proof.level is Level.NONE else MOST


def _enough(proof: Proof, what: str) -> str:
    unproven = ", and nothing proves who writes" if proof.level is Level.NONE else ""
    return f"{_most(proof)} {what} within a day{unproven}"


def tell(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> bool:
    """Tell the moderators of what was not answered since they last were told: once a day at most."""
    with session.read() as connection:
        last = tally.last(connection, dialogue.id, "flood")
        if last is not None and last > now - DAY:
            return False
        subjects = {_subject(what, day): what for what in Left for day in (now - DAY, now)}
        counts = occurrences.by_subject(connection, dialogue.id, _LEFT_OUT, list(subjects), last)
        moderators = people.moderators(connection, dialogue.id)
    if not counts or not moderators:
        return False
    missing = {what.value: 0 for what in Left}
    for subject, count in counts.items():
        missing[subjects[subject].value] += count
    notices = compose.notices_to(
        site, dialogue, now, "flood", moderators, missing=missing, an_hour=AN_HOUR, a_day=A_DAY
    )

    def write(connection: Connection) -> bool:
        if not occurrences.once_a_day(connection, dialogue.id, "answer:flood", "", now):
            return False  # another clock was faster
        compose.to_moderators(connection, now, moderators, notices)
        return True

    return session.write(write)
