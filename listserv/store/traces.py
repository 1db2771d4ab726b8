"""Where somebody is in the tables: the rows that are theirs, or that name them, for export and erasure.

A `Trace` is who they are to us: a person with all their addresses, or a stranger by the one address they wrote from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.mail import identity
from listserv.store.tables import (
    address,
    attachment,
    audit,
    blob,
    bounce,
    confirmation,
    contribution,
    delivery,
    dialogue,
    inbox,
    mailing,
    participation,
    person,
    raw,
    rendering,
    ticket,
    visit,
)

Rows = Sequence[Any]

#: How many values one statement is asked with: SQLite takes 32,766, PostgreSQL 65,535.
MANY = 500


@dataclass(frozen=True, slots=True)
class Trace:
    """Who somebody is to us. `keys`: their addresses, comparable; `parts`: their participations' ids."""

    person_id: int | None  # None: a stranger
    keys: tuple[str, ...]
    spelt: tuple[str, ...]  # their addresses in all the ways they are written in tables, lower case
    names: tuple[str, ...]  # all the names they came under
    parts: tuple[int, ...]
    contributions: tuple[int, ...]
    raws: tuple[int, ...]  # their own mails


def find(connection: Connection, mail_address: str) -> Trace | None:
    """Who writes from that address; None when nothing is held of it."""
    found = connection.execute(sa.select(address.c.person_id).where(address.c.key == identity.key(mail_address)))
    person_id = found.scalar()
    if person_id is None:
        trace = _trace(connection, None, [identity.key(mail_address)])
        return trace if trace.contributions or trace.raws or _written_to(connection, trace) else None
    query = sa.select(address.c.key).where(address.c.person_id == person_id).order_by(address.c.id)
    return _trace(connection, person_id, list(connection.execute(query).scalars()))


def _written_to(connection: Connection, trace: Trace) -> bool:
    return bool(deliveries(connection, trace) or confirmations(connection, trace))


def _trace(connection: Connection, person_id: int | None, keys: list[str]) -> Trace:
    profile = _one(connection, sa.select(person).where(person.c.id == person_id)) if person_id is not None else None
    spelt = {*keys, *([profile["address"].lower()] if profile else [])}
    lower = sa.func.lower(contribution.c.from_address)
    theirs = sa.and_(contribution.c.person_id.is_(None), lower.in_(spelt))
    if person_id is not None:
        theirs = sa.or_(contribution.c.person_id == person_id, theirs)
    columns = (contribution.c.id, contribution.c.raw_id, contribution.c.from_name, contribution.c.from_address)
    written = connection.execute(sa.select(*columns).where(theirs).order_by(contribution.c.id)).all()
    spelt |= {row.from_address.lower() for row in written if identity.key(row.from_address) in keys}
    # Whoever sent it on may be another than its author, who is known once it has been processed.
    unread = sa.and_(inbox.c.author == "", sa.func.lower(inbox.c.sender).in_(spelt))
    came = sa.or_(inbox.c.author.in_(keys), unread)
    raws = connection.execute(sa.select(inbox.c.raw_id).distinct().where(came)).scalars()
    asked = connection.execute(sa.select(confirmation.c.name).where(sa.func.lower(confirmation.c.address).in_(spelt)))
    names = [profile["name"] if profile else "", *(row.from_name for row in written), *asked.scalars()]
    parts = sa.select(participation.c.id).where(participation.c.person_id == person_id).order_by(participation.c.id)
    return Trace(
        person_id=person_id,
        keys=tuple(keys),
        spelt=tuple(sorted(spelt)),
        names=tuple(dict.fromkeys(name.strip() for name in names if name.strip())),
        parts=tuple(connection.execute(parts).scalars()) if person_id is not None else (),
        contributions=tuple(row.id for row in written),
        raws=tuple(sorted({*raws, *(row.raw_id for row in written)})),
    )


def _one(connection: Connection, query: sa.Select[Any]) -> Any | None:
    return connection.execute(query).mappings().first()


def _all(connection: Connection, query: sa.Select[Any]) -> Rows:
    return connection.execute(query).mappings().all()


def profile(connection: Connection, trace: Trace) -> Any | None:
    """Their row in `person`; None for a stranger."""
    return _one(connection, sa.select(person).where(person.c.id == trace.person_id)) if trace.person_id else None


def addresses(connection: Connection, trace: Trace) -> Rows:
    query = sa.select(address.c.key.label("address"), address.c.added_at).where(address.c.person_id == trace.person_id)
    return _all(connection, query.order_by(address.c.id)) if trace.person_id else []


