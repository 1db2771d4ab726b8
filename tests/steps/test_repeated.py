"""A mail that was kept, but not acknowledged, comes again (RFC 1047): byte for byte, by the same way, at any host.

The database may go away in the middle of a commit. What the mail asked for is done once.
"""

from __future__ import annotations

import pytest

from tests.house import House, mail

JOIN = "nap-join@talk.example"
NEW = "nina@example.net"


def joining(message_id: str = "<1@example.net>", text: str = "Please.") -> bytes:
    return mail(text, author=f"Nina <{NEW}>", subject="join", message_id=message_id)


def test_a_command_that_comes_again_is_obeyed_once(house: House) -> None:
    first = house.take(joining(), JOIN, NEW)
    told = len(house.sent())
    again = house.take(joining(), JOIN, NEW)
    assert (first["outcome"], again["outcome"]) == ("command", "duplicate")
    assert again["reason"] == "the same mail came before"
    assert len(house.sent()) == told


def test_so_it_is_when_both_wait_to_be_read(house: House) -> None:
    rows = [house.receive(joining(), JOIN, NEW) for _ in range(2)]
    house.work()
    assert [house.one("inbox", id=number)["outcome"] for number in rows] == ["command", "duplicate"]


@pytest.mark.parametrize(
    "other",
    [
        (joining(text="Please, again."), JOIN, NEW),
        (joining("<2@example.net>"), JOIN, NEW),
        (joining(""), JOIN, NEW),
        (joining(), "nap-help@talk.example", NEW),
        (joining(), JOIN, "forwarder@example.net"),
    ],
)
def test_what_differs_in_anything_is_another_mail(house: House, other: tuple[bytes, str, str]) -> None:
    house.take(joining("" if b"Message-ID" not in other[0] else "<1@example.net>"), JOIN, NEW)
    assert house.take(*other)["outcome"] == "command"
