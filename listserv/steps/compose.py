"""Making mailings ready: rendered outside the writer, posted to the outbox inside somebody's transaction.

Everything we send passes here: `notice` makes what is personal by nature, `everyone` what goes to all, once per
language. A `Prepared` value holds the finished bytes; its `to_one` and `to_all` are the short writes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import DeliveryMode, Dialogue
from listserv.core.mail import outmail
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.outmail import GENERATED, LISTED, REPLIED, Rendering
from listserv.core.publication import byline
from listserv.core.publication.wording import Desk, Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.store import fanout, outbox
from listserv.store.session import Connection

#: Who gets what goes to everybody: each contribution; the programme's mails; round-ups.
EACH, PROGRAMME, ROUNDUPS = audience.EACH, audience.PROGRAMME, audience.ROUNDUPS


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mailing whose bytes are made: one rendering per language."""

    dialogue_id: int
    kind: str
    subject: str
    message_id: str
    renderings: Mapping[str, Rendering]
    default: str
    personal: bool
    module: int | None = None
    contribution_id: int | None = None
    roundup_id: int | None = None

    def post(self, connection: Connection, now: datetime) -> tuple[int, dict[str, int]]:
        """Write the mailing without deliveries; its id and the renderings' ids."""
        values = {
            "dialogue_id": self.dialogue_id,
            "kind": self.kind,
            "subject": self.subject,
            "message_id": self.message_id,
            "module": self.module,
            "contribution_id": self.contribution_id,
            "roundup_id": self.roundup_id,
            "personal": int(self.personal),
        }
        pairs = {language: (made.head, made.body) for language, made in self.renderings.items()}
        return outbox.add_mailing(connection, now, values, pairs)

    def to_one(self, connection: Connection, now: datetime, address: str, participation_id: int | None = None) -> int:
        """The mailing and its one delivery; the delivery's id."""
        mailing_id, ids = self.post(connection, now)
        return outbox.add_delivery(connection, mailing_id, ids[self.default], address, participation_id)

    def to_all(
        self,
        connection: Connection,
        now: datetime,
        modes: Sequence[DeliveryMode],
        wait: float = 0.0,
        but: Collection[int] = (),
    ) -> int:
        """The mailing and a delivery for each active participant with one of the modes, `but` these; how many."""
        mailing_id, ids = self.post(connection, now)
        return fanout.fan_out(connection, self.dialogue_id, mailing_id, ids, self.default, modes, wait, but=but)

    def to_some(
        self, connection: Connection, now: datetime, modes: Sequence[DeliveryMode], only: Collection[int]
    ) -> tuple[int, int]:
        """As `to_all`, to those participations only; the mailing's id, and how many."""
        mailing_id, ids = self.post(connection, now)
        return mailing_id, fanout.fan_out(connection, self.dialogue_id, mailing_id, ids, self.default, modes, only=only)


def identifier(site: Site, kind: str) -> str:
    """A Message-ID of ours, never given before."""
    return outmail.new_message_id(site.domain, kind.replace("_", "-"), secrets.token_hex(10))


def notice(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    kind: str,
    to: Mailbox,
    language: str,
    *,
    answers: str | None = None,
    reply_to: str | None = None,
    contribution_id: int | None = None,
    roundup_id: int | None = None,
    attachments: Sequence[outmail.Attachment] = (),
    **values: object,
) -> Prepared:
    """A mail to one person. `answers`: the Message-ID of the mail it replies to ("" when that had none)."""
    letter = words(site, dialogue, kind, language, **values)
    message_id = identifier(site, kind)
    parent = answers if answers and outmail.is_identifier(answers) else None
    rendering = outmail.compose(
        sender=Mailbox(dialogue.title, site.addresses.dialogue(dialogue.slug)),
        to=to,
        subject=letter.subject,
        date=now.astimezone(dialogue.zone),
        message_id=message_id,
        text=letter.text,
        html=letter.html,
        attachments=attachments,
        reply_to=reply_to or site.addresses.owner(dialogue.slug),
        in_reply_to=parent,
        references=[parent] if parent else [],
        headers=GENERATED if answers is None else REPLIED,
        language=language,
    )
    return Prepared(
        dialogue.id,
        kind,
        letter.subject,
        message_id,
        {language: rendering},
        language,
        True,
        contribution_id=contribution_id,
        roundup_id=roundup_id,
    )


