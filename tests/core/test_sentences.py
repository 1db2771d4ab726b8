"""Where sentences end: in six languages, and in the way people write mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.phrases import length as words
from listserv.core.publication.sentences import spoken


def split(text: str) -> list[str]:
    return [one.text for one in spoken(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["We began early.", "It worked!", "Did it?", "Yes …", "We went on."],
        ["Mr. Smith of the U.N. Security Council wrote S/RES/1325.", "We read it, e.g. Art. 5 and No. 1325."],
        ["Did it help?", "No.", "It cost 3.5 million.", "See www.un.org/a.b and e.g. Annex 2."],
        ["J. A. Diallo spoke.", "“Why?” asked the minister.", "“Because.”", "He left (late).", "All agreed."],
        [
            "Est-ce que je saurais quoi faire ?",
            "Oui.",
            "M. Traoré et Mme Sow l'ont dit à l'art. 5.",
            "« Non ! » dit-il.",
        ],
        ["¿Quién paga?", "¡Nadie!", "La Sra. Quispe lo dijo en el art. 3, pág. 4.", "EE. UU. firmó."],
        ["В 2008 г.", "Мы начали."],  # the year, then the next sentence
        ["Мы жили в г. Бишкек, т.е. в столице.", "А. С. Пушкин писал об этом.", "Это ст. 5 и пп. 6 закона."],
        ["هل هذا صحيح؟", "نعم.", "كتب د. أحمد ذلك۔", "تكلفة القرار 1325 عالية."],
        ["各位好。", "你们同意吗？", "“倒着写。”", "指标从6.2降到1.9！", "好。"],
        ["We asked … and waited.", "Nobody came."],
    ],
)
def test_where_they_end(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences
    if all(ord(one[0]) > 0x2000 for one in sentences):
        assert split("".join(sentences)) == sentences, "Chinese needs no space"


def test_blocks_are_paragraphs_items_and_lines_broken_on_purpose() -> None:
    text = """Good practices

We wrapped this line at seventy-two characters because mail programs do
that, and it goes on here. It ends.
Our steps are:
- to listen
- to write. And to read.
2. To go on

中国的经验很多，我们写了很长的一行
然后换行。

-- 
***
"""
    assert [(one.block, one.text) for one in spoken(text)] == [
        (0, "Good practices"),
        (1, "We wrapped this line at seventy-two characters because mail programs do that, and it goes on here."),
        (1, "It ends."),
        (2, "Our steps are:"),
        (3, "to listen"),
        (4, "to write."),
        (4, "And to read."),
        (5, "To go on"),
        (6, "中国的经验很多，我们写了很长的一行然后换行。"),
    ]


def test_what_has_no_words_is_no_sentence() -> None:
    assert split("...\n\n--\n\n!? 。") == []


@given(st.text(alphabet="aB1 .!?\n-。，中…“”(éгЖ؟", max_size=80))
def test_nothing_is_lost_or_changed(text: str) -> None:
    def letters(some: str) -> str:
        return "".join(one for one in some if one.isalnum() and not one.isdigit())

    assert letters("".join(split(text))).replace("a", "") == letters(text).replace("a", "")  # "a)" numbers an item


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("two words", 2),
        ("— two “words” …", 2),
        ("十六个字的一句话写在这里给大家数", 10),
        ("第1325号决议 is here", 6),
    ],
)
def test_words_in_any_script(text: str, count: int) -> None:
    assert words(text) == count


def test_a_line_of_marks_ends_a_sentence() -> None:
    assert [one.text for one in spoken("What we learned\n- - -\nwas little, and late.\n***\nIt is over")] == [
        "What we learned",
        "was little, and late.",
        "It is over",
    ]