def participations(connection: Connection, trace: Trace) -> Rows:
    """All columns, with `dialogue` (slug)."""
    query = sa.select(participation, dialogue.c.slug.label("dialogue")).join_from(participation, dialogue)
    return _all(connection, query.where(participation.c.id.in_(trace.parts)).order_by(participation.c.id))


def contributions(connection: Connection, trace: Trace) -> Rows:
    """All columns, with `dialogue` (slug), in whatever state they are."""
    query = sa.select(contribution, dialogue.c.slug.label("dialogue")).join_from(contribution, dialogue)
    return _among(connection, query, contribution.c.id, trace.contributions)


def attachments(connection: Connection, trace: Trace) -> Rows:
    return _among(connection, sa.select(attachment), attachment.c.contribution_id, trace.contributions)


def inbound(connection: Connection, trace: Trace) -> Rows:
    """Rows of the inbox, with `dialogue` (slug or None) and `purged_at` of the original."""
    query = (
        sa.select(inbox, dialogue.c.slug.label("dialogue"), raw.c.purged_at)
        .join_from(inbox, raw, raw.c.id == inbox.c.raw_id)
        .outerjoin(dialogue, dialogue.c.id == inbox.c.dialogue_id)
    )
    return _among(connection, query, inbox.c.raw_id, trace.raws)


def deliveries(connection: Connection, trace: Trace) -> Rows:
    """What was or will be sent to them, with kind, subject, message_id, personal, created_at and dialogue."""
    of = (mailing.c.kind, mailing.c.subject, mailing.c.message_id, mailing.c.personal, mailing.c.created_at)
    query = (
        sa.select(delivery, *of, dialogue.c.slug.label("dialogue"))
        .join_from(delivery, mailing, delivery.c.mailing_id == mailing.c.id)
        .join(dialogue, dialogue.c.id == mailing.c.dialogue_id)
        .where(sa.or_(delivery.c.participation_id.in_(trace.parts), sa.func.lower(delivery.c.address).in_(trace.spelt)))
    )
    return _all(connection, query.order_by(delivery.c.id))


def bounces(connection: Connection, trace: Trace) -> Rows:
    return _all(connection, sa.select(bounce).where(bounce.c.participation_id.in_(trace.parts)).order_by(bounce.c.id))


def confirmations(connection: Connection, trace: Trace) -> Rows:
    """Questions asked of them, or about an address of theirs."""
    about = sa.func.lower(confirmation.c.address).in_(trace.spelt)
    if trace.person_id is not None:
        about = sa.or_(about, confirmation.c.person_id == trace.person_id)
    return _all(connection, sa.select(confirmation).where(about).order_by(confirmation.c.id))


def tickets(connection: Connection, trace: Trace) -> Rows:
    theirs = sa.or_(ticket.c.participation_id.in_(trace.parts), ticket.c.requester_id.in_(trace.parts))
    return _all(connection, sa.select(ticket).where(theirs).order_by(ticket.c.id))


def visits(connection: Connection, trace: Trace) -> Rows:
    query = sa.select(visit).where(visit.c.person_id == trace.person_id)
    return _all(connection, query.order_by(visit.c.id))


def audited(connection: Connection, trace: Trace) -> Rows:
    """What was done by them, or with them or their contributions."""
    subjects = [*trace.spelt, *(f"contribution {one}" for one in trace.contributions)]
    named = [sa.func.lower(audit.c.reason).contains(one, autoescape=True) for one in trace.spelt]
    about = sa.or_(sa.func.lower(audit.c.actor).in_(trace.spelt), sa.func.lower(audit.c.subject).in_(subjects), *named)
    query = sa.select(audit, dialogue.c.slug.label("dialogue")).join_from(audit, dialogue, isouter=True)
    return _all(connection, query.where(about).order_by(audit.c.id))


def original(connection: Connection, raw_id: int) -> bytes:
    """A mail of theirs as it came; b"" when it is gone."""
    return connection.execute(sa.select(raw.c.content).where(raw.c.id == raw_id)).scalar_one()


def sent_copy(connection: Connection, rendering_id: int) -> tuple[bytes, bytes]:
    """Head and body of what was sent to them."""
    row = connection.execute(sa.select(rendering.c.head, rendering.c.body).where(rendering.c.id == rendering_id)).one()
    return row.head, row.body


def blob_of(connection: Connection, sha256: str) -> bytes | None:
    return connection.execute(sa.select(blob.c.content).where(blob.c.sha256 == sha256)).scalar()


def _among(connection: Connection, query: sa.Select[Any], column: Any, ids: Sequence[int]) -> Rows:
    """The rows whose column is among the ids, however many these are; in their order."""
    found: list[Any] = []
    for start in range(0, len(ids), MANY):
        found += _all(connection, query.where(column.in_(ids[start : start + MANY])).order_by(column))
    return found
