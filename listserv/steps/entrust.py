"""Tickets for moderators: each notice of something to decide has a reply address of its own, for one moderator.

The token in it is random, single-use and lapsing; only its hash is kept. A ticket is written in the transaction of
the notice that bears it, at the same instant, and so names it (store/tickets.told).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from listserv.core.dialogue import duty
from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.outmail import Attachment
from listserv.core.site import Site
from listserv.steps import compose, confirm
from listserv.store import tickets
from listserv.store.session import Connection

#: How long something may be decided by an answer to its notice. What is held does not lapse, only the address.
LASTS = timedelta(days=14)


class Listed(Protocol):
    """One thing in a bundle, or several. `to`: the address that decides the first, each moderator's own."""

    ids: tuple[int, ...]
    to: str


L = TypeVar("L", bound=Listed)


@dataclass(frozen=True, slots=True)
class Ticket:
    row: dict[str, Any]
    address: str


def ticket(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    moderator_id: int,
    *,
    contribution_id: int | None = None,
    requester_id: int | None = None,
) -> Ticket:
    """A moderator's ticket; one for neither is a bundle's, and says which of its moderator's were made with it."""
    token = confirm.token()
    row = {
        "dialogue_id": dialogue.id,
        "participation_id": moderator_id,
        "contribution_id": contribution_id,
        "requester_id": requester_id,
        "token_hash": confirm.hashed(token),
        "made_at": now,
        "lapses_at": now + LASTS,
    }
    return Ticket(row, site.addresses.moderate(dialogue.slug, token))


@dataclass(frozen=True, slots=True)
class Notices:
    """A notice for each of several moderators, with the tickets it bears."""

    mails: tuple[tuple[Mapping[str, Any], compose.Prepared], ...]
    tickets: tuple[Ticket, ...]

    def post(self, connection: Connection, now: datetime, requester_id: int | None = None) -> None:
        """`requester_id`: of a request that is written in the same transaction, known only now."""
        for one, mail in self.mails:
            mail.to_one(connection, now, one["address"], one["id"])
        for each in self.tickets:
            late = {} if requester_id is None else {"requester_id": requester_id}
            tickets.add(connection, each.row | late)


def notices(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    kind: str,
    moderators: Collection[Mapping[str, Any]],
    *,
    contribution_id: int | None = None,
    **values: Any,
) -> Notices:
    """A notice of one thing to decide. Further options are those of compose.notice."""
    made = [(one, ticket(site, dialogue, now, one["id"], contribution_id=contribution_id)) for one in moderators]
    mails = tuple(
        (one, _mail(site, dialogue, now, kind, one, its.address, contribution_id=contribution_id, **values))
        for one, its in made
    )
    return Notices(mails, tuple(its for _, its in made))


def bundles(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    kind: str,
    moderators: Collection[Mapping[str, Any]],
    items: Sequence[L],
    **values: Any,
) -> Notices:
    """One notice of several contributions, each with an address of its own; so has the whole."""
    mails, given = [], []
    for one in moderators:
        whole = ticket(site, dialogue, now, one["id"])
        each = {id_: ticket(site, dialogue, now, one["id"], contribution_id=id_) for item in items for id_ in item.ids}
        listed = [replace(item, to=each[item.ids[0]].address) for item in items]  # type: ignore[type-var]
        mails.append((one, _mail(site, dialogue, now, kind, one, whole.address, items=listed, **values)))
        given += [whole, *each.values()]
    return Notices(tuple(mails), tuple(given))


def _mail(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    kind: str,
    one: Mapping[str, Any],
    reply_to: str,
    **values: Any,
) -> compose.Prepared:
    to = Mailbox(one["name"], one["address"])
    language = site.language(one["language"], dialogue.language)
    zone = duty.zone_of(one, dialogue.zone)
    return compose.notice(site, dialogue, now, kind, to, language, reply_to=reply_to, zone=zone, **values)


def enclosed(number: int, head: Sequence[tuple[str, str]], text: str, cut: str) -> Attachment:
    """A contribution as an inert file: plain text, so that no program makes a mail with live links of it."""
    lines = [f"{name}: {value}" for name, value in head]
    body = "\n".join([*lines, "", text.strip("\n"), *(["", "-" * 40, cut.strip("\n")] if cut.strip() else []), ""])
    return (f"{number}.txt", "text/plain", body.encode("utf-8", "replace"))
