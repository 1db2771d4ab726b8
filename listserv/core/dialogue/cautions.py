"""What a dialogue's settings let through unread, or leave to nobody: for `listserv check`, before anything runs.

Each is a sentence for whoever wrote the settings, with what to write instead where that is not plain. They are no
errors: all of it may be meant. Pure; never raises.
"""

from __future__ import annotations

from datetime import timedelta

from listserv.core.dialogue.model import Late, Moderation, Policy

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
