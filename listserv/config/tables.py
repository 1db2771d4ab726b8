"""The tables of listserv.toml and their keys, as frozen values with every default (DESIGN §5)."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
)

from listserv.clock import Clock
from listserv.config.dialogue import Dialogue
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
    MaybeFile,
    Port,
    example,
    line,
    shown,
    wrong,
)


class Site(Table):
    name: Line = "Virtual dialogues"
    domain: Domain
    base_url: BaseUrl = "http://127.0.0.1:8080"
    contact: Address = ""  # empty = postmaster@domain
    secret_file: File = Path("var/secret")
    templates: MaybeFile = None
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "fr", "es", "ar", "ru", "zh")

    @field_validator("contact", mode="before")
    @classmethod
    def _postmaster(cls, value: object, info: ValidationInfo) -> object:
        return value if value != "" else f"postmaster@{info.data.get('domain', 'example.org')}"


class Database(Table):
    url: DatabaseUrl = Field("sqlite:///var/listserv.db", repr=False)
    keep_deliveries: Duration = timedelta(days=365)

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


def ip_network(value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        if not isinstance(value, str):
            raise ValueError
        return ipaddress.ip_network(value)
    except ValueError:
        raise wrong(f"{shown(value)} is not an IP address or network", 'write "127.0.0.1" or "10.0.0.0/8"') from None


IpNetwork: TypeAlias = Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network, PlainValidator(ip_network)]


class Web(Table):
    host: Host = "127.0.0.1"
    port: Port = 8080  # 0 = any free one
    trusted_proxies: tuple[IpNetwork, ...] = ()  # empty = X-Forwarded-For is nobody's to say


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
