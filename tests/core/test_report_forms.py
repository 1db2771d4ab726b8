"""The report's forms: whatever people write is text in them and nothing else; edits are read as they were meant."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from listserv.core.publication.forms import html, markdown, tree
from listserv.core.publication.plots import Bar, Plot, svg, told
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
    plain,
)
from listserv.core.publication.report.edits import Edit, behind, edited, news, read
from listserv.edge import files

TEMPLATES = files.templates()
NASTY = (
    "# no heading", "- no item", "1. no number", "2) nor this", "> no quote", "=== no rule", "---", "***", "`code`",
    "**strong** _no_ *no*", "[a](https://evil.example)", "![x](https://evil.example/p.png)", "&amp; &#60;", "a | b",
    "<script>alert(1)</script>", "<https://evil.example>", "| a | b |\n|---|---|", "~~~", "```\ncode\n```", "\\", "a\\",
    "    four spaces", '#import "x.typ"', '#eval("1")', "$ x $ @label <label> ~ \\u{41}", "{{ config }} {% raw %}",
    "]]></svg>", "\x00\x0b", "line\nbreak\r\nand\ttab", "\u202eevil\u202c", "+ plus", ": colon", "{plot 1} no plot",
    "$(rm)", "{ MERGEFIELD }", "0 #", "rank ## \n##", "## ##", "in C #",
)  # fmt: skip
MARKUP = {"link", "image", "strong", "em", "code_inline", "html_inline", "html_block", "fence", "hr"}


def report(*blocks: Block, title: str = "Plans", language: str = "en") -> Report:
    return Report(title, "A report", language, (("Hosts", title),), "Contents", (Section("one", title, 1, blocks),))


def everywhere(words: str) -> tuple[Block, ...]:
    """The words in each place that people's words come to."""
    one = plain(words)
    return (
        one,
        Quoted(one),
        Heading(one, "c1"),
        Items((one, one)),
        Items((one,), 1),
        Table(("a", words), ((one, one),)),
        Paragraph(
            (Span(words, strong=True), Span(words, emphasis=True), Span(words, url="https://example.org/" + words))
        ),
        Plot(words, (Bar(words, 3, 5),)),
    )


def shown(text: str) -> str:
    """What is left of words once blanks and what no form can show do not count."""
    return "".join(c for c in text if c.isprintable() and not c.isspace() and c != "\ufffd")


WORDS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=80), st.text(alphabet="#*_-+>`[]()<>|&\\!~1.:= \nab", max_size=40)
)


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_words_in_markdown_are_words(words):
    parser = MarkdownIt("commonmark").enable("table")
    for block, kind in zip(
        everywhere(words)[:5], ("paragraph", "blockquote", "heading", "bullet_list", "ordered_list"), strict=True
    ):
        if not words.split():
            continue
        made = markdown.section(Section("one", "", 1, (block,)))
        nodes = SyntaxTreeNode(parser.parse(made)).children
        assert [node.type for node in nodes] == [kind], made
        inner = [node.type for node in nodes[0].walk()]
        assert not MARKUP & set(inner), made
        text = "".join(node.content for node in nodes[0].walk() if node.type in ("text", "text_special"))
        assert shown(text) == shown(words) * (2 if kind == "bullet_list" else 1)


@pytest.mark.parametrize("words", NASTY)
def test_words_in_html_are_words(words):
    page = html.page(report(*everywhere(words), title=words), TEMPLATES)
    for bad in ("<script>alert", "<img", 'evil.example/p.png"', "<https:"):
        assert bad not in page.replace("&lt;", ""), bad
    assert page.count("<style>") == 1
    assert "http-equiv" not in page
    assert not re.search(r'(?:src|href)="(?!#|https://|http://|mailto:)', page)


def test_what_is_isolated_is_so_in_html_too():
    page = html.page(report(plain("\u2068<b>تحية\u2069, Amman")), TEMPLATES)
    assert "<p><bdi>&lt;b&gt;تحية</bdi>, Amman</p>" in page


def test_a_page_loads_nothing_from_anywhere():
    page = html.page(report(*everywhere("words")), TEMPLATES)
    assert not re.search(r"<(?:script|link|img|iframe|object|embed)\b|@import|url\(", page)


def test_what_is_no_link_of_the_web_is_none():
    blocks = (Paragraph((Span("click", url="javascript:alert(1)"), Span("x", url="data:text/html,x"))),)
    page = html.page(report(*blocks), TEMPLATES)
    assert "javascript:" not in page
    assert "data:" not in page
    assert markdown.section(Section("one", "", 1, blocks)) == "clickx"
    assert "url" not in tree.text(report(*blocks))


@settings(max_examples=30, deadline=None)
@given(WORDS)
def test_words_for_typst_are_data(words):
    made = json.loads(tree.text(report(*everywhere(words), title=words)))
    assert made["title"] == words
    assert made["sections"][0]["blocks"][0]["spans"] == [{"text": words}]


@settings(max_examples=40, deadline=None)
@given(WORDS, st.floats(0, 1e6), st.booleans(), st.sampled_from(["bars", "columns"]))
@example("]]></svg><script>", 3, False, "bars")
def test_a_plot_is_a_picture_whatever_its_labels_say(words, value, right_to_left, kind):
    plot = Plot(words, (Bar(words, value), Bar("b", 1, 2)), kind, right_to_left)
    root = ElementTree.fromstring(svg(plot))
    assert {one.tag.partition("}")[2] for one in root.iter()} <= {"svg", "title", "desc", "rect", "text", "line"}
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.get("width", "")) >= 0
        assert 0 <= float(rect.get("x", "")) <= 641


