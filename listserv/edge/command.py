"""One command line of SMTP or LMTP, read off the wire.

Raises `Refused` for one that is too long, `Endless` for one that has no end, asyncio.IncompleteReadError if the client
goes.
"""

from __future__ import annotations

import asyncio

from listserv.edge.envelope import Endless, Refused
from listserv.edge.turns import REFUSED, Turn

_MOST = 2048  # octets; RFC 5321 §4.5.3.1.4 asks for 512, SIZE and SMTPUTF8 for a little more
_ENDLESS = 2**20  # octets after which the end is not waited for any more


async def read_command(reader: asyncio.StreamReader, turn: Turn) -> tuple[str, str]:
    """The verb in capitals, and the rest of the line. A command, unlike content, may also end in a bare LF."""
    length = 0
    while True:
        try:
            line = await reader.readuntil(b"\n")
            break
        except asyncio.LimitOverrunError as overrun:
            block = await reader.read(overrun.consumed)
            length += len(block)
            await turn(len(block) / REFUSED)
            if length > _ENDLESS:
                raise Endless from None
    if length + len(line) > _MOST:
        raise Refused(500, "5.5.2", f"a command has at most {_MOST} octets")
    verb, _, argument = line.decode("utf-8", "surrogateescape").rstrip("\r\n ").partition(" ")
    return verb.upper(), argument.strip(" ")
