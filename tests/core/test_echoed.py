"""What we wrote goes out of a reply that quotes it without a mark; what they wrote stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.echoed import without

OURS = """Dear participants,

The dialogue is over. How useful was it to you? Your answer counts
as much if you only read.

1. How useful was it?
   from 1 (bad) to 5 (good)

Your answers are anonymous.

--\x20
The dialogue
Help: d-help@talk.example
"""
ASKED = ["How useful was it?"]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("1: 5", "1: 5"),
        (f"1: 5\n\n{OURS}", "1: 5\n\n1. How useful was it?"),
        # each paragraph as one line, each line as a paragraph, words between them
        (
            "The dialogue is over. How useful was it to you? Your answer counts as much if you only read.\n\nFive\n\n"
            "Your answers are anonymous.",
            "Five",
        ),
        (
            "The dialogue is over. How useful was it to you? Your answer counts\n\nas much if you only read.\n\nFive"
            "\n\n--\n\nThe dialogue\n\nHelp: d-help@talk.example<mailto:d-help@talk.example>",
            "Five",
        ),
        # their own line that says the same, with theirs before or behind it
        ("3: The dialogue", "3: The dialogue"),
        ("3: Your answers are anonymous. I like that.", "3: Your answers are anonymous. I like that."),
        ("", ""),
    ],
)
def test_what_is_ours_goes(text: str, want: str) -> None:
    assert without(text, [OURS], ASKED) == want


def test_chinese_broken_anywhere() -> None:
    ours = "各位参与者：\n\n您的回答是匿名的。保存时不带您的姓名和日期，各项回答\n彼此分开。\n"
    assert without("一、五分\n\n您的回答是匿名的。保存时不带您的姓\n名和日期，各项回答彼此分开。", [ours]) == "一、五分"


@given(st.text(alphabet="ab >\n1", max_size=80), st.text(alphabet="ab >\n1", max_size=80))
def test_anything_is_read_and_nothing_is_added(text: str, ours: str) -> None:
    rest = without(text, [ours])
    left = iter(text)
    assert all(char in left for char in rest)
