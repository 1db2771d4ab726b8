"""What a dialogue's settings let through unread, or leave to nobody: for `listserv check`, before anything runs.

Each is a sentence for whoever wrote the settings, with what to write instead where that is not plain. They are no
errors: all of it may be meant. Pure; never raises.
"""

from __future__ import annotations

from datetime import timedelta

from listserv.core.dialogue import facilitation
from listserv.core.dialogue.model import Dialogue, Late, Moderation, Policy
from listserv.core.dialogue.moments import written
from listserv.core.dialogue.occurrence import OccurrenceKind

_NEVER = timedelta(0)


def cautions(policy: Policy, *, unvouched: tuple[str, ...], contact: bool) -> list[str]:
    """`unvouched`: the ways in on which nothing vouches for senders ("SMTP"); `contact`: somebody is named."""
    unread = policy.moderation is not Moderation.ALL
    found = []
    if unread:
        first = policy.moderation is Moderation.FIRST
        what = "only the first contribution of each participant is" if first else "no contribution of a participant is"
        found.append(f"moderation = {policy.moderation.value!r}: {what} read before it goes out")
        if unvouched:
            found.append(
                f"nothing vouches for senders of mail that comes by {' and '.join(unvouched)}: whoever writes a"
                " participant's address into From goes out unread; set trusted_authserv_id or verify_dkim = true,"
                ' or moderation = "all"'
            )
        if policy.participation == "open":
            found.append(
                'participation = "open": whoever joins by themselves '
                + ("is read once and then no more" if first else "goes out unread from the first mail on")
            )
        if policy.archive == "public":
            found.append('archive = "public": what goes out unread stands on the open web at once')
    if policy.roundup.review == _NEVER:
        found.append("round-ups go out unreviewed (roundup.review = 0)")
    if policy.late is Late.CURRENT:
        found.append(
            'late = "current": what answers a closed module goes to the open one, and nobody is told'
            + ("; unread, too" if unread else "")
        )
    if not contact:
        found.append("no moderator has contact = true: people who ask how to take part are told of nobody by name")
    if policy.waiting.remind == policy.waiting.escalate == _NEVER and policy.moderation is not Moderation.NONE:
        found.append("remind and escalate are both 0: nobody hears again of what has waited long")
    return found


def unsent(dialogue: Dialogue) -> list[str]:
    """Mails of the calendar that are set, and for which there is no moment in the dialogue's dates."""
    rule, there = dialogue.policy.calendar, {(each.kind, each.module) for each in facilitation.entries(dialogue)}
    found = []
    for kind, moment in ((OccurrenceKind.MIDWEEK, rule.midweek), (OccurrenceKind.NUDGE, rule.nudge)):
        without = [one.number for one in dialogue.modules if one.closes_at and (kind, one.number) not in there]
        if moment and without:
            modules = f"module{'s' * (len(without) > 1)} {', '.join(map(str, without))}"
            found.append(f'{kind.value} = "{written(moment)}": no such moment within {modules}, so none goes there')
    grace = dialogue.policy.grace
    if rule.last_call and grace and facilitation.end(dialogue) and (OccurrenceKind.LAST_CALL, None) not in there:
        found.append(
            f'last_call = "{written(rule.last_call)}": before the last module closes, so none goes;'
            f' set less than grace, like "{max(1, int(grace.total_seconds() // 7200))} hours before"'
        )
    if dialogue.survey and rule.survey is None:
        found.append('survey = "off": the questions in [[dialogue.survey]] are asked of nobody')
    return found
