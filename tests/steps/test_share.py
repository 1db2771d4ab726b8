"""What the mails of a batch share is read once, and read anew behind a mail that may have changed it."""

from __future__ import annotations

from listserv.steps.share import Shared
from tests.house import House


def title(house: House, shared: Shared) -> str:
    with house.session.read() as connection:
        found = shared.dialogue(connection, "nap")
    assert found is not None
    return found[0].title


def test_a_dialogue_is_read_once_for_a_batch(house: House) -> None:
    shared = Shared()
    before = title(house, shared)
    house.policy(title="Another")
    assert title(house, shared) == before
    shared.forget()
    assert title(house, shared) == "Another"
