"""A thread as people read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.publication.nesting import nested


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ([], []),
        ([(1, None), (2, None), (3, 1), (4, 3), (5, 1)], [(1, 0), (3, 1), (4, 2), (5, 1), (2, 0)]),
        ([(2, 1), (3, 2)], [(2, 0), (3, 1)]),
        ([(1, 1), (2, 3), (3, 2)], [(1, 0), (2, 0), (3, 1)]),
    ],
    ids=["nothing", "a thread", "what it answers is not here", "loops"],
)
def test_each_stands_beneath_what_it_answers(said: list[tuple[int, int | None]], wanted: list[tuple[int, int]]) -> None:
    assert nested(said) == wanted


@given(st.lists(st.integers(0, 30) | st.none(), max_size=30))
def test_none_is_lost_and_none_stands_twice(parents: list[int | None]) -> None:
    said = list(enumerate(parents))
    assert sorted(one for one, _ in nested(said)) == [one for one, _ in said]


def test_a_long_thread_is_no_trouble() -> None:
    said = [(number, number - 1) for number in range(1, 5_001)]
    assert nested(said)[-1] == (5_000, 4_999)
