"""A released contribution as a mailing to every participant, threaded beneath its module's announcement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail import outmail
from listserv.core.mail.threads import base_subject
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.steps import compose


def prepare(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    contribution: Mapping[str, Any],
    number: int,
    *,
    attachments: Sequence[Mapping[str, Any]],
    languages: Collection[str],
    root: str | None,
    parent: str | None,
) -> compose.Prepared:
    """The mailing of one contribution under its official number.

    `root`: the Message-ID of its module's announcement; `parent`: that of the contribution it answers. References
    name ours only (DESIGN §3): what the author's program referred to elsewhere helps no other reader.
    """
    module = dialogue.module(contribution["module"])
    tag = f"[{dialogue.slug} {module.number}]" if module else f"[{dialogue.slug}]"
    topic = base_subject(contribution["subject"], dialogue.slug) or dialogue.title
    answers = bool(contribution["in_reply_to"] or parent) and topic != contribution["subject"]
    subject = f"{tag} Re: {topic}" if answers else f"{tag} {topic}"

    def letter(language: str) -> Letter:
        words = compose.words(
            site,
            dialogue,
            "contribution",
            language,
            number=number,
            subject=topic,
            module=module,
            name=author(contribution),
            organisation=contribution["organisation"] or "",
            country=contribution["country"] or "",
            text=contribution["text"],
            edited=contribution["original"] is not None,
            late=bool(contribution["late"]),
            attachments=[(one["name"], one["size"]) for one in attachments],
        )
        return Letter(subject, words.text)

    references = list(dict.fromkeys(one for one in (root, parent) if one and outmail.is_identifier(one)))
    return compose.everyone(
        site,
        dialogue,
        now,
        "contribution",
        languages,
        letter,
        sender=author(contribution),
        message_id=contribution["message_id"],
        reply_to=site.addresses.reply(dialogue.slug, contribution["id"]),
        references=references,
        module=contribution["module"],
        contribution_id=contribution["id"],
        headers=(("X-Contribution", str(number)),),
    )


def author(contribution: Mapping[str, Any]) -> str:
    """Under which name a contribution goes out: the participant's own, else what the mail said, never an address."""
    name = contribution["person_name"] or contribution["from_name"]
    return name or contribution["from_address"].partition("@")[0]
