"""How commands answer: tables for people, JSON for scripts, times in UTC (DESIGN §6)."""

from __future__ import annotations

import json as _json
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

import click

from listserv.errors import Refused


def instant(at: datetime | None) -> str | None:
    """UTC, ISO 8601, whole seconds: 2008-11-03T13:00:00Z."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def both(at: datetime | None, zone: ZoneInfo) -> dict[str, str | None]:
    """For a table: day and time there as "local"; as "UTC" the time alone, with the weekday where that is another."""
    if at is None:
        return {"local": None, "UTC": None}
    there, utc = at.astimezone(zone), at.astimezone(UTC)
    weekday = "" if utc.date() == there.date() else f"{utc:%a} "
    return {"local": f"{there:%a} {there.day:2} {there:%b %H:%M}", "UTC": f"{weekday}{utc:%H:%M}"}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value


#: What JSON lets stand as it is, and a terminal must not get: controls, bidi overrides and other invisible marks.
_UNSEEN = re.compile("[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def as_json(value: Any) -> str:
    text = _json.dumps(_plain(value), ensure_ascii=False, indent=1)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def unchanged(dry_run: bool) -> None:
    """The last that a dry run says."""
    if dry_run:
        click.echo("nothing was changed (--dry-run)")


def read_text(file: IO[str]) -> str:
    """A text that somebody hands in. Raises Refused when it is not UTF-8."""
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise Refused(f"{file.name}: not UTF-8 (byte {error.start + 1}); save it as UTF-8") from None


def json(value: Any) -> None:
    click.echo(as_json(value))


def listing(
    rows: Sequence[Mapping[str, Any]], to_json: bool, columns: Iterable[str], empty: str, spare: Sequence[str] = ()
) -> None:
    """The rows as JSON with all their keys, or as a table of the columns named; `empty` when there are none."""
    if to_json:
        json([dict(row) for row in rows])
    elif not rows:
        click.echo(empty)
    else:
        table(rows, list(columns), spare)


#: What somebody types into the next command, or comes in time for: never cut where there is another way.
_WHOLE = frozenset({"id", "address", "number", "slug", "local", "section", "sender", "status"})
#: Columns that a text, or the name over figures, has at least before another one is left out for it.
_READABLE, _LEAST, _NAME = 14, 10, 8


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], spare: Sequence[str] = ()) -> None:
    """Aligned columns. On a narrow terminal those that say nothing are left out, then those of `spare`, in order.

    Then the widest text gives way. Times, figures and what one types into the next command stay whole.
    """
    cells = {one: [(cell := _cell(row.get(one)), width(cell)) for row in rows] for one in columns}
    taken = {one: max(len(one), *(columns_ for _, columns_ in cells[one])) for one in columns}
    room = shutil.get_terminal_size((100, 24)).columns
    shown, left_out = list(columns), []
    if _room(taken.values()) > room:
        firm = {one for one in columns if any(isinstance(row.get(one), int | datetime) for row in rows)}
        for one in firm:
            taken[one] = max(min(len(one), _NAME), *(columns_ for _, columns_ in cells[one]))
        silent = [one for one in columns if not any(row.get(one) not in (None, "", [], ()) for row in rows)]
        for one in [*silent, *spare]:
            least = [taken[each] if each in firm | _WHOLE else min(taken[each], _READABLE) for each in shown]
            if one in shown and (one in silent or _room(least) > room):
                shown.remove(one)
                left_out += [one] if one not in silent else []
        for given in (set(shown) - firm - _WHOLE, set(shown) - firm):
            while _room(taken[one] for one in shown) > room and given and max(taken[one] for one in given) > _LEAST:
                taken[max(given, key=lambda one: (taken[one], one))] -= 1
    lines = [[(one, len(one)) for one in shown], *zip(*(cells[one] for one in shown), strict=True)]
    widths = [taken[one] for one in shown]
    click.echo("\n".join("  ".join(map(_filled, line, widths)).rstrip() for line in lines))
    if left_out:
        click.echo(f"({', '.join(left_out)}: on a wider terminal, or with --json)", err=True)


def _room(widths: Iterable[int]) -> int:
    """What columns of these widths take, with two between them."""
    return sum(one + 2 for one in widths) - 2


def _filled(cell: tuple[str, int], columns: int) -> str:
    text, taken = cell
    return text + " " * (columns - taken) if taken <= columns else pad(text, columns)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return printable(value.replace("\n", " "))
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value)
    return printable(str(value).replace("\n", " "))


def printable(text: str) -> str:
    """Text of others, safe for a terminal: no control or bidi-override characters, so no escape sequences."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


class _Columns(dict[str, int]):
    """Columns by letter, looked up once each."""

    def __missing__(self, c: str) -> int:
        self[c] = 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        return self[c]


_COLUMNS = _Columns()


def width(text: str) -> int:
    """Columns it takes on a terminal: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_COLUMNS.__getitem__, text))


def pad(text: str, columns: int) -> str:
    """Exactly so many columns, with "…" for what finds no room."""
    taken = width(text)
    if taken > columns and text.isascii():
        return text[: columns - 1] + "…"
    if taken > columns:
        kept, taken = "", 1  # the mark of what is left out
        for c in text:
            if taken + _COLUMNS[c] > columns:
                break
            kept, taken = kept + c, taken + _COLUMNS[c]
        text = kept + "…"
    return text + " " * (columns - taken)


def bar(count: int, most: int, columns: int) -> str:
    """The share of the most in blocks, at most so many; one is not drawn as none."""
    return "█" * -(-columns * count // most) if most else ""


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 contribution", "3 contributions"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
