"""`/a/TOKEN/NAME`: one file that came with a released contribution, for those who got the contribution's mail.

Always a download, never shown in our name: whatever the file is, a browser is told to save it, not to guess its type
and to run nothing in it. The name in the path is for people; the token alone decides. A file that is unknown, held,
withdrawn or not kept is not here. GET and HEAD; a file that the browser has already is not sent again.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from listserv.core.dialogue.model import ContributionState
from listserv.edge.web.engine import Engine
from listserv.store import attachments

#: Octets sent at a time.
PIECE = 64 * 1024

_ATTR_CHAR = "!#$&+-.^_`|~"  # beside letters and digits: RFC 8187 §3.2.1
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
#: What a browser could run, should it show the file after all.
_ACTIVE = re.compile(r"/(?:html|xml|(?:x-)?(?:java|ecma)script|x-shockwave-flash)$|\+xml$")


def routes(engine: Engine) -> list[Route]:
    in_use = _InUse()

    async def attachment(request: Request) -> Response:
        number = engine.site.addresses.read_token("attachment", request.path_params["token"])
        if number is None:
            raise HTTPException(404)
        file = await engine.run(lambda: _released(engine, number))
        tag = f'"{file["sha256"]}"'
        headers = {
            "ETag": tag,
            "Cache-Control": "private, no-cache",  # kept, but asked for again: it may have been withdrawn
            "Content-Disposition": disposition(file["name"]),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return _File(file, headers, in_use)

    return [Route("/a/{token}/{name:path}", attachment, methods=["GET"])]


def _released(engine: Engine, number: int) -> Any:
    with engine.session.read() as connection:
        file = attachments.content_of(connection, number)
    if file is None or file["contribution_state"] != ContributionState.RELEASED:
        raise HTTPException(404)
    return file


def disposition(name: str) -> str:
    """The Content-Disposition of a download called so, however it is called (RFC 6266 §4.3, RFC 8187 §3.2)."""
    shown = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in shown if unicodedata.category(c)[0] != "C").strip(" .")[:150] or "attachment"
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", shown)
    if plain == shown:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe=_ATTR_CHAR)}"


def media_type(content_type: str) -> str:
    """The type as it is said: what could run in a browser is just octets."""
    known = _TYPE.fullmatch(content_type) and not _ACTIVE.search(content_type)
    return content_type if known else "application/octet-stream"


def _has(if_none_match: str, tag: str) -> bool:
    """Whether the client has this version (RFC 9110 §13.1.2, weak comparison)."""
    return if_none_match.strip() == "*" or tag in (
        one.strip().removeprefix("W/") for one in if_none_match[:2000].split(",")
    )


class _InUse:
    """The contents being sent: one copy of each in memory, however many fetch it after a release."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[bytes, int]] = {}

    def take(self, sha256: str, content: bytes) -> bytes:
        held, count = self._held.get(sha256, (content, 0))
        self._held[sha256] = held, count + 1
        return held

    def give_back(self, sha256: str) -> None:
        held, count = self._held.pop(sha256)
        if count > 1:
            self._held[sha256] = held, count - 1


class _File(Response):
    """Sent piece by piece, each when the one before has gone."""

    def __init__(self, file: Any, headers: dict[str, str], in_use: _InUse) -> None:
        self._sha256, self._content, self._in_use = file["sha256"], file["content"], in_use
        own = {"Content-Type": media_type(file["content_type"]), "Content-Length": str(len(self._content))}
        super().__init__(headers=headers | own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._content = self._in_use.take(self._sha256, self._content)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            octets = memoryview(self._content if scope["method"] != "HEAD" else b"")
            for at in range(0, len(octets), PIECE):
                await send({"type": "http.response.body", "body": bytes(octets[at : at + PIECE]), "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            self._in_use.give_back(self._sha256)
