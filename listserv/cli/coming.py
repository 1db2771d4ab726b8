"""What each mail and switchover of the programme is called where a moderator reads of what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.programme import OccurrenceKind

if TYPE_CHECKING:
    from listserv.steps.schedule import Entry

SAID = {
    "open": "module {n} opens: announcement with its guiding questions",
    "close": "module {n} closes: closing mail{waits}",
    "reminder": "reminder: module {n} closes soon",
    "roundup": "round-up{r}{if_said}",
    "bundle": "daily bundle of contributions (only if something was said)",
    "draft": "draft of a round-up, to the moderators{if_said}",
    "invitation-again": "second invitation, to who has not answered",
    "checkin": "check-in: does this mail reach you?",
    "midweek-draft": "draft of the mid-week note, to the moderators",
    "midweek": "mid-week note: what is covered and missing in module {n}",
    "nudge": "private: to who has not written before module {n} closes",
    "last-call": "last call, before nothing counts any more",
    "survey": "survey: how was it for you?",
    "thanks": "thanks, figures, what comes next",
    "frequent": "private: to who writes very often in module {n}",
    "welcome": "welcome, to each who joins",
    "invitation": "invitation, to each who is invited",
}


def said(dialogue: Dialogue, one: Entry, drafted: int | None) -> str:
    """What `plan` says of one. `drafted`: the id of the round-up it is, where there is a draft."""
    only = one.due is not None and drafted is None and programme.only_if_said(dialogue, one.due)
    kind = one.key[0]
    waits = kind == OccurrenceKind.CLOSE and dialogue.policy.waiting.close_waits
    return SAID[kind].format(
        n=one.module,
        r=f" {drafted}" if drafted else "",
        if_said=" (only if something was said)" * only,
        waits=f" ({_waiting(dialogue, one.module)})" if waits else "",
    )


def _waiting(dialogue: Dialogue, number: int | None) -> str:
    """Until when the close of that module waits for what is held."""
    module = dialogue.module(number)
    by = programme.close_by(dialogue, module) if module else None
    return f"waits for what is held, until {by.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M} at the latest" if by else ""
