"""The relay that signs: no copy leaves without its DKIM-Signature, and none waits for it if there is others' to send.

`SignedRelay` is a way out like the one it wraps. While signed copies are sent the next ones are signed already: a claim
of the relay is cut into chunks, all of them wait at the helpers, and each is handed on as soon as it is signed. As much
as the relay asked for last may wait while as much again is claimed: with less a helper has nothing to do now and then.

A copy that cannot be signed is never sent without: it is reported as deferred, with the reason, and comes round again.
When nothing can be signed, what was claimed is put off and nothing more is claimed for `REST` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge.carriers import Claim
from listserv.edge.commits import Finish
from listserv.edge.signing import Signer, SigningError

if TYPE_CHECKING:
    from listserv.edge.sending import Relay

log = logging.getLogger(__name__)

CHUNK = 50  # copies signed at a time: some 13 ms of RSA
REST = 30.0  # seconds without claiming after signing has failed


class SignedRelay:
    """`relay`, but for copies with signatures. Same face, same promises. `signers` take chunks in turn."""

    def __init__(self, relay: Relay, *signers: Signer) -> None:
        self._relay, self._signers = relay, signers
        self._chunks = 0  # so far
        self._rests_until = 0.0

    async def drain(self, claim: Claim, finish: Finish) -> int:
        """Signs and sends until `claim` gives nothing; how many results of the relay's that were."""
        if self.rests:
            return 0
        try:
            await asyncio.gather(*(one.start() for one in self._signers))  # ready while we look for something to do
        except SigningError as error:
            self._rest(str(error))
            return 0
        ahead = _Ahead(self, claim, finish)
        try:
            return await self._relay.drain(ahead.claim, finish)
        finally:
            await ahead.close()

    async def hang_up(self) -> None:
        """The helpers stay: to start one takes longer than a letter should wait."""
        await self._relay.hang_up()

    async def close(self) -> None:
        await self._relay.close()
        await asyncio.gather(*(one.close() for one in self._signers))

    def _rest(self, why: str) -> None:
        log.error("mail cannot be signed, so none is sent: %s; it is tried again in %g s", why, REST)
        self._rests_until = monotonic() + REST

    @property
    def rests(self) -> bool:
        return monotonic() < self._rests_until

    async def signed(self, copies: Sequence[Copy], finish: Finish) -> list[Copy]:
        """Those that could be signed; the others are reported as deferred."""
        self._chunks += 1
        try:
            answers = await self._signers[self._chunks % len(self._signers)].sign(copies)
        except SigningError as error:
            if not self.rests:
                self._rest(str(error))
            # Nothing is wrong with these copies, so the attempt is not held against them.
            await finish([_deferred(copy, str(error), REST) for copy in copies])
            return []
        pairs = list(zip(copies, answers, strict=True))
        if unsigned := [_deferred(copy, why) for copy, why in pairs if isinstance(why, str)]:
            log.error("%d copies not signed, so not sent: %s; tried again later", len(unsigned), unsigned[0].reply)
            await finish(unsigned)
        return [answer for answer in answers if isinstance(answer, Copy)]


def _deferred(copy: Copy, why: str, wait: float = 0.0) -> Result:
    return Result(copy.delivery, copy.epoch, 0, f"not signed: {why}"[:500], Phase.CONNECT, wait)


class _Ahead:
    """One drain's claims, cut into chunks that are being signed."""

    def __init__(self, relay: SignedRelay, claim: Claim, finish: Finish) -> None:
        self._relay, self._claim, self._finish = relay, claim, finish
        self._chunks: deque[tuple[int, asyncio.Task[list[Copy]]]] = deque()
        self._taking: asyncio.Task[None] | None = None

    async def claim(self, limit: int) -> Sequence[Copy]:
        """Copies that are signed, at most `limit`; none when nothing is due."""
        while True:
            if not self._chunks:
                if self._taking is None:
                    self._take(limit)
                await self._taken()
                if not self._chunks:
                    return ()
            held = sum(number for number, _ in self._chunks)
            if self._taking is not None and self._taking.done():
                await self._taken()
            elif self._taking is None and held <= limit:
                self._take(limit)
            _, signing = self._chunks.popleft()
            if copies := await signing:
                return copies

    def _take(self, limit: int) -> None:
        self._taking = asyncio.create_task(self._more(limit))

    async def _taken(self) -> None:
        if self._taking is not None:
            taking, self._taking = self._taking, None
            await taking

    async def _more(self, limit: int) -> None:
        if self._relay.rests:
            return
        copies = await self._claim(limit)
        for start in range(0, len(copies), CHUNK):
            chunk = copies[start : start + CHUNK]
            signing = asyncio.create_task(self._relay.signed(chunk, self._finish))
            self._chunks.append((len(chunk), signing))

    async def close(self) -> None:
        """What is still waiting keeps its lease and comes round again when that ends."""
        left: list[asyncio.Task[Any]] = [signing for _, signing in self._chunks]
        if self._taking is not None:
            left.append(self._taking)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
