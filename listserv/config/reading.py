"""Reading listserv.toml: all that is wrong with it, one line each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import (
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from listserv.config.secret import from_environ
from listserv.config.tables import (
    Database,
    Settings,
    Site,
    Table,
)
from listserv.config.values import (
    closest,
    shown,
    why,
)
from listserv.errors import SettingsError

Place = tuple[int | str, ...]


def load(path: Path, environ: Mapping[str, str], spoken: Collection[str] = ()) -> Settings:
    """The settings in `path`; SettingsError naming everything that is wrong with them.

    `spoken`: the languages that there are words for; () = that is not looked at.
    """
    data, folder = _read(path), path.absolute().parent
    problems: list[tuple[Place, str]] = []
    try:
        settings = Settings.model_validate(data, context={"folder": folder, "path": path.absolute()})
    except ValidationError as error:
        problems += [(e["loc"], text) for e in error.errors() if (text := _said(e))]
    problems += _across(data, spoken)
    lines = [f"{path}: {_key(place)}: {text}" for place, text in problems]
    try:
        from_environ(environ)
    except SettingsError as error:
        lines.append(str(error))
    if lines:
        raise SettingsError("\n".join(lines))
    return settings


def database(text: str, folder: Path) -> str:
    """A database's URL as database.url would hold it, relative paths from `folder`. SettingsError names no password."""
    try:
        if "://" not in text:
            raise SettingsError('a database is named by its URL, like "sqlite:///var/listserv.db"')
        return Database.model_validate({"url": text}, context={"folder": folder}).url
    except ValidationError as error:
        raise SettingsError(f"the database's URL {error.errors()[0]['msg']}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        return tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; run with -c FILE, or copy the sample there") from None
    except OSError as error:
        raise SettingsError(f"{path}: {why(error)}; run with -c FILE") from None
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}: line {number}: not UTF-8; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        what, _, where = str(error).partition(" (at ")
        line = where.split(",")[0] if where.startswith("line") else "end of file" if where else "somewhere"
        raise SettingsError(f"{path}: {line}: not TOML: {what[:1].lower()}{what[1:]}; correct it there") from None


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


def _words(annotation: Any) -> list[Any]:
    """What a field of some words only, or an array of such, allows."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [word for part in get_args(annotation) for word in _words(part)]


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
            *some, last = (shown(v) for field in fields for v in _words(field.annotation))
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


def _across(data: dict[str, Any], known: Collection[str]) -> Iterator[tuple[Place, str]]:
    """What no table can tell alone. Looks at the file as it stands, so it speaks even if tables have faults."""
    site = data["site"] if isinstance(data.get("site"), dict) else {}
    languages = site.get("languages", list(Site.keys()["languages"].default))
    for language in languages if known and isinstance(languages, list) else []:
        if isinstance(language, str) and language not in known:
            words = ", ".join(sorted(known))
            yield ("site", "languages"), f"there are no words in {shown(language)}; write some of {words}"
    yield from _twice(("dialogue",), data, "slug")
    slugs = "|".join(re.escape(str(dialogue.get("slug"))) for _, dialogue in _tables(data, "dialogue"))
    ours = re.compile(rf"({slugs})([-+].*)?@{re.escape(str(site.get('domain')))}", re.IGNORECASE)
    for d, dialogue in _tables(data, "dialogue"):
        place: Place = ("dialogue", d)
        yield from _twice((*place, "moderator"), dialogue, "address")
        yield from _twice((*place, "field"), dialogue, "key")
        yield from _twice((*place, "survey"), dialogue, "key")
        yield from _twice((*place, "network"), dialogue, "name")
        yield from _twice((*place, "network"), dialogue, "address")
        spoken = dialogue.get("language", "en")
        if isinstance(spoken, str) and isinstance(languages, list) and spoken not in languages:
            yield (*place, "language"), f"{shown(spoken)} is not in site.languages; add it there"
        for m, moderator in _tables(dialogue, "moderator"):
            if ours.fullmatch(str(moderator.get("address"))):
                text = f"{shown(moderator['address'])} is an address of ours; write one where a person reads"
                yield (*place, "moderator", m, "address"), text
        for m, network in _tables(dialogue, "network"):
            if ours.fullmatch(str(network.get("address"))):
                text = f"{shown(network['address'])} is an address of ours; write that of a list elsewhere"
                yield (*place, "network", m, "address"), text
        for (_, before), (m, module) in pairwise(_tables(dialogue, "module")):
            closes, opens = before.get("closes"), module.get("opens")
            if closes is None:
                yield (*place, "module", m - 1, "closes"), "missing; only the last module may be without an end"
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
