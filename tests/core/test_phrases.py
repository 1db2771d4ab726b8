"""Texts and phrases in the one spelling in which they are compared."""

import pytest

from listserv.core.dialogue.phrases import bare, length, plain, seamed


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("S’inscrire !", "s inscrire"),
        ("المُشَارَكــة", "المشاركه"),  # points and stretches say nothing; both endings are written for one another
        ("إلى ١٠", "الي 10"),
        ("Пожалуйста, ещё!", "пожалуиста еще"),
        ("第２単元", "第2単元"),
    ],
)
def test_plain(text: str, same: str) -> None:
    assert plain(text) == same


@pytest.mark.parametrize(
    ("words", "left"),
    [("请退订谢谢", "退订"), ("我要参加", "参加"), ("请", "请"), ("谢谢", "谢谢"), ("please stop", "please stop")],
)
def test_what_is_polite_about_a_chinese_word_is_taken_off(words: str, left: str) -> None:
    assert bare(words) == left


def test_figures_and_addresses_part_from_chinese() -> None:
    assert seamed("地址a@b.org，发布12、14") == "地址 a@b.org，发布 12、14"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two", 2),
        ("مرحبا بكم", 2),
        ("我们" * 500, 600),
        ("联合国 UN Women 工作", 5),
        ("，。", 0),
        ("- one – l’eau", 2),
        ("ひらがな", 3),
    ],
)
def test_how_long_a_text_is(text: str, words: int) -> None:
    assert length(text) == words
