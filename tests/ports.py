"""Ports that must be named before whoever is to listen there has started.

A port that was found free and let go may be anybody's by then: the kernel hands it to the next who asks for any.
"""

from __future__ import annotations

import socket


def reserved(address: str = "127.0.0.1") -> int:
    """A port of that address that the kernel hands to nobody until this process ends; who names it can listen there.

    A socket of ours stays bound to it and never listens: beside it whoever sets SO_REUSEADDR, as servers do, may bind
    and listen, any number of times, while a port that is "any" is never one with a socket bound to it. Until somebody
    listens a connection is refused. (Linux; TIME_WAIT would do the same, but for a minute only.)
    """
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address, 0))
        port = int(one.getsockname()[1])
        one.detach()  # it stays open, and no child inherits it
    return port
