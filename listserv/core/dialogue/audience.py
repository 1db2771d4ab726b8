"""Who gets what goes to everybody: which delivery modes a kind of mail is for.

Input: a mailing's kind. Asked twice, when a mailing is fanned out and when a copy of it is claimed, so that what a
participant has set in between is honoured. Never raises; personal mail is not its business.
"""

from __future__ import annotations

from listserv.core.dialogue.model import DeliveryMode

#: Each contribution, as it is released.
EACH = (DeliveryMode.EACH,)
#: The programme's mails: openings, reminders, closings.
PROGRAMME = (DeliveryMode.EACH, DeliveryMode.DAILY)
#: Contributions bundled: once a day, or once after who got bundles has asked for each again.
BUNDLES = PROGRAMME
#: Round-ups, and what comes after the end.
ROUNDUPS = (DeliveryMode.EACH, DeliveryMode.DAILY, DeliveryMode.ROUNDUP)
_TO_READERS = ("roundup", "report", "survey", "survey_reminder", "thanks", "continued", "ended")

#: Mails that each recipient answers at an address of their own: To and Reply-To stand in each copy.
ANSWERED_ALONE = ("survey", "survey_reminder")

#: Private mails that nobody has asked for: like those to all they go only to who takes part, and wants them.
REMINDERS = ("nudge",)

#: Private mails that do not go before all that takes turns, as a log-in link, a receipt or a notice does: nobody sits
#: and waits for them, and an import sends thousands at once.
UNHURRIED = (*REMINDERS, "welcome")


def modes(kind: str) -> tuple[DeliveryMode, ...]:
    """The delivery modes whose copies of that kind may leave.

    Of a contribution also those who get bundles by now: its copy was made while they got each, no bundle has it.
    """
    return ROUNDUPS if kind in _TO_READERS else PROGRAMME
