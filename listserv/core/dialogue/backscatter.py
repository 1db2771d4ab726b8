"""Whether a return may go to somebody who never wrote: what came in another's name goes back to that other.

It would be unsolicited mail of ours (RFC 3834 §2). Told from what was kept of a contribution when it came: the rules
that held it, and what proved its author. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from listserv.core.dialogue.reasons import FORGED, STRANGER, UNAUTHENTICATED
from listserv.core.mail.level import Level


@dataclass(frozen=True, slots=True)
class Risk:
    """`forged`: a check that we trust says so. `says`: why, for a moderator."""

    forged: bool
    says: str


def risk(reasons: Iterable[tuple[str, str]], level: str) -> Risk | None:
    """None where nothing speaks against its author's having written it. `reasons`: pairs of rule and text.

    At a site that looks for no proof none is missed of participants; of strangers it is, for most of what pretends to
    be somebody's is theirs.
    """
    said = {rule: str(text) for rule, text in reasons}
    if FORGED in said:
        return Risk(True, said[FORGED])
    if UNAUTHENTICATED in said:
        return Risk(False, said[UNAUTHENTICATED])
    if STRANGER in said and level == Level.NONE:
        return Risk(False, "Its author does not take part, and nothing proves who sent it.")
    return None
