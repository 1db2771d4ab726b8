"""The small picture: bars that begin under each other in any font, and a table in HTML."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from listserv.core.publication.picture import WIDEST, bars, tabled


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([], []),
        ([0, 0], ["░", "░"]),
        ([3, 0, 1], ["███", "░", "█"]),
        ([160, 80, 1, 0], ["█" * WIDEST, "█" * (WIDEST // 2), "█", "░"]),
    ],
)
def test_a_block_for_each_until_there_are_too_many(counts: list[int], shown: list[str]) -> None:
    assert bars(counts) == shown


def html(markdown: str) -> str:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.core.ruler.push("picture", lambda state: tabled(state.tokens))
    return parser.render(markdown)


def test_in_html_it_is_a_table_that_says_the_same_in_words() -> None:
    made = html("Before.\n\n██ 2 question 1\n░ 0 question 2\n█ 1 <b>3</b>\n\nAfter.")
    assert re.findall(r"<td nowrap>(.*?)</td><td align=\"right\">(\d+)</td>", made) == [
        ("question 1", "2"),
        ("question 2", "0"),
        ("&lt;b&gt;3&lt;/b&gt;", "1"),
    ]
    assert re.findall(r'<td width="(\d+)%" bgcolor', made) == ["100", "50"]
    assert made.startswith("<p>Before.</p>\n<table")
    assert made.endswith("</table>\n<p>After.</p>\n")
    assert "█" not in made


@pytest.mark.parametrize("text", ["██ 2 question 1\nand more", "a ██ 2 question 1", "- a\n- ██ 2", "██ two"])
def test_what_only_looks_like_it_stays_text(text: str) -> None:
    assert "<table" not in html(text)
