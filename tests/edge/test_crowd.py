"""Whose place a newcomer takes when all are taken."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import dataclass

import pytest

from listserv.edge import turns
from listserv.edge.content import Room
from listserv.edge.crowd import DESCRIPTORS, gives_way, network_said
from listserv.edge.turns import Turns


@dataclass(frozen=True)
class Guest:
    network: str
    heard: float


def guests(said: str) -> list[Guest]:
    """Each word a network and when it was heard: "a1 a2 b3"; "-4" is nobody's."""
    return [Guest(word[0].strip("-"), float(word[1:])) for word in said.split()]


@pytest.mark.parametrize(
    ("there", "newcomer", "leaves"),
    [
        ("a1 a2 b0", "c", "a1"),  # of those who have most, the longest silent
        ("a2 a1 b0", "b", "a1"),
        ("a1 a2 b0", "a", None),  # who has most takes nobody's
        ("a1 a2 b0 b3", "a", None),
        ("a1 b0 c2", "d", "b0"),  # one each: the longest silent
        ("a1 b0 c2", "b", None),
        ("-1 -0 a2", "b", "-0"),  # nobody's are one each
        ("-1 -0 a2 a3", "", "a2"),
        ("-1 -0 a2 a3", "a", None),
        ("-1 -0", "", "-0"),
    ],
)
def test_whose_place_it_takes(there: str, newcomer: str, leaves: str | None) -> None:
    other = gives_way(guests(there), newcomer)
    assert other == (guests(leaves)[0] if leaves else None)


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_whose_address_it_is(peer: str, network: str) -> None:
    assert network_said(peer) == network


def test_a_process_may_open_more_files_than_it_usually_may() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    words = (
        "import resource as r; from listserv.edge import crowd; r.setrlimit(r.RLIMIT_NOFILE, (256,"
        " r.getrlimit(r.RLIMIT_NOFILE)[1])); crowd.make_room(); print(r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    assert int(subprocess.check_output([sys.executable, "-c", words])) == most


async def test_each_network_waits_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(turns.asyncio, "sleep", sleep)
    made = Turns()
    for network in "aaab":
        await made.take(network, 10)
    assert slept == pytest.approx([10, 20, 30, 10], abs=1)


async def test_networks_that_have_had_their_turn_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_KNOWN", 3)
    made = Turns()
    for number in range(100):
        await made.take(str(number), 0)
    assert len(made._free) <= 3


def test_a_network_takes_no_more_room_than_it_leaves() -> None:
    room = Room(100)
    with room.share("a") as first, room.share("a") as second, room.share("b") as other:
        assert first(30)
        assert second(20)
        assert not second(1)  # 51 of 100; what it had is given back
        assert second(20)
        assert other(25)
        assert not first(1)  # 51 would leave 24
        assert second(10)  # for the first has given back what it had
        assert other(10)
    with room.share("b") as other:
        assert other(100)


def test_one_mail_alone_may_take_all_the_room_and_nobodys_mails_too() -> None:
    room = Room(100)
    with room.share("a") as alone:
        assert alone(60)
        assert alone(40)
        assert not alone(1)
    with room.share() as one, room.share() as another:
        assert one(60)
        assert another(40)
        assert not one(1)
        assert another(60)
