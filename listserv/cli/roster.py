"""People as they are handed in, from a CSV file or from options, made into Newcomers with every value checked.

UTF-8 with or without a mark; comma, semicolon or tab; the first line names the columns. What is wrong is Refused with
its file and line, before anything is written.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from listserv.core.dialogue.model import DeliveryMode, Participation, Role
from listserv.core.mail import identity
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.steps.enrol import Newcomer

#: The columns of `participant list`, and so of a file.
COLUMNS = (
    *("address", "name", "country", "organisation", "sector", "gender", "language"),
    *("role", "status", "delivery", "contributions", "bounces"),
)
PROFILE = ("country", "organisation", "sector", "gender", "language")
FIGURES = ("contributions", "bounces")  # in an export; an import passes over them

#: The dialogue's own fields: what may be answered, by key; nothing given = any text.
Fields = Mapping[str, tuple[str, ...]]

LONGEST = 200  # characters of a name or an answer
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")  # RFC 5646 §2.1, as far as anybody writes it here


def from_file(content: bytes, file: str, own: Fields) -> list[Newcomer]:
    """Everybody in a CSV file, each once."""
    newcomers, lines = [], dict[str, int]()
    for line, row in _rows(content, file, own):
        one = newcomer(row, own, f"{file}:{line}: ")
        first = lines.setdefault(identity.key(one.address), line)
        if first != line:
            raise Refused(f"{file}:{line}: {one.address} stands twice; it is in line {first} already")
        newcomers.append(one)
    return newcomers


def newcomer(row: Mapping[str, str], own: Fields, where: str = "") -> Newcomer:
    """One person from columns (of COLUMNS, and the dialogue's own) and values."""
    from listserv.steps.enrol import Newcomer

    def one_of(kind: Any, key: str, default: Any) -> Any:
        value = row.get(key) or default
        try:
            return kind(value)
        except ValueError:
            choices = ", ".join(one.value for one in kind)
            raise Refused(f"{where}{key} {value!r}: write one of {choices}") from None

    address = row["address"].strip()
    if not identity.valid(address):
        raise Refused(f"{where}{address!r} is not a mail address; write name@example.org")
    fields = {key: row[key] for key in own if row.get(key)}
    profile = {key: row.get(key, "") for key in PROFILE}
    check({"name": row.get("name", ""), **profile}, fields, own, where)
    return Newcomer(
        address=address,
        name=row.get("name", ""),
        profile=profile,
        fields=fields,
        role=one_of(Role, "role", Role.PARTICIPANT),
        status=one_of(Participation, "status", Participation.ACTIVE),
        delivery=one_of(DeliveryMode, "delivery", DeliveryMode.EACH),
    )


def check(profile: Mapping[str, str], fields: Mapping[str, str], own: Fields, where: str = "") -> None:
    """Refuse a name, an answer or a field of the dialogue's own that cannot be; an empty one always can."""
    for key, value in {**profile, **fields}.items():
        if any(ord(c) < 32 for c in value):
            raise Refused(f"{where}{key} has control characters")
        if len(value) > LONGEST:
            raise Refused(f"{where}{key} has {len(value)} characters; {LONGEST} are the most")
    language = profile.get("language")
    if language and not _LANGUAGE.fullmatch(language):
        raise Refused(f"{where}language {language!r}: write its tag, like en, fr or pt-BR")
    for key, value in fields.items():
        if key not in own:
            raise Refused(f"{where}no profile field {key!r}; there is {', '.join(sorted(own)) or 'none'}")
        if value and own[key] and value not in own[key]:
            raise Refused(f"{where}{key} {value!r}: write one of {', '.join(own[key])}")


def _rows(content: bytes, file: str, own: Fields) -> list[tuple[int, dict[str, str]]]:
    """Line numbers and rows."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Refused(f"{file}:{line}: not UTF-8; save it as CSV UTF-8") from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if "address" not in names:
        raise Refused(f"{file}:1: no column named address; the columns are those of: listserv participant list --json")
    if unknown := [name for name in names if name not in {*COLUMNS, *own}]:
        raise Refused(f"{file}:1: unknown column {unknown[0]!r}; known are {', '.join([*COLUMNS[:-2], *sorted(own)])}")
    reader.fieldnames = names
    rows = []
    try:
        for row in reader:
            if None in row or None in row.values():
                raise Refused(f"{file}:{reader.line_num}: {len(names)} values are needed, as in the first line")
            if any(row.values()):
                rows.append((reader.line_num, {key: value.strip() for key, value in row.items()}))
    except csv.Error as error:
        raise Refused(f"{file}:{reader.line_num + 1}: {error}") from None  # where the broken row begins
    return rows
