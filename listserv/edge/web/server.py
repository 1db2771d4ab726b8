"""`Web`: the pages as a door of the daemon, in its event loop, over HTTP/1.1 in clear: TLS is the proxy's in front.

Inputs: where to listen and what the pages need. Never logs a request: paths hold tokens. `start` raises Refused when
the place is taken. Who dawdles over a request's head, or does not take the answer, is hung up on in the end.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from listserv.core.site import Site
from listserv.edge import files
from listserv.edge.crowd import gives_way
from listserv.edge.web.app import build
from listserv.edge.web.engine import THREADS, Engine
from listserv.edge.web.guard import name_of
from listserv.edge.web.network import Trusted, network
from listserv.edge.web.pages import Pages
from listserv.errors import Refused
from listserv.store.session import Session

#: Seconds for a request's head to come; for the next octets of an answer to be taken (links may be slow); and for
#: answers under way when we stop.
PATIENCE, STALLED, GRACE = 20.0, 300.0, 5
#: Octets of a request beside its content: its head, and what chunks are framed with (RFC 9112 §3, §7.1).
HEAD = 16 * 1024
#: Requests that may come before the one ahead of them is answered (RFC 9112 §9.3.2): no browser does so.
AHEAD = 16
#: Octets that are read away behind our refusal, so that it is heard.
AWAY = 1024 * 1024
#: Connections at a time; beyond it whoever has most gives way (edge/crowd), or is told this.
CONNECTIONS = 300
CROWDED = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"
ENDLESS = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Web:
    """Listens at `host` and `port` (0: any free one), or at the socket `given`, TCP or a file. `trusted`: proxies that
    say for whom they ask."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        site: Site,
        session: Session,
        now: Callable[[], datetime],
        look: Callable[[], None],
        trusted: Trusted = (),
        given: socket.socket | None = None,
    ) -> None:
        self._given = given
        self._host, self._port = host, port
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
        root = urlsplit(site.base_url).path.rstrip("/")
        pages = Pages(files.templates(), files.catalogues(), root)
        engine = Engine(site, session, now, look, pages, self._threads)
        hosts = {name_of(urlsplit(site.base_url).netloc), host, *LOOPBACK}
        config = uvicorn.Config(
            build(engine, hosts, trusted),
            http=partial(_Connection, trusted=trusted),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        self._server = _Server(config)
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._socket = self._given or await self._listening()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        self._serving.add_done_callback(lambda _: self._server.ready.set())
        await self._server.ready.wait()
        if self._serving.done():  # so soon: it says why
            await self._serving

    async def _listening(self) -> socket.socket:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            family, _, _, _, address = found[0]
            return socket.create_server(address[:2], family=family)
        except OSError as error:
            where = f"{self._host}:{self._port}"
            raise Refused(f"[web]: cannot listen on {where} ({_why(error)}); set another port") from None

    @property
    def address(self) -> tuple[str, int] | str:
        """Where it listens: (host, port), or the path of the socket file. Only between `start` and `stop`."""
        if self._socket is None:
            raise RuntimeError("the pages are not open")
        name = self._socket.getsockname()
        return name if isinstance(name, str) else (name[0], name[1])

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._server.server_state.connections)

    def describe(self) -> str:
        where = self.address
        if isinstance(where, str):
            return f"pages at {where}"
        host, port = where
        return f"pages at http://{f'[{host}]' if ':' in host else host}:{port}"

    async def stop(self) -> None:
        """Take no more requests, and give those under way a few seconds."""
        if self._serving is not None:
            self._server.should_exit = True
            await self._serving
        self._serving = self._socket = None
        await asyncio.to_thread(self._threads.shutdown)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals are the daemon's

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _TooManyError(Exception):
    """Requests that were not waited for."""


class _Connection(HttpToolsProtocol):
    """uvicorn's, which bears for ever a request without end, requests without end, and an answer that is not taken."""

    _late: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _heard = 0.0
    _refused = False
    _said = 0  # octets of the request under way beside its content

    def __init__(self, *args: Any, trusted: Trusted, **options: Any) -> None:
        super().__init__(*args, **options)
        self._trusted = trusted

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._network = network({"client": self.client, "headers": []}, self._trusted)
        self._heard = monotonic()
        guests = self.connections - {self}
        if len(guests) >= CONNECTIONS:
            other = gives_way(guests, self._network)
            if other is None:
                transport.write(CROWDED)
            (other or self).leave()
        self._watch()

    def leave(self) -> None:
        """Make room for somebody else."""
        self.connections.discard(self)
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    @property
    def network(self) -> str:
        """Of whoever asks, also where a proxy of ours does so for them."""
        return str(self.scope.get("network", self._network)) if self.scope else self._network

    @property
    def heard(self) -> float:
        return float("inf") if self._answering else self._heard

    @property
    def _answering(self) -> bool:
        """Whether a request of theirs is being answered, or waits behind one that is."""
        return self.cycle is not None and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        self._said += len(data)
        if self._refused:
            if self._said > AWAY:
                self.transport.abort()
            return
        super().data_received(data)
        if self._said > HEAD and not self.transport.is_closing():
            self._refuse()
        self._heard = monotonic()
        self._watch()

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= AHEAD:
            raise _TooManyError  # the parser stops at once: thousands may stand in what was read
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:  # uvicorn would read on, and keep all that comes
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        if self._answering:
            self.transport.abort()  # it would be taken for the answer to a request ahead of it
        else:
            super().send_400_response(msg)

    def on_body(self, body: bytes) -> None:
        self._said -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._said = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        """The answer is read only if what is still under way is taken meanwhile (RFC 9112 §9.6): until `_late`."""
        self._refused = True
        if self._answering:
            self.transport.abort()
        else:
            self.transport.write(ENDLESS)
            self.transport.write_eof()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(STALLED, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled = _cancelled(self._stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late, self._stalled = _cancelled(self._late), _cancelled(self._stalled)
        super().connection_lost(exc)

    def _watch(self) -> None:
        """While no request is being answered, one has to come."""
        if self._answering:
            self._late = _cancelled(self._late)
        elif self._late is None:
            self._late = self.loop.call_later(PATIENCE, self.transport.abort)


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).partition(" (")[0]


def _cancelled(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
