"""The first mail to somebody who takes part: how it goes, and the announcement of the module that is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose
from listserv.steps.profile import Noted
from listserv.store import announcements, outbox
from listserv.store.session import Connection


def welcome_letter(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    name: str,
    address: str,
    language: str,
    *,
    noted: Sequence[Noted] = (),
    brought: str = "",
) -> compose.Prepared:
    """`noted`: what they told of themselves (steps/profile.Noted); `brought`: the moderator who entered them."""
    following = [module for module in dialogue.modules if module.opened_at is None and module.opens_at > now]
    return compose.notice(
        site,
        dialogue,
        now,
        "welcome",
        Mailbox(name, address),
        language,
        name=name,
        noted=[one for one in noted if one.key != "name"],
        brought=brought,
        home=next((one.value for one in noted if one.key == "country"), ""),
        edited=dialogue.edited("welcome"),
        module=dialogue.open_module(),
        next_module=following[0] if following else None,
    )


def hand_announcement(
    connection: Connection, dialogue: Dialogue, part_id: int, language: str, address: str, delivery: str
) -> None:
    """Who joins late gets the open module's announcement too, the same mail as everybody.

    Which module is open is asked of the store: it may have opened since `dialogue` was read.
    """
    found = announcements.current_announcement(connection, dialogue.id)
    if found is not None and delivery in compose.PROGRAMME:
        mailing_id, renderings = found
        if outbox.has_delivery(connection, mailing_id, address):  # they had left, and come back
            return
        rendering_id = renderings.get(language) or renderings.get(dialogue.language) or min(renderings.values())
        outbox.add_delivery(connection, mailing_id, rendering_id, address, part_id)
