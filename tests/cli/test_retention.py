"""What commands say of a mail that is not kept any more as it came, and of when that will be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.steps import conclude, purge
from tests.cli.conftest import Cli
from tests.house import END

OVER = END + timedelta(days=92)
GONE = "the original is gone since 2009-02-21 (retention)"


@pytest.fixture
def over(full: Cli) -> Cli:
    with full.house() as house:
        house.to_the_end()
        purge.purge(house.session, OVER)
    return full


def test_the_plan_says_when_and_how_many(full: Cli) -> None:
    last = full.json("plan")[-1]
    assert (last["at"], last["kind"], last["recipients"]) == ("2009-02-21T22:00:00Z", "purge", 0)
    assert last["what"] == "mails as they came are deleted (retention), 3 so far; contributions and files stay"
    assert "mails as they came are deleted (retention), 3 so far" in full.ok("plan")


def test_of_a_network_the_plan_says_when_the_oldest_goes(full: Cli) -> None:
    with full.house() as house:
        house.to_the_end()
        conclude.go_on(house.session, house.now, house.site, house.dialogue, "The network", "test")
    (last,) = [one for one in full.json("plan") if one["kind"] == "purge"]
    assert last["at"] == "2009-02-21T22:00:00Z"
    assert last["what"].startswith("mails as they came begin to be deleted, each at its age (retention), 3 so far;")


def test_the_inbox_says_so(over: Cli) -> None:
    assert f"original:    {GONE}" in over.ok("inbox show 1")
    assert over.json("inbox show 1")["original_gone_at"] == "2009-02-21T22:00:00Z"
    assert over.refused("inbox show 1 --raw") == f"of mail 1 {GONE}"


def test_the_queue_says_so(over: Cli) -> None:
    assert f"Original: {GONE}" in over.ok("queue show 1")
    assert over.json("queue show 1")["original_gone_at"] == "2009-02-21T22:00:00Z"


def test_what_is_kept_says_nothing(full: Cli) -> None:
    assert "original" not in full.ok("inbox show 1").lower()
    assert full.json("queue show 1")["original_gone_at"] is None


def test_an_erasure_is_told_from_retention(full: Cli) -> None:
    full.ok("person erase anna@example.net --yes")
    assert "is gone since 2008-11-07 (somebody it is from, or names, was erased; or it was anonymous)" in full.ok(
        "inbox show 1"
    )


def test_what_crashed_cannot_be_tried_again(over: Cli) -> None:
    with over.house() as house:
        house.session.write(lambda c: c.exec_driver_sql("UPDATE inbox SET state = 'parked' WHERE id = 1"))
    assert over.refused("inbox retry 1") == "the original of 1 is gone: it cannot be processed again"
