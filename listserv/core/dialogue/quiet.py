"""Whom a private reminder to write goes to: those who read along and have not written, and nobody it would bother.

Input: what is known of a participant. Output: None, or the reason why they get none. Nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listserv.core.dialogue.audience import PROGRAMME
from listserv.core.dialogue.model import DeliveryMode, Participation, Role, aware

NEW = timedelta(days=2)  # who joined since then still finds their way
LATELY = timedelta(days=14)  # so long a bounce or an absence counts


class Spared(StrEnum):
    MODERATES = "moderates"
    PAUSED = "paused, or does not take part"
    CHOSEN = "gets round-ups only, or nothing"
    WRITTEN = "has written"
    OPTED_OUT = "wants no reminders"
    NEW = "joined just now"
    BOUNCES = "mail to them comes back"
    ABSENT = "is absent"
    NUDGED = "was reminded in this module"


@dataclass(frozen=True, slots=True)
class Reader:
    """One participation, as far as it matters here."""

    id: int
    role: Role
    status: Participation
    delivery: DeliveryMode
    joined_at: datetime
    contributions: int = 0  # whatever became of them
    nudges: bool = True
    bounced_at: datetime | None = None  # the last time
    absent_at: datetime | None = None  # when an automatic answer came from them, and nothing by themselves since
    nudged: bool = False  # in this module


def spared(reader: Reader, now: datetime) -> Spared | None:
    """Why they get no reminder at `now`; None: they get it."""
    aware(now)
    lately = now - LATELY
    reasons = (
        (reader.role is not Role.PARTICIPANT, Spared.MODERATES),
        (reader.status is not Participation.ACTIVE, Spared.PAUSED),
        (reader.delivery not in PROGRAMME, Spared.CHOSEN),
        (reader.contributions > 0, Spared.WRITTEN),
        (not reader.nudges, Spared.OPTED_OUT),
        (reader.joined_at > now - NEW, Spared.NEW),
        (reader.bounced_at is not None and reader.bounced_at > lately, Spared.BOUNCES),
        (reader.absent_at is not None and reader.absent_at > lately, Spared.ABSENT),
        (reader.nudged, Spared.NUDGED),
    )
    return next((reason for holds, reason in reasons if holds), None)
