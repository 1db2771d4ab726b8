"""Plain text as paragraphs: what a program broke is joined, what its author broke is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.publication.paragraphs import paragraphs

LONG = "We began by listening, because nobody had asked the women of"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One.\n\nTwo.", [["One."], ["Two."]]),
        ("\n\nOne.\n \t\n\n\nTwo.\n", [["One."], ["Two."]]),
        (f"{LONG}\nthe village.", [[f"{LONG} the village."]]),
        (f"{LONG}\n{LONG}\nthe village.", [[f"{LONG} {LONG} the village."]]),
        (f"{LONG} \nthe village.", [[f"{LONG} the village."]]),  # RFC 3676
        ("Kind regards\nAmina\nMinistry", [["Kind regards", "Amina", "Ministry"]]),
        (f"{LONG}\n- one\n- two", [[LONG, "- one", "- two"]]),
        (f"{LONG}\n1. one\nb) two", [[LONG, "1. one", "b) two"]]),
        (f"> {LONG}\nMine.", [[f"> {LONG}", "Mine."]]),
        (f"{LONG}\n    indented", [[LONG, "    indented"]]),
        (f"{LONG * 2}\nbegins anew", [[LONG * 2, "begins anew"]]),  # too long to have been broken
        ("One.\r\n\r\nTwo.", [["One."], ["Two."]]),
    ],
)
def test_paragraphs(text: str, expected: list[list[str]]) -> None:
    assert paragraphs(text) == expected


@given(st.text(alphabet=st.sampled_from("ab >-1.\n\t "), max_size=400))
def test_no_word_is_lost(text: str) -> None:
    assert " ".join(line for block in paragraphs(text) for line in block).split() == text.split()