def test_a_plot_has_its_figures_in_words():
    plot = Plot("By sector", (Bar("government", 2, 8), Bar("civil society", 2.5)))
    assert told(plot) == "By sector. government: 2 / 8; civil society: 2.5"
    assert f"<desc>{told(plot)}</desc>" in svg(plot)
    assert "<desc>" not in svg(plot, text=False)


def test_a_plot_does_not_take_its_direction_from_the_page_it_stands_on():
    """In a page from right to left text-anchor="end" is at the left: the labels would lie beside the picture."""
    plot = Plot("حسب القطاع", (Bar("حكومة", 2, 8),), right_to_left=True)
    root = ElementTree.fromstring(svg(plot))
    assert root.get("direction") == "ltr"
    label, figure = root.iter("{http://www.w3.org/2000/svg}text")
    assert (label.text, label.get("x"), label.get("text-anchor")) == ("حكومة\u200f", "640", "end")
    assert figure.text == "2 / 8"
    days = ElementTree.fromstring(svg(replace(plot, kind="columns", bars=(Bar("3 نوفمبر", 2),))))
    assert [one.text for one in days.iter("{http://www.w3.org/2000/svg}text")] == ["2", "\u200f3 نوفمبر"]


def test_a_plot_of_nothing_is_a_picture_too():
    assert svg(Plot("Nothing", ())).startswith("<svg")
    assert svg(Plot("Nothing", (Bar("a", 0),), "columns")).endswith("</svg>")
    with pytest.raises(ValueError, match="less than nothing"):
        svg(Plot("Less", (Bar("a", -1),)))


# Edits


def test_what_is_written_is_read_back_as_it_was():
    blocks = (
        plain("We met (1) in Accra: 100 % of us."),
        Paragraph((Span("Then "), Span("strong", strong=True), Span(" and "), Span("weak", emphasis=True))),
        Paragraph((Span("a guide", url="https://example.org/a_b"), Span(" and no link"))),
        Heading(plain("Below")),
        Items((plain("one"), plain("two"))),
        Items((plain("third"), plain("fourth")), 3),
        Quoted(plain("said")),
        Table(("a", "b"), ((plain("x | y"), plain("2")),), figures=True),
    )
    assert read(markdown.section(Section("one", "", 1, blocks)), "en") == blocks


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(range(8)), WORDS)
def test_whatever_stands_in_a_section_can_be_read_back(at, words):
    block = everywhere(words)[at]
    plots = [block] if isinstance(block, Plot) else []
    (*_, last) = read(markdown.section(Section("one", "", 1, (plain("."), block))), "en", plots)
    if words.strip() and not isinstance(block, Paragraph):
        assert type(last) is type(block)


def test_numbers_in_brackets_lead_to_the_responses_that_there_are():
    (one,) = read("Most agree (1, 12), some do not (999), in (2008).", "en", numbers=(1, 12))
    assert isinstance(one, Paragraph)
    assert [(span.text, span.to) for span in one.spans if span.to] == [("1", "c1"), ("12", "c12")]
    assert one.text == "Most agree (1, 12), some do not (999), in (2008)."


def test_html_and_pictures_in_an_edit_are_text():
    (one,) = read('<b onclick="x()">hi</b> ![p](https://evil.example/p.png) [no](javascript:x)', "en")
    assert isinstance(one, Paragraph)
    assert '<b onclick="x()">hi</b>' in one.text
    assert not [span for span in one.spans if span.url.startswith("javascript")]


def test_an_edit_stands_in_place_of_the_draft_and_keeps_its_plots():
    plot = Plot("By day", (Bar("Monday", 3),))
    made = report(plain("drafted"), plot)
    edit = Edit("one", "Mine (1).\n\n{plot 1} whatever it says\n\n{plot 7} is none", markdown.section(made.sections[0]))
    (one,) = edited(made, {"one": edit, "gone": replace(edit, key="gone")}, [1]).sections
    assert one.edited
    assert one.blocks[1] == plot
    assert [type(block).__name__ for block in one.blocks] == ["Paragraph", "Plot", "Paragraph"]


def test_an_edit_survives_what_the_draft_becomes_and_tells_what_is_new():
    before, after = (Section("one", "", 1, (Items(tuple(map(plain, said))),)) for said in (("a", "b"), ("b", "c")))
    edit = Edit("one", "Mine.", markdown.section(before))
    assert not behind(before, edit)
    assert behind(after, edit)
    assert news(after, edit).splitlines() == ["- - a", "+ - c"]


def test_an_empty_edit_leaves_the_section_out():
    made = edited(report(plain("drafted")), {"one": Edit("one", "", "drafted")}, [])
    assert made.sections[0].blocks == ()
    assert "Plans" not in markdown.report(made).split("Hosts")[1].replace(":** Plans", "")


def test_responses_are_never_replaced():
    made = report(plain("as released"))
    fixed = replace(made, sections=(replace(made.sections[0], fixed=True),))
    assert edited(fixed, {"one": Edit("one", "mine", "")}, []) == fixed
