"""Where quoted sentences come from: what an edited round-up has lost of that, and where its numbers lead."""

from __future__ import annotations

import pytest

from listserv.core.publication.trace import linked, struck, unlisted, untraced

TEXTS = {
    12: "We began by listening. A plan needs a budget line for each ministry, and a name. People forgive a\nplan.",
    13: "规划之前先摸清家底，再写草案和预算。",
}
OURS = ["Which key planning methodologies belong in the process?"]


@pytest.mark.parametrize(
    "markdown",
    [
        "- Amina: “We began by listening.” (12)",
        "- Amina: “WE BEGAN by\n  listening […] People forgive a plan” (12)",
        "- Min: “规划之前先摸清家底，\n  再写草案” (13)",
        "Both agree: “We began by listening.” (12, 13)",
        "- The moderators see agreement: all want a budget.",
        "They call it a “shop window” and go on.",
        "As Amina wrote (12), a plan needs a budget line for each ministry, and a name.",
        "### 1. A plan needs a budget line for each ministry, and a name.",
        "- Not answered yet: 2. Which key planning methodologies belong in the process?",
        "",
    ],
)
def test_what_can_be_traced(markdown: str) -> None:
    texts = TEXTS | {14: OURS[0]}  # somebody has repeated the question
    assert untraced(markdown, texts, OURS) == []


@pytest.mark.parametrize(
    ("markdown", "number", "why"),
    [
        ("- Amina: “We began by listening.”", 12, "these words have no number: add (12)"),
        ("“规划之前先摸清家底”", 13, "these words have no number: add (13)"),
        (
            "- Amina: “We all began together in the spring.”",
            None,
            "these words have no number, and are in no contribution as they stand",
        ),
        ("- Amina: “We began by shouting.” (12)", 12, "these are not the words of contribution 12"),
        ("- Min: “People forgive a plan […] We began” (12)", 12, "these are not the words of contribution 12"),
        ("- Amina: “We began by listening.” (14)", 14, "there is no contribution 14 to quote"),
        (
            "A plan needs a budget line for each ministry, and a name.",
            12,
            "stands in contribution 12 word for word: quote it, with (12)",
        ),
        ("- Min: “规划之前先摸清家底” (13)", 13, "the author of contribution 13 does not want to be quoted"),
    ],
)
def test_what_cannot(markdown: str, number: int | None, why: str) -> None:
    (found,) = untraced(f"Before.\n\n{markdown}\n\nAfter.", TEXTS, closed=[13])
    assert (found.number, found.why) == (number, why)


def test_numbers_lead_to_what_they_name() -> None:
    url = "https://example.org/{}".format
    text = "- Amina: “We have (12) of them” (12)\n- Also: Min (13), in (2008), and (12,\n  13). [nap 1]"
    assert linked(text, url, {12, 13}) == (
        "- Amina: “We have (12) of them” ([12](https://example.org/12))\n- Also: Min ([13](https://example.org/13)),"
        " in (2008), and ([12](https://example.org/12), [13](https://example.org/13)). [nap 1]"
    )


def test_what_is_withdrawn_is_struck_and_the_rest_stays_as_it_is() -> None:
    text = (
        "# Title\n\n- Amina: “We began by\n  listening.” (12)\n- Min: “Other.” (13)\n\n"
        "As (12) says, we go on.\n\n“Both.” (12, 13)\n"
    )
    assert struck(text, {12}, "Not quoted: ({})".format) == (
        "# Title\n\n- Not quoted: (12)\n- Min: “Other.” (13)\n\nAs (12) says, we go on.\n\nNot quoted: (12)"
    )
    assert struck(text, {14}, str) == text


def test_items_that_run_from_right_to_left_are_items_too() -> None:
    text = "- \u200f«» “We began.” (12)\n\u200f- Amina: “We began.” (12)\n\u200f- Min, الصين: “Other.” (13)\n"
    assert struck(text, {12}, "Not quoted: ({})".format) == (
        "- Not quoted: (12)\n\u200f- Not quoted: (12)\n\u200f- Min, الصين: “Other.” (13)\n"
    )


def test_what_contributions_have_shared_is_listed_no_more() -> None:
    text = (
        "## Shared\n\n- A guide <https://a.example/> – Anna (1)\n- A plan\n  <https://b.example/> – Bo (2, 3)\n"
        "- Ours (4)\n\nAs said (2).\n\n- “Quoted.” (2)\n- No number\n"
    )
    left = text.replace("\n- A plan\n  <https://b.example/> – Bo (2, 3)", "")
    assert unlisted(text, {2, 3}) == left
    assert unlisted(text, {2}) == unlisted(text, {9}) == text
    assert unlisted("", {1}) == ""
