"""What a page shows of what somebody wrote: paragraphs, lists, quotes and links, in portions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.publication.shape import Block, Kind, blocks, portions


def told(found: tuple[Block, ...]) -> list[object]:
    """Each block as its kind and words; a link as [words](url)."""
    return [
        (one.kind.value, told(one.inner))
        if one.kind is Kind.QUOTE
        else (
            one.kind.value,
            *([one.first] if one.kind is Kind.NUMBERS else []),
            ["".join(f"[{each.text}]({each.url})" if each.url else each.text for each in line) for line in one.lines],
        )
        for one in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One.\n\nTwo,\nin two lines.", [("text", ["One."]), ("text", ["Two,", "in two lines."])]),
        ("We need:\n- a plan\n- a budget", [("text", ["We need:"]), ("list", ["a plan", "a budget"])]),
        ("* one\n  and more of it\n* two", [("list", ["one and more of it", "two"])]),
        ("1. one\n2. two", [("numbers", 1, ["one", "two"])]),
        ("3) three\n4) four\n9) nine", [("numbers", 3, ["three", "four"]), ("numbers", 9, ["nine"])]),
        ("2008. A year.", [("text", ["2008. A year."])]),
        ("> Who pays?\n> And when?\nWe do.", [("quote", [("text", ["Who pays?", "And when?"])]), ("text", ["We do."])]),
        (">> First.\n> Second.", [("quote", [("quote", [("text", ["First."])]), ("text", ["Second."])])]),
        ("> - a\n> - b", [("quote", [("list", ["a", "b"])])]),
        ("", []),
        ("Fig <b>", [("text", ["Fig <b>"])]),
    ],
)
def test_blocks(text: str, wanted: list[object]) -> None:
    assert told(blocks(text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("See https://example.org/b(c), please.", "See [https://example.org/b(c)](https://example.org/b(c)), please."),
        ("See www.example.org.", "See [www.example.org](https://www.example.org/)."),
        ("https://example.org/?utm_source=x&b=1", "[https://example.org/?utm_source=x&b=1](https://example.org/?b=1)"),
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fplan&data=1",
            "[https://example.org/plan](https://example.org/plan)",
        ),
        ("<https://example.org/a\nb>", "<[https://example.org/ab](https://example.org/ab)>"),
        ("http://127.0.0.1/x and javascript:alert(1)", "http://127.0.0.1/x and javascript:alert(1)"),
        ("https://medium.com/@some/one", "[https://medium.com/@some/one](https://medium.com/@some/one)"),
        ("Write to anna@example.net", "Write to a…@…"),
        ("https://example.org/?to=anna@example.net", "https:/…@…"),
        ("https://example.org/?to=anna%40example.net", "https:/…@…"),
    ],
)  # fmt: skip
def test_links_can_be_opened_and_addresses_are_out_of_sight(text: str, wanted: str) -> None:
    ((_, (line,)),) = told(blocks(text))  # type: ignore[misc]
    assert line == wanted


def test_quotes_are_told_apart_to_a_depth() -> None:
    inner = blocks(">" * 10 + " deep")
    for _ in range(3):
        (one,) = inner
        inner = one.inner
    assert told(inner) == [("text", [">>>>>>> deep"])]


def test_a_text_that_is_too_long_is_divided_where_it_hurts_least() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(40))
    parts = portions(text, 4_000)
    assert "".join(parts) == text
    assert len(parts) > 3
    assert all(part.startswith("Paragraph") for part in parts)
    assert portions("short", 4_000) == ["short"]
    assert portions("", 4_000) == [""]


@given(st.text(alphabet=st.sampled_from("ab <&'.\n>-1ا中@/:wh"), max_size=400), st.integers(300, 600))
def test_no_word_is_lost_whatever_is_written(text: str, room: int) -> None:
    parts = portions(text, room)
    assert "".join(parts).rstrip() == text.rstrip()
    blocks(text)
