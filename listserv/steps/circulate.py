"""The report's mail: to all who take part but those who want nothing, once (DESIGN §6, `report send`).

From then on the report stands on the pages, for whoever has the mail's link, or for all where the archive is public.
It is made anew when it is asked for, so that who has been erased since, or wishes not to be named, is not in it.
"""

from __future__ import annotations

from datetime import datetime

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication.report import letter as about
from listserv.core.publication.report.voice import Voice
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.steps import compose
from listserv.steps.consolidate import Consolidated
from listserv.store import audit, dialogues, occurrences, people
from listserv.store.session import Connection, Session

_KIND, _SUBJECT = "report", "all"
#: Octets of a PDF that is sent along where the dialogue sends files along: a slow link takes a minute for it.
SMALL = 200_000


def link(site: Site, dialogue: Dialogue) -> str:
    """Where participants read it; "" where it stands nowhere."""
    if not site.pages or dialogue.policy.archive == "none":
        return ""
    page = f"{site.base_url}/{dialogue.slug}/report"
    return page if dialogue.policy.archive == "public" else f"{page}/{site.addresses.token('report', dialogue.id)}"


def attaches(dialogue: Dialogue, size: int) -> bool:
    """Whether a PDF of that many octets goes with the mail."""
    return dialogue.policy.attachments.form == "attach" and size <= SMALL


def sent(connection: Connection, dialogue: Dialogue) -> bool:
    return occurrences.recorded(connection, dialogue.id, _KIND, _SUBJECT, 1)


def letter(site: Site, dialogue: Dialogue, made: Consolidated, language: str, attached: bool) -> Letter:
    """The mail in one language; the moderators' conclusions stand as they wrote them."""
    said = about.conclusions(made.report)
    room = about.MOST - sum(len(one.split()) for one in said)
    voice = Voice(language, dialogue.zone, lambda sentence: site.wording.said(sentence, language))
    return compose.words(
        site,
        dialogue,
        "report",
        language,
        figures=made.material.figures,
        countries=len({one.country for one in made.material.said if one.country}),
        conclusions=said,
        told=about.told(made.material, voice, room),
        link=link(site, dialogue),
        attached=attached,
    )


def circulate(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    actor: str,
    made: Consolidated,
    pdf: bytes | None = None,
) -> int | None:
    """Send it; how many get it, or None when it had been sent before. `pdf`: to go with it, where that is wanted."""
    attached = [("report.pdf", "application/pdf", pdf)] if pdf else []
    with session.read() as connection:
        languages = people.languages(connection, dialogue.id)
    prepared = compose.everyone(
        site,
        dialogue,
        now,
        "report",
        languages,
        lambda language: letter(site, dialogue, made, language, bool(attached)),
        html=True,
        reply_to=site.addresses.owner(dialogue.slug),
        attachments=attached,
    )

    def write(connection: Connection) -> int | None:
        if not occurrences.once(connection, dialogue.id, _KIND, _SUBJECT, 1, now):
            return None
        recipients = prepared.to_all(connection, now, compose.ROUNDUPS)
        dialogues.advance_clock(connection, dialogue.id, now)
        audit.record(connection, now, actor, "send", "report", f"{recipients} mails", dialogue.id)
        return recipients

    return session.write(write)
