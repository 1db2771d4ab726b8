"""How wide a line is, and where it may break: Chinese between its characters, Arabic without counting its marks."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.publication.columns import broken, columns, joined

SAID = (
    "第2单元“制定国家行动计划的良好做法”已于2008年11月10日星期一09:00（America/Santo_Domingo）开放。请直接回复本邮件，或致函"
    " nap1325-help@dialogue.example.org 提出您的问题；网页见 https://dialogue.example.org/nap1325/。请注明您回答的是哪一个问题。"
)


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("对话", 4), ("，", 2), ("e\u0301", 1), ("مُؤَكَّد", 4), ("a\u2068b\u2069", 2), ("", 0)]
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


def test_a_chinese_paragraph_breaks_between_characters_and_nothing_else_is_torn() -> None:
    lines = broken(SAID, 72)
    assert len(lines) > 3
    assert all(columns(line) <= 72 for line in lines)
    assert all(
        whole in "\n".join(lines) for whole in ("nap1325-help@dialogue.example.org", "https://dialogue.example.org")
    )
    again = lines[0]
    for line in lines[1:]:
        again += joined(again, line) + line
    assert again.replace(" ", "") == SAID.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("对话对话，对话", 8, ["对话对", "话，对话"]),  # no comma at a beginning
        ("对话对（话）对", 8, ["对话对", "（话）对"]),  # no opening mark at an end
        ("到11月10日为止", 8, ["到11月", "10日为止"]),  # a number stays with what it counts
        ("写信至用户@例子.公司", 6, ["写信至用户@例子.公司"]),  # cannot be told apart
        ("请写信至 用户@例子.公司 询问", 8, ["请写信至", "用户@例子.公司", "询问"]),
        ("网页https://例子.公司/对话，再见", 8, ["网页", "https://例子.公司/对话，", "再见"]),
        ("对话一二- 三", 8, ["对话一", "二- 三"]),  # "- " at a beginning would be a list
        ("대화에 참여해 주세요", 8, ["대화에", "참여해", "주세요"]),
        ("un mot «\xa0bref\xa0» là", 12, ["un mot", "«\xa0bref\xa0» là"]),  # blanks that are not to break
        ("   ", 8, []),
    ],
)
def test_breaks(text: str, width: int, lines: list[str]) -> None:
    assert broken(text, width) == lines


@given(st.text(alphabet="abcéжمx1.,-'“”(): ", max_size=300), st.integers(10, 80))
def test_without_wide_characters_a_line_breaks_at_spaces(text: str, width: int) -> None:
    text = " ".join(text.split(" ")).strip()
    assert broken(text, width) == textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


@given(st.text(alphabet="对话，。（）“”ab1@./ 第月", max_size=200), st.integers(10, 40))
def test_nothing_is_lost(text: str, width: int) -> None:
    lines = broken(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(line == line.strip() and line for line in lines)


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x3000, blacklist_categories=["Cc", "Cn", "Cs"]), max_size=20)
)
def test_the_short_way_counts_as_the_long_one(text: str) -> None:
    assert columns(text) == columns(text + "对") - 2
