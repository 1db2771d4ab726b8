"""An operator's `outbox retry` ends the halts that were there before it, once, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from listserv.core.mail.pacing import Halts
from listserv.core.mail.transfer import Phase, Result
from listserv.edge.retries import Retries
from listserv.store import audit
from tests.house import House, folder, open_house

REFUSAL = Result(1, 1, 550, "5.7.26 not authenticated", Phase.RCPT)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as made:
        yield made


@pytest.fixture
def halts() -> Halts:
    return Halts()


def refused(halts: Halts) -> int:
    """Until it halts; after how many refusals."""
    count = 1
    while halts.heard("proud.example", REFUSAL, monotonic()) is None:
        count += 1
    return count


def retry(house: House, action: str = "retry") -> None:
    house.session.write(lambda connection: audit.record(connection, house.now, "op", action, "3 deliveries"))


def test_a_retry_lifts_what_halts_and_one_more_refusal_halts_again(house: House, halts: Halts) -> None:
    retries = Retries(house.session, halts)
    retry(house)  # of long ago
    assert not retries.look()
    assert refused(halts) == 5
    assert not retries.look()
    retry(house, "release")
    assert not retries.look()
    assert halts.now("proud.example", monotonic())
    retry(house)
    assert retries.look()
    assert halts.now("proud.example", monotonic()) is None
    assert refused(halts) == 1
    assert not retries.look()  # that retry has been heard
    assert halts.now("proud.example", monotonic())


def test_a_copy_taken_after_a_retry_ends_the_story(house: House, halts: Halts) -> None:
    retries = Retries(house.session, halts)
    retries.look()
    refused(halts)
    retry(house)
    assert retries.look()
    halts.heard("proud.example", Result(1, 1, 250, "ok", Phase.END), monotonic())
    assert refused(halts) == 5


def test_a_restart_knows_no_halt(house: House, halts: Halts) -> None:
    retry(house)
    assert not Retries(house.session, halts).look()
