"""The glossary (DESIGN §2) as values: what a dialogue is made of, and the states its things pass through.

Nothing here reads a clock, a file or a database. Every time is an aware datetime; naive ones are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from listserv.core.dialogue.moments import NO_WORD, CalendarRule
from listserv.core.dialogue.occurrence import WHOLE, Change
from listserv.core.dialogue.survey import Question


class Role(StrEnum):
    PARTICIPANT = "participant"
    MODERATOR = "moderator"
    ORGANISER = "organiser"  # may do all a moderator may, and change the programme


class Participation(StrEnum):
    REQUESTED = "requested"  # asked to take part; a moderator has to say yes
    INVITED = "invited"  # was asked; has to say yes
    ACTIVE = "active"
    PAUSED = "paused"  # takes part, gets nothing for now
    LEFT = "left"
    DECLINED = "declined"


#: Who takes part, and so may contribute: also those who get nothing for now.
TAKING_PART = (Participation.ACTIVE, Participation.PAUSED)


class DeliveryMode(StrEnum):
    EACH = "each"  # every contribution, announcement and round-up
    DAILY = "daily"  # contributions once a day in one mail; announcements and round-ups as they come
    ROUNDUP = "roundup"  # round-ups only
    NONE = "none"  # may write, gets nothing


class ContributionState(StrEnum):
    HELD = "held"
    RELEASED = "released"
    RETURNED = "returned"  # sent back to its author with a reason
    DISCARDED = "discarded"
    WITHDRAWN = "withdrawn"  # by its author


class Attribution(StrEnum):
    """How what somebody wrote is attributed, to readers and in publications."""

    NAME = "name"  # name and organisation
    ORGANISATION = "organisation"  # that only
    ANONYMOUS = "anonymous"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENT = "sent"  # the relay answered 250
    DEFERRED = "deferred"  # the relay answered 4yz or not at all; tried again at due_at
    FAILED = "failed"  # 5yz, given up, or no longer wanted


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    PARKED = "parked"  # a step crashed on it; the traceback is kept


class Outcome(StrEnum):
    """What became of an inbound mail."""

    HELD = "held"
    RELEASED = "released"
    COMMAND = "command"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class ModuleState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    GRACE = "grace"  # closed, but replies to it still count
    CLOSED = "closed"


class RoundupState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"
    SKIPPED = "skipped"


class Moderation(StrEnum):
    ALL = "all"
    FIRST = "first"  # until a contribution of that participant has been released
    NONE = "none"


class Late(StrEnum):
    """What happens to a contribution to a module whose grace is over."""

    HOLD = "hold"
    CURRENT = "current"  # it goes to the open module
    RETURN = "return"


def aware(at: datetime) -> datetime:
    """`at` itself; ValueError if it names no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at!r}")
    return at


@dataclass(frozen=True, slots=True)
class Module:
    """One part of the programme. opens_at/closes_at are what is planned; opened_at/closed_at what happened."""

    number: int
    title: str
    aim: str
    questions: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime | None  # None: open-ended, which only the last one is
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reopenings: int = 0

    @property
    def begins_at(self) -> datetime:
        """When it first opened, as far as it is known, else when it was or is to: `opened_at` is of its re-opening."""
        return self.opens_at if self.reopenings or self.opened_at is None else self.opened_at

    @property
    def ends_at(self) -> datetime | None:
        """When it closed, else when it is to; None while it is open-ended."""
        return self.closed_at or self.closes_at

    def state(self, now: datetime, grace: timedelta) -> ModuleState:
        """By what happened, not by what was planned: a switchover by hand counts at once."""
        if self.opened_at is None:
            return ModuleState.CLOSED if self.closed_at else ModuleState.PLANNED
        if self.closed_at is None:
            return ModuleState.OPEN
        return ModuleState.GRACE if aware(now) < self.closed_at + grace else ModuleState.CLOSED


@dataclass(frozen=True, slots=True)
class RoundupRule:
    """When round-ups are due: a weekday (0 = Monday) at a local time, or `weekday=None` = at each module's close."""

    weekday: int | None
    at: time
    review: timedelta  # the draft goes to the moderators that long before; 0 = sent unreviewed


