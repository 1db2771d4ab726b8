"""Tickets: one moderator may decide one thing by mail, once. Single use, lapsing, the token kept as a hash only."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import delivery, mailing, rendering, ticket

#: The mail that asks whether somebody may take part.
REQUEST = "join_request"
#: The kinds of mail that give tickets.
TELLING = ("held_notice", "administrivia", "held_bundle", "daily", "waiting", "unreleased", REQUEST)


def add(connection: Connection, values: dict[str, Any]) -> int:
    return connection.execute(ticket.insert().values(**values)).inserted_primary_key[0]


def find(connection: Connection, token_hash: str) -> Any | None:
    query = sa.select(ticket).where(ticket.c.token_hash == token_hash)
    return connection.execute(query).mappings().first()


def use(connection: Connection, ticket_id: int, now: datetime) -> bool:
    """Use it up; false when it has been used or has lapsed."""
    statement = ticket.update().where(ticket.c.id == ticket_id, ticket.c.used_at.is_(None), ticket.c.lapses_at > now)
    return connection.execute(statement.values(used_at=now)).rowcount == 1


def told(connection: Connection, one: Any) -> dict[int, tuple[str, str]]:
    """By participation, Message-ID and subject of the latest notice that gave that moderator a ticket for the thing.

    A notice and its tickets are written together: they are of the same instant. A bundle is its own moderator's only.
    """
    query = (
        sa.select(ticket.c.participation_id, mailing.c.message_id, mailing.c.subject)
        .join_from(ticket, delivery, delivery.c.participation_id == ticket.c.participation_id)
        .join(
            mailing,
            sa.and_(
                mailing.c.id == delivery.c.mailing_id,
                mailing.c.created_at == ticket.c.made_at,
                mailing.c.dialogue_id == ticket.c.dialogue_id,
                mailing.c.kind.in_(TELLING),
            ),
        )
        .where(sa.or_(mailing.c.contribution_id.is_(None), mailing.c.contribution_id == ticket.c.contribution_id))
        .order_by(ticket.c.id, mailing.c.id)
    )
    if one["contribution_id"] is not None:
        query = query.where(ticket.c.contribution_id == one["contribution_id"])
    elif one["requester_id"] is not None:
        return _of_request(connection, one["requester_id"])
    else:
        query = query.where(ticket.c.id == one["id"])
    return {part: (message_id, subject) for part, message_id, subject in connection.execute(query)}


def _of_request(connection: Connection, requester_id: int) -> dict[int, tuple[str, str]]:
    """As `told`, of a request to take part. One turn asks of several at the same instant, a mail and a ticket each.

    No column of such a mail names the request: it is known by its place among those of its instant.
    """
    made_at = sa.select(ticket.c.made_at).where(ticket.c.requester_id == requester_id)
    given = (
        sa.select(ticket.c.participation_id, ticket.c.made_at, ticket.c.requester_id)
        .where(ticket.c.requester_id.is_not(None), ticket.c.made_at.in_(made_at))
        .order_by(ticket.c.id)
    )
    sent = (
        sa.select(delivery.c.participation_id, mailing.c.created_at, mailing.c.message_id, mailing.c.subject)
        .join_from(mailing, delivery, delivery.c.mailing_id == mailing.c.id)
        .where(mailing.c.kind == REQUEST, mailing.c.created_at.in_(made_at))
        .order_by(mailing.c.id)
    )
    mails: dict[tuple[int, datetime], deque[tuple[str, str]]] = defaultdict(deque)
    for part, at, message_id, subject in connection.execute(sent):
        mails[part, at].append((message_id, subject))
    found = {}
    for part, at, requester in connection.execute(given):
        if (waiting := mails[part, at]) and (mail := waiting.popleft()) and requester == requester_id:
            found[part] = mail
    return found


def of_bundle(connection: Connection, one: Any) -> dict[int, Any]:
    """The tickets given with a bundle's own, by contribution."""
    query = sa.select(ticket).where(
        ticket.c.participation_id == one["participation_id"],
        ticket.c.made_at == one["made_at"],
        ticket.c.contribution_id.is_not(None),
    )
    return {row["contribution_id"]: row for row in connection.execute(query.order_by(ticket.c.id)).mappings()}


def again(connection: Connection, ticket_id: int) -> Any:
    """The ticket as it is now."""
    return connection.execute(sa.select(ticket).where(ticket.c.id == ticket_id)).mappings().one()


def notice_of(connection: Connection, message_id: str) -> bytes:
    """A personal mail of ours as it went out; b"" when there is none."""
    query = (
        sa.select(rendering.c.head, rendering.c.body)
        .join_from(rendering, mailing, mailing.c.id == rendering.c.mailing_id)
        .where(mailing.c.message_id == message_id)
    )
    found = connection.execute(query).first()
    return found.head + b"\r\n" + found.body if found else b""
