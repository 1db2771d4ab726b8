"""Returning a contribution to its author: with the reason, and their own text to mend and send again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listserv.core.dialogue import backscatter
from listserv.core.dialogue.model import ContributionState, Dialogue
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose
from listserv.steps.moderate import Along, alone, settle
from listserv.steps.require import held
from listserv.store import audit, contributions, dialogues, people
from listserv.store.session import Connection, Session


def give_back(
    session: Session,
    now: datetime,
    site: Site,
    contribution_id: int,
    actor: str,
    reason: str,
    *,
    along: Along = alone,
    asked: bool = False,
) -> None:
    """Return it to its author with the reason and their own text.

    Refused for what is forged, by a check that we trust, unless a moderator was `asked` and wants it all the same.
    """
    if not reason.strip():
        raise Refused("a contribution is returned with a reason: --reason TEXT")
    with session.read() as connection:
        row = held(connection, contribution_id)
        if not row["from_address"]:
            nobody = f"{contribution_id} names no author who could be written to"
            raise Refused(f"{nobody}; take it out: listserv queue discard {contribution_id}")
        found = backscatter.risk(row["reasons"])
        if found and found.forged and not asked:
            never = f"A return would go to {row['from_address']}, who may never have written it"
            raise Refused(f"contribution {contribution_id}: {found.says} {never}: discard it, or repeat with --yes")
        dialogue = dialogues.by_id(connection, row["dialogue_id"])
        key = identity.key(row["from_address"])
        if named := next((one.name for one in dialogue.networks if identity.key(one.address) == key), ""):
            all_ = f"contribution {contribution_id} bears the address of {named}, where all its members would read it"
            raise Refused(f"{all_}; take it out: listserv queue discard {contribution_id}")
        part = people.part_of(connection, dialogue.id, row["from_address"])
        inbox_id = contributions.mail_of(connection, contribution_id)
    reply_to = site.addresses.author(dialogue.slug, inbox_id) if inbox_id else None
    notice = returned(site, dialogue, now, row, part, reason, reply_to)
    also = along(None)

    def write(connection: Connection) -> None:
        settle(connection, now, contribution_id, ContributionState.RETURNED, actor)
        notice.to_one(connection, now, row["from_address"], part["id"] if part else None)
        audit.record(connection, now, actor, "return", f"contribution {contribution_id}", reason, dialogue.id)
        also(connection)

    session.write(write)


def returned(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    row: Mapping[str, Any],
    part: Any | None,
    reason: str,
    reply_to: str | None = None,
) -> compose.Prepared:
    """The mail that brings a contribution back to its author: the reason, and their own text to mend.

    `reply_to`: where the mended version goes.
    """
    return compose.notice(
        site,
        dialogue,
        now,
        "returned",
        Mailbox(row["from_name"], row["from_address"]),
        site.language(part["language"] if part else "", dialogue.language),
        answers=row["message_id"],
        reply_to=reply_to or site.addresses.dialogue(dialogue.slug),
        contribution_id=row["id"],
        name=row["from_name"],
        subject=row["subject"],
        reason=reason,
        moderator="",
        text=row["original"] or row["text"],
    )
