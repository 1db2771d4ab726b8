"""A report as Markdown (CommonMark with GitHub's tables): for editors, and what moderators edit a section as.

People's words are escaped, so that they read as they were written and make no structure: no heading, list, emphasis,
link, code, HTML, entity or table. A plot is told in words after its mark, "{plot 1}". `section` is one section without
its own heading, as `report edit` shows it; core/publication/report/edits reads it back. Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.core.publication.plots import Plot, told
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

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$])")
_BEGINS = re.compile(r"^(\s*)([#+\-=>:!]|\d{1,9}(?=[.)]))")
_ENDS = re.compile(r"((?<!\\)#+)$")
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)])")


def report(made: Report) -> str:
    lines = [_heading(1, escaped(made.title)), "", f"*{escaped(made.subtitle)}*", ""]
    for label, value in made.facts:
        lines += [f"- **{escaped(label)}:** {escaped(value)}"]
    for one in made.sections:
        if body := section(one):
            lines += ["", _heading(one.level + 1, escaped(one.title)), "", body]
        elif _leads(one, made.sections):
            lines += ["", _heading(one.level + 1, escaped(one.title))]
    return "\n".join(lines) + "\n"


def section(one: Section) -> str:
    """What stands below its heading; "" when that is nothing."""
    plots = {id(block): number for number, block in enumerate(_plots(one), 1)}
    return "\n\n".join(_block(block, one.level + 2, plots.get(id(block), 0)) for block in one.blocks)


def _plots(one: Section) -> list[Plot]:
    return [block for block in one.blocks if isinstance(block, Plot)]


def _leads(one: Section, sections: Sequence[Section]) -> bool:
    """Whether sections with something in them stand below this one."""
    return any(other.key.startswith(f"{one.key}.") and other.blocks for other in sections)


def _block(block: Block, level: int, number: int) -> str:
    match block:
        case Paragraph():
            return _begun(_spans(block.spans))
        case Quoted(paragraph):
            return f"> {_begun(_spans(paragraph.spans))}"
        case Heading(paragraph):
            return _heading(min(level, 6), _begun(_spans(paragraph.spans)))
        case Items(items, first):
            marks = [f"{first + at}." if first is not None else "-" for at in range(len(items))]
            return "\n".join(f"{mark} {_begun(_spans(one.spans))}" for mark, one in zip(marks, items, strict=True))
        case Table(head, rows, figures):
            width = len(rows[0]) if rows else len(head)
            marks = ["---", *(["--:" if figures else "---"] * (width - 1))]
            cells = [[_begun(_spans(cell.spans)) for cell in row] for row in rows]
            above = [escaped(one) for one in head] or [""] * width
            return "\n".join(f"| {' | '.join(row)} |" for row in [above, marks, *cells])
        case Plot():
            return f"{{plot {number}}} {escaped(told(block))}"


def _heading(level: int, line: str) -> str:
    """A "#" at its end would be taken for the heading's own (CommonMark §4.2)."""
    words = _ENDS.sub(r"\\\1", line)
    return f"{'#' * level} {words}"


def _spans(spans: Sequence[Span]) -> str:
    return "".join(_span(one) for one in spans)


def _span(span: Span) -> str:
    text = escaped(span.text)
    blank = re.match(r"(\s*)(.*?)(\s*)$", text, re.DOTALL)
    before, words, after = blank.groups() if blank else ("", text, "")
    if words and span.strong:
        words = f"**{words}**"
    elif words and span.emphasis:
        words = f"*{words}*"
    if words and (url := _address(span.url)):
        target = f"<{url}>" if set("()") & set(url) else url
        words = f"<{url}>" if url == span.text.strip() else f"[{words}]({target})"
    return f"{before}{words}{after}"


def escaped(text: str) -> str:
    """Words as Markdown that reads just so, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split("\n")).replace("\r", " ").replace("\t", " "))


def _begun(line: str) -> str:
    """A line that begins no list, heading or rule by itself."""
    line = " ".join(line.split())
    if match := _NUMBERED.match(line):
        return f"{match[1]}\\{line[match.end() - 1 :]}"
    return _BEGINS.sub(r"\1\\\2", line)


def _address(url: str) -> str:
    """The URL as Markdown takes it, "" where it is none that a report links to."""
    return "".join(f"%{ord(c):02X}" if c in '<>\\"' or ord(c) <= 32 else c for c in linked(url))
