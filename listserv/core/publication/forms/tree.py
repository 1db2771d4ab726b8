"""A report as plain data, for the Typst template: what it reads is text, and never becomes code there.

Each span, block and section is an object of JSON; plots are SVG. The keys are those that templates/report/report.typ
reads. Never raises.
"""

from __future__ import annotations

import json
from typing import Any

from listserv.core.publication.plots import Plot, svg, told
from listserv.core.publication.report.document import (
    Block,
    Heading,
    Items,
    Paragraph,
    Quoted,
    Report,
    Section,
    Span,
    Table,
    linked,
)


def text(made: Report, picture: Plot | None = None) -> str:
    """The JSON. With `picture` it is of that plot alone, for a template that draws one."""
    if picture is not None:
        return json.dumps({"svg": svg(picture, text=False), "language": made.language})
    filled = {one.key for one in made.sections if one.blocks}
    sections = [
        _section(one) for one in made.sections if one.blocks or any(other.startswith(f"{one.key}.") for other in filled)
    ]
    whole = {
        "title": made.title,
        "subtitle": made.subtitle,
        "language": made.language,
        "facts": made.facts,
        "contents": made.contents,
        "sections": sections,
    }
    return json.dumps(whole, ensure_ascii=False)


def _section(one: Section) -> dict[str, Any]:
    blocks = [_block(block) for block in one.blocks]
    return {"title": one.title, "language": one.language, "level": one.level, "key": one.key, "blocks": blocks}


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", **_paragraph(block)}
        case Quoted(paragraph):
            return {"kind": "quoted", **_paragraph(paragraph)}
        case Heading(paragraph, anchor):
            return {"kind": "heading", "anchor": anchor, **_paragraph(paragraph)}
        case Items(items, first):
            return {"kind": "items", "first": first, "items": [_paragraph(one) for one in items]}
        case Table(head, rows, figures):
            cells = [[_paragraph(cell) for cell in row] for row in rows]
            return {"kind": "table", "head": head, "rows": cells, "figures": figures}
        case Plot():
            return {"kind": "plot", "svg": svg(block, text=False), "told": told(block), "title": block.title}


def _paragraph(one: Paragraph) -> dict[str, Any]:
    return {"spans": [_span(span) for span in one.spans], "language": one.language}


def _span(span: Span) -> dict[str, Any]:
    """Only what it has: most spans are words and nothing else."""
    made: dict[str, Any] = {"text": span.text}
    for key in ("strong", "emphasis", "language", "to"):
        if value := getattr(span, key):
            made[key] = value
    if url := linked(span.url):
        made["url"] = url
    return made
