"""Values of listserv.toml: text as people write it -> what the program works with.

Each raises `wrong(what is wrong, what to write instead)`, a ValueError.
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from listserv.core.mail import identity


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
        ascii_form = identity.a_label(ascii_form)
    except ValueError:
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
            raise wrong(f"{shown(value)} is not a host", "write a name or an IP address, without port") from None
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


def maybe_file(value: object, info: ValidationInfo) -> Path | None:
    return None if value in ("", None) else file(value, info)


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


def maybe_language(value: str) -> str:
    return language(value) if value else value


def maybe_zone(value: str) -> str:
    return zone(value) if value else value


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
MaybeLanguage: TypeAlias = Annotated[str, AfterValidator(maybe_language)]
Zone: TypeAlias = Annotated[str, AfterValidator(zone)]
MaybeZone: TypeAlias = Annotated[str, AfterValidator(maybe_zone)]
DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(database_url)]
File: TypeAlias = Annotated[Path, PlainValidator(file), example('"var/dkim.pem"')]
MaybeFile: TypeAlias = Annotated[Path | None, PlainValidator(maybe_file)]
Duration: TypeAlias = Annotated[timedelta, PlainValidator(duration)]
Size: TypeAlias = Annotated[int, PlainValidator(size)]
TimeOfDay: TypeAlias = Annotated[time, PlainValidator(clock_time)]
LocalTime: TypeAlias = Annotated[datetime, PlainValidator(local_time), example("2008-11-03T09:00:00")]
Instant: TypeAlias = Annotated[datetime, PlainValidator(instant), example("2008-11-03T09:00:00Z")]
Port: TypeAlias = Annotated[int, whole(0, 65535)]
Tls: TypeAlias = Literal["starttls", "implicit", "none"]
_ABSENT: Any = {}  # a table that is left out: all its defaults


def why(error: Exception) -> str:
    return f"cannot be read ({error.strerror if isinstance(error, OSError) else 'not UTF-8'})"
