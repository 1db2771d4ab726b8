"""DKIM signatures, made in a helper process: copies in, the same with their signature lines on top.

One private-key operation a copy is what sending costs most, so it gets a core of its own (edge/signatory). A body is
hashed here, once for all its copies; only header blocks travel. The helper opens nothing and ends with `close`, or with
this process, however that ends; one that dies or hangs is replaced.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from listserv.core.mail.dkim import Key, body_hash
from listserv.core.mail.transfer import Copy
from listserv.edge import helper
from listserv.edge.signatory import SIGNED, cut, pack

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds within which what was asked must be answered


class SigningError(Exception):
    """Nothing can be signed now; says why."""


class Signer:
    """The helper process, started when it is first needed and again when it has died.

    `keys`: each signs every copy, in this order. `now` gives the time that a signature names. `python`: what runs it.
    """

    def __init__(
        self,
        keys: Sequence[Key],
        *,
        now: Callable[[], datetime],
        patience: float = PATIENCE,
        python: str = sys.executable,
    ) -> None:
        self._keys, self._now, self._patience, self._python = tuple(keys), now, patience, python
        self._hash = lru_cache(maxsize=8)(body_hash)  # a bytes object is compared by identity first: see wire.rendered
        self._helper: _Helper | None = None
        self._turn, self._hashing = asyncio.Lock(), asyncio.Lock()

    async def start(self) -> _Helper:
        """The helper that runs, or a new one. Raises SigningError if none can be started."""
        async with self._turn:
            if self._helper is None or self._helper.gone:
                self._helper = _Helper(await self._spawn())
                self._helper.tell([part for key in self._keys for part in _told(key)])
            return self._helper

    async def _spawn(self) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                *helper.running("signatory", "signatory.main()", self._python),
                stdin=PIPE,
                stdout=PIPE,
                env=helper.surroundings(),
            )
        except OSError as error:
            raise SigningError(f"the signing helper cannot be started: {error.strerror}") from None

    async def sign(self, copies: Sequence[Copy]) -> list[Copy | str]:
        """Each copy with its signature lines on top, or why it has none. Raises SigningError when nothing works."""
        async with self._hashing:  # one after the other, so that a body is hashed once and the first is asked first
            request = await asyncio.to_thread(self._request, copies)
        try:
            answers = await (await self.start()).ask(request, self._patience)
        except SigningError:
            answers = await (await self.start()).ask(request, self._patience)
        return [
            replace(copy, head=lines + copy.head) if lines.startswith(SIGNED) else lines.decode("utf-8", "replace")
            for copy, lines in zip(copies, answers, strict=True)
        ]

    def _request(self, copies: Sequence[Copy]) -> list[bytes]:
        parts = [str(int(self._now().timestamp())).encode()]
        for copy in copies:
            parts += (self._hash(copy.body), copy.head)
        return parts

    async def close(self) -> None:
        """Ends the helper; what it was still asked is not answered. A later `sign` starts another."""
        helper, self._helper = self._helper, None
        self._hash.cache_clear()
        if helper is not None:
            await helper.close()


def _told(key: Key) -> tuple[bytes, bytes, bytes]:
    return key.domain.encode(), key.selector.encode(), key.pem


class _Helper:
    """One process, and who waits for its answers, in their order."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._waiting: deque[asyncio.Future[list[bytes]]] = deque()
        self._closing = False
        self._reading = asyncio.create_task(self._read())
        self.gone = ""  # why

    def tell(self, parts: Sequence[bytes]) -> None:
        if not self._in.is_closing():  # else it has ended, and who reads from it will say so
            self._in.write(pack(parts))

    async def ask(self, parts: Sequence[bytes], patience: float) -> list[bytes]:
        if self.gone:
            raise SigningError(self.gone)
        answer: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self.tell(parts)
        try:
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError:
            self._end(f"the signing helper did not answer within {patience:g} s")
            raise SigningError(self.gone) from None

    async def _read(self) -> None:
        try:
            while True:
                (number,) = struct.unpack(">I", await self._out.readexactly(4))
                lengths = struct.unpack(f">{number}I", await self._out.readexactly(4 * number))
                parts = cut(lengths, await self._out.readexactly(sum(lengths)))
                answer = self._waiting.popleft()
                if not answer.done():  # else nobody waits for it any more
                    answer.set_result(parts)
        except (asyncio.IncompleteReadError, OSError):
            status = await self._process.wait()
            self._end(f"the signing helper ended (status {status})")

    def _end(self, why: str) -> None:
        if not self.gone:
            self.gone = why
            if not self._closing:
                log.warning("%s; another is started when it is needed", why)
        if self._process.returncode is None:
            self._process.kill()
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(SigningError(why))
        self._waiting.clear()

    async def close(self) -> None:
        self._closing = True
        self._in.close()
        try:
            async with asyncio.timeout(5.0):
                await asyncio.shield(self._reading)
        except TimeoutError:
            self._end("the signing helper did not end")
            await self._reading