@dataclass(frozen=True, slots=True)
class AttachmentRule:
    """How participants get the files that come with a contribution: `link`, `attach` or `drop` (name and size only)."""

    form: str
    size: int  # octets; larger ones are not kept
    count: int  # of one contribution; further ones are not kept


@dataclass(frozen=True, slots=True)
class ModerationRule:
    """How long what is held may wait, and what then happens. 0 = never, of `remind`, `escalate` and `close_waits`."""

    undo: timedelta = timedelta(seconds=60)  # a release from a screen can be taken back so long
    remind: timedelta = timedelta(hours=12)  # held so long: the moderators hear again
    escalate: timedelta = timedelta(days=1)  # held so long: the organisers hear
    close_waits: timedelta = timedelta(0)  # a module's close waits so long for what is held


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """What is kept how long, and shown to whom."""

    retention: timedelta = timedelta(days=90)  # raw mail, after the dialogue's end; 0 = for good
    addresses: str = "hidden"  # authors' addresses, to participants: hidden | shown


@dataclass(frozen=True, slots=True)
class Network:
    """A sister network: a list elsewhere that gets the round-ups, and whose members may answer them."""

    name: str
    address: str
    language: str = ""  # of what stands around a round-up; "" = the dialogue's


@dataclass(frozen=True, slots=True)
class Policy:
    """What the organisers have set for one dialogue (listserv.toml, DESIGN §5)."""

    participation: str  # request | open | invite
    moderation: Moderation
    late: Late
    grace: timedelta
    archive: str  # participants | public | none
    word_limit: int  # 0 = none
    roundup: RoundupRule
    attachments: AttachmentRule = AttachmentRule("link", 10 * 2**20, 5)
    waiting: ModerationRule = ModerationRule()
    privacy: PrivacyRule = PrivacyRule()
    bundle: time = time(17, 0)  # local: when the daily bundle goes out
    calendar: CalendarRule = NO_WORD


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue with its programme, as read from the store in one go. Modules are in order of number."""

    id: int
    slug: str
    title: str
    hosts: tuple[str, ...]
    language: str
    zone: ZoneInfo
    policy: Policy
    modules: tuple[Module, ...]
    closed_at: datetime | None = None  # it is a read-only archive since then
    networks: tuple[Network, ...] = ()  # that get its round-ups
    survey: tuple[Question, ...] = ()  # its questions; none: no survey
    survey_anonymous: bool = True  # promised in the survey's mail: nobody can find out who answered what
    papers: tuple[tuple[str, str], ...] = ()  # background papers: title and URL
    changes: tuple[Change, ...] = ()  # what organisers have changed by hand of the calendar's mails

    def change(self, kind: str, subject: str, round_: int) -> Change | None:
        return next((each for each in self.changes if each.key == (kind, subject, round_)), None)

    def without(self, change: Change) -> Dialogue:
        """As it would be had nobody made that change."""
        return replace(self, changes=tuple(each for each in self.changes if each.key != change.key))

    def edited(self, kind: str, subject: str = WHOLE, round_: int = 0) -> str:
        """What organisers have written in place of ours; "" where they have not."""
        change = self.change(kind, subject, round_)
        return change.text if change else ""

    def module(self, number: int | None) -> Module | None:
        return next((m for m in self.modules if m.number == number), None)

    def open_module(self) -> Module | None:
        """The module now open, by what happened; the latest should there be several."""
        return next((m for m in reversed(self.modules) if m.opened_at and not m.closed_at), None)

    @property
    def over(self) -> bool:
        """Whether its last module has closed; what is still sent is not to be answered to all."""
        return bool(self.modules) and all(module.closed_at for module in self.modules)


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is. `profile` holds the answers to the dialogue's own fields, by key."""

    id: int
    name: str
    address: str
    country: str = ""
    organisation: str = ""
    sector: str = ""
    gender: str = ""
    language: str = ""
    timezone: str = ""  # IANA name; "" = the dialogue's
    profile: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule decided as it did: `rule` is its short name, `text` a sentence for people."""

    rule: str
    text: str
