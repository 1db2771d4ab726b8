"""Deliveries of a dialogue that ended long ago become counts; what is counted from them stays as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from listserv.steps import conclude, prune, verify
from listserv.store import leases, outbox, pruning, roundups
from listserv.store.session import Connection
from tests.house import END, House, folder, open_house

GRACE, YEAR = timedelta(days=2), timedelta(days=365)
OVER = END + GRACE + YEAR


def all_sent(house: House) -> None:
    house.released("One.")
    house.to_the_end()
    send(house, house.now)


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path, after=all_sent)) as house:
        house.now = END
        yield house


def send(house: House, now: datetime) -> None:
    """All that waits is sent, but for Boris's, which fails."""

    def write(connection: Connection) -> int:
        claimed = leases.claim(connection, 1000, 60.0)
        results = [
            {
                "of": one.id,
                "under": one.epoch,
                "state": "failed" if one.address.startswith("boris") else "sent",
                "code": 250,
                "reply": "",
                "finished_at": now,
                "delay": 0.0,
            }
            for one in claimed
        ]
        leases.finish(connection, results)
        return len(claimed)

    while house.session.write(write):
        pass


def counted(house: House) -> Counter[tuple[int, str]]:
    """Per mailing and state, whether as deliveries or as counts."""
    found = Counter((row["mailing_id"], row["state"]) for row in house.rows("delivery"))
    for row in house.rows("mailing_count"):
        found[row["mailing_id"], row["state"]] += row["count"]
    return found


def summary(house: House) -> tuple[dict[str, int], list[int]]:
    with house.session.read() as connection:
        recipients = [row["recipients"] for row in roundups.rows(connection, house.dialogue.id)]
        return outbox.counts(connection, house.dialogue.id), recipients


def test_a_year_after_the_end_they_are_counts(ended: House) -> None:
    before, told = counted(ended), summary(ended)
    assert {state for _, state in before} == {"sent", "failed"}
    assert sum(told[1]) > 0
    assert prune.prune(ended.session, OVER - timedelta(seconds=1), YEAR) == 0
    gone = prune.prune(ended.session, OVER, YEAR)
    assert gone == before.total()
    assert not ended.rows("delivery")
    assert counted(ended) == before
    assert summary(ended) == told
    last = ended.rows("audit")[-1]
    assert (last["actor"], last["action"], last["subject"]) == ("clock", "prune", f"{gone} deliveries")
    assert prune.prune(ended.session, OVER, YEAR) == 0


def test_what_holds_of_all_data_holds_of_counts_too(ended: House) -> None:
    def broken(now: datetime) -> list[str]:
        found = verify.verify(ended.session, now)
        return [line for one in found for line in one.first if one.invariant.name != "search"]

    assert broken(OVER) == []
    prune.prune(ended.session, OVER, YEAR)
    assert broken(OVER) == []
    ended.session.write(lambda connection: connection.exec_driver_sql("UPDATE mailing_count SET count = count - 1"))
    assert any("deliveries" in line for line in broken(OVER))


def test_a_dialogue_that_was_closed_counts_from_then(ended: House) -> None:
    conclude.close(ended.session, END + timedelta(days=30), ended.site, ended.dialogue, "test")
    assert prune.prune(ended.session, END + timedelta(days=30) + YEAR - timedelta(seconds=1), YEAR) == 0
    assert prune.prune(ended.session, END + timedelta(days=30) + YEAR, YEAR) > 0


def test_for_good(ended: House) -> None:
    assert prune.prune(ended.session, OVER + 9 * YEAR, timedelta(0)) == 0


def test_while_it_runs_none_goes(house: House) -> None:
    house.released("One.")
    assert prune.prune(house.session, house.now + 9 * YEAR, YEAR) == 0


def test_a_mailing_that_is_not_finished_stays_whole(ended: House) -> None:
    first = ended.rows("delivery")[0]
    ended.session.write(lambda connection: outbox.retry(connection, [ended.rows("delivery", state="failed")[0]["id"]]))
    whole = ended.rows("delivery", state="pending")[0]["mailing_id"]
    of_it = len(ended.rows("delivery", mailing_id=whole))
    prune.prune(ended.session, OVER, YEAR)
    assert len(ended.rows("delivery")) == of_it
    send(ended, OVER)
    assert prune.prune(ended.session, OVER, YEAR) == 0, "once a month"
    assert prune.prune(ended.session, OVER + timedelta(days=31), YEAR) == of_it
    assert first["mailing_id"] in {row["mailing_id"] for row in ended.rows("mailing_count")}


def test_in_batches_and_each_time_all_is_accounted_for(ended: House) -> None:
    before = counted(ended)
    while ended.session.write(lambda connection: pruning.prune(connection, ended.dialogue.id, 3)):
        assert counted(ended) == before
    assert not ended.rows("delivery")


def test_who_was_asked_for_the_survey_is_still_known(ended: House) -> None:
    ended.session.write(lambda connection: _as(connection, ended.rows("mailing")[0]["id"], "survey"))
    prune.prune(ended.session, OVER, YEAR)
    assert {row["mailing_id"] for row in ended.rows("delivery")} == {ended.rows("mailing")[0]["id"]}


def _as(connection: Connection, mailing_id: int, kind: str) -> None:
    from listserv.store.tables import mailing

    connection.execute(mailing.update().where(mailing.c.id == mailing_id).values(kind=kind))
