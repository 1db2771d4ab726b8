"""Who gets what goes to everybody: which delivery modes a kind of mail is for.

Input: a mailing's kind. Asked twice, when a mailing is fanned out and when a copy of it is claimed, so that what a
participant has set in between is honoured. Never raises; personal mail is not its business.
"""

from __future__ import annotations

from listserv.core.dialogue.model import DeliveryMode

#: Each contribution, and the programme's mails.
EACH = (DeliveryMode.EACH,)
#: Round-ups.
ROUNDUPS = (DeliveryMode.EACH, DeliveryMode.ROUNDUP)


def modes(kind: str) -> tuple[DeliveryMode, ...]:
    """The delivery modes that get mail of that kind."""
    return ROUNDUPS if kind == "roundup" else EACH
