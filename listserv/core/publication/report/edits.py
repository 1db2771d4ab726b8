"""What moderators made of the draft's sections: their Markdown read as blocks, and put in the draft's place.

An edit replaces one section's blocks and nothing else; it stays whatever the draft becomes. `base` is the draft's
Markdown as the moderator had it before their eyes: where the draft says something else by now, the edit is `behind`,
and `news` shows what has changed. An empty edit leaves the section out.

Markdown is CommonMark with tables. A number in brackets, "(12)" or "(12, 14)", leads to that response; a paragraph
that begins with "{plot 1}" is the section's first plot. HTML and pictures are text. Never raises.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from listserv.core.publication.forms import markdown
from listserv.core.publication.plots import Plot
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
from listserv.core.publication.report.sayings import anchor
from listserv.core.publication.report.voice import other

_CITED = re.compile(r"\((\d{1,6}(?:, ?\d{1,6})*)\)")
_PLOT = re.compile(r"\{plot (\d{1,3})\}")


@dataclass(frozen=True, slots=True)
class Edit:
    """A moderator's text for the section `key`. `base`: the draft's Markdown when they wrote it."""

    key: str
    text: str
    base: str


def edited(report: Report, edits: Mapping[str, Edit], numbers: Collection[int]) -> Report:
    """The report with the edits in it. `numbers`: of the responses that there are. A key it lacks changes nothing."""
    return replace(
        report,
        sections=tuple(
            _edited(one, edits[one.key], report.language, numbers) if one.key in edits and not one.fixed else one
            for one in report.sections
        ),
    )


def behind(section: Section, edit: Edit) -> bool:
    """Whether the draft has changed since the edit was made from it."""
    return edit.base.strip() != markdown.section(section).strip()


def news(section: Section, edit: Edit) -> str:
    """What the draft says now and did not, and what it says no more: lines with "+" and "-"."""
    lines = difflib.ndiff(edit.base.strip().splitlines(), markdown.section(section).strip().splitlines())
    return "\n".join(line for line in lines if line[:2] in ("+ ", "- ") and line[2:].strip())


def read(text: str, language: str, plots: Sequence[Plot] = (), numbers: Collection[int] = ()) -> tuple[Block, ...]:
    """Markdown as blocks. `language`: the report's."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_block", "html_inline"])
    parser.validateLink = lambda url: bool(linked(url))  # type: ignore[method-assign]
    root = SyntaxTreeNode(parser.parse(text.replace("\r\n", "\n")))
    return tuple(block for node in root.children for block in _blocks(node, language, plots, frozenset(numbers)))


def _edited(one: Section, edit: Edit, language: str, numbers: Collection[int]) -> Section:
    plots = [block for block in one.blocks if isinstance(block, Plot)]
    return replace(one, blocks=read(edit.text, language, plots, numbers), edited=True)


def _blocks(node: SyntaxTreeNode, language: str, plots: Sequence[Plot], numbers: frozenset[int]) -> list[Block]:
    match node.type:
        case "paragraph":
            paragraph = _paragraph(node, language, numbers)
            if (match := _PLOT.match(paragraph.text)) and 1 <= int(match[1]) <= len(plots):
                return [plots[int(match[1]) - 1]]
            return [paragraph]
        case "heading":
            return [Heading(_paragraph(node, language, numbers))]
        case "bullet_list" | "ordered_list":
            return _list(node, language, plots, numbers)
        case "blockquote":
            inner = [block for child in node.children for block in _blocks(child, language, plots, numbers)]
            return [Quoted(block) if isinstance(block, Paragraph) else block for block in inner]
        case "table":
            return _table(node, language, numbers)
        case "code_block" | "fence":
            return [_own((Span(line),), language) for line in node.content.splitlines() if line.strip()]
        case _:
            return []  # a rule


def _list(node: SyntaxTreeNode, language: str, plots: Sequence[Plot], numbers: frozenset[int]) -> list[Block]:
    """Its items; what is no paragraph in them (a list within the list) follows as a block of its own."""
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    items: list[Paragraph] = []
    below: list[Block] = []
    for item in node.children:
        for block in (block for child in item.children for block in _blocks(child, language, plots, numbers)):
            if isinstance(block, Paragraph):
                items.append(block)
            elif isinstance(block, Items) and block.first is None and first is None:
                items += block.items
            else:
                below.append(block)
    return [Items(tuple(items), first), *below] if items else below


def _table(node: SyntaxTreeNode, language: str, numbers: frozenset[int]) -> list[Block]:
    rows = [row for part in node.children for row in part.children]
    cells = [tuple(_paragraph(cell, language, numbers) for cell in row.children) for row in rows]
    head, body = cells[0], tuple(cells[1:])
    figures = any("right" in str(cell.attrs.get("style", "")) for cell in rows[0].children)
    shown = tuple(cell.text for cell in head) if any(cell.text.strip() for cell in head) else ()
    return [Table(shown, body, figures)] if body else [_own(tuple(Span(one) for one in shown), language)]


def _paragraph(node: SyntaxTreeNode, language: str, numbers: frozenset[int]) -> Paragraph:
    spans = [span for child in node.children for span in _spans(child, Span(""))]
    return _own(tuple(part for span in spans for part in _cited(span, numbers)), language)


def _own(spans: tuple[Span, ...], language: str) -> Paragraph:
    return Paragraph(spans, other("".join(span.text for span in spans), language))


def _spans(node: SyntaxTreeNode, like: Span) -> list[Span]:
    match node.type:
        case "inline":
            return [span for child in node.children for span in _spans(child, like)]
        case "text" | "code_inline":
            return [replace(like, text=node.content)] if node.content else []
        case "softbreak" | "hardbreak":
            return [replace(like, text=" ")]
        case "strong":
            like = replace(like, strong=True)
        case "em":
            like = replace(like, emphasis=True)
        case "link":
            like = replace(like, url=linked(str(node.attrs.get("href", ""))))
    return [span for child in node.children for span in _spans(child, like)]


def _cited(span: Span, numbers: frozenset[int]) -> list[Span]:
    """Its words, each number in brackets that there is a response of leading there."""
    if span.url:
        return [span]
    found: list[Span] = []
    at = 0
    for match in _CITED.finditer(span.text):
        for number in re.finditer(r"\d+", match[1]):
            if int(number[0]) in numbers:
                start, end = match.start(1) + number.start(), match.start(1) + number.end()
                found.append(replace(span, text=span.text[at:start]))
                found.append(replace(span, text=number[0], to=anchor(int(number[0]))))
                at = end
    found.append(replace(span, text=span.text[at:]))
    return [one for one in found if one.text]
