"""What proves who wrote a mail. From alone proves nothing (RFC 8601 §7, DESIGN's levels).

Answers with a Proof: nothing, a trusted MTA's Authentication-Results, or a DKIM signature verified here; and whether
a check we trust says that the mail is *not* from whom it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from listserv.core.mail.inmail import InboundMail


class Level(StrEnum):
    NONE = "none"
    TRUSTED = "trusted"  # our own MTA's Authentication-Results say so
    DKIM = "dkim"  # a signature aligned with From was verified here


@dataclass(frozen=True, slots=True)
class Proof:
    """`refuted`: a check we trust says that it is not from whom it names. `says`: why, in words for a moderator."""

    level: Level = Level.NONE
    refuted: bool = False
    says: str = ""


UNPROVEN: Final = Proof()


def unproven(raw: bytes, mail: InboundMail) -> Proof:
    """The proof of a site that checks nothing."""
    return UNPROVEN
