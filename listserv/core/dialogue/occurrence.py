"""One thing that the clock does: what it is, what it is named by, when it is planned.

Organisers name one by an `id` like "midweek-2": its kind and its module's number, or a round-up's period; what there
is once in a dialogue by its kind alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Key = tuple[str, str, int]
"""(kind, subject, round): what an occurrence is unique by, within its dialogue."""

ROUNDUP_SUBJECT = "roundup"
WHOLE = "dialogue"  # the subject of what there is once in a dialogue


class OccurrenceKind(StrEnum):
    """In the order in which things planned for one instant are done."""

    CLOSE = "close"
    ROUNDUP = "roundup"
    OPEN = "open"
    DRAFT = "draft"  # of a round-up, to the moderators
    REMINDER = "reminder"  # that a module closes soon
    INVITATION = "invitation-again"  # to who was invited and has not answered
    CHECKIN = "checkin"  # does mail reach you?
    MIDWEEK_DRAFT = "midweek-draft"  # of the mid-week note, to the moderators
    MIDWEEK = "midweek"  # which questions are covered, and who has not been heard
    NUDGE = "nudge"  # private, to who has not written
    LAST_CALL = "last-call"  # before nothing counts any more
    SURVEY = "survey"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing the clock does. `at` is the instant planned for it, however late it is done."""

    kind: OccurrenceKind
    subject: str  # the module's number, "roundup" or "dialogue"
    round: int
    at: datetime
    module: int | None = None  # None for round-ups that no module's close brings about
    skip: bool = False  # record it and send nothing: it has become pointless, or an organiser wants it so
    covers: tuple[int, ...] = ()  # earlier periods that this round-up or draft takes in, ascending

    @property
    def key(self) -> Key:
        return (self.kind, self.subject, self.round)

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys to record when this is done: those of the periods it takes in, and its own."""
        return (*((self.kind, self.subject, period) for period in self.covers), self.key)

    @property
    def id(self) -> str:
        """What organisers type."""
        return name(self.kind, self.subject, self.round)


def name(kind: str, subject: str, round_: int) -> str:
    """The id of what bears that key."""
    if subject == WHOLE:
        return str(kind)
    return f"{kind}-{round_ if subject == ROUNDUP_SUBJECT else subject}"


@dataclass(frozen=True, slots=True)
class Change:
    """What organisers have changed by hand of one mail of the calendar."""

    kind: str
    subject: str
    round: int
    at: datetime | None = None  # moved to
    skipped: bool = False
    text: str = ""  # sent word for word in place of ours, within our frame
    by: str = ""

    @property
    def key(self) -> Key:
        return (self.kind, self.subject, self.round)
