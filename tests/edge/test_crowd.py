"""Whose place a newcomer takes when all are taken."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import dataclass

import pytest

from listserv.edge.crowd import DESCRIPTORS, gives_way, network_said


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
