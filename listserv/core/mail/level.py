"""How far it is proved who wrote a mail, and how moderators read it. The proving itself is core/mail/authentication."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from listserv.core.sentence import Sentence


class Level(StrEnum):
    NONE = "none"
    TRUSTED = "trusted"  # our own host's Authentication-Results say so
    DKIM = "dkim"  # a signature aligned with From was verified here


#: Each level as moderators read it.
IN_WORDS: Final[Mapping[str, Sentence]] = {
    Level.NONE: Sentence("nothing proves who sent it"),
    Level.TRUSTED: Sentence("our mail host vouches for the sender"),
    Level.DKIM: Sentence("signed by the sender's domain (DKIM)"),
}
