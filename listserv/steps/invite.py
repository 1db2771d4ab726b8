"""How to take part, for somebody who wrote to the dialogue and does not: a reply to it is the request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.written import written_in
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps import compose, confirm, profile
from listserv.steps.confirm import Purpose
from listserv.store.session import Connection, Session


def stranger(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, mail: InboundMail, author: Mailbox
) -> Callable[[Connection], object]:
    """What writes the letter, in the language they wrote in if that shows. Nothing of theirs is quoted in it."""
    language = site.language(written_in(mail.subject, mail.text), dialogue.language)
    values = {"contact": site.addresses.owner(dialogue.slug), "participation": dialogue.policy.participation}
    if dialogue.policy.participation == "invite":
        letter = compose.notice(
            site,
            dialogue,
            now,
            "stranger",
            Mailbox("", author.address),
            language,
            answers=mail.message_id,
            form=(),
            **values,
        )
        return lambda connection: letter.to_one(connection, now, author.address)
    with session.read() as connection:
        form = profile.unanswered(
            profile.questions(connection, dialogue.id), {"name": author.name} if author.name else {}
        )
    question = confirm.question(
        site,
        dialogue,
        now,
        Purpose.JOIN,
        author.name,
        author.address,
        language,
        template="stranger",
        answers=mail.message_id,
        greeted=False,
        form=form,
        **values,
    )
    return lambda connection: question.ask(connection, now)
