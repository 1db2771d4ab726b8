"""Two mails as the engine would send them, to a recipient that is nobody: for `doctor` to look at. Nothing is written.

Made by the same steps and spliced like any copy, from a dialogue's own settings, so that its title, language and
addresses show what they come to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from listserv.core.dialogue.model import Attribution, Dialogue
from listserv.core.mail.addresses import Link
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.outmail import Rendering
from listserv.core.mail.splice import personal, splice
from listserv.core.site import Site
from listserv.steps import compose, distribute

#: A participation that there is not.
NOBODY = 0

TEXT = """Dear colleagues,

a plan without a budget is a wish. Ours names a sum for each of its aims, and who answers for it.
"""


@dataclass(frozen=True, slots=True)
class Specimen:
    """A mail's header lines, without the blank line, and its body; line ends are CRLF."""

    head: bytes
    body: bytes


def contribution(site: Site, dialogue: Dialogue, now: datetime) -> Specimen:
    """A released contribution's copy for one participant."""
    row = {
        "id": NOBODY,
        "module": 1,
        "subject": "A budget for each aim",
        "text": TEXT,
        "from_name": "Amina Diallo",
        "from_address": f"amina@{site.domain}",
        "person_name": "Amina Diallo",
        "organisation": "Ministry of Women's Affairs",
        "country": "SN",
        "message_id": f"<specimen.contribution@{site.domain}>",
        "in_reply_to": "",
        "original": None,
        "attribution": Attribution.NAME,
        "late": 0,
    }
    prepared = distribute.prepare(
        site, dialogue, now, row, 1, enclosures=[], languages=[dialogue.language], root=None, parent=None
    )
    made = _only(prepared)
    one_click = site.one_click(Link.LEAVE, NOBODY)
    leave = site.addresses.leave(dialogue.slug, NOBODY)
    return Specimen(splice(made.head, personal(unsubscribe=leave, one_click=one_click)), made.body)


def notice(site: Site, dialogue: Dialogue, now: datetime) -> Specimen:
    """A mail to one person: the goodbye."""
    to = Mailbox("Amina Diallo", f"amina@{site.domain}")
    made = _only(compose.notice(site, dialogue, now, "goodbye", to, dialogue.language, name=to.name))
    return Specimen(made.head, made.body)


def _only(prepared: compose.Prepared) -> Rendering:
    return prepared.renderings[prepared.default]
