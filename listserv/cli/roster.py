"""People as they are handed in, from a file or from options, made into Newcomers with every value checked.

UTF-8 with or without a mark, UTF-16, Windows-1252; comma, semicolon or tab; the first line names the columns. Or a
roster of Mailman's (cli/mailman). What is wrong is told with its line, before anything is written. Countries are kept
by code, languages by tag.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from listserv.cli import mailman
from listserv.core.dialogue import countries, tongues
from listserv.core.dialogue import profile as reading
from listserv.core.dialogue.model import DeliveryMode, Participation, Role
from listserv.core.mail import identity
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.steps.enrol import Newcomer

#: The columns of `participant list`, and so of a file.
COLUMNS = (
    *("address", "name", "country", "organisation", "sector", "gender", "language"),
    *("role", "status", "delivery", "contributions", "bounces", "resumes_at"),
)
PROFILE = ("country", "organisation", "sector", "gender", "language")
FIGURES = ("contributions", "bounces", "resumes_at")  # in an export; an import passes over them

#: The dialogue's own fields: what may be answered, by key; nothing given = any text.
Fields = Mapping[str, tuple[str, ...]]

LONGEST = 200  # characters of a name or an answer


#: What keeps an address from taking part, "" for nothing (steps/enrol.flaw).
Flaw = Callable[[str], str]


def sound(address: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file with somebody in it, and the first thing that is wrong with it."""

    number: int
    address: str
    name: str
    newcomer: Newcomer | None
    problem: str = ""
    remarks: tuple[str, ...] = ()  # what is imported all the same, but not as it was probably meant


def from_file(content: bytes, file: str, own: Fields, flaw: Flaw = sound, delivery: str = "") -> list[Newcomer]:
    """Everybody in a file, each once. Refused for the first line that is wrong."""
    lines = read(content, file, own, flaw, delivery)
    bad = [one for one in lines if one.problem]
    if bad:
        more = f" (and {len(bad) - 1} more; --dry-run tells of each line)" if len(bad) > 1 else ""
        raise Refused(f"{file}:{bad[0].number}: {bad[0].problem}{more}")
    return [one.newcomer for one in lines if one.newcomer]


def read(content: bytes, file: str, own: Fields, flaw: Flaw = sound, delivery: str = "") -> list[Line]:
    """Every line of a file that has somebody in it. `delivery`: of those of whom it says none.

    Refused only for what is no such file.
    """
    lines, seen = [], dict[str, int]()
    for number, row in _rows(content, file, own):
        address, name = row.get("address", ""), row.get("name", "")
        row["delivery"] = row.get("delivery", "") or delivery
        one, problem = None, row.get("", "")
        if not problem:
            try:
                one = newcomer(row, own)
                problem = flaw(one.address)
            except Refused as error:
                problem = str(error)
        if problem:
            one = None
        if one is not None and (first := seen.setdefault(identity.key(one.address), number)) != number:
            one, problem = None, f"{address} stands twice; it is in line {first} already"
        remarks = (unknown,) if one and (unknown := unknown_country(row.get("country", ""))) else ()
        lines.append(Line(number, address, name, one, problem, remarks))
    return lines


def unknown_country(said: str) -> str:
    """What to say of a country that is kept as it was written; "" where its code is known."""
    found = countries.codes(said)
    if not said or len(found) == 1:
        return ""
    meant = [countries.named(one) for one in found] or list(filter(None, [countries.nearest(said)]))
    did = f": did you mean {' or '.join(meant)}?" if meant else ""
    return (
        f"country {said!r} is none we know{did} It is kept as written"
        if did
        else (f"country {said!r} is none we know; it is kept as written")
    )


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
    fields = {key: _chosen(own[key], row[key]) for key in own if row.get(key)}
    profile = standard({key: row.get(key, "") for key in PROFILE})
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


def standard(profile: Mapping[str, str]) -> dict[str, str]:
    """The same with countries and languages as they are kept: by code and tag, where they are known."""
    kept = {"country": countries.kept, "language": lambda said: tongues.tag(said) or said}
    return {key: kept[key](value) if key in kept else value for key, value in profile.items()}


def _chosen(choices: tuple[str, ...], said: str) -> str:
    return (reading.choice(choices, said) if choices else "") or said


def check(profile: Mapping[str, str], fields: Mapping[str, str], own: Fields, where: str = "") -> None:
    """Refuse a name, an answer or a field of the dialogue's own that cannot be; an empty one always can."""
    for key, value in {**profile, **fields}.items():
        if reading.CONTROL.search(value):
            raise Refused(f"{where}{key} has control characters")
        if len(value) > LONGEST:
            raise Refused(f"{where}{key} has {len(value)} characters; {LONGEST} are the most")
    language = profile.get("language")
    if language and not tongues.tag(language):
        near = tongues.nearest(language)
        meant = f"; did you mean {near} ({tongues.tag(near)})?" if near else ""
        raise Refused(f"{where}language {language!r}: write its tag, like en, fr or pt-BR{meant}")
    for key, value in fields.items():
        if key not in own:
            raise Refused(f"{where}no profile field {key!r}; there is {', '.join(sorted(own)) or 'none'}")
        if value and own[key] and value not in own[key]:
            raise Refused(f"{where}{key} {value!r}: write one of {', '.join(own[key])}")


def decoded(content: bytes, file: str) -> str:
    """The text of a file as spreadsheets write it: UTF-8, UTF-16 with its mark, or else Windows-1252."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if content.startswith(mark):
            return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused(f"{file}:{line}: neither UTF-8 nor Windows-1252; save it as CSV UTF-8") from None


def _rows(content: bytes, file: str, own: Fields) -> list[tuple[int, dict[str, str]]]:
    """Line numbers and rows; under "" what is wrong with a whole row. Line breaks inside quotes become spaces.

    Of a roster of Mailman's that is no table, what stands on each line.
    """
    text = decoded(content, file)
    if (found := mailman.rows(text, file)) is not None:
        return found
    first = 1
    if text[:4].lower() == "sep=":  # Excel's way to name the delimiter
        text, first = text.partition("\n")[2], 2
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = mailman.renamed([name.strip().lower() for name in next(reader, [])])
    if "address" not in names:
        raise Refused(
            f"{file}:{first}: no column named address; the columns are those of: listserv participant list --json"
        )
    if unknown := [name for name in names if name not in {*COLUMNS, *own, *mailman.DELIVERY}]:
        known = ", ".join([*(name for name in COLUMNS if name not in FIGURES), *sorted(own)])
        raise Refused(f"{file}:{first}: unknown column {unknown[0]!r}; known are {known}")
    if twice := [name for name in names if names.count(name) > 1]:
        raise Refused(f"{file}:{first}: two columns are named {twice[0]!r}")
    rows, number = [], reader.line_num + first
    try:
        for values in reader:
            row = dict(zip(names, (" ".join(value.split()) for value in values), strict=False))
            said = {key: row.pop(key) for key in mailman.DELIVERY if key in row and key not in own}
            if mode := mailman.delivery(said):
                row["delivery"] = row.get("delivery") or mode
            if any(row.values()) and len(values) != len(names):
                row[""] = f"{len(names)} values are needed, as in the first line"
            if any(row.values()):
                rows.append((number, row))
            number = reader.line_num + first
    except csv.Error as error:
        raise Refused(f"{file}:{number}: {error}") from None  # where the broken row begins
    return rows
