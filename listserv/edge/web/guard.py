"""What holds for every request and every answer, whatever the page: who is addressed, how much may be sent, what a
browser may do with it.

Refuses a Host that is not ours (RFC 9110 §7.4: 421; a page of somebody else's site must not speak to us through a name
of its own), what a page of another site sends (403, but for the link to leave by), more than LIMIT octets of content
(413), and more requests than one network has (429, see rates). Adds the security headers; a page's own win. An error in
a page is logged here, without its message, for that could hold a token or an address.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from listserv.edge.failure import log_failure
from listserv.edge.web.meter import Meter
from listserv.edge.web.network import Trusted, network
from listserv.edge.web.rates import Rates

#: Octets of a request's content.
LIMIT = 64 * 1024

#: Octets beyond it that are read away, and for how many seconds: a browser that is cut off shows no answer.
AWAY, PATIENCE = 4 * 1024 * 1024, 20.0

#: A Host as it may be (RFC 9110 §7.2): whatever else stands in it could be taken for a part of the URL.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]*)(:[0-9]*)?")

_SAFE = ("GET", "HEAD", "OPTIONS")
#: Where a browser says that what it sends comes from: a page of ours, or its user. Old ones do not say.
_OURS = ("same-origin", "none")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # no page of another site can tell by loading ours who is logged in
    "Referrer-Policy": "no-referrer",  # a token in a path must not travel to where a link leads
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


class Guard:
    """`hosts`: the names we answer to. `secure`: reached by https only. `trouble` makes the page of a refusal."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        trusted: Trusted,
        secure: bool,
        root: str,
        trouble: Callable[[Scope, int], Response],
        meter: Meter,
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._trusted = trusted
        self._root = root
        self._trouble = trouble
        self._rates = Rates()
        self._meter = meter
        headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        began, status = time.monotonic(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in self._headers if one[0] not in own)]
            await send(message)

        scope["network"] = network(scope, self._trusted)
        scope["root_path"] = self._root  # a proxy may have cut it from the path, or not: the router bears both
        try:
            if refusal := self._refusal(scope, Headers(scope=scope)):
                if refusal == 413:
                    await _read_away(Headers(scope=scope), receive)
                response = self._trouble(scope, refusal)
                response.headers["Connection"] = "close"  # what else its content says is not going to be read
                await response(scope, receive, answer)
            elif wait := self._wait(scope, began):
                response = self._trouble(scope, 429)
                response.headers["Retry-After"] = str(wait)
                response.headers["Connection"] = "close"
                await response(scope, receive, answer)
            else:
                await self._app(scope, _counted(receive), answer)
        except ClientDisconnect:
            pass  # nobody to answer
        except Exception as error:
            log_failure("a page failed", error)  # it has been answered: see app
        finally:
            self._meter.count(scope, status, time.monotonic() - began)

    def _refusal(self, scope: Scope, headers: Headers) -> int:
        """The status to refuse with; 0 = none."""
        if "transfer-encoding" in headers and "content-length" in headers:
            return 400  # a proxy may have seen another end of it, and a second request within
        named = headers.getlist("host")
        if len(named) > 1 or (not named and scope["http_version"] == "1.1"):
            return 400  # RFC 9112 §3.2
        if not _HOST.fullmatch("".join(named)):
            return 400
        if any(one < " " or one == "\x7f" for one in scope["path"]):
            return 404  # no page has such a path; routes would take one for another with a line's end behind it
        if name_of("".join(named)) not in self._hosts:
            return 421
        foreign = scope["method"] not in _SAFE and headers.get("sec-fetch-site", "none") not in _OURS
        if foreign and not self._leaves(scope):
            return 403
        length = headers.get("content-length", "0")
        return 413 if not length.isdigit() or int(length) > LIMIT else 0

    def _leaves(self, scope: Scope) -> bool:
        """Whether it is the link to leave by: any mail program may act on it, and a provider for all its users."""
        return bool(scope["path"].removeprefix(self._root).startswith("/u/"))

    def _wait(self, scope: Scope, now: float) -> int:
        """Seconds after which to ask again; 0: none."""
        return 0 if self._leaves(scope) else self._rates.wait(scope["network"], now)


def name_of(host: str) -> str:
    """The name in a Host header: without port, in lower case, an IPv6 address without its brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


async def _read_away(headers: Headers, receive: Receive) -> None:
    length = headers.get("content-length", "")
    if not length.isdigit() or int(length) > AWAY or "expect" in headers:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while (await receive()).get("more_body"):
                pass


def _counted(receive: Receive) -> Callable[[], Awaitable[dict[str, Any]]]:
    """For content whose length was not said: it ends where the limit is."""
    taken = 0

    async def counted() -> dict[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LIMIT:
            raise HTTPException(413, headers={"Connection": "close"})
        return dict(message)

    return counted
