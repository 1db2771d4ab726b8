"""A released contribution as a mailing to every participant, threaded beneath its module's announcement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from listserv.core.dialogue.model import Attribution, Dialogue
from listserv.core.mail import files, outmail
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.files import Fate
from listserv.core.mail.threads import base_subject
from listserv.core.publication import byline
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import attachments
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes out with a contribution. `content` is empty where it is not attached to the copies."""

    id: int
    name: str
    content_type: str
    size: int
    content: bytes = field(default=b"", repr=False)


def enclosures(connection: Connection, dialogue: Dialogue, came: Sequence[Any]) -> list[Enclosure]:
    """The kept of the files that came, with their content where the dialogue attaches files and they are not many."""
    rows = [row for row in came if row["state"] == Fate.KEPT]
    # With more of them than a mail may hold, each is linked.
    attached = dialogue.policy.attachments.form == "attach" and files.fit(row["size"] for row in rows)
    found = []
    for row in rows:
        whole = attachments.content_of(connection, row["id"]) if attached else None
        content = whole["content"] if whole else b""
        found.append(Enclosure(row["id"], row["name"], row["content_type"], row["size"], content))
    return found


def withheld(came: Sequence[Any]) -> list[tuple[str, int]]:
    """Name and octets of the files that came and are not passed on, so that "see the file" puzzles nobody."""
    return [(out_of_sight(row["name"]), row["size"]) for row in came if row["state"] == Fate.REFUSED]


def link(site: Site, dialogue: Dialogue, one: Enclosure) -> str:
    """Where a file can be fetched; "" where there are no pages, where it is attached, and where files do not go out.

    All copies of a mailing are the same, so all readers have the same link: whoever has the mail may fetch the file.
    """
    if one.content or dialogue.policy.attachments.form == "drop" or not site.pages:
        return ""
    return f"{site.base_url}/a/{site.addresses.token('attachment', one.id)}/{quote(one.name, safe='')}"


def prepare(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    contribution: Mapping[str, Any],
    number: int,
    *,
    enclosures: Sequence[Enclosure],
    languages: Collection[str],
    root: str | None,
    parent: str | None,
    withheld: Sequence[tuple[str, int]] = (),
    archived: str | None = None,
) -> compose.Prepared:
    """The mailing of one contribution under its official number.

    `archived`: where it stands on the web (Archived-At, RFC 5064 §2). `root`: the Message-ID of its
    module's announcement; `parent`: that of the contribution it answers. References name ours only (DESIGN §3): what
    the author's program referred to elsewhere helps no other reader.
    """
    module = dialogue.module(contribution["module"])
    tag = f"[{dialogue.slug} {module.number}]" if module else f"[{dialogue.slug}]"
    topic = base_subject(contribution["subject"], dialogue.slug) or dialogue.title
    subject = f"{tag} {titled(dialogue, contribution, bool(parent))}"

    by = byline.of(contribution)
    address = shown_address(dialogue, contribution)
    shown = [(one.name, one.size, link(site, dialogue, one)) for one in enclosures]
    missing = any(not (one.content or link) for one, (_, _, link) in zip(enclosures, shown, strict=True))

    def letter(language: str) -> Letter:
        words = compose.words(
            site,
            dialogue,
            "contribution",
            language,
            number=number,
            subject=topic,
            module=module,
            name=by.name,
            organisation=by.organisation,
            via=by.via,
            country=by.country,
            address=address,
            text=contribution["text"],
            edited=contribution["original"] is not None,
            late=bool(contribution["late"]),
            attachments=shown,
            withheld=withheld,
            ask=dialogue.policy.attachments.form != "drop" and missing,
        )
        return replace(words, subject=subject)

    references = list(dict.fromkeys(one for one in (root, parent) if one and outmail.is_identifier(one)))
    return compose.everyone(
        site,
        dialogue,
        now,
        "contribution",
        languages,
        letter,
        sender=by.sender,
        message_id=contribution["message_id"],
        reply_to=site.addresses.reply(dialogue.slug, contribution["id"]),
        references=references,
        module=contribution["module"],
        contribution_id=contribution["id"],
        headers=(
            ("X-Contribution", str(number)),
            *((("Archived-At", f"<{archived}>"),) if archived else ()),
            *((("Author", address),) if address and address.isascii() else ()),  # From is the dialogue's: RFC 9057 §2
        ),
        attachments=[(one.name, one.content_type, one.content) for one in enclosures if one.content],
    )


def shown_address(dialogue: Dialogue, contribution: Mapping[str, Any]) -> str:
    """The author's address, where the dialogue shows addresses and the author is named; else ""."""
    named = contribution["attribution"] == Attribution.NAME
    return contribution["from_address"] if named and dialogue.policy.privacy.addresses == "shown" else ""


def titled(dialogue: Dialogue, contribution: Mapping[str, Any], answers: bool) -> str:
    """Its subject for readers, without tags; with "Re: " where it answers something and said so."""
    topic = base_subject(contribution["subject"], dialogue.slug) or dialogue.title
    answers = (answers or bool(contribution["in_reply_to"])) and topic != contribution["subject"]
    return f"Re: {topic}" if answers else topic
