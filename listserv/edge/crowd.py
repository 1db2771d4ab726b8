"""More clients than places: whose place a newcomer takes, so that nobody keeps others out by holding on to many.

Who has most gives way, and of those the one that has kept us waiting for longest. A network is what a client can take
as many addresses of as it likes: one IPv4 address, or the first 64 bits of an IPv6 one.
"""

from __future__ import annotations

import ipaddress
import resource
from collections import Counter
from collections.abc import Collection
from typing import Protocol, TypeVar

#: Files a process may have open, connections among them: what is asked for where the system's usual limit is less.
DESCRIPTORS = 16_384


class Guest(Protocol):
    @property
    def network(self) -> str:
        """Where it comes from; "" = it is nobody's, and counts as a network of its own."""

    @property
    def heard(self) -> float:
        """When it last did its part, by any clock; infinity while it waits for us."""


G = TypeVar("G", bound=Guest)


def gives_way(guests: Collection[G], newcomer: str) -> G | None:
    """Which of them leaves for somebody of that network; None: nobody, for no network would have more than its own."""
    many = Counter(guest.network for guest in guests if guest.network)
    most = max(many.values(), default=1)
    if newcomer and many[newcomer] >= most:
        return None
    crowd = (guest for guest in guests if (many[guest.network] or 1) == most)
    return min(crowd, key=lambda guest: guest.heard, default=None)


def network_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def network_said(peer: str) -> str:
    """The network of the other end of a connection as the system writes its address; "" where it writes none."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return ""
    return network_of(getattr(address, "ipv4_mapped", None) or address)


def make_room() -> None:
    """Let this process open DESCRIPTORS files, where the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
