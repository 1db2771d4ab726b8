"""listserv.toml, read once at start: what the organisers and the operator have set (DESIGN §5).

`load(path, environ)` gives frozen `Settings`, complete with every default, or raises SettingsError with *every*
problem found, one per line:

    listserv.toml: dialogue[1].module[2].closes: <what is wrong>; <what to write instead>

Tables in [[double brackets]] are counted from 1, as modules are. Attributes are named like the keys, in the plural
where a table may stand several times (`settings.dialogues[0].modules`). Relative paths count from the file's folder
and come out absolute; sizes in bytes; durations as timedelta; local times naive, until a module turns them into UTC.

Never reads a clock, a socket or the database. The only file it writes is `secret_file`, once, on `secret()`.
What each key means stands in the sample, listserv.toml; a test keeps the two in step.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from listserv.clock import Clock
from listserv.core.dialogue.calendar import from_local
from listserv.core.dialogue.model import Late, Moderation, Policy, RoundupRule
from listserv.errors import SettingsError

# --- values: text as people write it -> what the program works with. All raise `wrong(…)`, a ValueError.


def wrong(what: str, instead: str) -> PydanticCustomError:
    return PydanticCustomError("settings", "{text}", {"text": f"{what}; {instead}"})


def shown(value: object) -> str:
    """A value as it stands in TOML, on one line and not too long."""
    if isinstance(value, str):
        value = value if len(value) <= 60 else value[:57] + "..."
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return "a table" if isinstance(value, dict) else "an array" if isinstance(value, list) else str(value)


def closest(word: str, known: list[str]) -> str | None:
    return next(iter(get_close_matches(word, known, 1)), None)


def whole(low: int, high: int) -> Any:
    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong(f"{shown(value)} is not a whole number", "write digits without quotes")
        if not low <= value <= high:
            raise wrong(f"{value} is out of range", f"write a number from {low} to {high}")
        return value

    return PlainValidator(check)


def text(value: str) -> str:
    """May have several lines."""
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", value):
        raise wrong(f"{shown(value)} has control characters", "write it without them")
    return value.strip()


def words(value: str) -> str:
    if not text(value):
        raise wrong("empty", "write something, or remove it")
    return text(value)


def line(value: str) -> str:
    """Words on one line: they go into mail headers."""
    if "\n" in words(value):
        raise wrong(f"{shown(value)} has several lines", "write one")
    return value.strip()


def domain(value: str) -> str:
    ascii_form = value.strip().lower()
    try:
        ascii_form = ascii_form.encode("idna").decode()
    except UnicodeError:
        pass  # what is left of it fails below
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if len(ascii_form) > 253 or not re.fullmatch(rf"({label}\.)+(?![0-9]+$){label}", ascii_form):
        raise wrong(f"{shown(value)} is not a domain", 'write one like "dialogue.example.org"')
    return ascii_form


def address(value: str) -> str:
    """A bare mail address (RFC 5321 §4.1.2, Dot-string @ Domain). The local part is left as it is."""
    local, _, host = value.rpartition("@")
    try:
        if len(local) > 64 or not re.fullmatch(r'[^\s@.<>()\[\]\\,;:"]+(\.[^\s@.<>()\[\]\\,;:"]+)*', local):
            raise ValueError
        return f"{local}@{domain(host)}"
    except ValueError:
        raise wrong(f"{shown(value)} is not an address", 'write only "name@example.org"') from None


def web_address(value: str) -> str:
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        good = False
    if not good or re.search(r"[\s<>\"\x00-\x1f]", value):
        raise wrong(f"{shown(value)} is not a web address", 'write one like "https://example.org"')
    return value


def base_url(value: str) -> str:
    if re.search(r"[?#]", web_address(value)):
        raise wrong(f"{shown(value)} has more than host and path", 'write one like "https://example.org"')
    return value.rstrip("/")


def host_name(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?", value):
            raise wrong(f"{shown(value)} is not a host", 'write a name or an IP address, without port') from None
    return value


def loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]{2,20}", value):
        raise wrong(f"{shown(value)} is not a slug", "write 2 to 20 of a-z and 0-9")
    # RFC 5321 §4.5.1 and RFC 2142 own these local parts; our pages own these paths.
    if value in {"postmaster", "abuse", "hostmaster", "webmaster", "login", "health", "metrics", "static"}:
        raise wrong(f"{shown(value)} is taken by the program itself", "write another")
    return value


def language(value: str) -> str:
    """A language tag (RFC 5646 §2.1, the common part of it)."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise wrong(f"{shown(value)} is not a language", 'write its code, like "en", "fr" or "pt-BR"')
    return value


def zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        pass
    zones = {name.casefold(): name for name in sorted(available_timezones())}
    places = {name.rpartition("/")[2]: zones[name] for name in zones if "/" in name} | zones
    near = closest(value.casefold().replace(" ", "_"), list(places))
    instead = shown(places[near]) if near else 'an IANA name like "Africa/Nairobi", or "UTC"'
    raise wrong(f"{shown(value)} is not a time zone", f"write {instead}")


_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SHORT = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "KiB": 2**10, "MiB": 2**20}


def duration(value: object) -> timedelta:
    """ "2 days", "3 hours", "90 minutes", "60s", "0": at most ten years."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"([0-9]{1,9}) ?([a-z]+)", value.strip()) if isinstance(value, str) else None
    unit = _SHORT.get(found[2], found[2].removesuffix("s")) if found else ""
    if value in ("0", 0) and value is not False:
        return timedelta(0)
    if not found or unit not in _UNITS:
        raise wrong(f"{shown(value)} is not a duration", 'write one like "2 days", "3 hours", "90 minutes" or "0"')
    if (seconds := int(found[1]) * _UNITS[unit]) > 3653 * 86400:
        raise wrong(f"{shown(value)} is too long", "write at most ten years")
    return timedelta(seconds=seconds)


def size(value: object) -> int:
    """ "25 MiB", "300 KB", or bytes as a whole number."""
    number = isinstance(value, str | int) and not isinstance(value, bool)
    found = re.fullmatch(r"([0-9]{1,12}) ?([KM]i?B|B?)", str(value).strip()) if number else None
    if not found:
        raise wrong(f"{shown(value)} is not a size", 'write one like "25 MiB", "300 KB" or a number of bytes')
    if (octets := int(found[1]) * _BYTES[found[2]]) < 64_000:
        raise wrong(f"{shown(value)} is too small", 'write at least "64 KB" (RFC 5321 §4.5.3.1.7)')
    return octets


def clock_time(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    if isinstance(value, time):  # TOML has times of its own
        return value
    raise wrong(f"{shown(value)} is not a time of day", 'write one from "00:00" to "23:59"')


def local_time(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise wrong(f"{shown(value)} is not a date and time", "write one like 2008-11-03T09:00:00, without quotes")
    if value.tzinfo is not None:
        raise wrong(f"{shown(value)} has an offset", "write it without: it is local to the dialogue's timezone")
    if not 1970 <= value.year < 3000:
        raise wrong(f"{shown(value)} is not in our times", "write a year from 1970 to 2999")
    return value


def instant(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise wrong(f"{shown(value)} is not an instant", "write one like 2008-11-03T09:00:00Z, without quotes")
    return value.astimezone(UTC)


def file(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
        raise wrong(f"{shown(value)} is not a path", 'write one in quotes, like "var/secret"')
    folder: Path = (info.context or {})["folder"]
    return folder / value


def database_url(value: str, info: ValidationInfo) -> str:
    """As SQLAlchemy wants it: an absolute path, a named driver. Says nothing of the password it may hold."""
    scheme, _, rest = value.partition("://")
    try:
        if scheme == "sqlite":
            if not rest.startswith("/") or rest[1:] in ("", ":memory:") or "?" in rest:
                raise wrong("names no file", 'write "sqlite:///var/listserv.db"')
            return f"sqlite:///{file(rest[1:], info)}"
        if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
            if urlsplit(value).path in ("", "/") or urlsplit(value).port == 0:
                raise ValueError
            return f"postgresql+psycopg://{rest}"
    except PydanticCustomError:
        raise
    except ValueError:
        raise wrong("names no database", 'write "postgresql+psycopg://user@host/db"') from None
    raise wrong(
        f"{shown(scheme)} is not a database we know",
        'write "sqlite:///var/listserv.db" or "postgresql+psycopg://user@host/db"',
    )


def example(toml: str) -> Any:
    """What to write for a required key that is missing."""
    return Field(examples=[toml])


def maybe_line(value: str) -> str:
    return line(value) if value else value


Text: TypeAlias = Annotated[str, AfterValidator(text)]
Words: TypeAlias = Annotated[str, AfterValidator(words)]
Line: TypeAlias = Annotated[str, AfterValidator(line), example('"…"')]
MaybeLine: TypeAlias = Annotated[str, AfterValidator(maybe_line)]
Domain: TypeAlias = Annotated[str, AfterValidator(domain), example('"dialogue.example.org"')]
Address: TypeAlias = Annotated[str, AfterValidator(address), example('"name@example.org"')]
BaseUrl: TypeAlias = Annotated[str, AfterValidator(base_url)]
Url: TypeAlias = Annotated[str, AfterValidator(web_address), example('"https://example.org/paper.pdf"')]
Host: TypeAlias = Annotated[str, AfterValidator(host_name), example('"mail.example.org"')]
Slug: TypeAlias = Annotated[str, AfterValidator(slug), example('"nap1325"')]
Language: TypeAlias = Annotated[str, AfterValidator(language)]
Zone: TypeAlias = Annotated[str, AfterValidator(zone)]
DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(database_url)]
File: TypeAlias = Annotated[Path, PlainValidator(file), example('"var/dkim.pem"')]
Duration: TypeAlias = Annotated[timedelta, PlainValidator(duration)]
Size: TypeAlias = Annotated[int, PlainValidator(size)]
TimeOfDay: TypeAlias = Annotated[time, PlainValidator(clock_time)]
LocalTime: TypeAlias = Annotated[datetime, PlainValidator(local_time), example("2008-11-03T09:00:00")]
Instant: TypeAlias = Annotated[datetime, PlainValidator(instant), example("2008-11-03T09:00:00Z")]
Port: TypeAlias = Annotated[int, whole(0, 65535)]
Tls: TypeAlias = Literal["starttls", "implicit", "none"]
_ABSENT: Any = {}  # a table that is left out: all its defaults


# --- tables


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def keys(cls) -> dict[str, FieldInfo]:
        """The keys as they stand in the file."""
        return {info.alias or name: info for name, info in cls.model_fields.items()}


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


class SmtpIntake(Table):
    protocol: Literal["smtp", "lmtp"] = "smtp"
    host: str = "127.0.0.1"  # or "unix:/path", made absolute
    port: Port = 8025  # 0 = any free one
    max_size: Size = 25 * 2**20
    trusted_authserv_id: MaybeLine = ""

    @field_validator("host")
    @classmethod
    def _unix(cls, value: str, info: ValidationInfo) -> str:
        if not value.startswith("unix:"):
            return host_name(value)
        if info.data.get("protocol") == "smtp":
            raise wrong("a unix: socket speaks LMTP only", 'write protocol = "lmtp" too, or a host name')
        return f"unix:{file(value.removeprefix('unix:'), info)}"

    @field_validator("port")
    @classmethod
    def _not_25(cls, value: int, info: ValidationInfo) -> int:
        if value == 25 and info.data.get("protocol") == "lmtp":
            raise wrong("LMTP must not use port 25 (RFC 2033 §5)", "write another, like 8024")
        return value

    @property
    def socket(self) -> Path | None:
        return Path(self.host.removeprefix("unix:")) if self.host.startswith("unix:") else None


class Server(Table):
    """Somebody else's server that we log in to."""

    usual_ports: ClassVar[dict[str, int]]
    tls: Tls = "starttls"
    host: Host
    port: Port = 0  # 0 = the usual one for this kind of tls
    user: MaybeLine = ""
    password: str = Field("", repr=False)
    password_file: File | None = None

    @field_validator("port")
    @classmethod
    def _usual(cls, value: int, info: ValidationInfo) -> int:
        return value or cls.usual_ports.get(info.data.get("tls", ""), 0)

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        user, password = info.data.get("user"), info.data.get("password")
        if value and password:
            raise wrong("there is a password as well", "keep only password_file")
        if user and password == "" and not value:
            raise wrong("missing: a user needs a password", 'write password_file = "var/password"')
        if user == "" and (password or value):
            raise wrong("a password without a user", 'write user = "…" too')
        return value

    def login(self) -> tuple[str, str] | None:
        """User and password; None = without logging in. SettingsError if the password file cannot be read."""
        if not self.user or not self.password_file:
            return (self.user, self.password) if self.user else None
        try:
            password = self.password_file.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self.password_file}: {_why(error)}; write the password into it") from None
        if not password:
            raise SettingsError(f"{self.password_file}: empty; write the password into it")
        return self.user, password


