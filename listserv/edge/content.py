"""What follows DATA: read to its end, and judged as bytes.

Only CRLF.CRLF ends a mail (RFC 5321 §4.1.1.4). A server that also believes in `LF.LF` or `CR.CR`, behind one that does
not, lets a sender smuggle a second mail past the first server's checks (CVE-2023-51764). A mail with a bare CR, a bare
LF or a NUL is therefore refused, and refused only after its true end, so that none of it is ever taken for a command.
Over LMTP the MTA before us has ended the mail and stuffed its dots, so there is nothing to smuggle, and refusing would
have it write to the author about line ends: there they are mended.

Both functions raise `Refused`; `read_content` also asyncio.IncompleteReadError if the client goes, and Endless if it
goes on by ENDLESS octets beyond what a mail may have.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from listserv.edge.envelope import Endless, Limits, Refused, too_large
from listserv.edge.turns import REFUSED, WANTED, Turn, at_once

ENDLESS = 128 * 2**20

_END = b"\r\n.\r\n"


class Room:
    """The memory that all mails on their way in may take together, in octets.

    One network's mails (edge/crowd) take no more than they leave to all others, but for a single mail, which may be as
    large as mails may be. "" is nobody's network: only the whole room bounds it.
    """

    def __init__(self, octets: int) -> None:
        self._left = octets
        self._taken = Counter[str]()

    @contextmanager
    def share(self, network: str = "") -> Iterator[Callable[[int], bool]]:
        """What one mail takes of the room, given back at the end. `take(octets)` is False when there is no more for it:
        then all of it is given back."""
        taken = 0

        def take(octets: int) -> bool:
            nonlocal taken
            left, all_of_them = self._left - octets, self._taken[network] + octets
            fits = left >= 0 and (not network or all_of_them <= max(left, taken + octets))
            octets = octets if fits else -taken
            self._left -= octets
            self._taken[network] += octets
            taken += octets
            return fits

        try:
            yield take
        finally:
            self._left += taken
            self._taken[network] -= taken
            if not self._taken[network]:
                del self._taken[network]


async def read_content(
    reader: asyncio.StreamReader, size_limit: int, take: Callable[[int], bool], turn: Turn = at_once
) -> bytes:
    """All up to CRLF.CRLF, as on the wire, with the CRLF of the DATA line before it.

    Read in blocks of the reader's limit, not line by line. What is refused is read to its end too, but not kept.
    """
    # With DATA's own CRLF put back, the first line is like any other, and `.` alone there ends an empty mail.
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]
    most = size_limit * 4 // 3 + 16  # on the wire a mail of dots grows most: `..` CRLF for `.` CRLF
    blocks: list[bytes] = []
    length = 0
    refused: Refused | None = None
    ended = False
    while not ended:
        try:
            block = await reader.readuntil(_END)
            ended = True
        except asyncio.LimitOverrunError as overrun:
            block = await reader.read(overrun.consumed)
        length += len(block)
        if length > most + ENDLESS:
            raise Endless
        if length > most:
            refused = too_large(size_limit)
        elif refused is None and not take(len(block)):
            refused = Refused(452, "4.3.1", "too much mail at once, try again later")
        if refused is None:
            blocks.append(block)
        else:
            blocks.clear()
        if not ended:
            await turn(len(block) / (WANTED if refused is None else REFUSED))
    if refused is not None:
        raise refused
    return b"".join(blocks)


def checked_content(wire: bytes, limits: Limits, mend: bool) -> bytes:
    """The mail itself out of what `read_content` read: dots unstuffed (RFC 5321 §4.5.2), nothing else changed.

    `mend`: bare CR and LF become CRLF and NULs go, instead of the mail being refused.
    """
    content = wire[:-3].replace(b"\r\n.", b"\r\n")[2:]
    if len(content) > limits.size:
        raise too_large(limits.size)
    if b"\0" in content or not content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n"):
        if not mend:
            raise Refused(550, "5.6.0", "the mail has a bare CR, a bare LF or a NUL in it")  # RFC 5321 §2.3.8
        content = _BARE.sub(b"\r\n", content.replace(b"\0", b""))
    at = 0
    while len(content) - at > limits.line:  # from the last line end within reach to the next
        end = content.rfind(b"\r\n", at, at + limits.line)
        if end < 0:
            raise Refused(500, "5.5.2", f"the mail has a line of more than {limits.line} octets")
        at = end + 2
    if (hops := received(content)) > limits.hops:
        raise Refused(554, "5.4.6", f"the mail has passed {hops} hosts: it goes in circles")
    return content


_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_RECEIVED = re.compile(rb"(?im)^received[ \t]*:")


def received(content: bytes) -> int:
    """How many hosts a mail has passed, by its Received lines (RFC 5321 §6.3)."""
    end = content.find(b"\r\n\r\n")
    return len(_RECEIVED.findall(content, 0, len(content) if end < 0 else end))
