"""The writes of an erasure: what is somebody's goes, and what names them is said without them, in every table.

All are for one transaction, which steps/erase makes: nothing may come in between what is searched and what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, Connection, String, Table

from listserv.core.dialogue.model import ContributionState, DeliveryState, InboxState, Outcome, Participation, Role
from listserv.core.mail.files import Fate
from listserv.store import surveys
from listserv.store.tables import (
    address,
    attachment,
    blob,
    bounce,
    confirmation,
    contribution,
    delivery,
    inbox,
    mailing,
    metadata,
    participation,
    person,
    raw,
    rendering,
    tag,
    ticket,
    visit,
)
from listserv.store.traces import MANY, Trace
from listserv.store.turns import UNFINISHED
from listserv.store.types import Reasons

#: Not swept: what has no words of people in it, what `renderings` and `originals` give one by one, and what is
#: searched: a change of the contribution takes it out (store/watching).
_UNSWEPT = frozenset(
    {"raw", "rendering", "blob", "address", "suppression", "alembic_version", "fetched", "dialogue", "searched"}
)
#: Of the programme, which is the organisers', nothing but who has set its dates.
_ONLY = {"module": {"dated_by"}}
_BLANK_PROFILE = ("country", "organisation", "sector", "gender", "language", "timezone")


def _each(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), MANY):
        yield ids[start : start + MANY]


def person_goes(connection: Connection, now: datetime, trace: Trace, pseudonym: str) -> None:
    """Name, profile, addresses, questions, what is theirs of a survey, tickets, visits; participations stay."""
    spelt = sa.func.lower(confirmation.c.address).in_(trace.spelt)
    connection.execute(confirmation.delete().where(spelt))
    if trace.person_id is None:
        return
    connection.execute(confirmation.delete().where(confirmation.c.person_id == trace.person_id))
    surveys.forget(connection, trace.parts)
    theirs = sa.or_(ticket.c.participation_id.in_(trace.parts), ticket.c.requester_id.in_(trace.parts))
    connection.execute(ticket.delete().where(theirs))
    connection.execute(visit.delete().where(visit.c.person_id == trace.person_id))
    connection.execute(address.delete().where(address.c.person_id == trace.person_id))
    blank = dict.fromkeys(_BLANK_PROFILE, "")
    connection.execute(
        person.update()
        .where(person.c.id == trace.person_id)
        .values(name="", profile={}, address=pseudonym, erased_at=now, **blank)
    )
    left = sa.case(
        (participation.c.status == Participation.DECLINED, Participation.DECLINED.value),
        else_=Participation.LEFT.value,
    )
    connection.execute(
        participation.update()
        .where(participation.c.person_id == trace.person_id)
        .values(status=left, changed_at=now, unreachable_at=None, resumes_at=None, attribution="anonymous", quotable=0)
    )
    connection.execute(
        bounce.update().where(bounce.c.participation_id.in_(trace.parts)).values(diagnostic="", domain="")
    )


def contribution_goes(connection: Connection, now: datetime, row: Any, values: dict[str, Any], actor: str) -> None:
    """What is released keeps its place, with these values; of everything else only the row is left."""
    gone = {"from_name": "", "from_address": "", "cut": "", "html": "", "digest": "", "reasons": [], **values}
    gone |= {"attribution": "anonymous", "claimed_by": None, "claimed_until": None}
    if row["state"] != ContributionState.RELEASED:
        gone |= {"subject": "", "text": "", "original": None, "words": 0}
        connection.execute(tag.delete().where(tag.c.contribution_id == row["id"]))
    if row["state"] == ContributionState.HELD:
        gone |= {"state": ContributionState.DISCARDED, "decided_at": now, "decided_by": actor}
    connection.execute(contribution.update().where(contribution.c.id == row["id"]).values(**gone))


def attachments_go(connection: Connection, trace: Trace, reason: str) -> None:
    """Their files, and the contents that nobody else has sent. Rows stay: links name them, and must name no other."""
    for ids in _each(trace.contributions):
        theirs = attachment.c.contribution_id.in_(ids)
        hashes = list(connection.execute(sa.select(attachment.c.sha256).where(theirs)).scalars())
        connection.execute(
            attachment.update().where(theirs).values(name="", sha256="", size=0, state=Fate.DROPPED, reason=reason)
        )
        needed = sa.exists().where(attachment.c.sha256 == blob.c.sha256)
        for some in (hashes[at : at + MANY] for at in range(0, len(hashes), MANY)):
            connection.execute(blob.delete().where(blob.c.sha256.in_(some), ~needed))


def mails_go(connection: Connection, trace: Trace, reason: str) -> None:
    """What the inbox says of their mails; what has not been processed is not processed any more."""
    waits = inbox.c.state != InboxState.DONE
    for ids in _each(trace.raws):
        theirs = inbox.c.raw_id.in_(ids)
        refused = {"state": InboxState.DONE, "outcome": Outcome.REFUSED, "reason": reason}
        connection.execute(inbox.update().where(theirs, waits).values(**refused))
        connection.execute(
            inbox.update().where(theirs, inbox.c.outcome == Outcome.HELD).values(outcome=Outcome.REFUSED)
        )
        connection.execute(inbox.update().where(theirs).values(subject="", traceback=None, reason=reason))


def deliveries_go(connection: Connection, now: datetime, ids: Sequence[int], why: str) -> int:
    """Mails to them: those under way are dropped, and none says what was answered. How many were dropped.

    Their addresses are for the sweep.
    """
    dropped = 0
    for some in _each(ids):
        dropped += _drop(connection, now, delivery.c.id.in_(some), why)
        connection.execute(delivery.update().where(delivery.c.id.in_(some)).values(reply=why, code=None))
    return dropped


def drop_of(connection: Connection, now: datetime, mailing_id: int, why: str) -> int:
    """Copies of a mailing that have not gone out yet; how many."""
    return _drop(connection, now, delivery.c.mailing_id == mailing_id, why)


def _drop(connection: Connection, now: datetime, which: Any, why: str) -> int:
    # A new epoch: what the relay says of a copy in its hands counts no more.
    values = {"state": DeliveryState.FAILED, "reply": why, "finished_at": now, "epoch": delivery.c.epoch + 1}
    going = delivery.update().where(which, delivery.c.state.in_(UNFINISHED))
    return connection.execute(going.values(**values)).rowcount


_OF = (mailing.c.kind, mailing.c.personal, mailing.c.contribution_id, mailing.c.created_at, mailing.c.dialogue_id)
_MADE = sa.select(rendering, *_OF, mailing.c.message_id).join_from(rendering, mailing).order_by(rendering.c.id)


def renderings(connection: Connection, after: int) -> Iterator[Any]:
    """Every mail we have made since that one: id mailing_id language head body, and of its mailing kind personal
    contribution_id created_at dialogue_id message_id."""
    ids = list(connection.execute(sa.select(rendering.c.id).where(rendering.c.id > after)).scalars())
    for some in _each(sorted(ids)):
        yield from connection.execute(_MADE.where(rendering.c.id.in_(some))).mappings().all()


def concerned(
    connection: Connection, contributions: Sequence[int], mailings: Collection[int], named: Collection[int]
) -> Iterator[Any]:
    """Mails we have made, as `renderings` gives them: of these contributions or mailings, or named themselves."""
    query, ids = sa.select(rendering.c.id).join_from(rendering, mailing), set(named)
    for column, those in ((mailing.c.contribution_id, contributions), (mailing.c.id, sorted(mailings))):
        for some in _each(those):
            ids |= set(connection.execute(query.where(column.in_(some))).scalars())
    for some in _each(sorted(ids)):
        yield from connection.execute(_MADE.where(rendering.c.id.in_(some))).mappings().all()


def rewrite(connection: Connection, rendering_id: int, head: bytes, body: bytes) -> None:
    statement = rendering.update().where(rendering.c.id == rendering_id)
    connection.execute(statement.values(head=head, body=body))


def hollow(connection: Connection, mailing_id: int, subject: str) -> None:
    """What a mailing was about is said no more."""
    connection.execute(mailing.update().where(mailing.c.id == mailing_id).values(subject=subject))


def sweep(connection: Connection, mask: Callable[[str], str]) -> int:
    """Every text in every table, said anew where the mask changes it; how many rows were."""
    return sum(_sweep(connection, table, mask) for table in metadata.sorted_tables if table.name not in _UNSWEPT)


def _sweep(connection: Connection, table: Table, mask: Callable[[str], str]) -> int:
    wanted = _ONLY.get(table.name, set(table.c.keys()))
    worded = [one for one in table.c if isinstance(one.type, String | JSON | Reasons) and one.name in wanted]
    if not worded:
        return 0
    # Reasons as the JSON they are kept as: sentences with their values.
    shown = [sa.type_coerce(one, JSON).label(one.name) if isinstance(one.type, Reasons) else one for one in worded]
    ids = list(connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars())
    count = 0
    for some in _each(ids):
        query = sa.select(table.c.id, *shown).where(table.c.id.in_(some))
        for row in connection.execute(query).mappings().all():
            said = {one.name: _masked(row[one.name], mask) for one in worded}
            values = {
                one.name: sa.literal(said[one.name], JSON) if isinstance(one.type, Reasons) else said[one.name]
                for one in worded
                if said[one.name] != row[one.name]
            }
            if values:
                connection.execute(table.update().where(table.c.id == row["id"]).values(**values))
                count += 1
    return count


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(one, mask) for one in value]
    if isinstance(value, dict):
        return {key: _masked(one, mask) for key, one in value.items()}
    return value


def originals(connection: Connection, after: int) -> Iterator[tuple[int, bytes]]:
    """Every mail since that one that is still kept as it came, with its content."""
    query = sa.select(raw.c.id).where(raw.c.purged_at.is_(None), raw.c.id > after).order_by(raw.c.id)
    for number in list(connection.execute(query).scalars()):
        yield number, connection.execute(sa.select(raw.c.content).where(raw.c.id == number)).scalar_one()


def processed(connection: Connection, raw_ids: Sequence[int]) -> list[int]:
    """Those of the mails that nothing has still to be done with."""
    waits = sa.exists().where(inbox.c.raw_id == raw.c.id, inbox.c.state != InboxState.DONE)
    found: list[int] = []
    for some in _each(raw_ids):
        found += connection.execute(sa.select(raw.c.id).where(raw.c.id.in_(some), ~waits)).scalars()
    return sorted(found)


def texts(connection: Connection) -> Iterator[str]:
    """What was said in all dialogues: to tell ordinary words from names."""
    yield from connection.execute(sa.select(contribution.c.text)).scalars()


def said_before(connection: Connection, trace: Trace, contribution_id: int) -> list[str]:
    """What others had written before that contribution of theirs."""
    query = sa.select(contribution.c.id, contribution.c.text).where(contribution.c.id < contribution_id)
    return [row.text for row in connection.execute(query) if row.id not in trace.contributions]


def to_staff(connection: Connection, mailing_id: int) -> bool:
    """Whether it goes to moderators."""
    staff = participation.c.role.in_([Role.MODERATOR, Role.ORGANISER])
    query = (
        sa.select(delivery.c.id).join_from(delivery, participation).where(delivery.c.mailing_id == mailing_id, staff)
    )
    return connection.execute(query.limit(1)).first() is not None


def other_names(connection: Connection, trace: Trace) -> list[str]:
    """The names of everybody else."""
    query = sa.select(person.c.name)
    if trace.person_id is not None:
        query = query.where(person.c.id != trace.person_id)
    return list(connection.execute(query).scalars())


def answers(connection: Connection, trace: Trace) -> list[Any]:
    """What others wrote in answer to their contributions: id, text."""
    found: list[Any] = []
    for ids in _each(trace.contributions):
        query = sa.select(contribution.c.id, contribution.c.text).where(contribution.c.parent_id.in_(ids))
        found += connection.execute(query).mappings().all()
    return [one for one in found if one["id"] not in trace.contributions]


def under_way(connection: Connection, mailing_id: int) -> bool:
    """Whether a copy of it has still to go out."""
    query = sa.select(delivery.c.id).where(delivery.c.mailing_id == mailing_id, delivery.c.state.in_(UNFINISHED))
    return connection.execute(query.limit(1)).first() is not None
