"""The tables of listserv.toml that name servers: who hands mail to us, and who takes it from us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo

from listserv.config.values import (
    File,
    Host,
    Line,
    MaybeLine,
    Port,
    Size,
    Tls,
    file,
    host_name,
    loopback,
    whole,
    why,
    wrong,
)
from listserv.errors import SettingsError


class Table(BaseModel):
    # what is read is built once, with Settings, and not for each table again
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    @classmethod
    def keys(cls) -> dict[str, FieldInfo]:
        """The keys as they stand in the file."""
        return {info.alias or name: info for name, info in cls.model_fields.items()}


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
            raise SettingsError(f"{self.password_file}: {why(error)}; write the password into it") from None
        if not password:
            raise SettingsError(f"{self.password_file}: empty; write the password into it")
        return self.user, password


class ImapIntake(Server):
    usual_ports = {"implicit": 993, "starttls": 143, "none": 143}
    tls: Tls = "implicit"
    user: Line
    folder: Line = "INBOX"
    done_folder: Line = "Done"
    trusted_authserv_id: MaybeLine = ""

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
    verify_dkim: StrictBool = False
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
    domain_per_minute: Annotated[int, whole(0, 1_000_000)] = 0  # to one recipient domain; 0 = no limit

    @field_validator("user")
    @classmethod
    def _not_in_the_clear(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("tls") == "none":  # RFC 4954 §4
            what = 'tls = "none" would send the password in the clear (not even on loopback)'
            raise wrong(what, 'write tls = "starttls" or "implicit", or remove user and password')
        return value
