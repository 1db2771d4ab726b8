"""Figures as a CSV file for spreadsheets, in UTF-8 with a mark that Excel goes by.

A cell that a spreadsheet would take for a formula (= + - @, a tab or return first) is given an apostrophe in front; a
number is left a number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import click

STDOUT = Path("-")

csv_option = click.option(
    "--csv",
    "csv_file",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    type=click.Path(path_type=Path, dir_okay=False),
    help="As CSV, into a new file or, without one, to standard output.",
)


def harmless(value: object) -> object:
    """A cell as no spreadsheet takes it for a formula."""
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return "'" + value
    return value


def written(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[harmless(cell) for cell in row] for row in rows])
    return out.getvalue()


def write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """Raises Refused where there is such a file."""
    from listserv.edge import archive
    from listserv.errors import Refused

    if path == STDOUT:
        click.echo(written(rows), nl=False)
        return
    if path.exists():
        raise Refused(f"{path} exists; name a new file")
    archive.write_text(path, "\ufeff" + written(rows))
    click.echo(f"{path}  written, {len(rows) - 1} lines")
