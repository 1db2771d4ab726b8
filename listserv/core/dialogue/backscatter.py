"""Whether a return may go to somebody who never wrote: what came in another's name goes back to that other.

It would be unsolicited mail of ours (RFC 3834 §2). Told from what was kept of a contribution when it came: the rules
that held it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from listserv.core.dialogue.reasons import FORGED, UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Risk:
    """`forged`: a check that we trust says so. `says`: why, for a moderator."""

    forged: bool
    says: str


def risk(reasons: Iterable[tuple[str, str]]) -> Risk | None:
    """None where nothing speaks against its author's having written it. A site that looks for no proof misses none.

    `reasons`: pairs of rule and text.
    """
    said = {rule: str(text) for rule, text in reasons}
    if FORGED in said:
        return Risk(True, said[FORGED])
    if UNAUTHENTICATED in said:
        return Risk(False, said[UNAUTHENTICATED])
    return None
