"""The report as pages and as a Word file: whatever people write is text there, and says which way it runs."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from listserv.core.publication.plots import Bar, Plot
from listserv.core.publication.report.document import (
    Heading,
    Items,
    Paragraph,
    Quoted,
    Report,
    Section,
    Span,
    Table,
    plain,
)
from listserv.edge import files
from listserv.edge.report import fonts, pages, word
from listserv.edge.report.writing import content, write
from listserv.errors import Refused

NOW = datetime(2008, 11, 24, 13, 0, 0, 500, tzinfo=UTC)
ODD = '#eval("1") $x$ @c1 <b> \\ { MERGEFIELD x } ]]> \x00\x0b\ufffe 😀 \u2068تحية\u2069 *a* _b_'


def report(language: str = "en", words: str = ODD) -> Report:
    one, arabic = plain(words), plain("تحية طيبة", "" if language == "ar" else "ar")
    link = Span("x", url="https://example.org/?a=1&b=2")
    blocks = (
        one,
        Quoted(one),
        Heading(one, "c1"),
        Heading(arabic, "c2"),
        Items((one, arabic)),
        Items((one, arabic), 3),
        Table(("a", words), ((arabic, one), (one, plain("7"))), figures=True),
        Plot(words, (Bar(words, 3, 5), Bar("大家好", 1))),
        Paragraph((Span("see ", emphasis=True), Span("1", to="c1"), Span(" or "), link)),
        plain("大家好", "zh"),
    )
    sections = (Section("one", words, 1, ()), Section("one.1", "Below", 2, blocks), Section("two", "Empty", 1, ()))
    return Report(words, "A report", language, (("Hosts", words),), "Contents", sections)


@pytest.fixture(scope="module", params=["en", "ar"])
def made(request: Any) -> tuple[str, bytes]:
    return request.param, word.file(report(request.param), files.templates(), NOW)


def test_a_word_file_has_no_field_but_ours_and_no_macro(made):
    with zipfile.ZipFile(io.BytesIO(made[1])) as inside:
        names = inside.namelist()
        body = inside.read("word/document.xml").decode()
        foot = "".join(inside.read(name).decode() for name in names if "footer" in name)
    assert not [name for name in names if "vba" in name.lower() or "macro" in name.lower() or "embed" in name.lower()]
    codes = re.findall(r"<w:instrText[^>]*>([^<]*)<", body + foot)
    assert codes == ['TOC \\o "1-2" \\h \\z \\u', "PAGE"]
    assert "w:fldSimple" not in body
    assert "altChunk" not in body


def test_a_word_file_says_the_words_as_they_are(made):
    document = docx.Document(io.BytesIO(made[1]))
    texts = [one.text for one in document.paragraphs]
    expected = re.sub("[\x00\x0b\ufffe]", "\ufffd", ODD).translate({0x2068: None, 0x2069: None})
    shown = [re.sub("[\u200e\u200f]", "", one) for one in texts]
    assert shown.count(expected) >= 4
    assert f"3.\t{expected}" in shown
    assert "Empty" not in texts, "a section with nothing in it is left out"
    assert [one.style.name for one in document.paragraphs if one.text == "Below"] == ["Heading 2"]
    assert document.core_properties.title.startswith('#eval("1")')
    assert document.core_properties.author == ""


def test_arabic_runs_from_right_to_left_in_a_word_file(made):
    language, content_ = made
    document = docx.Document(io.BytesIO(content_))
    turned = {one.text for one in document.paragraphs if one._p.find(f".//{qn('w:bidi')}") is not None}
    assert {"تحية طيبة", "4.\tتحية طيبة"} <= turned
    assert ("Below" in turned) == (language == "ar")


def test_links_in_a_word_file_lead_to_responses_and_to_the_web(made):
    document = docx.Document(io.BytesIO(made[1]))
    links = list(document.element.iter(qn("w:hyperlink")))
    anchors = [one.get(qn("w:anchor")) for one in links if one.get(qn("w:anchor"))]
    marks = [one.get(qn("w:name")) for one in document.element.iter(qn("w:bookmarkStart"))]
    assert anchors == ["c1"]
    assert marks == ["c1", "c2"]
    outside = [one.target_ref for one in document.part.rels.values() if one.is_external]
    assert outside == ["https://example.org/?a=1&b=2"]


def test_plots_in_a_word_file_are_pictures_with_words(made):
    document = docx.Document(io.BytesIO(made[1]))
    (about,) = document.element.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    assert "3 / 5; 大家好: 1" in about.get("descr")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_are_drawn_whatever_the_words(language):
    made = pages.pdf(report(language), files.templates(), NOW)
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made, "tagged: it can be read aloud"


def test_pages_are_drawn_without_any_font_of_the_system(monkeypatch):
    """Missing letters are boxes; `report build` and `doctor` say so."""
    import typst

    monkeypatch.setattr(pages, "_fonts", lambda: typst.Fonts(include_system_fonts=False))
    assert pages.pdf(report(), files.templates(), NOW).startswith(b"%PDF-")


def test_pages_of_the_same_report_are_the_same():
    assert pages.pdf(report(), files.templates(), NOW) == pages.pdf(report(), files.templates(), NOW)


def test_a_template_that_somebody_broke_is_told_in_one_line():
    with pytest.raises(Refused, match="the report's pages cannot be drawn: unknown variable: nonsense") as told:
        pages.pdf(report(), {"report/report.typ": "#nonsense"}, NOW)
    assert "\n" not in str(told.value)


def test_fonts_that_are_missing_are_named_with_the_command():
    lacking = fonts.missing(["en", "ar", "zh", "ru"], ["Libertinus Serif"])
    assert [one.script for one in lacking] == ["Arabic", "Chinese"]
    assert fonts.told(lacking) == (
        "no font for Arabic, Chinese letters in the PDF;"
        " install one (Debian): apt install fonts-hosny-amiri fonts-wqy-microhei"
    )
    assert fonts.missing(["ar", "zh"], ["Amiri", "Droid Sans Fallback"]) == []
    assert fonts.missing(["en", "fr", "es", "ru"], []) == []


def test_typst_brings_the_fonts_for_latin_and_cyrillic():
    assert "Libertinus Serif" in fonts.families()


def test_files_are_put_in_place_whole(tmp_path):
    folder = tmp_path / "new" / "folder"
    for form in ("md", "html"):
        path, size = write(folder, form, report(), NOW)
        assert path == folder / f"report.{form}"
        assert path.read_bytes() == content(form, report(), NOW)
        assert size == path.stat().st_size
    write(folder, "md", report(words="again"), NOW)
    assert "again" in (folder / "report.md").read_text()
    assert sorted(one.name for one in folder.iterdir()) == ["report.html", "report.md"]
