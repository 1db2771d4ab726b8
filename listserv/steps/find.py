"""What the store knows of a mail to the dialogue: who wrote it, and what of ours it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import bundled
from listserv.core.dialogue.bundled import Held
from listserv.core.dialogue.model import Dialogue, Moderation
from listserv.core.dialogue.routing import Threaded
from listserv.core.mail import inmail
from listserv.core.mail.addresses import Target
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.threads import base_subject
from listserv.core.site import Site
from listserv.store import bundles, contributions, copies, outbox, people
from listserv.store.session import Connection

MOST_ANSWERED = 20  # Message-IDs of what a mail answers that are looked up


@dataclass(frozen=True, slots=True)
class Found:
    """A mail's author and thread. `subject`: what it is about, where its own only says which bundle it answers."""

    part: Any | None
    released: int  # contributions of theirs; 0 where moderation = "none", which does not ask
    by_reference: Threaded | None
    by_token: Threaded | None
    parent_text: str | None
    reached_at: datetime | None  # when the author got what the mail answers
    subject: str = ""


def find(connection: Connection, site: Site, dialogue: Dialogue, target: Target, mail: InboundMail) -> Found:
    part = people.part_of(connection, dialogue.id, mail.author.address) if mail.author else None
    answers = copies.by_any_name(connection, [*mail.in_reply_to, *reversed(mail.references)], site.addresses.stand_ins)
    known = contributions.known_as(connection, dialogue.id, answers)
    answered = contributions.get(connection, target.payload) if target.payload is not None else None
    if answered is not None and answered["dialogue_id"] != dialogue.id:
        answered = None
    text = known.text if known else answered["text"] if answered else None
    theirs = [*answers[:MOST_ANSWERED], *([answered["message_id"]] if answered else [])]
    by_reference = Threaded(known.module, known.id, known.subject) if known else None
    held: Sequence[Any] = _held(connection, dialogue, known.bundle) if known and known.bundle else ()
    # Its own subject is no sign: whoever answers from a bundle, or from its list of addresses, has that of the bundle.
    meant = bool(answered) and (answered["number"] in [row["number"] for row in held] or not base_subject(mail.subject))
    about = ""
    asks = part is not None and dialogue.policy.moderation is not Moderation.NONE
    if held:
        text = _as_sent(connection, known.bundle, part)
        item = answered if meant else _named(dialogue, held, mail)
        if f"[{dialogue.slug}]" in mail.subject.casefold():  # the bundle's, which says nothing to most readers
            about = f"Re: {base_subject(item['subject'], dialogue.slug)}" if item else dialogue.title
        if item is not None:
            by_reference = Threaded(item["module"], item["id"], item["subject"])
    return Found(
        part=part,
        released=people.released_of(connection, dialogue.id, part["person_id"]) if asks else 0,
        by_reference=by_reference,
        by_token=Threaded(answered["module"], answered["id"], answered["subject"], meant) if answered else None,
        parent_text=text or None,
        reached_at=copies.reached_at(connection, part["id"], theirs) if part and theirs else None,
        subject=about,
    )


def _held(connection: Connection, dialogue: Dialogue, mailing_id: int) -> list[Any]:
    """The contributions in a bundle."""
    rows = (contributions.by_number(connection, dialogue.id, one) for one in bundles.items(connection, mailing_id))
    return [row for row in rows if row is not None]


def _as_sent(connection: Connection, mailing_id: int, part: Any | None) -> str:
    """A bundle's text in the language in which that participant got it: what their answer may quote without a mark."""
    found = outbox.variant(connection, mailing_id, part["id"] if part else None)
    return inmail.read(b"\r\n".join(found), None).body if found else ""


def _named(dialogue: Dialogue, held: Sequence[Any], mail: InboundMail) -> Any | None:
    """The one of them that an answer to all is about."""
    said = [Held(row["number"], row["subject"], row["text"]) for row in held]
    number = bundled.named(said, dialogue.slug, mail.subject, mail.text, mail.cut)
    return next((row for row in held if row["number"] == number), None)
