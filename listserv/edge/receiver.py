"""The receiver: takes mail over SMTP (RFC 5321) or LMTP (RFC 2033) and answers 250 once it is committed.

Inputs: where to listen (or a socket that listens already), `verdict` (may this recipient be written to? quick,
synchronous, pure) and `accept` (returns when the mail is durably stored). Stands behind an MTA: final delivery only,
no relaying, no authentication, no DNS; nothing of a mail is changed. `accept` failing in whatever way is answered 451
4.3.0, and the client keeps the mail.

`start` raises OSError when the place is taken or may not be used.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from listserv.edge.content import Room
from listserv.edge.conversation import CROWDED, STOPPING, Conversation
from listserv.edge.crowd import gives_way, network_said
from listserv.edge.envelope import Limits, Refusal, StoreUnavailable, Transaction
from listserv.edge.failure import log_failure
from listserv.edge.terms import Terms
from listserv.edge.turns import Turns

__all__ = ["Limits", "Receiver", "Refusal", "StoreUnavailable", "Transaction"]

_UNIX = "unix:"
_BACKLOG = 512


class Receiver:
    """Listens at `host` and `port` (0: any free one), or for LMTP at a socket file (`host` is "unix:/path"); or at the
    socket `given`, of either kind, whose place is its giver's: it waits there for whoever comes after us."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        protocol: Literal["smtp", "lmtp"],
        verdict: Callable[[str], Refusal | None],
        accept: Callable[[Transaction], Awaitable[None]],
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        hostname: str,
        tls_context: ssl.SSLContext | None = None,
        given: socket.socket | None = None,
    ) -> None:
        self._given = given
        self._host = host
        self._port = port
        self._accept = accept
        self._limits = limits
        room, turns = Room(limits.memory), Turns()
        self._terms = Terms(protocol == "lmtp", hostname, verdict, self._commit, limits, room, turns, tls_context)
        self._server: asyncio.Server | None = None
        self._socket_file: tuple[Path, int] | None = None  # and its inode, to remove no successor's
        self._open: set[Conversation] = set()
        self._places: set[Conversation] = set()  # those open that have not been told to give way
        self._commits: set[asyncio.Task[bool]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._given is not None:
            self._server = await loop.create_server(self._conversation, sock=self._given, backlog=_BACKLOG)
        elif self._host.startswith(_UNIX):
            path = Path(self._host.removeprefix(_UNIX))
            sock = _bound_socket_file(path)
            self._socket_file = path, path.stat().st_ino
            self._server = await loop.create_unix_server(self._conversation, sock=sock, backlog=_BACKLOG)
        else:
            self._server = await loop.create_server(self._conversation, self._host, self._port, backlog=_BACKLOG)

    @property
    def address(self) -> tuple[str, int] | str:
        """Where it listens: (host, port), or the path of the socket file. Only between `start` and `stop`."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("the receiver is not started")
        name = self._server.sockets[0].getsockname()
        return name if isinstance(name, str) else (name[0], name[1])

    def describe(self) -> str:
        where = self.address
        return f"listening on {where if isinstance(where, str) else f'{where[0]}:{where[1]}'}"

    async def stop(self, grace: float = 5.0) -> None:
        """Listen no more; give mails under way `grace` seconds, and commits already begun as well."""
        if self._server is None:
            return
        self._server.close()
        for conversation in tuple(self._open):
            conversation.leave()
        await _wait({*(conversation.closed for conversation in self._open), *self._commits}, grace)
        for conversation in tuple(self._open):
            conversation.abort()
        await _wait({conversation.closed for conversation in self._open}, grace)
        await self._server.wait_closed()
        self._server = None
        if self._socket_file is not None:
            path, inode = self._socket_file
            if path.exists() and path.stat().st_ino == inode:
                path.unlink()

    def _conversation(self) -> Conversation:
        return Conversation(self._terms, self._admit)

    def _admit(self, conversation: Conversation, transport: asyncio.BaseTransport) -> str | None:
        """Give the connection a place, or say why there is none."""
        peername = transport.get_extra_info("peername")
        if isinstance(peername, tuple):  # a socket file knows no peers
            conversation.network = network_said(peername[0])
        if self._server is not None and not self._server.is_serving():
            return STOPPING
        if len(self._places) >= self._limits.connections:
            other = gives_way(self._places, conversation.network)
            if other is None:
                return CROWDED
            self._places.discard(other)
            other.give_way()
        self._places.add(conversation)
        self._open.add(conversation)

        def gone(_: asyncio.Future[None]) -> None:
            self._places.discard(conversation)
            self._open.discard(conversation)

        conversation.closed.add_done_callback(gone)
        return None

    async def _commit(self, transaction: Transaction) -> bool:
        # A task of its own: a client that hangs up must not cut a commit in two.
        task = asyncio.create_task(self._attempt(transaction))
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)
        return await asyncio.shield(task)

    async def _attempt(self, transaction: Transaction) -> bool:
        try:
            await self._accept(transaction)
        except (Exception, asyncio.CancelledError) as error:
            log_failure("a mail was not stored and is left to its sender", error)
            return False
        return True


def _bound_socket_file(path: Path) -> socket.socket:
    """A socket at `path` that its owner and group may use. What a dead process left there is removed."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
            else:
                raise OSError(errno.EADDRINUSE, "another process listens here", str(path))
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.bind(str(path))
        os.chmod(path, 0o660)  # before it listens, so nobody else gets in between
    except OSError as error:
        sock.close()
        raise OSError(error.errno, error.strerror, str(path)) from error
    return sock


async def _wait(futures: set[asyncio.Future[None] | asyncio.Task[bool]], seconds: float) -> None:
    if futures:
        await asyncio.wait(futures, timeout=seconds)
