"""The table [[dialogue]] of listserv.toml and those within it, as frozen values with every default (DESIGN §5)."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, StrictBool, ValidationInfo, field_validator

from listserv.config.moments import AfterIt, BeforeIt, Frequent, Within
from listserv.config.servers import Table
from listserv.config.survey import SurveyQuestion
from listserv.config.values import (
    _ABSENT,
    Address,
    Duration,
    Language,
    Line,
    LocalTime,
    MaybeLanguage,
    MaybeLine,
    MaybeZone,
    Size,
    Slug,
    Text,
    TimeOfDay,
    Url,
    Words,
    Zone,
    example,
    shown,
    whole,
    wrong,
)
from listserv.core.dialogue import moments
from listserv.core.dialogue.calendar import from_local
from listserv.core.dialogue.model import (
    AttachmentRule,
    Late,
    Moderation,
    ModerationRule,
    Policy,
    PrivacyRule,
    RoundupRule,
)
from listserv.core.dialogue.moments import CalendarRule

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "module-close"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)


class Roundup(Table):
    day: Day = "friday"
    time: TimeOfDay = time(16, 0)
    review: Duration = timedelta(hours=3)

    @property
    def rule(self) -> RoundupRule:
        weekday = None if self.day == "module-close" else WEEKDAYS.index(self.day)
        return RoundupRule(weekday, self.time, self.review)


class Calendar(Table):
    invitation_again: BeforeIt = "7 days before 10:00"
    checkin: BeforeIt = "5 days before 10:00"
    midweek: Within = "wednesday 12:00"
    review: Duration = timedelta(hours=3)
    nudge: Within = "thursday 10:00"
    frequent: Frequent = "5 contributions"
    reminder: BeforeIt = "1 day before"
    last_call: BeforeIt = "1 day before"
    survey: AfterIt = "1 day after 10:00"
    thanks: AfterIt = "3 days after 10:00"

    @property
    def rule(self) -> CalendarRule:
        said = {key: moments.read(getattr(self, key), allowed) for key, allowed in moments.MOMENTS.items()}
        frequent = 0 if self.frequent == moments.OFF else int(self.frequent.split()[0])
        return CalendarRule(review=self.review, frequent=frequent, **said)  # type: ignore[arg-type]


class Moderator(Table):
    name: Line
    address: Address
    title: MaybeLine = ""
    organisation: MaybeLine = ""
    role: Literal["moderator", "organiser"] = "moderator"
    contact: StrictBool = True
    language: MaybeLanguage = ""
    timezone: MaybeZone = ""
    notices: Literal["each", "daily"] = "each"
    notices_at: TimeOfDay = time(8, 0)
    days: tuple[Weekday, ...] = ()  # empty = every day

    @property
    def duty(self) -> str:
        """The weekdays on duty as digits, 0 = Monday: "0123456" is every day."""
        chosen = set(self.days) or set(WEEKDAYS)
        return "".join(str(number) for number, day in enumerate(WEEKDAYS) if day in chosen)


# What is kept of everybody: the columns of participant lists, which a field of the dialogue's own joins.
PERSON = {"address", "name", "country", "organisation", "sector", "gender", "language", "role", "status", "delivery"}
PERSON |= {"contributions", "bounces"}


class ProfileField(Table):
    key: Annotated[str, example('"stage"')]
    label: Line
    choices: tuple[Line, ...] = ()  # empty = free text

    @field_validator("key")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
            raise wrong(f"{shown(value)} is not a key", 'write a-z, 0-9 and _, like "stage"')
        if value in PERSON:
            raise wrong(f"{shown(value)} is asked of everybody already", "write another")
        return value


class Resource(Table):
    title: Line
    url: Url


class Network(Table):
    """A sister network that gets the round-ups."""

    name: Line
    address: Address
    language: MaybeLanguage = ""


class Module(Table):
    """A module as set, not as it happened. Times are local to the dialogue's zone."""

    title: Line
    opens: LocalTime
    closes: LocalTime | None = None  # only of the last one: then it stays open until it is closed by hand
    aim: Text = ""
    questions: tuple[Words, ...] = ()

    @field_validator("closes")
    @classmethod
    def _later(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        if value and (opens := info.data.get("opens")) and value <= opens:
            raise wrong(f"{shown(value)} is not after it opens ({shown(opens)})", "write a later time")
        return value

    def opens_at(self, zone: ZoneInfo) -> datetime:
        """UTC."""
        return from_local(self.opens, zone)

    def closes_at(self, zone: ZoneInfo) -> datetime | None:
        """UTC; None: open-ended."""
        return from_local(self.closes, zone) if self.closes else None


class Dialogue(Table):
    slug: Slug
    title: Line
    hosts: tuple[Line, ...] = ()
    language: Language = "en"
    timezone: Zone = "UTC"
    participation: Literal["request", "open", "invite"] = "request"
    moderation: Literal["all", "first", "none"] = "all"
    late: Literal["hold", "current", "return"] = "hold"
    grace: Duration = timedelta(days=2)
    archive: Literal["participants", "public", "none"] = "participants"
    word_limit: Annotated[int, whole(0, 1_000_000)] = 600
    attachments: Literal["link", "attach", "drop"] = "link"
    attachment_size: Size = 10 * 2**20
    attachment_count: Annotated[int, whole(0, 100)] = 5
    undo: Duration = timedelta(seconds=60)
    remind: Duration = timedelta(hours=12)
    escalate: Duration = timedelta(days=1)
    close_waits: Duration = timedelta(0)
    bundle: TimeOfDay = time(17, 0)
    retention: Duration = timedelta(days=90)
    addresses: Literal["hidden", "shown"] = "hidden"
    survey_anonymous: StrictBool = True
    roundup: Roundup = _ABSENT
    calendar: Calendar = _ABSENT
    moderators: tuple[Moderator, ...] = Field(alias="moderator", min_length=1)
    fields: tuple[ProfileField, ...] = Field((), alias="field")
    resources: tuple[Resource, ...] = Field((), alias="resource")
    networks: tuple[Network, ...] = Field((), alias="network")
    survey: tuple[SurveyQuestion, ...] = ()
    modules: tuple[Module, ...] = Field(alias="module", min_length=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def policy(self) -> Policy:
        return Policy(
            participation=self.participation,
            moderation=Moderation(self.moderation),
            late=Late(self.late),
            grace=self.grace,
            archive=self.archive,
            word_limit=self.word_limit,
            roundup=self.roundup.rule,
            attachments=AttachmentRule(self.attachments, self.attachment_size, self.attachment_count),
            waiting=ModerationRule(self.undo, self.remind, self.escalate, self.close_waits),
            privacy=PrivacyRule(self.retention, self.addresses),
            bundle=self.bundle,
            calendar=self.calendar.rule,
        )
