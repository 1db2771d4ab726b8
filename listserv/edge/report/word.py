"""A report as a Word file (DOCX, ISO/IEC 29500), for those who edit it there.

Headings, lists and tables are Word's own styles, so that its navigation and its table of contents work. Words in
other languages are marked as such, Arabic runs from right to left; letters are the reader's own fonts. People's words
are text: no field, macro, link or include is made of them, but for web addresses that are links. Plots are pictures
with their figures as alternative text. Raises Refused when a plot cannot be drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

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
from listserv.core.publication.report.voice import UNKNOWN
from listserv.core.speech import right_to_left
from listserv.edge.report import pages

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_EAST = frozenset({"zh", "ja", "ko"})
_LATIN, _ARABIC, _CHINESE = "Cambria", "Traditional Arabic", "SimSun"
_BLUE, _GREY = "1F4E79", "595959"


def file(made: Report, templates: Mapping[str, str], now: datetime) -> bytes:
    """The file. `now`: when it was made, as Word tells it."""
    writer = _Writer(made, templates)
    writer.title_page()
    for one in made.sections:
        writer.section(one)
    writer.properties(now)
    out = io.BytesIO()
    writer.document.save(out)
    return out.getvalue()


class _Writer:
    def __init__(self, made: Report, templates: Mapping[str, str]) -> None:
        import docx
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt, RGBColor

        self.made, self.templates = made, templates
        self.element, self.qn, self.mm, self.pt = OxmlElement, qn, Mm, Pt
        self.document = docx.Document()
        self.marks = 0
        self.filled = {one.key for one in made.sections if one.blocks}
        self.styles = {one.name: one for one in self.document.styles}
        page = self.document.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.left_margin = page.right_margin = Mm(26)
        page.top_margin = page.bottom_margin = Mm(24)
        self._fonts()
        for level in (1, 2, 3, 4):
            self.styles[f"Heading {level}"].font.color.rgb = RGBColor.from_string(_BLUE if level < 4 else "222222")
            self.styles[f"Heading {level}"].font.size = Pt((18, 14, 12, 11)[level - 1])
            self.styles[f"Heading {level}"].font.italic = False
        self.styles["Title"].font.color.rgb = RGBColor.from_string(_BLUE)
        self.grey = RGBColor.from_string(_GREY)
        self._page_number(page.footer.paragraphs[0])

    def _fonts(self) -> None:
        """One set for all styles: Latin, complex scripts (Arabic) and East Asian."""
        for name in ("Normal", "Title", "Subtitle", *(f"Heading {level}" for level in range(1, 5))):
            properties = self.styles[name].element.get_or_add_rPr()
            fonts = properties.find(self.qn("w:rFonts"))
            if fonts is None:
                fonts = self.element("w:rFonts")
                properties.insert(0, fonts)
            fonts.attrib.clear()
            for key, value in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _ARABIC), ("eastAsia", _CHINESE)):
                fonts.set(self.qn(f"w:{key}"), value)
        self.styles["Normal"].font.size = self.pt(11)
        language = self.element("w:lang")
        # Word asks for the language of Latin, of Arabic and of Chinese letters apart.
        own = {_script(self.made.language): self.made.language}
        for key, value in ({"w:val": "en-US", "w:bidi": "ar", "w:eastAsia": "zh-CN"} | own).items():
            language.set(self.qn(key), value)
        self.styles["Normal"].element.get_or_add_rPr().append(language)

    def properties(self, now: datetime) -> None:
        properties = self.document.core_properties
        properties.title, properties.subject = _clean(self.made.title), _clean(self.made.subtitle)
        properties.author, properties.comments = "", ""
        properties.language = self.made.language
        properties.created = properties.modified = now.astimezone(UTC).replace(tzinfo=None)

    def title_page(self) -> None:
        self._written(self._styled("Title", ""), (Span(self.made.title),), "")
        self._written(self._styled("Subtitle", ""), (Span(self.made.subtitle),), "")
        rows = tuple(
            (Paragraph((Span(label, emphasis=True),)), Paragraph((Span(value),))) for label, value in self.made.facts
        )
        if rows:
            self._table(Table((), rows), widths=(32, 126))
        self._contents()

    def _contents(self) -> None:
        """Word's own table of contents: chapters listed now, with page numbers once Word updates it (F9)."""
        self._written(self._styled("Heading 1", ""), (Span(self.made.contents),), "")
        chapters = [one for one in self.made.sections if one.level == 1 and self._shown(one)]
        first = self._styled("Normal", "")
        self._field(first, 'TOC \\o "1-2" \\h \\z \\u', begin=True)
        for at, one in enumerate(chapters):
            paragraph = first if not at else self._styled("Normal", "")
            self._written(paragraph, (Span(one.title),), "")
        self._field(self.document.paragraphs[-1], "", begin=False)
        self.document.paragraphs[-1].add_run().add_break(self._break())

    def _break(self) -> Any:
        from docx.enum.text import WD_BREAK

        return WD_BREAK.PAGE

    def _shown(self, one: Section) -> bool:
        return bool(one.blocks) or any(other.startswith(f"{one.key}.") for other in self.filled)

    def section(self, one: Section) -> None:
        if not self._shown(one):
            return
        self._written(self._styled(f"Heading {one.level}", one.language), (Span(one.title),), one.language)
        for block in one.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph(spans, language):
                self._written(self._styled("Normal", language), spans, language)
            case Quoted(paragraph):
                self._written(self._styled("Quote", paragraph.language), paragraph.spans, paragraph.language)
            case Heading(paragraph, anchor):
                heading = self._styled("Heading 4", paragraph.language)
                self._written(heading, paragraph.spans, paragraph.language)
                if anchor:
                    self._bookmark(heading, anchor)
            case Items(items, first):
                for at, item in enumerate(items):
                    self._item(item, None if first is None else first + at)
            case Table():
                self._table(block)
            case Plot():
                self._picture(block)

    def _item(self, item: Paragraph, number: int | None) -> None:
        """A numbered item carries its number as text: Word's own numbering would go on from the list before."""
        if number is None:
            self._written(self._styled("List Bullet", item.language), item.spans, item.language)
            return
        paragraph = self._styled("Normal", item.language)
        paragraph.paragraph_format.left_indent = self.mm(10)
        paragraph.paragraph_format.first_line_indent = -self.mm(10)
        paragraph.paragraph_format.space_after = self.pt(3)
        paragraph.paragraph_format.tab_stops.add_tab_stop(self.mm(10))
        self._written(paragraph, (Span(f"{number}.\t"), *item.spans), item.language)

    def _table(self, one: Table, widths: Sequence[int] = ()) -> None:
        columns = len(one.rows[0]) if one.rows else len(one.head)
        table = self.document.add_table(rows=0, cols=columns)
        table.style = "Normal Table" if widths else "Table Grid"
        if one.figures and not widths:
            widths = (158 - 34 * (columns - 1), *(34,) * (columns - 1))
        table.autofit = not widths
        if right_to_left(self.made.language):
            table._tbl.tblPr.append(self.element("w:bidiVisual"))
        head = tuple(Paragraph((Span(text, strong=True),)) for text in one.head)
        for at, width in enumerate(widths):
            table.columns[at].width = self.mm(width)
        for cells in ((head,) if head else ()) + one.rows:
            row = table.add_row()
            for at, (cell, paragraph) in enumerate(zip(row.cells, cells, strict=True)):
                made = cell.paragraphs[0]
                made.paragraph_format.space_after = self.pt(2)
                if widths:
                    cell.width = self.mm(widths[at])
                if one.figures and at:
                    made.alignment = self._end()
                self._direct(made, paragraph.language)
                self._written(made, paragraph.spans, paragraph.language)
        if head:
            repeated = self.element("w:tblHeader")
            table.rows[0]._tr.get_or_add_trPr().append(repeated)
        self.document.add_paragraph().paragraph_format.space_after = self.pt(0)

    def _end(self) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        # Word turns left and right round in a paragraph that runs from right to left.
        return WD_ALIGN_PARAGRAPH.RIGHT

    def _picture(self, plot: Plot) -> None:
        drawn = pages.picture(plot, self.made, self.templates)
        shape = self.document.add_picture(io.BytesIO(drawn), width=self.mm(158))
        about = shape._inline.docPr
        about.set("descr", _clean(told(plot)))
        about.set("title", _clean(plot.title))

    def _styled(self, style: str, language: str) -> Any:
        paragraph = self.document.add_paragraph()
        if style != "Normal":  # by its id: looking it up takes longer than all else together
            paragraph._p.style = self.styles[style].style_id
        self._direct(paragraph, language)
        return paragraph

    def _direct(self, paragraph: Any, language: str) -> None:
        if right_to_left(language or self.made.language):
            paragraph._p.get_or_add_pPr().append(self.element("w:bidi"))

    def _written(self, paragraph: Any, spans: Sequence[Span], language: str) -> None:
        for span in spans:
            for isolated, text in enumerate(re.split("[\u2068\u2069]", span.text)):
                if text:
                    self._run(paragraph, span, text, span.language or language, bool(isolated % 2))
                if isolated % 2:  # a mark of the paragraph's own way ends it: not every Word knows isolates
                    paragraph.add_run("\u200f" if right_to_left(language or self.made.language) else "\u200e")

    def _run(self, paragraph: Any, span: Span, text: str, language: str, isolated: bool) -> None:
        run = paragraph.add_run(_clean(text))
        run.bold, run.italic = span.strong or None, span.emphasis or None
        turned = right_to_left(self.made.language)
        if not turned if isolated else right_to_left(language or self.made.language):
            run._r.get_or_add_rPr().append(self.element("w:rtl"))
        if language not in ("", UNKNOWN) and not (isolated and turned):
            tag = self.element("w:lang")
            tag.set(self.qn(_script(language)), language)
            run._r.get_or_add_rPr().append(tag)
        if span.to:
            self._link(run, anchor=span.to)
        elif url := linked(span.url):
            self._link(run, url=_clean(url))

    def _link(self, run: Any, *, anchor: str = "", url: str = "") -> None:
        link = self.element("w:hyperlink")
        if anchor:
            link.set(self.qn("w:anchor"), anchor)
        else:
            kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
            link.set(self.qn("r:id"), self.document.part.relate_to(url, kind, is_external=True))
        run._r.addprevious(link)
        link.append(run._r)

    def _bookmark(self, paragraph: Any, name: str) -> None:
        self.marks += 1
        for kind in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = self.element(kind)
            mark.set(self.qn("w:id"), str(self.marks))
            if kind == "w:bookmarkStart":
                mark.set(self.qn("w:name"), name)
                paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, mark)
            else:
                paragraph._p.append(mark)

    def _page_number(self, paragraph: Any) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._field(paragraph, "PAGE", begin=True)
        paragraph.add_run("1")
        self._field(paragraph, "", begin=False)

    def _field(self, paragraph: Any, code: str, *, begin: bool) -> None:
        """A field of ours: its code and what is shown until Word fills it in. None is ever made of people's words."""
        for kind in ("begin", "separate") if begin else ("end",):
            mark = self.element("w:fldChar")
            mark.set(self.qn("w:fldCharType"), kind)
            paragraph.add_run()._r.append(mark)
            if kind == "begin":
                words = self.element("w:instrText")
                words.set(self.qn("xml:space"), "preserve")
                words.text = code
                paragraph.add_run()._r.append(words)


def _script(language: str) -> str:
    """Of which letters Word is told that they are in that language."""
    return "w:bidi" if right_to_left(language) else "w:eastAsia" if language in _EAST else "w:val"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
