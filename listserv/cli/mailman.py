"""Rosters as Mailman gives them, made rows of a participant file: recognised by their form.

`list_members -f` of Mailman 2 and `mailman members` of Mailman 3 write "Name <address>" or an address a line; the REST
API writes JSON with `entries`; exports write CSV with columns of Mailman's own names. Digests become `daily`, mail
that is switched off becomes `none`; of whom nothing is said the caller decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from listserv.core.dialogue.model import DeliveryMode
from listserv.errors import Refused

#: Mailman's names of columns (and of its web pages' exports), and ours.
COLUMNS = {
    "email": "address",
    "e-mail": "address",
    "mail": "address",
    "email address": "address",
    "subscriber": "address",
    "display_name": "name",
    "display name": "name",
    "realname": "name",
    "real name": "name",
    "full name": "name",
    "preferred_language": "language",
}
#: Of those, what says how mail is had.
DELIVERY = ("delivery_mode", "delivery mode", "digest", "delivery_status", "delivery status", "nomail")

_LINE = re.compile(r"\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<name>[^<>\"]*?))\s*<(?P<address>[^<>\s]+)>\s*")
_BARE = re.compile(r"\s*(?P<address>[^\s<>(),;\"]+@[^\s<>(),;\"]+)\s*(?:\((?P<name>[^()]*)\)\s*)?")

_SAVE = "save what Mailman's REST API answers to /lists/LIST/roster/member"


def rows(text: str, file: str) -> list[tuple[int, dict[str, str]]] | None:
    """Line numbers and rows; None for what is no roster but a table. Refused for JSON that is none of Mailman's."""
    if text.lstrip()[:1] in ("{", "["):
        return _json(text, file)
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines or not (_LINE.fullmatch(lines[0][1]) or _BARE.fullmatch(lines[0][1])):
        return None
    return [(number, _person(line)) for number, line in lines]


def _person(line: str) -> dict[str, str]:
    if found := _LINE.fullmatch(line):
        name = re.sub(r"\\(.)", r"\1", found["quoted"]) if found["quoted"] is not None else found["name"]
        return {"address": found["address"], "name": " ".join(name.split())}
    if found := _BARE.fullmatch(line):
        return {"address": found["address"], "name": " ".join((found["name"] or "").split())}
    return {"address": " ".join(line.split())[:100]}  # refused as an address, with its line


def _json(text: str, file: str) -> list[tuple[int, dict[str, str]]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(
            f"{file}: JSON that cannot be read; save what Mailman's REST API answers to …/roster/member"
        ) from None
    entries = whole.get("entries", []) if isinstance(whole, dict) else whole
    if not isinstance(entries, list) or not all(isinstance(one, dict) and _address(one) for one in entries):
        raise Refused(f"{file}: no members in it; {_SAVE}")
    return [(number, _member(one)) for number, one in enumerate(entries, 1)]


def _address(entry: Mapping[str, Any]) -> str:
    return str(entry.get("email") or entry.get("address") or "").rpartition("/")[2]


def _member(entry: Mapping[str, Any]) -> dict[str, str]:
    said = {key: str(entry[key]) for key in DELIVERY if entry.get(key) is not None}
    row = {"address": _address(entry), "name": " ".join(str(entry.get("display_name") or "").split())}
    return row | ({"delivery": mode} if (mode := delivery(said)) else {})


def renamed(names: Sequence[str]) -> list[str]:
    """Columns of a table by our names, where Mailman has another."""
    return [COLUMNS.get(name, name) if COLUMNS.get(name) not in names else name for name in names]


def delivery(said: Mapping[str, str]) -> str:
    """How mail is had, by Mailman's columns; "" where they do not say."""
    lower = {key: value.strip().lower() for key, value in said.items() if value.strip()}
    off = [lower.get(key, "") for key in ("delivery_status", "delivery status")]
    if any(one and one not in ("enabled", "unknown", "deliverystatus.enabled") for one in off):
        return DeliveryMode.NONE
    if lower.get("nomail") in ("1", "true", "yes", "on", "x"):
        return DeliveryMode.NONE
    mode = lower.get("delivery_mode") or lower.get("delivery mode") or lower.get("digest") or ""
    if "digest" in mode or mode in ("1", "true", "yes", "on", "x"):
        return DeliveryMode.DAILY
    return DeliveryMode.EACH if mode == "regular" or any(off) else ""
