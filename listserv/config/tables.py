"""The tables of listserv.toml and their keys, as frozen values with every default (DESIGN §5)."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
)

from listserv.clock import Clock
from listserv.config.servers import Intake, MaildirRelay, SmtpRelay, Table
from listserv.config.values import (
    _ABSENT,
    Address,
    BaseUrl,
    DatabaseUrl,
    Domain,
    Duration,
    File,
    Host,
    Instant,
    Language,
    Line,
    LocalTime,
    MaybeLine,
    Port,
    Size,
    Slug,
    Text,
    TimeOfDay,
    Url,
    Words,
    Zone,
    example,
    line,
    shown,
    whole,
    wrong,
)
from listserv.core.dialogue.calendar import from_local
from listserv.core.dialogue.model import AttachmentRule, Late, Moderation, Policy, RoundupRule


class Site(Table):
    name: Line = "Virtual dialogues"
    domain: Domain
    base_url: BaseUrl = "http://127.0.0.1:8080"
    contact: Address = ""  # empty = postmaster@domain
    secret_file: File = Path("var/secret")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "fr", "es")

    @field_validator("contact", mode="before")
    @classmethod
    def _postmaster(cls, value: object, info: ValidationInfo) -> object:
        return value if value != "" else f"postmaster@{info.data.get('domain', 'example.org')}"


class Database(Table):
    url: DatabaseUrl = Field("sqlite:///var/listserv.db", repr=False)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        kind, _, path = self.url.partition(":///")
        return Path(path) if kind == "sqlite" else None


def selector(value: str) -> str:
    """The name of a DKIM key in DNS (RFC 6376 §3.1)."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?", value):
        raise wrong(f"{shown(value)} is not a selector", 'write a-z, 0-9, "-", like "d1"')
    return value


Selector: TypeAlias = Annotated[str, AfterValidator(line), AfterValidator(selector), example('"d1"')]


class Dkim(Table):
    domain: Domain
    selector: Selector
    key_file: File
    ed25519_selector: Selector = "e1"
    ed25519_key_file: File | None = None

    @field_validator("ed25519_key_file")
    @classmethod
    def _another(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("ed25519_selector") == info.data.get("selector"):
            raise wrong("its ed25519_selector is that of key_file", 'write another, like "e1"')
        return value

    def place(self, algorithm: str) -> tuple[str, Path] | None:
        """Selector and key file for "rsa-sha256" or "ed25519-sha256"; None where no such key is named."""
        if algorithm == "rsa-sha256":
            return self.selector, self.key_file
        return (self.ed25519_selector, self.ed25519_key_file) if self.ed25519_key_file else None


class Web(Table):
    host: Host = "127.0.0.1"
    port: Port = 8080  # 0 = any free one


class ClockTable(Table):
    real: Instant
    shows: Instant
    speed: float = 1.0

    @field_validator("speed", mode="before")
    @classmethod
    def _forward(cls, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e6:
            raise wrong(f"{shown(value)} is not a speed", "write a number above 0, at most 1000000")
        return value


Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "module-close"]


class Roundup(Table):
    day: Day = "friday"
    time: TimeOfDay = time(16, 0)
    review: Duration = timedelta(hours=3)

    @property
    def rule(self) -> RoundupRule:
        weekday = None if self.day == "module-close" else get_args(Day).index(self.day)
        return RoundupRule(weekday, self.time, self.review)


class Moderator(Table):
    name: Line
    address: Address
    title: MaybeLine = ""
    organisation: MaybeLine = ""
    role: Literal["moderator", "organiser"] = "moderator"
    contact: StrictBool = True


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


class Module(Table):
    """A module as set, not as it happened. Times are local to the dialogue's zone."""

    title: Line
    opens: LocalTime
    closes: LocalTime
    aim: Text = ""
    questions: tuple[Words, ...] = ()

    @field_validator("closes")
    @classmethod
    def _later(cls, value: datetime, info: ValidationInfo) -> datetime:
        if (opens := info.data.get("opens")) and value <= opens:
            raise wrong(f"{shown(value)} is not after it opens ({shown(opens)})", "write a later time")
        return value

    def opens_at(self, zone: ZoneInfo) -> datetime:
        """UTC."""
        return from_local(self.opens, zone)

    def closes_at(self, zone: ZoneInfo) -> datetime:
        """UTC."""
        return from_local(self.closes, zone)


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
    roundup: Roundup = _ABSENT
    moderators: tuple[Moderator, ...] = Field(alias="moderator", min_length=1)
    fields: tuple[ProfileField, ...] = Field((), alias="field")
    resources: tuple[Resource, ...] = Field((), alias="resource")
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
        )


class Settings(Table):
    site: Site
    database: Database = _ABSENT
    intake: Intake = _ABSENT
    relay: MaildirRelay | SmtpRelay = _ABSENT
    dkim: Dkim | None = None
    web: Web | None = None
    clock_table: ClockTable | None = Field(None, alias="clock")
    dialogues: tuple[Dialogue, ...] = Field(alias="dialogue", min_length=1)
    _path: Path

    def model_post_init(self, context: dict[str, Path]) -> None:
        self._path = context["path"]

    @property
    def path(self) -> Path:
        """The file all this was read from, absolute."""
        return self._path

    @property
    def clock(self) -> Clock:
        table = self.clock_table
        return Clock(table.real, table.shows, table.speed) if table else Clock()

    @field_validator("dkim")
    @classmethod
    def _aligned(cls, value: Dkim | None, info: ValidationInfo) -> Dkim | None:
        site: Site | None = info.data.get("site")
        if value and site and not f".{site.domain}".endswith(f".{value.domain}"):  # RFC 7960 §2.1
            what = f"{shown(value.domain)} is neither site.domain nor above it, so receivers do not count the signature"
            raise wrong(what, f"write domain = {shown(site.domain)}")
        return value

    @field_validator("relay", mode="plain")
    @classmethod
    def _by_kind(cls, value: object, info: ValidationInfo) -> MaildirRelay | SmtpRelay:
        kind = SmtpRelay if isinstance(value, dict) and value.get("kind") == "smtp" else MaildirRelay
        return kind.model_validate(value, context=info.context)
