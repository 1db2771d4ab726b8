"""The simulation of scripts/bench/capacity: what it says of loads that can be reckoned by hand."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts" / "bench"))
import forecast
from forecast import Costs, Load, Machine

SMALL = Load(dialogues=1, participants=100, days=10, contributions=50, programme=10, personal=5, each=1.0, inbound=2)


def test_what_a_dialogue_brings_about() -> None:
    assert SMALL.copies == 100 * (50 + 10 + 5)
    assert SMALL.copies_a_day == 650
    assert SMALL.mails_a_day == 50 * 2 / 10 + 6.5  # and one bounce for a hundred copies


@pytest.mark.parametrize(
    ("pruned_after", "days", "rows"), [(None, 365, 650 * 365), (30.0, 365, 650 * 40), (30.0, 20, 650 * 20)]
)
def test_how_many_deliveries_are_there(pruned_after: float | None, days: float, rows: float) -> None:
    assert forecast.kept(SMALL, pruned_after, days) == rows


@pytest.mark.parametrize(
    ("rows", "levels"),
    [(0, 1), (100, 1), (1_000, 2), (50_000, 2), (1_000_000, 3), (50_000_000, 4), (1e9, 4)],
)
def test_the_height_of_an_index_grows_with_the_logarithm(rows: float, levels: int) -> None:
    assert forecast.height(rows, 40.0, 8.0) == levels


def test_a_key_that_comes_again_costs_less() -> None:
    """As measured on PostgreSQL 15: 100,000 and 1,000,000 deliveries to 20,000 people, octets of each."""
    costs = Costs(indexes={"pk": 48.3, "address": 23.8, "participation": 18.0}, repeated=5)
    each = costs.each(50)
    assert each["pk"] == 48.3
    assert each["address"] == pytest.approx(10.5, rel=0.1)
    assert each["participation"] == pytest.approx(10.7, rel=0.1)


def test_a_year_adds_up() -> None:
    costs = Costs(
        row=200,
        indexes={"pk": 50.0, "mailing, address": 50.0},
        mail=1000,
        original=500,
        mailing=100,
        vacuumed=1e6,
        wal=1000,
    )
    there = forecast.year(SMALL, costs, None)
    assert there.of_deliveries == 650 * 365 * 300
    assert there.octets == there.of_deliveries + 16.5 * 365 * 1000 + 16.5 * 100 * 500 + 60 / 10 * 365 * 100
    assert there.dead_a_day == 2 * 650  # a claim and a result
    assert there.vacuum_every == pytest.approx((50 + 0.2 * 650 * 365) / 1300)
    assert there.vacuum_takes == pytest.approx(there.of_deliveries / 1e6)
    assert there.wal_a_day == 650_000
    pruned = forecast.year(SMALL, costs, 30.0)
    assert (pruned.dead_a_day, pruned.deliveries) == (3 * 650, 650 * 40)


def test_an_opening_is_as_fast_as_its_workers_until_the_database_is_the_limit() -> None:
    costs = Costs(copies=1000, claims=3000)
    load = Load(dialogues=36, participants=1000)
    assert [forecast.opening(load, costs, workers) for workers in (1, 2, 3, 30)] == [
        0.01,
        0.005,
        36 / 10_800,
        36 / 10_800,
    ]


@pytest.mark.parametrize(
    ("people", "hours", "answer", "needed"), [(10, 1.0, 0.05, 1), (720, 1.0, 0.05, 10), (720, 0.5, 0.1, 40)]
)
def test_connections_to_the_relay(people: int, hours: float, answer: float, needed: int) -> None:
    assert forecast.connections(Load(dialogues=people, participants=1000), hours, answer) == needed


def test_what_breaks_first_is_what_is_dearest() -> None:
    load, machine = Load(), Machine(connections=1000)
    slow = replace(Costs(), shown=0.1)
    (at, need), *_ = forecast.breaks(load, slow, machine, 90.0)
    assert need.what == "one process that shows pages"
    assert load.participants * load.readers * load.pages * at / 3600 > 0.1
    (_, need), *_ = forecast.breaks(load, Costs(), replace(machine, connections=1), 90.0)
    assert need.what == "1 connections to the relay"


def test_more_of_each_part_where_one_is_not_enough() -> None:
    few, many = (forecast.processes(Load(dialogues=n), Costs(), Machine()) for n in (1, 50_000))
    assert few == {"work": 1, "intake": 1, "web": 1, "clock": 1}
    assert many["clock"] == 1
    assert all(many[part] > 1 for part in ("work", "web"))


def test_partitions_only_where_a_vacuum_takes_too_long_or_rows_are_too_many() -> None:
    small = forecast.year(Load(dialogues=10), Costs(), 90.0)
    assert not forecast.partitions(small)
    assert forecast.partitions(replace(small, vacuum_takes=forecast.DAY + 1))
    assert forecast.partitions(replace(small, deliveries=3e9))