def everyone(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    kind: str,
    languages: Collection[str],
    letter: Callable[[str], Letter],
    *,
    sender: str | None = None,
    message_id: str | None = None,
    reply_to: str | None = None,
    references: Sequence[str] = (),
    html: bool = False,
    module: int | None = None,
    contribution_id: int | None = None,
    roundup_id: int | None = None,
    headers: Sequence[tuple[str, str]] = (),
    attachments: Sequence[outmail.Attachment] = (),
) -> Prepared:
    """A mail to all, rendered once for each of the participants' languages; `letter(language)` gives the words.

    `sender`: the author's name where it is somebody's contribution. `references`: the thread above it, root first.
    """
    message_id = message_id or identifier(site, kind)
    default = site.language(dialogue.language)
    # One From address for all that the dialogue sends; a contribution's author is in its name (RFC 7960 §4).
    name = dialogue.title if sender is None else byline.via(sender, dialogue.title)
    alone = kind in audience.ANSWERED_ALONE  # each copy is given its own To and Reply-To as it leaves
    takes = dialogue.closed_at is None  # an archive takes nothing new
    shared = outmail.list_headers(site.addresses, dialogue.slug, dialogue.title, open_to_contributions=takes)
    renderings, subjects = {}, {}
    for language in sorted({default, *(site.language(one, dialogue.language) for one in languages)}):
        words_ = letter(language)
        subjects[language] = words_.subject
        renderings[language] = outmail.compose(
            sender=Mailbox(site.wording.said(name, language), site.addresses.dialogue(dialogue.slug)),
            to=None if alone else Mailbox(dialogue.title, site.addresses.dialogue(dialogue.slug)),
            subject=words_.subject,
            date=now.astimezone(dialogue.zone),
            message_id=message_id,
            text=words_.text,
            html=site.wording.html(words_.text, title=words_.subject, language=language) if html else words_.html,
            attachments=attachments,
            reply_to=None if alone else reply_to or site.addresses.dialogue(dialogue.slug),
            in_reply_to=references[-1] if references else None,
            references=references,
            headers=(*shared, *LISTED, *headers),
            language=language,
        )
    return Prepared(
        dialogue.id,
        kind,
        subjects[default],
        message_id,
        renderings,
        default,
        False,
        module=module,
        contribution_id=contribution_id,
        roundup_id=roundup_id,
    )


def words(site: Site, dialogue: Dialogue, kind: str, language: str, *, page: bool = False, **values: object) -> Letter:
    """The letter of that kind; every template may also use `dialogue` and `desk`. `page`: its HTML form has one too."""
    values = _common(site, dialogue) | values
    letter = site.wording.letter(kind, language, **values)
    return replace(letter, html=site.wording.page(kind, language, letter, **values)) if page else letter


def body(site: Site, dialogue: Dialogue, kind: str, language: str, **values: object) -> str:
    """What of that letter organisers can write anew, in our words. Refused where its template leaves nothing."""
    try:
        return site.wording.body(kind, language, **_common(site, dialogue), **values)
    except KeyError:
        raise Refused(f"templates/mail/{kind}.txt has no {{% block body %}}, so its text is edited there") from None


def _common(site: Site, dialogue: Dialogue) -> dict[str, object]:
    page = f"{site.base_url}/{dialogue.slug}/" if site.pages else ""
    desk = Desk.of(site.addresses, dialogue.slug, page, f"{page}moderate/" if page else "")
    return {"dialogue": dialogue, "desk": desk}


def to_moderators(
    connection: Connection,
    now: datetime,
    moderators: Collection[Mapping[str, Any]],
    notices: Mapping[int, Prepared],
) -> None:
    """Post to each moderator their own notice; `notices` by participation id."""
    for one in moderators:
        notices[one["id"]].to_one(connection, now, one["address"], one["id"])


def notices_to(
    site: Site, dialogue: Dialogue, now: datetime, kind: str, moderators: Collection[Mapping[str, Any]], **values: Any
) -> dict[int, Prepared]:
    """The same notice for each moderator, in their language; by participation id. Options are those of `notice`."""
    return {
        one["id"]: notice(
            site,
            dialogue,
            now,
            kind,
            Mailbox(one["name"], one["address"]),
            site.language(one["language"], dialogue.language),
            **values,
        )
        for one in moderators
    }
