"""What a log says of an error: enough to find it, nothing of what it was about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from listserv.edge.failure import log_crash, log_failure

SECRET = 'DETAIL: Key (key)=(anna@example.net) already exists; "/u/abcdefgh"'


def caught() -> Exception:
    def insert() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(SECRET) from cause

    try:
        insert()
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("tell", [log_failure, log_crash])
def test_kind_and_place_are_told_and_no_message(
    tell: Callable[[str, BaseException], None], caplog: pytest.LogCaptureFixture
) -> None:
    tell("processing failed", caught())
    (record,) = caplog.records
    assert record.getMessage().startswith("processing failed: ValueError")
    assert "test_failure.py" in caplog.text
    assert "anna@" not in caplog.text
    assert "/u/" not in caplog.text


def test_a_crash_shows_the_whole_way(caplog: pytest.LogCaptureFixture) -> None:
    log_crash("processing failed", caught())
    assert "in caught" in caplog.text
    assert "in insert" in caplog.text
