"""A report as values: what stands in it, not how a form of it looks. All four forms are made from one `Report`.

Texts here are plain: whatever a person wrote stands as they wrote it, and each form writes it so that it is text there
and nothing else. `language` of a span or paragraph is that of its words where it is not the report's ("" = the
report's); it decides fonts, hyphens and which way a paragraph runs. A `to` is an anchor within the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from listserv.core.publication.plots import Plot


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words. `url`: an http(s) link; `to`: the anchor of a heading, like "c12"."""

    text: str
    strong: bool = False
    emphasis: bool = False
    language: str = ""
    url: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: tuple[Span, ...]
    language: str = ""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of somebody else within what somebody wrote."""

    paragraph: Paragraph


@dataclass(frozen=True, slots=True)
class Items:
    """A list; each item one paragraph. `first`: the number of the first where they are numbered."""

    items: tuple[Paragraph, ...]
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`head` may be empty; each row has as many cells as the others. `figures`: the columns after the first count."""

    head: tuple[str, ...]
    rows: tuple[tuple[Paragraph, ...], ...]
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section, one level below the section's own. `anchor`: what a span's `to` may name."""

    paragraph: Paragraph
    anchor: str = ""


Block = Paragraph | Quoted | Items | Table | Heading | Plot


@dataclass(frozen=True, slots=True)
class Section:
    """`key`: what moderators call it by ("summary.1.2"); `level` from 1. `fixed`: no edit may replace it."""

    key: str
    title: str
    level: int
    blocks: tuple[Block, ...]
    fixed: bool = False
    language: str = ""  # of the title, where it is not the report's
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`facts`: what the title page tells, label and value. `contents`: how the list of chapters is headed."""

    title: str
    subtitle: str
    language: str
    facts: tuple[tuple[str, str], ...]
    contents: str
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section | None:
        return next((one for one in self.sections if one.key == key), None)

    def paragraphs(self) -> Iterator[Paragraph]:
        """All of them, in order, those of headings, lists and tables too."""
        for section in self.sections:
            yield Paragraph((Span(section.title),), section.language)
            for block in section.blocks:
                yield from paragraphs(block)

    def languages(self) -> frozenset[str]:
        """Those that its words are in, as far as it is known."""
        found = {span.language or paragraph.language for paragraph in self.paragraphs() for span in paragraph.spans}
        return frozenset(found - {""} | {self.language})


def paragraphs(block: Block) -> Iterator[Paragraph]:
    match block:
        case Paragraph():
            yield block
        case Quoted(paragraph) | Heading(paragraph):
            yield paragraph
        case Items(items):
            yield from items
        case Table(_, rows):
            yield from (cell for row in rows for cell in row)
        case Plot():
            pass


def plain(text: str, language: str = "") -> Paragraph:
    """A paragraph of one run."""
    return Paragraph((Span(text),), language)


def linked(url: str) -> str:
    """The URL where it is one that a report may link to, else ""."""
    return url if url.lower().startswith(("http://", "https://", "mailto:")) else ""
