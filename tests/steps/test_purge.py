"""Retention: mails as they came go, so long after a dialogue's end; what they became stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from listserv.core.dialogue.programme import originals_until
from listserv.steps import archive, conclude, purge
from tests.house import END, HERE, House, folder, mail, open_house

GRACE, RETENTION = timedelta(days=2), timedelta(days=90)
OVER = END + GRACE + RETENTION


def kept(house: House) -> list[bool]:
    return [bool(row["content"]) for row in house.rows("raw")]


def three_mails(house: House) -> None:
    house.released("One.", headers={"X-No-Archive": "yes"})
    house.contribute("Two.")
    house.take(mail("Help?"), to="nap-help@talk.example")
    house.to_the_end()


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path, after=three_mails)) as house:
        house.now = END
        yield house


def test_until_when(house: House) -> None:
    assert originals_until(house.dialogue, house.now) == OVER
    house.policy(retention=0)
    assert originals_until(house.dialogue, house.now) is None


def test_a_network_without_an_end_keeps_each_so_long_after_it_came(ended: House) -> None:
    ended.now = END + timedelta(days=10)
    conclude.go_on(ended.session, ended.now, ended.site, ended.dialogue, "The network", "test")
    ended.contribute("Three.")
    ended.now = OVER
    ended.contribute("Four.")
    assert purge.purge(ended.session, OVER - timedelta(seconds=1)) == 0
    assert purge.purge(ended.session, OVER) == 3  # what the modules brought goes as if nothing had gone on
    assert kept(ended)[-2:] == [True, True]
    third = END + timedelta(days=10) + RETENTION
    assert purge.purge(ended.session, third - timedelta(days=1)) == 0
    assert purge.purge(ended.session, third) == 1
    assert kept(ended)[-2:] == [False, True]
    assert originals_until(ended.dialogue, OVER) == OVER + RETENTION
    ended.policy(retention=0)
    assert purge.purge(ended.session, OVER + timedelta(days=999)) == 0


def test_not_before_it_is_over(ended: House) -> None:
    ended.tick(OVER - timedelta(seconds=1))
    assert kept(ended) == [True, True, True]
    ended.tick(OVER)
    assert [row["purged_at"] for row in ended.rows("raw")] == [OVER] * 3
    assert [row["content"] for row in ended.rows("raw")] == [b"X-No-Archive: yes\r\n\r\n", b"", b""]
    told = [(row["actor"], row["subject"], row["reason"]) for row in ended.rows("audit") if row["action"] == "purge"]
    assert told == [("clock", "3 mails as they came", "retention")]


def test_what_they_became_stays(ended: House) -> None:
    before = (ended.rows("contribution"), ended.rows("inbox"), ended.rows("delivery"))
    assert purge.purge(ended.session, OVER) == 3
    assert (ended.rows("contribution"), ended.rows("inbox"), ended.rows("delivery")) == before


def test_zero_is_for_good(ended: House) -> None:
    ended.policy(retention=0)
    assert purge.purge(ended.session, OVER + timedelta(days=999)) == 0


def test_many_go_in_batches_and_what_comes_later_the_next_day(ended: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    assert purge.purge(ended.session, OVER) == 3
    ended.now = OVER
    ended.take(mail("Late."))
    assert purge.purge(ended.session, OVER + timedelta(hours=1)) == 0
    assert purge.purge(ended.session, OVER + timedelta(days=1)) == 1
    assert purge.purge(ended.session, OVER + timedelta(days=1)) == 0


def test_what_has_not_been_processed_waits(ended: House) -> None:
    ended.receive(mail("New."))
    assert purge.purge(ended.session, OVER) == 3
    assert kept(ended)[-1]


def test_a_dialogue_that_has_not_closed_keeps_its_mail(house: House) -> None:
    """Though its dates are past: a clock that stood still for a year closes first."""
    house.contribute("One.")
    assert purge.purge(house.session, OVER + timedelta(days=365)) == 0


def test_an_objection_to_the_archive_outlives_the_mail(ended: House) -> None:
    ended.policy(archive="public")
    purge.purge(ended.session, OVER)
    one, two = (archive.stands(ended.dialogue, row) for row in ended.rows("contribution"))
    assert (one, two) == (False, True)


def test_the_same_mail_is_still_known_again(ended: House) -> None:
    row = ended.rows("inbox")[0]
    purge.purge(ended.session, OVER)
    ended.now = OVER
    again = ended.take(mail("One.", message_id=row["message_id"], headers={"X-No-Archive": "yes"}), to=HERE)
    assert again["outcome"] == "duplicate"
