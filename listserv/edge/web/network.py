"""Which network a request comes from: the other end of the connection, or whom a proxy of ours says it stands for.

X-Forwarded-For is believed only of proxies that are `trusted`, read from its end, where each has written whom it heard.
Host and scheme are never taken from a header. IPv6: the first 64 bits, for whoever has one address has all of those.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from listserv.edge.crowd import network_of

Trusted = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]


def network(scope: Scope, trusted: Trusted) -> str:
    """Its address, or that of the network; "" where it is not known: through a proxy on this machine that is no one's.

    Were those one network, what it may ask for would be shared by all.
    """
    peer = scope.get("client")
    hops = [peer[0]] if peer else []
    said = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))[-2000:]
    hops = [*said.split(","), *hops] if said else hops
    last = None
    while hops:
        last = _address(hops.pop())
        if last is None or not any(last in one for one in trusted):
            break
    if last is None or last.is_loopback:
        return ""
    return network_of(last)


def _address(said: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    said = said.strip()
    if said.startswith("["):
        said = said[1:].partition("]")[0]
    elif said.count(":") == 1:
        said = said.partition(":")[0]
    try:
        found = ipaddress.ip_address(said)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
