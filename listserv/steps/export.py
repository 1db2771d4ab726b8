"""Everything that is held of somebody, as one document: their right to a copy of it (GDPR article 15).

`dossier` has these keys; every time is in UTC, every row has its `id`:

    address         the address it was asked for
    made_at, site   when and where it was drawn up
    person          name country organisation sector gender language timezone profile address created_at, or null: a
                    stranger, of whom only mail is held
    addresses       every address they write from: address added_at
    participations  dialogue role status delivery attribution quotable joined_at changed_at consented_at …
    contributions   dialogue module number state subject text cut html original words reasons tags attachments
                    passages …, in every state; attachments: id name content_type size sha256 state reason; passages:
                    id kind text marked_by marked_at
    inbox           mails that came from them: received_at sender recipient subject outcome reason … original_gone_at
    deliveries      mails to them: dialogue kind subject message_id address state reply created_at finished_at …
    bounces         mails to them that came back: verdict status diagnostic at
    confirmations   questions asked of them: purpose name address language asked_at lapses_at used_at
    answers         their answers to surveys: question (its key) value text; none where a survey is anonymous: nobody
                    knows which are theirs
    tickets         leave to decide by mail that they had as moderators, or that is about their request
    visits          browsers that they are logged in to our pages with: began_at lapses_at
    audit           what was done by them, with them or with their contributions: at actor action subject reason

Secrets are left out (hashes of tokens). `files` gives what belongs to it and is no text: the mails as they came, their
attachments, and what was sent to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import DeliveryState
from listserv.core.mail import identity
from listserv.core.mail.files import Fate
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.store import audit, passages, surveys, tagging, traces
from listserv.store.session import Connection, Session, patient

_SECRET = frozenset({"token_hash", "digest"})
_OURS = frozenset({"person_id", "dialogue_id", "erased_at", "traceback", "epoch", "due_at", "rendering_id"})


def dossier(session: Session, now: datetime, site: Site, mail_address: str, actor: str) -> dict[str, Any]:
    """The document; that it was drawn up is audited. Raises Refused when nothing is held."""
    with session.read() as connection:
        patient(connection)
        trace = known(connection, mail_address)
        profile = traces.profile(connection, trace)
        files: dict[int, list[dict[str, Any]]] = {}
        for one in traces.attachments(connection, trace):
            files.setdefault(one["contribution_id"], []).append(_row(one, "contribution_id"))
        document = {
            "address": mail_address,
            "made_at": now,
            "site": site.name,
            "person": _row(profile) if profile else None,
            "addresses": [_row(one) for one in traces.addresses(connection, trace)],
            "participations": [_row(one) for one in traces.participations(connection, trace)],
            "contributions": [
                _row(one)
                | {"tags": tagging.of(connection, one["id"]), "attachments": files.get(one["id"], [])}
                | {"passages": [_row(mark, "contribution_id") for mark in passages.of(connection, one["id"])]}
                | {"reasons": [[rule, str(why)] for rule, why in one["reasons"]]}
                for one in traces.contributions(connection, trace)
            ],
            "inbox": [
                _row(one, "purged_at") | {"original_gone_at": one["purged_at"]}
                for one in traces.inbound(connection, trace)
            ],
            "deliveries": [_row(one) for one in traces.deliveries(connection, trace)],
            "bounces": [_row(one) for one in traces.bounces(connection, trace)],
            "confirmations": [_row(one) for one in traces.confirmations(connection, trace)],
            "answers": [_row(one, "participation_id") for one in surveys.of(connection, trace.parts)],
            "tickets": [_row(one) for one in traces.tickets(connection, trace)],
            "visits": [_row(one) for one in traces.visits(connection, trace)],
            "audit": [_row(one) for one in traces.audited(connection, trace)],
        }
    session.write(lambda connection: audit.record(connection, now, actor, "export", mail_address))
    return document


def known(connection: Connection, mail_address: str) -> traces.Trace:
    """Whose address it is. Raises Refused when it is none, or nothing is held of it."""
    if not identity.valid(mail_address):
        raise Refused(f"{mail_address!r} is not a mail address; write name@example.org")
    trace = traces.find(connection, mail_address)
    if trace is None:
        raise Refused(f"nothing is held of {mail_address}; see: listserv participant list, listserv inbox list")
    return trace


def _row(row: Any, *without: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in _SECRET | _OURS and key not in without}


def files(session: Session, mail_address: str) -> Iterator[tuple[str, bytes]]:
    """Path and content: mails/RAW.eml as they came, attachments/ID-NAME, sent/ID.eml as it was sent to them."""
    with session.read() as connection:
        patient(connection)
        trace = known(connection, mail_address)
        for raw_id in trace.raws:
            if content := traces.original(connection, raw_id):
                yield f"mails/{raw_id}.eml", content
        for one in traces.attachments(connection, trace):
            content = traces.blob_of(connection, one["sha256"]) if one["state"] == Fate.KEPT else None
            if content is not None:
                yield f"attachments/{one['id']}-{one['name']}", content
        for one in traces.deliveries(connection, trace):
            if one["state"] == DeliveryState.SENT:
                head, body = traces.sent_copy(connection, one["rendering_id"])
                yield f"sent/{one['id']}.eml", head + b"\r\n" + body
