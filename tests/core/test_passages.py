"""Passages: the author's own words, found as they stand in the text, and not found once they are gone."""

from __future__ import annotations

import pytest

from listserv.core.publication.passages import LONGEST, find, quoted_only, sentences, stands

TEXT = """Dear all,

In Nepal we began with a mapping of what
exists. It took “three months”, and it wasn’t wasted – far from it.

> Where does one begin?

第一步是调查。然后是预算。
"""


@pytest.mark.parametrize(
    ("words", "passage"),
    [
        ("a mapping of what exists", "a mapping of what exists"),  # across the end of a line
        ("a  mapping\nof what   exists.", "a mapping of what exists."),
        ('It took "three months"', "It took “three months”"),  # as the author drew them
        ("it wasn't wasted - far", "it wasn’t wasted – far"),
        ("第一步是调查", "第一步是调查"),
        ("后是预", "后是预"),
        ("no such words", ""),
        ("in nepal we began", ""),  # exact
        ("map", ""),  # half a word
        ("Where does one begin?", ""),  # somebody else's
    ],
)
def test_it_is_found_as_its_author_wrote_it(words: str, passage: str) -> None:
    assert find(TEXT, words) == passage


@pytest.mark.parametrize(
    ("words", "why"), [("", "needs words"), ("… !", "needs words"), ("x" * (LONGEST + 1), "at most 1200 characters")]
)
def test_what_can_be_no_passage(words: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        find(TEXT, words)


def test_patterns_are_words_like_any_other() -> None:
    assert find("It cost (in all) 3.5 % [sic].", "(in all) 3.5 % [sic]") == "(in all) 3.5 % [sic]"
    assert find("It cost 3x5 %.", "3.5 %") == ""


def test_words_that_only_others_wrote_are_known_as_such() -> None:
    assert quoted_only(TEXT, "Where does one begin?")
    assert not quoted_only(TEXT, "a mapping")
    assert not quoted_only(TEXT, "nobody wrote this")


def test_it_stands_until_an_edit_takes_it_out() -> None:
    passage = find(TEXT, "a mapping of what exists")
    assert stands(TEXT.replace("what\nexists", "what exists"), passage)
    assert not stands(TEXT.replace("mapping", "list"), passage)
    assert not stands("> " + passage, passage)
    assert not stands(TEXT, "")


def test_sentences_are_what_can_be_chosen() -> None:
    assert sentences(TEXT) == [
        "Dear all,",
        "In Nepal we began with a mapping of what exists.",
        "It took “three months”, and it wasn’t wasted – far from it.",
        "第一步是调查。",
        "然后是预算。",
    ]
    for one in sentences(TEXT):
        assert find(TEXT, one) == one
