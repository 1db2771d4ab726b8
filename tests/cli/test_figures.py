"""`listserv figures` as a screen, JSON, a spreadsheet and pictures; no cell is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from listserv.cli.figures import _who
from listserv.cli.sheet import harmless, written
from listserv.core.publication.figures import Contributed, Enrolled, figures
from listserv.core.publication.graphs import graphs
from listserv.core.publication.plots import svg
from tests.cli.conftest import Cli
from tests.core.test_figures import MODULES, ZONE, at


@pytest.mark.parametrize(
    ("cell", "want"),
    [
        ("=1+1", "'=1+1"),
        ("+33 1", "'+33 1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("government", "government"),
        ("", ""),
        (-3, -3),  # a number is left a number
    ],
)
def test_no_cell_is_a_formula(cell: object, want: object) -> None:
    assert harmless(cell) == want


def test_csv_is_read_back_as_it_was() -> None:
    rows = [["a", 'quote " and, comma'], ["two\nlines", "é"]]
    assert list(csv.reader(io.StringIO(written(rows), newline=""))) == rows


def test_the_screen_is_80_columns_wide(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = full.ok("figures")
    assert max(map(len, said.splitlines())) <= 80
    assert "1 word, " in said
    assert "Released within" in said
    assert "how those registered get their mail" in said


@pytest.mark.parametrize(
    ("contributors", "registered", "heard", "said"),
    [
        (1, None, None, "1 person"),
        (2, None, None, "2 people"),
        (0, 1, 0, "0 of 1 person"),
        (1, 3, 1, "1 of 3 people"),
        (4, 1, 1, "1 of 1 person, 3 others"),
        (1, 0, 0, "0 of 0 people, 1 other"),
    ],
)
def test_one_is_a_person_and_several_are_people(
    contributors: int, registered: int | None, heard: int | None, said: str
) -> None:
    assert _who(contributors, registered, heard) == said


def test_json_has_what_it_had_and_more(full: Cli) -> None:
    found: Any = full.json("figures")
    assert {"registered", "contributors", "contributions", "countries", "share", "rows"} < set(found)
    assert found["first_voices"]["modules"][0] == {"module": 1, "contributors": 1, "first": 1}
    assert found["time_to_release"]["contributions"] == 1
    assert sum(found["delivery"].values()) == found["registered"]


def test_csv_to_standard_output_and_to_a_new_file(full: Cli, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(full.ok("figures --csv"))))
    assert rows[0]["group"] == "total"
    assert {"module", "day", "question", "gender", "delivery"} <= {row["group"] for row in rows}
    path = tmp_path / "figures.csv"
    assert "written" in full.ok("figures --csv", str(path))
    assert path.read_text("utf-8").startswith("\ufeffgroup,")
    assert "exists; name a new file" in full.refused("figures --csv", str(path))


def test_plots_are_written_into_a_new_folder(full: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "plots"
    full.ok("figures --plots", str(folder))
    assert {"modules.svg", "modules.png", "days.svg"} <= {path.name for path in folder.iterdir()}
    assert (folder / "modules.png").read_bytes().startswith(b"\x89PNG")
    assert "is not empty; name a new folder" in full.refused("figures --plots", str(folder))


def test_a_plot_for_each_group_that_has_something_to_show() -> None:
    people = [Enrolled(1, "SN", "NGO", "female", reads="each"), Enrolled(2, "NP", reads="none")]
    found = figures([Contributed(1, 1, 1, at(3, 14), 50, at(3, 13))], people, MODULES, ZONE)
    drawn = graphs(found, {("country", "SN"): "Senegal"}, {})
    assert set(drawn) == {"modules", "days", "questions", "country", "sector", "gender", "delivery", "first-voices"}
    assert "Senegal" in svg(drawn["country"])
    assert graphs(figures([], [], MODULES, ZONE), {}, {}) == {}
