"""What was cut is shown to readers as far as it repeats what has been released, and no word further."""

from __future__ import annotations

import pytest

from listserv.core.publication.requoted import requoted

RELEASED = "We need a plan.\n\nIt has to have a budget of its own, and somebody who answers for it.\n\nНужен план."


@pytest.mark.parametrize(
    ("cut", "shown"),
    [
        ("On Monday, Anna wrote:\n> We need a plan.", "We need a plan."),
        ("> > It has to have a budget of its own,\n> > and somebody.",
         "It has to have a budget of its own,\nand somebody."),
        ("> We need a plan.\n>\n> Нужен план.\n\n-- \nAnna, +33 1 23 45", "We need a plan.\n\nНужен план."),
        ("> Please do not share this.", ""),
        ("We need a plan. Call me: 12345", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_only_what_was_released_is_repeated(cut: str, shown: str) -> None:
    assert requoted(cut, RELEASED) == shown
