"""What a site of a size needs, from what single things cost: the pure half of scripts/bench/capacity.

`Load` is what goes on, `Costs` what each thing costs on the machine it was measured on; `year`, `busiest` and `breaks`
answer from both. Values in, values out: no clock, no database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

PAGE = 8192
#: Octets of a page that its header and the tree's own data take, and what an entry needs beside its key.
_HEADER, _ENTRY = 40, 12
HOUR, DAY = 3600.0, 86_400.0
YEAR = 365.0
GIGABYTE = 1e9

#: Indexes in which each participant has one key.
REPEATED = ("participation", "address")

#: PostgreSQL's own threshold for vacuuming a table: so many dead rows, and that share of its rows.
VACUUM_FLOOR, VACUUM_SHARE = 50.0, 0.2
#: Octets a second that its own settings let autovacuum make dirty: 200 of cost, 20 a page, every 2 ms.
THROTTLE = 200 / 20 * PAGE / 0.002


@dataclass(frozen=True, slots=True)
class Load:
    """`dialogues` that run at once, with `participants` each; every one lasts `days`, and is followed by the next.

    `contributions` of a dialogue; `programme`: mails to all besides; `personal`: mails to each participant alone.
    `each`: the share who get every contribution by itself. `busiest`: the share of a day's mail that comes in its
    busiest hour. `readers`: the share of participants who open `pages` pages in the busiest hour.
    """

    dialogues: int = 1000
    participants: int = 1000
    days: float = 21.0
    contributions: int = 100
    programme: int = 20
    personal: float = 4.0
    each: float = 0.85
    inbound: float = 3.0  # mails that come in for each contribution: itself, answers of machines, commands, bounces
    busiest: float = 0.2
    readers: float = 0.1
    pages: float = 5.0

    @property
    def people(self) -> int:
        return self.dialogues * self.participants

    @property
    def copies(self) -> float:
        """Deliveries of one dialogue from its first mail to its last."""
        return self.participants * (self.contributions * self.each + self.programme + self.personal)

    @property
    def copies_a_day(self) -> float:
        return self.dialogues * self.copies / self.days

    @property
    def mails_a_day(self) -> float:
        """That come in."""
        return self.dialogues * self.contributions * self.inbound / self.days + 0.01 * self.copies_a_day


@dataclass(frozen=True, slots=True)
class Costs:
    """`row`: octets of a delivery in its table, `indexes`: in each index, as they stand in use (dead rows' room too).

    The latter were measured with `repeated` deliveries to each participant: a key that comes again costs less.

    `mail`: octets in the database of one mail that came in, with the letters it brought about; `original`: of it as it
    came, which goes after `retention` (days after a dialogue's end); `mailing`: of a mail to all without deliveries.
    Rates are a second and process: `copies` sent and recorded, `judged` mails, `taken` mails, `shown` pages. `claims`:
    copies that one database claims and records, all processes together. `vacuumed`: octets a second. `wal`: octets of
    log for a delivery's whole life.
    """

    row: float = 250.0
    indexes: Mapping[str, float] = field(
        default_factory=lambda: {"pk": 60.0, "mailing, address": 110.0, "participation": 40.0, "address": 70.0}
    )
    repeated: float = 5.0
    mail: float = 14_000.0
    original: float = 4_500.0
    retention: float = 90.0
    mailing: float = 6_000.0
    copies: float = 2_500.0
    judged: float = 60.0
    taken: float = 1_000.0
    shown: float = 60.0
    claims: float = 6_000.0
    vacuumed: float = 100e6
    wal: float = 1_500.0

    def each(self, repeated: float) -> dict[str, float]:
        """Octets of a delivery in each index, with so many to each participant.

        PostgreSQL keeps a key once for many rows, and six octets for each of them (B-tree deduplication).
        """
        return {
            name: octets * _shared(name, repeated) / _shared(name, self.repeated) if name in REPEATED else octets
            for name, octets in self.indexes.items()
        }


@dataclass(frozen=True, slots=True)
class Year:
    """After a year: `deliveries` in the table, octets `of` them and in all; dead rows a day, and how often vacuumed."""

    deliveries: float
    of_deliveries: float
    octets: float
    dead_a_day: float
    vacuum_every: float  # days between two, by PostgreSQL's own threshold
    vacuum_takes: float  # seconds
    wal_a_day: float
    heights: Mapping[str, int]


def _shared(name: str, repeated: float) -> float:
    return 6.0 + (key(name) + _ENTRY + 4) / max(1.0, repeated)


def kept(load: Load, pruned_after: float | None, days: float = YEAR) -> float:
    """Deliveries in the table after so many days; those of a dialogue go that long after its end (None: never)."""
    if pruned_after is None:
        return load.copies_a_day * days
    return load.copies_a_day * min(days, load.days + pruned_after)


def height(rows: float, entry: float, key: float) -> int:
    """Pages from the root of a B-tree to an entry, both counted. `entry`: octets of one in use; `key`: of its key."""
    if rows <= 0:
        return 1
    pages, levels = max(1.0, rows * entry / PAGE), 1
    fan_out = (PAGE - _HEADER) * 0.7 / (key + _ENTRY)
    while pages > 1:
        pages, levels = math.ceil(pages / fan_out) if pages > fan_out else 1.0, levels + 1
    return levels


#: Octets of the keys of the indexes, by the beginning of their names: numbers, and addresses with them.
KEYS = {"pk": 8.0, "mailing": 36.0, "participation": 8.0, "address": 28.0, "due": 16.0}


def key(name: str) -> float:
    return next((octets for start, octets in KEYS.items() if name.startswith(start)), 16.0)


def year(load: Load, costs: Costs, pruned_after: float | None) -> Year:
    """A year of this load."""
    deliveries = kept(load, pruned_after)
    indexes = costs.each(load.copies / load.participants)
    of_them = deliveries * (costs.row + sum(indexes.values()))
    mailings = load.dialogues * (load.contributions + load.programme) / load.days * YEAR
    as_they_came = load.mails_a_day * min(YEAR, load.days + costs.retention)
    mails = load.mails_a_day * YEAR * costs.mail + as_they_came * costs.original
    dead = 2 * load.copies_a_day + (load.copies_a_day if pruned_after is not None else 0.0)
    threshold = VACUUM_FLOOR + VACUUM_SHARE * deliveries
    return Year(
        deliveries=deliveries,
        of_deliveries=of_them,
        octets=of_them + mails + mailings * costs.mailing,
        dead_a_day=dead,
        vacuum_every=threshold / dead,
        vacuum_takes=of_them / min(costs.vacuumed, THROTTLE),
        wal_a_day=load.copies_a_day * costs.wal,
        heights={name: height(deliveries, entry, key(name)) for name, entry in indexes.items()},
    )


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that has a limit: how much of what one machine gives is used, and what to do beyond it."""

    what: str
    used: float  # 1.0 is all of it
    do: str


def opening(load: Load, costs: Costs, workers: int) -> float:
    """Hours until all have the announcement, when all modules open at one instant."""
    rate = min(workers * costs.copies, costs.claims)
    return load.people / rate / HOUR


def connections(load: Load, hours: float, answer: float) -> int:
    """To the relay, for that: `answer` is the seconds a mail takes it."""
    return max(1, math.ceil(load.people / (hours * HOUR) * answer))


@dataclass(frozen=True, slots=True)
class Machine:
    """What one has: `cores`, `disk` in octets; the most connections and mails an hour its relay takes."""

    cores: int = 2
    disk: float = 500e9
    connections: int = 8
    answer: float = 0.05
    hours: float = 1.0  # within which an announcement should have reached all


def needs(load: Load, costs: Costs, machine: Machine, pruned_after: float | None) -> list[Need]:
    """Everything that has a limit, the most used first."""
    there = year(load, costs, pruned_after)
    in_, out = load.mails_a_day * load.busiest / HOUR, load.people / (machine.hours * HOUR)  # a second
    found = [
        Need("one process that sends", out / costs.copies, "more `serve --only work` processes, on PostgreSQL"),
        Need("claims and results in one database", out / costs.claims, "let the opening take longer, or a faster disk"),
        Need(
            f"{machine.connections} connections to the relay",
            out * machine.answer / machine.connections,
            "relay.connections, and more than one relay",
        ),
        Need("one process that judges", in_ / costs.judged, "more `serve --only work` processes"),
        Need("one process that takes mail", in_ / costs.taken, "more `serve --only intake` behind the MX"),
        Need(
            "one process that shows pages",
            load.people * load.readers * load.pages / HOUR / costs.shown,
            "more `serve --only web` behind the proxy",
        ),
        Need("the disk, after a year", there.octets / machine.disk, "prune deliveries sooner, or a larger disk"),
        Need("a day's time to vacuum in", there.vacuum_takes / DAY, "autovacuum_vacuum_cost_limit; then partitions"),
    ]
    return sorted(found, key=lambda one: -one.used)


def breaks(load: Load, costs: Costs, machine: Machine, pruned_after: float | None) -> list[tuple[int, Need]]:
    """What breaks first as dialogues are added: how many there are then, and what it is; in that order."""
    found = []
    for one in needs(load, costs, machine, pruned_after):
        at = next(
            (n for n in _scales() if _used(replace(load, dialogues=n), costs, machine, pruned_after, one.what)), 0
        )
        if at:
            found.append((at, one))
    return sorted(found, key=lambda one: one[0])


def _used(load: Load, costs: Costs, machine: Machine, pruned_after: float | None, what: str) -> bool:
    return any(one.used > 1 for one in needs(load, costs, machine, pruned_after) if one.what == what)


def _scales() -> list[int]:
    """1, 2, 5, 10, … 100,000 and what lies between, in steps of a tenth."""
    return sorted({round(10 ** (n / 24)) for n in range(24 * 5 + 1)})


def processes(load: Load, costs: Costs, machine: Machine, full: float = 0.7) -> dict[str, int]:
    """How many of each part, none of them busier than `full` in the busiest hour."""
    by = {one.what: one.used for one in needs(load, costs, machine, None)}

    def many(what: str) -> int:
        return max(1, math.ceil(by[what] / full))

    return {
        "work": max(many("one process that sends"), many("one process that judges")),
        "intake": many("one process that takes mail"),
        "web": many("one process that shows pages"),
        "clock": 1,
    }


def partitions(there: Year, *, rows: float = 2e9, seconds: float = DAY) -> bool:
    """Whether the table of deliveries should be cut: a vacuum that takes a day, or more rows than stay manageable."""
    return there.vacuum_takes > seconds or there.deliveries > rows