class ImapIntake(Server):
    usual_ports = {"implicit": 993, "starttls": 143, "none": 143}
    tls: Tls = "implicit"
    user: Line
    folder: Line = "INBOX"
    done_folder: Line = "Done"

    @field_validator("host")
    @classmethod
    def _not_in_the_clear(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("tls") == "none" and not loopback(value):
            raise wrong('tls = "none" is for loopback hosts only', 'write tls = "implicit" or "starttls"')
        return value

    @field_validator("done_folder")
    @classmethod
    def _another(cls, value: str, info: ValidationInfo) -> str:
        if value == info.data.get("folder"):
            raise wrong("the same as folder", "write another, so that no mail is read twice")
        return value


class Intake(Table):
    smtp: SmtpIntake | None = None
    imap: ImapIntake | None = None


class MaildirRelay(Table):
    kind: Literal["maildir"] = "maildir"
    path: File = Path("var/mail")


class SmtpRelay(Server):
    usual_ports = {"starttls": 587, "implicit": 465, "none": 25}
    kind: Literal["smtp"]
    connections: Annotated[int, whole(1, 100)] = 8
    max_per_hour: Annotated[int, whole(0, 10_000_000)] = 0  # 0 = no limit

    @field_validator("user")
    @classmethod
    def _not_in_the_clear(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("tls") == "none":  # RFC 4954 §4
            what = 'tls = "none" would send the password in the clear (not even on loopback)'
            raise wrong(what, 'write tls = "starttls" or "implicit", or remove user and password')
        return value


class Dkim(Table):
    domain: Domain
    selector: Annotated[str, AfterValidator(line), example('"d1"')]
    key_file: File

    @field_validator("selector")
    @classmethod
    def _label(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?", value):  # RFC 6376 §3.1
            raise wrong(f"{shown(value)} is not a selector", 'write a-z, 0-9, "-", like "d1"')
        return value


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

    @field_validator("relay", mode="plain")
    @classmethod
    def _by_kind(cls, value: object, info: ValidationInfo) -> MaildirRelay | SmtpRelay:
        kind = SmtpRelay if isinstance(value, dict) and value.get("kind") == "smtp" else MaildirRelay
        return kind.model_validate(value, context=info.context)


# --- reading


Place = tuple[int | str, ...]


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in `path`; SettingsError naming everything that is wrong with them."""
    data, folder = _read(path), path.absolute().parent
    problems: list[tuple[Place, str]] = []
    try:
        settings = Settings.model_validate(data, context={"folder": folder, "path": path.absolute()})
    except ValidationError as error:
        problems += [(e["loc"], text) for e in error.errors() if (text := _said(e))]
    problems += _across(data)
    lines = [f"{path}: {_key(place)}: {text}" for place, text in problems]
    try:
        _from_environ(environ)
    except SettingsError as error:
        lines.append(str(error))
    if lines:
        raise SettingsError("\n".join(lines))
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        return tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; run with -c FILE, or copy the sample there") from None
    except OSError as error:
        raise SettingsError(f"{path}: {_why(error)}; run with -c FILE") from None
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}: line {number}: not UTF-8; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        why, _, where = str(error).partition(" (at ")
        line = where.split(",")[0] if where.startswith("line") else "end of file" if where else "somewhere"
        raise SettingsError(f"{path}: {line}: not TOML: {why[:1].lower()}{why[1:]}; correct it there") from None


def _why(error: Exception) -> str:
    return f"cannot be read ({error.strerror if isinstance(error, OSError) else 'not UTF-8'})"


def _key(place: Place) -> str:
    """("dialogue", 0, "grace") as people count: dialogue[1].grace"""
    said = ""
    for step in place:
        if isinstance(step, int):
            said += f"[{step + 1}]"
        else:
            said += "." * bool(said) + (step if re.fullmatch(r"[\w-]+", step) else shown(step))
    return said


def _known(place: Place) -> dict[str, list[FieldInfo]]:
    """The keys of the table at `place`; several fields each where its kind decides (relay)."""
    tables: list[type[Table]] = [Settings]
    for step in place:
        if isinstance(step, str):
            tables = [t for table in tables for t in _inner(table.keys()[step].annotation)]
    known: dict[str, list[FieldInfo]] = {}
    for table in tables:
        for key, info in table.keys().items():
            known.setdefault(key, []).append(info)
    return known


def _inner(annotation: Any) -> list[type[Table]]:
    """The tables that a field's type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return [annotation]
    return [table for part in get_args(annotation) for table in _inner(part)]


def _said(error: ErrorDetails) -> str | None:
    """One of pydantic's errors in our words: what is wrong; what to write instead."""
    place, value = error["loc"], error["input"]
    while isinstance(place[-1], int):
        place = place[:-1]
    known, key = _known(place[:-1]), str(place[-1])
    fields = known.get(key, [])
    table = bool(fields and _inner(fields[0].annotation))
    many = any(get_origin(field.annotation) is tuple for field in fields)
    header = ".".join(step for step in place if isinstance(step, str))
    header = f"[[{header}]]" if many else f"[{header}]"
    hidden = "what stands there" if key == "password" else shown(value)
    match error["type"]:
        case "settings":
            return error["msg"]
        case "extra_forbidden" if fields:
            return "belongs to another kind; change kind, or remove it"
        case "extra_forbidden":
            near = closest(key, list(known))
            return f"unknown key; write {near}" if near else f"unknown key; the keys here are {', '.join(known)}"
        case "missing" if table:
            return f"missing; write a {header} table"
        case "missing":
            return f"missing; write {key} = {fields[0].examples[0] if fields[0].examples else '…'}"
        case "too_short" if value:
            return None  # it has some, and what is wrong with them is said already
        case "too_short":
            return f"empty; write {'at least one ' + header + ' table' if table else 'at least one'}"
        case "literal_error":
            *some, last = (shown(v) for field in fields for v in get_args(field.annotation))
            return f"{hidden} is not allowed; write {', '.join(some)} or {last}"
        case "bool_type":
            return f"{hidden} is not a yes or no; write true or false, without quotes"
        case "string_type":
            return f"{hidden} is not a text; write it in quotes"
        case "tuple_type" | "model_type" if table:
            return f"{hidden} is not what belongs here; write {header} on a line of its own, its keys below"
        case "tuple_type":
            return f"{hidden} is not an array; write it in square brackets"
    return f"{hidden}: {error['msg']}; see the sample"


def _across(data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """What no table can tell alone. Looks at the file as it stands, so it speaks even if tables have faults."""
    site = data["site"] if isinstance(data.get("site"), dict) else {}
    languages = site.get("languages", list(Site.keys()["languages"].default))
    yield from _twice(("dialogue",), data, "slug")
    slugs = "|".join(re.escape(str(dialogue.get("slug"))) for _, dialogue in _tables(data, "dialogue"))
    ours = re.compile(rf"({slugs})([-+].*)?@{re.escape(str(site.get('domain')))}", re.IGNORECASE)
    for d, dialogue in _tables(data, "dialogue"):
        place: Place = ("dialogue", d)
        yield from _twice((*place, "moderator"), dialogue, "address")
        yield from _twice((*place, "field"), dialogue, "key")
        spoken = dialogue.get("language", "en")
        if isinstance(spoken, str) and isinstance(languages, list) and spoken not in languages:
            yield (*place, "language"), f"{shown(spoken)} is not in site.languages; add it there"
        for m, moderator in _tables(dialogue, "moderator"):
            if ours.fullmatch(str(moderator.get("address"))):
                text = f"{shown(moderator['address'])} is an address of ours; write one where a person reads"
                yield (*place, "moderator", m, "address"), text
        for (_, before), (m, module) in pairwise(_tables(dialogue, "module")):
            closes, opens = before.get("closes"), module.get("opens")
            if not (isinstance(closes, datetime) and isinstance(opens, datetime)) or closes.tzinfo or opens.tzinfo:
                continue
            if opens < closes:
                text = f"{shown(opens)} is before module {m} closes ({shown(closes)})"
                yield (*place, "module", m, "opens"), f"{text}; write a later time, modules in order of their dates"


def _tables(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    found = data.get(key)
    return [(n, t) for n, t in enumerate(found) if isinstance(t, dict)] if isinstance(found, list) else []


def _twice(place: Place, data: dict[str, Any], key: str) -> Iterator[tuple[Place, str]]:
    seen: dict[str, int] = {}
    for n, table in _tables(data, str(place[-1])):
        if isinstance(value := table.get(key), str) and seen.setdefault(value.casefold(), n) != n:
            first = _key((*place, seen[value.casefold()]))
            yield (*place, n, key), f"{shown(value)} is also that of {first}; write another"


# --- the secret


def secret(settings: Settings, environ: Mapping[str, str]) -> bytes:
    """What signs our tokens: LISTSERV_SECRET, else the content of site.secret_file, made on first use."""
    if given := _from_environ(environ):
        return given
    path = settings.site.secret_file
    try:
        if not path.exists():
            _create(path, secrets.token_hex(32))
        content = path.read_bytes().strip()
    except OSError as error:
        why = f"{path}: cannot keep the secret there ({error.strerror})"
        raise SettingsError(f"{why}; write another site.secret_file") from None
    if len(content) < 16:
        raise SettingsError(f"{path}: shorter than 16 characters; restore it, or remove it: links sent so far break")
    return content


def _create(path: Path, content: str) -> None:
    """The whole file or none, mode 0600; if another process is first, its file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(content + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, path)  # fails if it exists, where a rename would replace it
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def _from_environ(environ: Mapping[str, str]) -> bytes | None:
    given = environ.get("LISTSERV_SECRET", "")
    if given and len(given) < 16:
        raise SettingsError("LISTSERV_SECRET: shorter than 16 characters; write 32 random ones, or unset it")
    return given.encode("utf-8", "surrogateescape") or None
