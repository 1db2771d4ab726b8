"""Texts of others as lines of a terminal: their width, their side, and nothing that a terminal would obey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from listserv.cli.terminal.prose import fitted, from_right, laid_out, safe


def lines(text: str, width: int = 20, **options: str) -> list[str]:
    return [line.text for line in laid_out(text, width, **options)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one two three four five six", ["one two three four", "five six"]),
        ("a\n\n\nb", ["a", "", "", "b"]),
        ("   indented and then too long", ["   indented and then", "   too long"]),
        ("https://example.org/a/very/long/path", ["https://example.org/", "a/very/long/path"]),
        ("tab\tstop", ["tab stop"]),
        ("计划计划计划计划计划计划", ["计划计划计划计划计划", "计划"]),
        ("", [""]),
        ("old mac\rline\x0bends\u2028here", ["old mac", "line", "ends", "here"]),
    ],
)
def test_broken_at_blanks(text: str, shown: list[str]) -> None:
    assert lines(text) == shown


def test_what_stands_before_the_lines() -> None:
    assert lines("one two three four", 12, lead="From ", rest="     ") == ["From one two", "     three", "     four"]
    assert lines("a\nb", lead="| ") == ["| a", "| b"]


def test_right_to_left_stands_at_the_right_by_paragraph() -> None:
    shown = lines("السلام\nPlan\n\nPlan السلام\n\n(1) سلام", 20)
    assert shown == ["              السلام", "                Plan", "", "Plan السلام", "", "            (1) سلام"]
    assert next(laid_out("سلام", 20, sided=False)).text == "سلام"


@pytest.mark.parametrize(
    ("text", "right"), [("", False), ("12 (?)", False), ("abc سلام", False), ("1. سلام abc", True), ("שלום", True)]
)
def test_the_first_strong_letter_decides(text: str, right: bool) -> None:
    assert from_right(text) is right


@given(st.text(), st.integers(4, 60))
def test_any_text_fits_and_holds_no_controls(text: str, width: int) -> None:
    for line in lines(text, width):
        assert cell_len(line) <= width
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in line)


@given(st.text(), st.integers(2, 40))
def test_a_cell_is_as_wide_as_it_was_asked_to_be(text: str, columns: int) -> None:
    assert cell_len(fitted(safe(text).replace("\n", " "), columns)) == columns
