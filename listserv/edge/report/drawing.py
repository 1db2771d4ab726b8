"""Plots as files: SVG, and PNG for programs that take no SVG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from listserv.core.publication.plots import Plot, svg
from listserv.core.publication.report.document import Report
from listserv.edge import files
from listserv.edge.report import pages


def write(folder: Path, plots: Mapping[str, Plot]) -> int:
    """NAME.svg and NAME.png of each; how many plots. Names are the caller's own words, none of a mail's."""
    folder.mkdir(parents=True, exist_ok=True)
    templates = files.templates()
    empty = Report("", "", "en", (), "", ())
    for name, plot in plots.items():
        (folder / f"{name}.svg").write_text(svg(plot), encoding="utf-8")
        (folder / f"{name}.png").write_bytes(pages.picture(plot, empty, templates))
    return len(plots)
