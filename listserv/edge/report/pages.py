"""A report as PDF, and a plot as PNG, drawn by Typst in this process. No file is read or written, nothing is fetched.

The template is templates/report/report.typ; the report reaches it as data (core/publication/forms/tree). Raises
Refused, with Typst's words, for a template that somebody has broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from listserv.core.publication.forms import tree
from listserv.core.publication.plots import Plot
from listserv.core.publication.report.document import Report
from listserv.errors import Refused


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts()


def pdf(made: Report, templates: Mapping[str, str], now: datetime) -> bytes:
    """The pages. Tagged, with bookmarks, so that it can be read aloud and searched."""
    made_at = now.astimezone(UTC).replace(microsecond=0)
    return _compiled(templates["report/report.typ"], tree.text(made), format="pdf", timestamp=made_at)


def pictures(made: Report, templates: Mapping[str, str], ppi: float = 72) -> list[bytes]:
    """The same pages as PNG, for looking at them."""
    found = _compiled(templates["report/report.typ"], tree.text(made), format="png", ppi=ppi)
    return found if isinstance(found, list) else [found]


def picture(plot: Plot, made: Report, templates: Mapping[str, str]) -> bytes:
    """One plot as PNG, 640 pixels wide at twice the resolution."""
    return _compiled(templates["report/plot.typ"], tree.text(made, plot), format="png", ppi=144)


def _compiled(template: str, data: str, **options: Any) -> Any:
    import typst

    compiler = typst.Compiler(template.encode(), font_paths=_fonts(), sys_inputs={"report": data})
    try:
        return compiler.compile(**options)
    except typst.TypstError as error:
        raise Refused(f"the report's pages cannot be drawn: {error.message}") from None
