"""A report as one HTML page that needs nothing else: no script, no font, no picture from outside.

`templates/report/report.html` is the page, `_blocks.html` beside it what it is made of; people's words reach it as
values and are escaped by it. Paragraphs and words in another language than the report's say so (lang) and run their own
way (dir). Plots are SVG within the page.
Raises jinja2.TemplateError for a template that is broken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from jinja2 import DictLoader, Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from listserv.core.publication.plots import WIDTH, Plot, svg
from listserv.core.publication.report.document import Report, linked
from listserv.core.speech import right_to_left

_ISOLATED = re.compile("\u2068([^\u2068\u2069]*)\u2069")


def page(made: Report, templates: Mapping[str, str], downloads: Sequence[tuple[str, str]] = ()) -> str:
    """`templates`: "report/report.html", "report/_blocks.html" and "report/report.css" to their contents.

    `downloads`: label and link of its other forms, and of what else there is, for a page that is served.
    """
    filled = {one.key: bool(one.blocks) for one in made.sections}
    led = {key for key in filled if any(other.startswith(f"{key}.") and has for other, has in filled.items())}
    shown = [one for one in made.sections if one.blocks or one.key in led]
    css = Markup(templates["report/report.css"])  # noqa: S704  ours
    return (
        _environment(templates)
        .get_template("report/report.html")
        .render(report=made, sections=shown, css=css, downloads=downloads)
    )


def _environment(templates: Mapping[str, str]) -> Environment:
    environment = SandboxedEnvironment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    equip(environment)
    return environment


def equip(environment: Environment, width: int = WIDTH) -> None:
    """What "report/_blocks.html" needs of the environment that renders it. `width`: of plots, in CSS pixels."""
    environment.filters["way"] = lambda language: "rtl" if right_to_left(language) else "ltr"
    environment.filters["kind"] = lambda block: type(block).__name__.lower()
    environment.filters["link"] = linked
    environment.tests["in_chapter"] = lambda key, chapter: key.startswith(f"{chapter}.")
    environment.filters["drawn"] = lambda plot: _drawn(plot, width)
    environment.filters["apart"] = _apart


def _apart(text: str) -> Markup:
    """What is isolated (U+2068 … U+2069) as HTML isolates it: old programs know no such signs."""
    shown = _ISOLATED.sub(r"<bdi>\1</bdi>", str(escape(text)))
    return Markup(shown)  # noqa: S704  escaped above


def _drawn(plot: Plot, width: int) -> Markup:
    return Markup(svg(plot, width))  # noqa: S704  its labels are escaped where it is drawn
