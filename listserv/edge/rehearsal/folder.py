"""What a rehearsal leaves behind: every mail as a file, once for each variant, and an index of what went when.

Names sort as the mails went: "2008-11-03T0900 announcement module 1 en.eml". Of mails to one person at a time the first
in each language is kept; the index has them all. Raises Refused for a folder that holds something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from zoneinfo import ZoneInfo

from listserv.errors import Refused

INDEX = "index.md"
_MARK = "<!-- written by listserv rehearse -->"


@dataclass(frozen=True, slots=True)
class Variant:
    """One mailing in one language: the bytes of a copy, and how many got it."""

    language: str
    content: bytes
    recipients: int

    @property
    def subject(self) -> str:
        """As its readers see it."""
        return str(BytesParser(policy=policy.default).parsebytes(self.content, headersonly=True)["Subject"])


@dataclass(frozen=True, slots=True)
class Made:
    """One mailing. `at` is aware."""

    at: datetime
    kind: str
    module: int | None
    subject: str
    personal: bool
    variants: tuple[Variant, ...]

    @property
    def recipients(self) -> int:
        return sum(one.recipients for one in self.variants)


class Folder:
    """Where the rehearsal of one dialogue is written down."""

    def __init__(self, place: Path, zone: ZoneInfo) -> None:
        self._place, self._zone = place, zone
        self._kept: dict[tuple[str, int | None, str], str] = {}
        self.rows: list[tuple[Made, Variant, str]] = []  # with the file's name
        index = place / INDEX
        if place.exists() and any(place.iterdir()) and not (index.exists() and _MARK in index.read_text("utf-8")):
            raise Refused(f"{place}: holds other things; name another folder with --output")
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("*.eml"):
            old.unlink()

    def keep(self, made: Made) -> None:
        """Its files, unless the like of it is kept already."""
        for one in made.variants:
            if not one.recipients:
                continue
            known = (made.kind, made.module, one.language)
            name = self._kept.get(known) if made.personal else None
            if name is None:
                name = self._free(self._name(made, one))
                (self._place / name).write_bytes(one.content)
                self._kept[known] = name
            self.rows.append((made, one, name))

    def _name(self, made: Made, one: Variant) -> str:
        local = made.at.astimezone(self._zone)
        module = f" module {made.module}" if made.module is not None else ""
        return f"{local:%Y-%m-%dT%H%M} {made.kind.replace('_', ' ')}{module} {one.language}"

    def _free(self, name: str) -> str:
        same = len([one for _, _, one in self.rows if re.fullmatch(rf"{re.escape(name)}( \d+)?\.eml", one)])
        return f"{name} {same + 1}.eml" if same else f"{name}.eml"

    def close(self, title: str, calendar: str) -> None:
        """The index and the calendar file."""
        (self._place / "calendar.ics").write_text(calendar, "utf-8", newline="")
        head = [
            f"# {_cell(title)}: rehearsal",
            "",
            _MARK,
            f"Nothing was sent. Times are those of {self._zone.key}. Of mails to one person the first is kept for each"
            " language. [calendar.ics](calendar.ics) has modules and mails for a calendar program.",
            "",
            "| when | kind | module | language | recipients | subject |",
            "|---|---|---|---|---|---|",
        ]
        alike: dict[object, tuple[Made, Variant, str]] = {}
        for made, one, name in self.rows:  # those to one person that say the same at the same time are one line
            key = (made.at, name) if made.personal else (id(made), name)
            before = alike.get(key)
            if before is not None:
                one = replace(one, recipients=before[1].recipients + one.recipients)
            alike[key] = made, one, name
        (self._place / INDEX).write_text("\n".join([*head, *map(self._line, alike.values())]) + "\n", "utf-8")

    def _line(self, row: tuple[Made, Variant, str]) -> str:
        made, one, name = row
        when = f"{made.at.astimezone(self._zone):%a %Y-%m-%d %H:%M}"
        link = f"[{_cell(one.subject)}](<{name}>)"
        cells = [when, made.kind, "" if made.module is None else str(made.module), one.language, str(one.recipients)]
        return f"| {' | '.join([*cells, link])} |"


def told(rows: Sequence[tuple[Made, Variant, str]]) -> list[Made]:
    """The mailings, each once; those to one person that say the same at the same time as one."""
    found: dict[object, Made] = {}
    for made, _, _ in rows:
        key = (made.at, made.kind, made.module) if made.personal else id(made)
        before = found.get(key)
        if before is None:
            found[key] = made
        elif before is not made and made.personal:
            found[key] = replace(before, variants=(*before.variants, *made.variants))
    return list(found.values())


def _cell(text: str) -> str:
    """A subject in a Markdown table: no cell, link or line of its own in it."""
    return re.sub(r"([\\|\[\]<>`*_])", r"\\\1", " ".join(text.split()))
